/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * config_keys.h: the table of keys, for config*.c alone
 *
 * A key is a row of a table; what its value may be is its type and the row's
 * numbers or words. Defaults are texts and go through the same parser.
 */
#ifndef TFSD_CONFIG_KEYS_H
#define TFSD_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"

enum config_global_key {
	GLOBAL_LISTEN,
	GLOBAL_DEVICE,
	GLOBAL_FILE,
	GLOBAL_CHANNELS,
	GLOBAL_STRIDE,
	GLOBAL_WAIT,
	GLOBAL_DOORBELL,
	GLOBAL_REACTORS,
	GLOBAL_REACTOR_CPUS,
	GLOBAL_REACTOR_PRIORITY,
	GLOBAL_SPIN,
	GLOBAL_MAX_MESSAGE,
	GLOBAL_MAX_SESSIONS,
	GLOBAL_WORKERS,
	GLOBAL_MAX_STATEMENTS,
	GLOBAL_STATEMENT_IDLE,
	GLOBAL_DURABILITY,
	GLOBAL_BUSY_TIMEOUT,
	GLOBAL_CHECKPOINT_PAGES,
	GLOBAL_CONTROL,
	GLOBAL_BACKUP_DIRECTORY,
	GLOBAL_BACKUP_COMMAND,
	GLOBAL_BACKUP_INTERVAL,
	GLOBAL_SHUTDOWN_TIMEOUT,
	GLOBAL_LOG,
	GLOBAL_LOG_LEVEL,
	GLOBAL_KEYS
};

enum config_database_key {
	DATABASE_FILE,
	DATABASE_SCHEMA,
	DATABASE_DURABILITY,
	DATABASE_BUSY_TIMEOUT,
	DATABASE_CHECKPOINT_PAGES,
	DATABASE_KEYS
};

enum config_channel_key {
	CHANNEL_WAIT,
	CHANNEL_DOORBELL,
	CHANNEL_REACTOR,
	CHANNEL_KEYS
};

struct config_key;

/**
 * struct config_type - a kind of value
 * @parse:    stores what @text says in @field; false, and @field unchanged, if it
 *            says nothing that the key takes
 * @describe: writes what the key takes, to follow the words "must be"
 * @print:    writes @field as @parse would read it
 */
struct config_type {
	bool (*parse)(const struct config_key *key, void *field, const char *text);
	void (*describe)(const struct config_key *key, FILE *out);
	void (*print)(const struct config_key *key, const void *field, FILE *out);
};

extern const struct config_type config_number;		/* uint32_t */
extern const struct config_type config_word;		/* an enum */
extern const struct config_type config_listen;		/* the same */
extern const struct config_type config_path;		/* const char *, allocated */
extern const struct config_type config_channel_list;	/* struct config_channels */
extern const struct config_type config_cpu_list;	/* the same, of processors */
extern const struct config_type config_reactor;		/* uint32_t */

/**
 * struct config_key - one key
 * @offset:   of the field, in the struct that the section has
 * @min:      of a number as it is written
 * @max:      the same; of a path its length; of channels their number
 * @multiple: that a number must be; 0: any
 * @scale:    the field holds the number times this; 0: 1
 * @words:    names of an enum's values in their order, then NULL
 * @reload:   may change while tfsd runs
 * @preset:   default; NULL: none. Of a path it is a word that stands for no path.
 */
struct config_key {
	const char *name;
	const struct config_type *type;
	size_t offset;
	uint32_t min;
	uint32_t max;
	uint32_t multiple;
	uint32_t scale;
	const char *const *words;
	bool reload;
	const char *preset;
	const char *help;
};

extern const struct config_key config_global_keys[GLOBAL_KEYS];
extern const struct config_key config_database_keys[DATABASE_KEYS];
extern const struct config_key config_channel_keys[CHANNEL_KEYS];

/* Kinds of sections. */
enum config_kind {
	CONFIG_GLOBAL,		/* above the first section; has no name */
	CONFIG_DATABASE,	/* [database NAME] */
	CONFIG_CHANNEL,		/* [channel N] */
	CONFIG_KINDS
};

/* What a section is called in the file and by -o: "database NAME"; its keys. */
struct config_kind_info {
	const char *word;
	const char *name;
	const struct config_key *keys;
	int nkeys;
};

extern const struct config_kind_info config_kinds[CONFIG_KINDS];

/* A section that is there: the @index-th of its kind. */
struct config_place {
	enum config_kind kind;
	int index;
};

#define CONFIG_SECTIONS	"[database NAME] or [channel N]"

/* config_section.c */

/* The kind of this word; CONFIG_GLOBAL: there is none. */
enum config_kind config_kind_of(const char *word, size_t length);

/* Its index, or -1 if there is none. */
int config_find_section(const struct config *config, enum config_kind kind, const char *name);

/* Its index, or -1 if the name is none, or there is no room; both are reported. */
int config_add_section(struct config *config, enum config_kind kind, const char *name, int line);

/* Where the values of a section are, and where they were said. Void after a section is added. */
void *config_section_base(struct config *config, struct config_place place);
int *config_section_lines(struct config *config, struct config_place place);

/* The line that the section begins in. */
int config_section_line(struct config *config, struct config_place place);

/* config.c */

/* Sets a key in a section. @line: where that is said, as in struct config. */
int config_assign(struct config *config, struct config_place place, const char *name,
		  const char *value, int line);

/* Whether there are no control characters but tabs; reports the first. */
bool config_is_plain(struct config *config, const char *text, size_t length, int line);

/* Whether a comment begins in @text, at its start or after a blank; reports it. */
bool config_has_comment(struct config *config, const char *text, int line);

/*
 * Counts and reports an error in a line of the file, in what -o sets (@line is
 * CONFIG_LINE_OPTION), or in the configuration as a whole (CONFIG_LINE_DEFAULT).
 */
void config_report(struct config *config, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* TFSD_CONFIG_KEYS_H */
