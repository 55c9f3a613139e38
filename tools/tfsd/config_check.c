// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* config_check.c: what only the whole configuration can tell, and writing it out */
#include <string.h>
#include <unistd.h>

#include "config_keys.h"

static void check_page(struct config *config, int line)
{
	long page = sysconf(_SC_PAGESIZE);

	if (config->stride % page)
		config_report(config, line, "stride = %u, channels do not fit the page size; "
			      "it must be a multiple of %ld", config->stride, page);
}

/* Channels of the driver, or of a memory file; what the one needs the other has not. */
static void check_channels(struct config *config)
{
	static const enum config_global_key with_file[] = { GLOBAL_CHANNELS, GLOBAL_STRIDE };
	const int *lines = config->lines;

	if (config->file) {
		if (lines[GLOBAL_DEVICE] != CONFIG_LINE_DEFAULT)
			config_report(config, lines[GLOBAL_DEVICE], "device and file are both set; "
				      "it must be one or the other");
		check_page(config, lines[GLOBAL_STRIDE]);
		config->channels.count = config->nchannels;
		for (unsigned int i = 0; i < config->nchannels; i++)
			config->channels.number[i] = (uint16_t)i;
		return;
	}
	for (int i = 0; i < 2; i++)
		if (lines[with_file[i]] != CONFIG_LINE_DEFAULT)
			config_report(config, lines[with_file[i]], "%s is for memory files; "
				      "it must go with file, for devices have it from the driver",
				      config_global_keys[with_file[i]].name);
	config->channels = config->devices;
}

static bool is_served(const struct config *config, unsigned int number)
{
	for (unsigned int i = 0; i < config->channels.count; i++)
		if (config->channels.number[i] == number)
			return true;
	return false;
}

static void check_channel_section(struct config *config, struct config_channel *channel)
{
	if (!is_served(config, channel->number))
		config_report(config, channel->line, "[channel %u] is not served; %s must have it",
			      channel->number, config->file ? "channels" : "device");
	if (channel->lines[CHANNEL_WAIT] == CONFIG_LINE_DEFAULT)
		channel->wait = config->wait;
	if (channel->reactor > config->reactors)
		config_report(config, channel->lines[CHANNEL_REACTOR], "reactor = %u; it must be "
			      "below reactors, which is %u", channel->reactor - 1,
			      config->reactors);
	if (channel->lines[CHANNEL_DOORBELL] == CONFIG_LINE_DEFAULT)
		channel->doorbell = config->doorbell;
}

static void inherit(struct config_database *database, const struct store_config *defaults)
{
	if (database->lines[DATABASE_DURABILITY] == CONFIG_LINE_DEFAULT)
		database->store.durability = defaults->durability;
	if (database->lines[DATABASE_BUSY_TIMEOUT] == CONFIG_LINE_DEFAULT)
		database->store.busy_timeout_ms = defaults->busy_timeout_ms;
	if (database->lines[DATABASE_CHECKPOINT_PAGES] == CONFIG_LINE_DEFAULT)
		database->store.checkpoint_pages = defaults->checkpoint_pages;
}

static void check_database(struct config *config, struct config_database *database)
{
	const struct store_config *store = &database->store;

	if (!store->file && database->lines[DATABASE_FILE] == CONFIG_LINE_DEFAULT)
		config_report(config, database->line, "[database %s] has no file; "
			      "it must have file = PATH", store->name);
	if (!store->schema_file && database->lines[DATABASE_SCHEMA] == CONFIG_LINE_DEFAULT)
		config_report(config, database->line, "[database %s] has no schema; "
			      "it must have schema = PATH", store->name);
	inherit(database, &config->defaults);
}

static void check_shared(struct config *config, const struct config_database *database,
			 const char *other, const char *what, const char *name)
{
	const char *file = database->store.file;

	if (file && other && !strcmp(file, other))
		config_report(config, database->lines[DATABASE_FILE], "file = %s is %s%s too; "
			      "a database must have a file of its own", file, what, name);
}

