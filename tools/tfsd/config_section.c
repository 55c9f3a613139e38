// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* config_section.c: the kinds of sections, and those that there are */
#include <stdlib.h>
#include <string.h>

#include "config_keys.h"

const struct config_kind_info config_kinds[CONFIG_KINDS] = {
	[CONFIG_GLOBAL] = { "", "", config_global_keys, GLOBAL_KEYS },
	[CONFIG_DATABASE] = { "database", "NAME", config_database_keys, DATABASE_KEYS },
	[CONFIG_CHANNEL] = { "channel", "N", config_channel_keys, CHANNEL_KEYS },
};

enum config_kind config_kind_of(const char *word, size_t length)
{
	for (int kind = CONFIG_DATABASE; kind < CONFIG_KINDS; kind++) {
		const char *known = config_kinds[kind].word;

		if (strlen(known) == length && !strncmp(known, word, length))
			return (enum config_kind)kind;
	}
	return CONFIG_GLOBAL;
}

static bool is_name(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t length = strlen(name);

	return length >= 1 && length <= OC_NAME_MAX && strspn(name, allowed) == length;
}

/* -1: @name is no channel's number. */
static int channel_number(const char *name)
{
	size_t length = strlen(name);

	if (length < 1 || length > 4 || strspn(name, "0123456789") != length)
		return -1;
	return atoi(name) <= OC_CHANNEL_MAX ? atoi(name) : -1;
}

static int find_database(const struct config *config, const char *name)
{
	for (unsigned int i = 0; i < config->ndatabases; i++)
		if (!strcmp(config->databases[i].store.name, name))
			return (int)i;
	return -1;
}

static int find_channel(const struct config *config, int number)
{
	for (unsigned int i = 0; i < config->nsections; i++)
		if ((int)config->sections[i].number == number)
			return (int)i;
	return -1;
}

int config_find_section(const struct config *config, enum config_kind kind, const char *name)
{
	return kind == CONFIG_DATABASE ? find_database(config, name)
				       : find_channel(config, channel_number(name));
}

/* Moves the databases. */
static struct config_database *grow(struct config *config, const char *name)
{
	size_t size = (config->ndatabases + 1) * sizeof(config->databases[0]);
	struct config_database *databases = realloc(config->databases, size);
	char *copy = strdup(name);

	if (databases)
		config->databases = databases;
	if (!databases || !copy) {
		free(copy);
		return NULL;
	}
	databases += config->ndatabases++;
	*databases = (struct config_database){ .store.name = copy };
	return databases;
}

static int add_database(struct config *config, const char *name, int line)
{
	struct config_database *database;

	if (!is_name(name)) {
		config_report(config, line, "database %s: a name must be 1 to %u of "
			      "A-Z a-z 0-9 _ . -", name, OC_NAME_MAX);
		return -1;
	}
	database = grow(config, name);
	if (!database) {
		config_report(config, line, "database %s: no memory", name);
		return -1;
	}
	database->line = line;
	return (int)config->ndatabases - 1;
}

static int add_channel(struct config *config, const char *name, int line)
{
	int number = channel_number(name);

	if (number < 0) {
		config_report(config, line, "channel %s: it must be a number from 0 to %d", name,
			      OC_CHANNEL_MAX);
		return -1;
	}
	if (config->nsections == CONFIG_CHANNELS_MAX) {
		config_report(config, line, "channel %s: there must be at most %d channels", name,
			      CONFIG_CHANNELS_MAX);
		return -1;
	}
	config->sections[config->nsections] = (struct config_channel){
		.number = (unsigned int)number, .line = line,
	};
	return (int)config->nsections++;
}

int config_add_section(struct config *config, enum config_kind kind, const char *name, int line)
{
	return kind == CONFIG_DATABASE ? add_database(config, name, line)
				       : add_channel(config, name, line);
}

void *config_section_base(struct config *config, struct config_place place)
{
	if (place.kind == CONFIG_DATABASE)
		return &config->databases[place.index];
	return place.kind == CONFIG_CHANNEL ? (void *)&config->sections[place.index] : config;
}

int *config_section_lines(struct config *config, struct config_place place)
{
	if (place.kind == CONFIG_DATABASE)
		return config->databases[place.index].lines;
	return place.kind == CONFIG_CHANNEL ? config->sections[place.index].lines : config->lines;
}

int config_section_line(struct config *config, struct config_place place)
{
	return place.kind == CONFIG_DATABASE ? config->databases[place.index].line
					     : config->sections[place.index].line;
}

struct config_channel config_channel(const struct config *config, unsigned int number)
{
	int i = find_channel(config, (int)number);

	if (i >= 0)
		return config->sections[i];
	return (struct config_channel){ .number = number, .wait = config->wait,
					.doorbell = config->doorbell };
}
