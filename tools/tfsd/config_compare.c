// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* config_compare.c: what is different in another configuration */
#include <stdlib.h>
#include <string.h>

#include "config_keys.h"

/**
 * struct comparison
 * @next:    reports what may not be
 * @changes: names what is new
 */
struct comparison {
	struct config *next;
	FILE *changes;
	bool any;
};

/* As it is written, so that there is one way to compare all types. NULL: no memory. */
static char *value_of(const struct config_key *key, const void *base)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	key->type->print(key, (const char *)base + key->offset, out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

static void name_change(struct comparison *c, const char *section, const char *name)
{
	fprintf(c->changes, "%s%s%s", c->any ? ", " : "", section, name);
	c->any = true;
}

/* @line: where the next configuration says it, or if it does not, where the section is. */
static void compare_key(struct comparison *c, const struct config_key *key, const char *section,
			const void *base, const void *next_base, int line)
{
	char *value = value_of(key, base);
	char *next = value_of(key, next_base);

	if (!value || !next)
		config_report(c->next, line, "%s: no memory", key->name);
	else if (strcmp(value, next) && key->reload)
		name_change(c, section, key->name);
	else if (strcmp(value, next))
		config_report(c->next, line, "%s = %s; it is %s until tfsd is restarted", key->name,
			      *next ? next : "none", *value ? value : "none");
	free(next);
	free(value);
}

static void compare_globals(struct comparison *c, const struct config *config)
{
	for (int i = 0; i < GLOBAL_KEYS; i++)
		compare_key(c, &config_global_keys[i], "", config, c->next, c->next->lines[i]);
}

static void compare_database(struct comparison *c, const struct config_database *database,
			     const struct config_database *next)
{
	for (int i = 0; i < DATABASE_KEYS; i++)
		compare_key(c, &config_database_keys[i], "", database, next,
			    next->lines[i] ? next->lines[i] : next->line);
}

static void compare_databases(struct comparison *c, const struct config *config)
{
	for (unsigned int i = 0; i < c->next->ndatabases; i++) {
		const struct config_database *next = &c->next->databases[i];
		int old = config_find_section(config, CONFIG_DATABASE, next->store.name);

		if (old < 0)
			config_report(c->next, next->line, "[database %s] is new; it is not served "
				      "until tfsd is restarted", next->store.name);
		else
			compare_database(c, &config->databases[old], next);
	}
	for (unsigned int i = 0; i < config->ndatabases; i++) {
		const char *name = config->databases[i].store.name;

		if (config_find_section(c->next, CONFIG_DATABASE, name) < 0)
			config_report(c->next, CONFIG_LINE_DEFAULT, "[database %s] is missing; it "
				      "is served until tfsd is restarted", name);
	}
}

/* With what a channel takes that has no section. */
static void compare_channels(struct comparison *c, const struct config *config)
{
	for (unsigned int i = 0; i < config->channels.count; i++) {
		unsigned int number = config->channels.number[i];
		const struct config_channel old = config_channel(config, number);
		const struct config_channel next = config_channel(c->next, number);
		char section[32];

		snprintf(section, sizeof(section), "channel.%u.", number);
		for (int key = 0; key < CHANNEL_KEYS; key++)
			compare_key(c, &config_channel_keys[key], section, &old, &next,
				    next.lines[key] ? next.lines[key] : next.line);
	}
}

int config_compare(const struct config *config, struct config *next, FILE *changes)
{
	struct comparison c = { .next = next, .changes = changes };
	unsigned int before = next->nerrors;

	compare_globals(&c, config);
	compare_databases(&c, config);
	compare_channels(&c, config);
	return next->nerrors > before ? -1 : 0;
}