/* By name: nothing is opened here. */
static void check_file(struct config *config, unsigned int index)
{
	const struct config_database *all = config->databases;

	check_shared(config, &all[index], config->file, "the memory file", "");
	check_shared(config, &all[index], config->log, "the log", "");
	for (unsigned int i = 0; i < index; i++)
		check_shared(config, &all[index], all[i].store.file, "that of database ",
			     all[i].store.name);
}

static void check_backup(struct config *config)
{
	if (config->backup_interval && !config->backup_directory)
		config_report(config, config->lines[GLOBAL_BACKUP_INTERVAL],
			      "backup_interval = %u needs a backup_directory",
			      config->backup_interval);
	if (config->backup_command && !config->backup_directory)
		config_report(config, config->lines[GLOBAL_BACKUP_COMMAND],
			      "backup_command = %s needs a backup_directory",
			      config->backup_command);
}

int config_check(struct config *config)
{
	check_channels(config);
	check_backup(config);
	for (unsigned int i = 0; i < config->nsections; i++)
		check_channel_section(config, &config->sections[i]);
	if (!config->ndatabases)
		config_report(config, CONFIG_LINE_DEFAULT, "no database; there must be a "
			      "[database NAME] section with file and schema");
	for (unsigned int i = 0; i < config->ndatabases; i++) {
		check_database(config, &config->databases[i]);
		check_file(config, i);
	}
	return config->nerrors ? -1 : 0;
}

static void print_key(const struct config_key *key, const void *base, FILE *out)
{
	fprintf(out, "%s = ", key->name);
	key->type->print(key, (const char *)base + key->offset, out);
	fputc('\n', out);
}

static bool is_in_force(const struct config *config, int key)
{
	if (key == GLOBAL_DEVICE)
		return !config->file;
	if (key == GLOBAL_FILE || key == GLOBAL_CHANNELS || key == GLOBAL_STRIDE)
		return config->file;
	return true;
}

/*
 * What one reactor makes of all channels' policies; a device may still have to yield. Each
 * of several has its own.
 */
static enum oc_wait wait_in_force(const struct config *config)
{
	enum oc_wait wait = OC_WAIT_SLEEP;

	if (config->reactors > 1)
		return config->wait;
	for (unsigned int i = 0; i < config->channels.count; i++)
		wait = oc_wait_eager(wait, config_channel(config, config->channels.number[i]).wait);
	if (wait == OC_WAIT_MONITOR && (config->channels.count > 1 || !oc_wait_monitor()))
		return OC_WAIT_YIELD;
	return wait;
}

static void print_globals(const struct config *config, FILE *out)
{
	for (int i = 0; i < GLOBAL_KEYS; i++) {
		if (!is_in_force(config, i))
			continue;
		fprintf(out, "# %s\n", config_global_keys[i].help);
		if (i == GLOBAL_WAIT && wait_in_force(config) != config->wait)
			fprintf(out, "# in force: %s\n", oc_wait_names[wait_in_force(config)]);
		print_key(&config_global_keys[i], config, out);
	}
}

int config_print(const struct config *config, FILE *out)
{
	print_globals(config, out);
	for (unsigned int i = 0; i < config->nsections; i++) {
		fprintf(out, "\n[channel %u]\n", config->sections[i].number);
		for (int key = 0; key < CHANNEL_KEYS; key++)
			print_key(&config_channel_keys[key], &config->sections[i], out);
	}
	for (unsigned int i = 0; i < config->ndatabases; i++) {
		fprintf(out, "\n[database %s]\n", config->databases[i].store.name);
		for (int key = 0; key < DATABASE_KEYS; key++)
			print_key(&config_database_keys[key], &config->databases[i], out);
	}
	return fflush(out) || ferror(out) ? -1 : 0;
}
