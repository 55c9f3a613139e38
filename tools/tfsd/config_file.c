// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * config_file.c: reads a configuration file, and -o
 *
 * libinih takes "key = value" apart. It is given one checked line at a time, because
 * by itself it would cut lines at a fixed length, section names at 49 bytes and values
 * at " ;" without saying so, and it tells nobody in which line it is. So sections and
 * comments are seen to here.
 */
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "config_keys.h"

#define SPACE		" \t\r\n"
#define LINE_LONGEST	8192

/* A variable only in Debian's build; elsewhere it is not there, and lines end at 200. */
extern int ini_max_line;
#pragma weak ini_max_line

/**
 * struct reader - where in the file we are
 * @number:   of the line
 * @pending:  libinih has a line that must make it call the handler
 * @place:    the section
 * @skips:    the section is wrong, and its keys are not looked at: one error is enough
 */
struct reader {
	struct config *config;
	FILE *in;
	char *line;
	size_t room;
	int number;
	bool pending;
	struct config_place place;
	bool skips;
};

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, SPACE);
	for (length = strlen(text); length && strchr(SPACE, text[length - 1]); length--)
		;
	text[length] = '\0';
	return text;
}

/* [KIND NAME]; *name is then NAME. CONFIG_GLOBAL: it is none. */
static enum config_kind parse_section(char *text, char **name)
{
	size_t length = strlen(text), n;
	char *inner;

	if (text[length - 1] != ']')
		return CONFIG_GLOBAL;
	text[length - 1] = '\0';
	inner = trim(text + 1);
	n = strcspn(inner, SPACE);
	if (!inner[n])
		return CONFIG_GLOBAL;
	*name = trim(inner + n);
	return config_kind_of(inner, n);
}

static void open_section(struct reader *reader, char *text)
{
	struct config *config = reader->config;
	struct config_place place;
	char *name;

	reader->skips = true;
	place.kind = parse_section(text, &name);
	if (place.kind == CONFIG_GLOBAL) {
		config_report(config, reader->number,
			      "not a section; it must be " CONFIG_SECTIONS);
		return;
	}
	place.index = config_find_section(config, place.kind, name);
	if (place.index >= 0) {
		config_report(config, reader->number, "[%s %s] is there twice; "
			      "the first time is in line %d", config_kinds[place.kind].word, name,
			      config_section_line(config, place));
		return;
	}
	place.index = config_add_section(config, place.kind, name, reader->number);
	if (place.index >= 0) {
		reader->place = place;
		reader->skips = false;
	}
}

static bool is_too_long(struct reader *reader, const char *text, int size)
{
	size_t most = (size_t)size - 3;	/* libinih wants room for "\r\n" and NUL */

	if (strlen(text) <= most)
		return false;
	config_report(reader->config, reader->number, "line too long; it must be at most %zu bytes",
		      most);
	return true;
}

/* The line as libinih may have it, or NULL if there is nothing in it for libinih. */
static char *usable(struct reader *reader, size_t length, int size)
{
	static const char mark[] = "\xef\xbb\xbf";
	char *text = reader->line;

	if (reader->number == 1 && !strncmp(text, mark, 3)) {
		text += 3;
		length -= 3;
	}
	while (length && strchr(SPACE, text[length - 1]) && text[length - 1])
		text[--length] = '\0';
	for (; *text && strchr(SPACE, *text); text++)
		length--;
	if (!length || *text == '#' || *text == ';')
		return NULL;
	if (!config_is_plain(reader->config, text, length, reader->number) ||
	    config_has_comment(reader->config, text, reader->number))
		return NULL;
	if (*text == '[') {
		open_section(reader, text);
		return NULL;
	}
	return is_too_long(reader, text, size) ? NULL : text;
}

static void expect_handled(struct reader *reader)
{
	if (reader->pending)
		config_report(reader->config, reader->number,
			      "no value; it must be KEY = VALUE, " CONFIG_SECTIONS);
	reader->pending = false;
}

static char *next_line(char *buffer, int size, void *ctx)
{
	struct reader *reader = ctx;
	ssize_t length;

	expect_handled(reader);
	while ((length = getline(&reader->line, &reader->room, reader->in)) >= 0) {
		const char *text;

		reader->number++;
		text = usable(reader, (size_t)length, size);
		if (text) {
			reader->pending = true;
			return strcpy(buffer, text);
		}
	}
	return NULL;
}

static int handle(void *ctx, const char *section, const char *name, const char *value)
{
	struct reader *reader = ctx;

	(void)section;
	reader->pending = false;
	/* In the line the comment's character followed '='. */
	if (!reader->skips && !config_has_comment(reader->config, value, reader->number))
		config_assign(reader->config, reader->place, name, value, reader->number);
	return 1;
}

static void read_stream(struct config *config, FILE *in)
{
	struct reader reader = { .config = config, .in = in };

	if (&ini_max_line)
		ini_max_line = LINE_LONGEST;
	if (ini_parse_stream(next_line, &reader, handle, &reader) < 0)
		config_report(config, CONFIG_LINE_DEFAULT, "no memory");
	if (ferror(in))
		config_report(config, CONFIG_LINE_DEFAULT, "cannot read: %s", strerror(errno));
	free(reader.line);
}

int config_read_file(struct config *config, const char *path)
{
	unsigned int before = config->nerrors;
	FILE *in;

	config->path = strdup(path);
	in = config->path ? fopen(path, "re") : NULL;
	if (!in) {
		config_report(config, CONFIG_LINE_DEFAULT, "cannot open: %s", strerror(errno));
		return -1;
	}
	read_stream(config, in);
	fclose(in);
	return config->nerrors == before ? 0 : -1;
}

/*
 * KIND.NAME.KEY, where NAME may have dots; *key is then KEY. A key without a kind before
 * it is global. False: reported.
 */
static bool option_place(struct config *config, struct config_place *place, char **key)
{
	size_t length = strcspn(*key, ".");
	enum config_kind kind = (*key)[length] ? config_kind_of(*key, length) : CONFIG_GLOBAL;
	char *name = *key + length + 1, *dot;

	*place = (struct config_place){ .kind = kind };
	if (kind == CONFIG_GLOBAL)
		return true;
	dot = strrchr(name, '.');
	if (!dot) {
		config_report(config, CONFIG_LINE_OPTION, "no key; it must be %s.%s.KEY=VALUE",
			      config_kinds[kind].word, config_kinds[kind].name);
		return false;
	}
	*dot = '\0';
	*key = dot + 1;
	place->index = config_find_section(config, kind, name);
	if (place->index < 0)
		place->index = config_add_section(config, kind, name, CONFIG_LINE_OPTION);
	return place->index >= 0;
}

static int set(struct config *config, char *text)
{
	struct config_place place;
	char *value = strchr(text, '=');
	char *key;

	if (!config_is_plain(config, text, strlen(text), CONFIG_LINE_OPTION))
		return -1;
	if (!value) {
		config_report(config, CONFIG_LINE_OPTION, "no value; it must be KEY=VALUE");
		return -1;
	}
	*value = '\0';
	key = trim(text);
	value = trim(value + 1);
	if (config_has_comment(config, value, CONFIG_LINE_OPTION) ||
	    !option_place(config, &place, &key))
		return -1;
	return config_assign(config, place, key, value, CONFIG_LINE_OPTION);
}

int config_set(struct config *config, const char *assignment)
{
	char *text = strdup(assignment);
	int ret = -1;

	config->option = assignment;
	if (text)
		ret = set(config, text);
	else
		config_report(config, CONFIG_LINE_OPTION, "no memory");
	config->option = NULL;
	free(text);
	return ret;
}
