// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* config.c: the life of a configuration, keys and their places, errors */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_keys.h"

/* Words of the command line, which may hold anything; NULL: several of them together. */
static void print_option(const char *option, FILE *out)
{
	fputs(option ? "-o " : "-o", out);
	for (; option && *option; option++)
		fputc((unsigned char)*option < ' ' || *option == 0x7f ? '?' : *option, out);
	fputs(": ", out);
}

void config_report(struct config *config, int line, const char *format, ...)
{
	va_list args;

	config->nerrors++;
	if (line > 0)
		fprintf(config->errors, "%s:%d: ", config->path, line);
	else if (line == CONFIG_LINE_OPTION)
		print_option(config->option, config->errors);
	else
		fprintf(config->errors, "%s: ", config->path ? config->path : "tfsd");
	va_start(args, format);
	vfprintf(config->errors, format, args);
	va_end(args);
	fputc('\n', config->errors);
}

struct config *config_new(FILE *errors)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	config->errors = errors;
	for (int i = 0; i < GLOBAL_KEYS; i++) {
		const struct config_key *key = &config_global_keys[i];

		if (key->preset)
			key->type->parse(key, (char *)config + key->offset, key->preset);
	}
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (unsigned int i = 0; i < config->ndatabases; i++) {
		free((char *)config->databases[i].store.name);
		free((char *)config->databases[i].store.file);
		free((char *)config->databases[i].store.schema_file);
	}
	free(config->databases);
	free((char *)config->file);
	free((char *)config->log);
	free((char *)config->control);
	free((char *)config->backup_directory);
	free((char *)config->backup_command);
	free((char *)config->path);
	free(config);
}

static const struct config_key *find_key(const struct config_key *keys, int count,
					 const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static bool has_key(enum config_kind kind, const char *name)
{
	return find_key(config_kinds[kind].keys, config_kinds[kind].nkeys, name);
}

static void report_unknown(struct config *config, enum config_kind kind, const char *name, int line)
{
	if (kind != CONFIG_GLOBAL && has_key(CONFIG_GLOBAL, name)) {
		config_report(config, line, "unknown key \"%s\"; it is a global key, which must "
			      "be above the first section", name);
		return;
	}
	for (int other = CONFIG_DATABASE; other < CONFIG_KINDS; other++) {
		if (other == (int)kind || !has_key((enum config_kind)other, name))
			continue;
		config_report(config, line, "unknown key \"%s\"; it must be in a [%s %s] section",
			      name, config_kinds[other].word, config_kinds[other].name);
		return;
	}
	config_report(config, line, "unknown key \"%s\"; tfsd.conf(5) lists the keys", name);
}

static void report_value(struct config *config, const struct config_key *key, const char *value,
			 int line)
{
	char *expected = NULL;
	size_t size;
	FILE *out = open_memstream(&expected, &size);

	if (out) {
		key->type->describe(key, out);
		if (fclose(out))
			size = 0;
	}
	config_report(config, line, "%s%s%s; it must be %s", key->name,
		      *value ? " = " : " has no value", value,
		      expected && size ? expected : "as in tfsd.conf(5)");
	free(expected);
}

int config_assign(struct config *config, struct config_place place, const char *name,
		  const char *value, int line)
{
	const struct config_kind_info *kind = &config_kinds[place.kind];
	const struct config_key *key = find_key(kind->keys, kind->nkeys, name);
	char *base = config_section_base(config, place);
	int *said;

	if (!key) {
		report_unknown(config, place.kind, name, line);
		return -1;
	}
	said = config_section_lines(config, place) + (key - kind->keys);
	if (line > 0 && *said > 0) {
		config_report(config, line, "%s is set twice; the first time is in line %d",
			      name, *said);
		return -1;
	}
	*said = line;
	if (!*value || !key->type->parse(key, base + key->offset, value)) {
		report_value(config, key, value, line);
		return -1;
	}
	return 0;
}

bool config_is_plain(struct config *config, const char *text, size_t length, int line)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c >= ' ' && c != 0x7f) || c == '\t')
			continue;
		config_report(config, line, "byte 0x%02x at column %zu; it must be plain text", c,
			      i + 1);
		return false;
	}
	return true;
}

bool config_has_comment(struct config *config, const char *text, int line)
{
	for (size_t i = 0; text[i]; i++) {
		if (text[i] != ';' && text[i] != '#')
			continue;
		if (i && text[i - 1] != ' ' && text[i - 1] != '\t')
			continue;
		config_report(config, line, "'%c' begins a comment; it must have a line of its own",
			      text[i]);
		return true;
	}
	return false;
}
