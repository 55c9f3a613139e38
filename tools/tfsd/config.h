/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * config.h: tfsd's configuration, parsed whole before anything is opened
 *
 *	config = config_new(stderr);
 *	config_read_file(config, "/etc/tfsd.conf");
 *	config_set(config, "log_level=debug");		(-o, any number)
 *	if (config_check(config) < 0)
 *		exit(1);
 *	config_print(config, stdout);			(-n)
 *	...
 *	config_free(config);
 *
 * Each step goes on after an error, so that all of them are reported at once, each
 * in a line of its own: "FILE:LINE: what; what would be right", or "-o WORDS: ...".
 * The keys are a table in config_keys.c; tfsd.conf(5) explains them.
 */
#ifndef TFSD_CONFIG_H
#define TFSD_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include <oc/region.h>

#include "log.h"
#include "store.h"

#define CONFIG_DEFAULT_PATH	"/etc/tfsd.conf"
#define CONFIG_CHANNELS_MAX	64	/* that one tfsd serves */
#define CONFIG_REACTORS_MAX	64
#define CONFIG_REACTOR_AUTO	0u
#define CONFIG_CPU_MAX		1023	/* as cpu_set_t has it */
#define CONFIG_KEYS_MAX		32	/* keys of one kind of section */

enum config_listen {
	CONFIG_LISTEN_SHM_POLL,
};

/* Whether clients ring: see tfsd.conf(5). */
enum config_doorbell {
	CONFIG_DOORBELL_AUTO,
	CONFIG_DOORBELL_YES,
	CONFIG_DOORBELL_NO,
};

/* Channels by number, ascending. */
struct config_channels {
	unsigned int count;
	uint16_t number[CONFIG_CHANNELS_MAX];
};

/* Where a key got its value: a line of the file, -o, or its default. */
#define CONFIG_LINE_DEFAULT	0
#define CONFIG_LINE_OPTION	(-1)

/**
 * struct config_database - a [database NAME] section
 * @store: complete after config_check(); its strings are the configuration's
 * @line:  of the section, private like @lines
 */
struct config_database {
	struct store_config store;
	int line;
	int lines[CONFIG_KEYS_MAX];
};

/**
 * struct config_channel - a [channel N] section
 * @number: N
 * @wait:   complete after config_check(), as @doorbell
 * @reactor: the number of that which serves it plus one, or CONFIG_REACTOR_AUTO
 */
struct config_channel {
	unsigned int number;
	enum oc_wait wait;
	enum config_doorbell doorbell;
	uint32_t reactor;
	int line;
	int lines[CONFIG_KEYS_MAX];
};

/**
 * struct config - the whole configuration
 * @channels:    what is served, of the devices or of the memory file
 * @file:        the memory file; NULL: the driver's devices
 * @stride:      of the memory file
 * @wait:        how an idle tfsd waits, for channels that say nothing themselves
 * @doorbell:    for channels that say nothing themselves
 * @reactors:    threads that serve channels
 * @reactor_cpus: processors for them, by turns; none: any
 * @reactor_priority: 1 to 99: real time; 0: not
 * @spin_ns:     the most that it spins when that is adaptive
 * @max_message: largest request in bytes
 * @max_sessions: at a time, for each channel
 * @workers:     threads for SQL and other long work
 * @max_statements: at a time, of all clients
 * @statement_idle_ms: until a statement ends that nobody asks about
 * @shutdown_ms: how long smart shutdown may take, and how long fast
 * @log:         path, or NULL for stderr
 * @control:     path of the control socket, or NULL for none
 * @backup_directory: where backups go, or NULL: there are none
 * @backup_command: program that is given each of them, or NULL
 * @backup_interval: seconds between them; 0: only when somebody asks
 * @databases:   at least one after config_check()
 * @sections:    of channels, as they came; config_channel() knows the others too
 *
 * Valid after config_check() has returned 0; not changed after that.
 */
struct config {
	enum config_listen listen;
	struct config_channels channels;
	const char *file;
	uint32_t stride;
	enum oc_wait wait;
	enum config_doorbell doorbell;
	uint32_t reactors;
	struct config_channels reactor_cpus;
	uint32_t reactor_priority;
	uint32_t spin_ns;
	uint32_t max_message;
	uint32_t max_sessions;
	uint32_t workers;
	uint32_t max_statements;
	uint32_t statement_idle_ms;
	uint32_t shutdown_ms;
	const char *log;
	const char *control;
	const char *backup_directory;
	const char *backup_command;
	uint32_t backup_interval;
	enum log_level log_level;
	struct config_database *databases;
	unsigned int ndatabases;
	struct config_channel sections[CONFIG_CHANNELS_MAX];
	unsigned int nsections;

	/* Private: what databases take that say nothing themselves; book-keeping. */
	struct store_config defaults;
	struct config_channels devices;
	uint32_t nchannels;
	FILE *errors;
	unsigned int nerrors;
	const char *option;
	const char *path;
	int lines[CONFIG_KEYS_MAX];
};

/* Everything at its default; messages go to @errors. NULL: no memory. */
struct config *config_new(FILE *errors);

/* Reads a file. 0, or -1: it cannot be read, or has errors. At most once, before -o. */
int config_read_file(struct config *config, const char *path);

/*
 * One -o: KEY=VALUE, or database.NAME.KEY=VALUE or channel.N.KEY=VALUE, which make the
 * section if there is none. Takes the place of what the file or an earlier -o says. 0
 * or -1.
 */
int config_set(struct config *config, const char *assignment);

/* Looks at the whole, and completes it. 0, or -1: this or an earlier step found errors. */
int config_check(struct config *config);

/* Writes every key in canonical form; reading that gives the same. 0 or -1 (errno). */
int config_print(const struct config *config, FILE *out);

/*
 * Whether @next, which was checked, may take the place of @config while tfsd runs. 0: yes,
 * and the keys that differ were written to @changes, ", " between them. -1: keys differ
 * that need a restart; each was reported as an error of @next.
 */
int config_compare(const struct config *config, struct config *next, FILE *changes);

/* All that there is to know of a channel that is served, with a section or without. */
struct config_channel config_channel(const struct config *config, unsigned int number);

void config_free(struct config *config);

#endif /* TFSD_CONFIG_H */
