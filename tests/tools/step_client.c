// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client that does what its standard input says, a word a line, and prints what came of
 * each: so a script can stop it in the middle of anything.
 *
 *	step_client URI CLIENT_ID
 *
 *	open start insert end rollback close	the calls of oc/db.h, on table weather
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <oc/region.h>

#include "weather.h"

static uint64_t memory[(WEATHER_DB_MEM_MIN + 4096) / 8];
static const uint32_t weather = WEATHER_TABLE_WEATHER;

static struct oc_channel channel;
static struct oc_db db;
static uint64_t client_id;

static int do_open(void)
{
	int status = oc_db_open(&db, &channel, "weather", &weather_schema, memory, sizeof(memory),
				client_id);

	return status == OC_OK ? oc_db_set_timeout(&db, 0) : status;
}

static int do_start(void)
{
	return oc_db_start_update(&db, &weather, 1, NULL, 0);
}

static int do_insert(void)
{
	const struct weather_weather row = { .date_length = 1, .date = "d" };
	int64_t rowid = oc_db_insert(&db, weather, &row, sizeof(row));

	return rowid < 0 ? (int)rowid : OC_OK;
}

static int do_end(void)
{
	return oc_db_end(&db);
}

static int do_rollback(void)
{
	return oc_db_rollback(&db);
}

static int do_close(void)
{
	return oc_db_close(&db);
}

static const struct {
	const char *word;
	int (*step)(void);
} steps[] = {
	{ "open", do_open },
	{ "start", do_start },
	{ "insert", do_insert },
	{ "end", do_end },
	{ "rollback", do_rollback },
	{ "close", do_close },
};

static int step(const char *word)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(word, steps[i].word))
			continue;
		printf("%s %s\n", word, oc_status_name(steps[i].step()));
		return fflush(stdout);
	}
	fprintf(stderr, "step_client: %s: no such step\n", word);
	return -1;
}

static int attach(struct oc_region *region, const char *text)
{
	static struct oc_ladder ladder;
	static struct oc_port port;
	struct oc_uri uri;
	int status = oc_uri_parse(&uri, text, NULL);

	if (status == OC_OK)
		status = oc_region_open(region, &uri);
	if (status != OC_OK)
		return status;
	oc_ladder_init(&ladder, uri.wait, region->line);
	oc_port_linux(&port, &ladder);
	return oc_channel_attach(&channel, region->base, &port, region->owner, uri.timeout_ms);
}

int main(int argc, char **argv)
{
	struct oc_region region;
	char word[32];
	int status;

	if (argc != 3) {
		fputs("usage: step_client URI CLIENT_ID\n", stderr);
		return 2;
	}
	client_id = strtoull(argv[2], NULL, 0);
	status = attach(&region, argv[1]);
	printf("attach %s\n", oc_status_name(status));
	fflush(stdout);
	if (status != OC_OK)
		return 1;
	while (scanf("%31s", word) == 1)
		if (step(word))
			return 1;
	oc_channel_detach(&channel);
	oc_region_close(&region);
	return 0;
}
