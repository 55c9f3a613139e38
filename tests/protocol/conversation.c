// SPDX-License-Identifier: GPL-2.0-only
/*
 * conversation.c: one whole conversation, byte for byte
 *
 * liboc's client and tfsd's server take turns in one thread: whenever the client
 * waits, the server has its turn. What either of them changed in the channel is
 * printed, and must be what lib/PROTOCOL.md shows (check-protocol.sh compares).
 * Everything that is random elsewhere is fixed here.
 *
 *	conversation DIRECTORY		(made by the caller; the database goes there)
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <oc/db.h>
#include <oc/latch.h>

#include "../../tools/tfsd/channel.h"
#include "watch.h"
#include "weather.h"

#define SCHEMA		"tests/data/weather.sql"
#define OWNER		0x1001
#define CLIENT_ID	0x5ea77e
#define NONCE		0x600df00d
#define TIMEOUT_MS	10000

struct conversation {
	struct config *config;
	struct databases databases;
	struct database_conns conns;
	uint32_t next_session;
	struct oc_latch wake;
	struct channel server;
	struct oc_channel client;
	struct oc_port port;
	struct watch watch;
	void *memory;
};

static const struct weather_weather row = {
	.date_length = 10,
	.date = "2012-01-01",
	.precipitation = 0.0,
	.temp_max = 12.8,
	.temp_min = 5.0,
	.wind = 4.7,
	.weather_length = 7,
	.weather = "drizzle",
};

static uint64_t memory[WEATHER_DB_MEM_MIN / 8];

static void must(int status, int wanted, const char *what)
{
	if (status == wanted)
		return;
	fprintf(stderr, "conversation: %s: %s, not %s\n", what, oc_status_name(status),
		oc_status_name(wanted));
	exit(1);
}

static uint32_t now_us(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)(now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

static void take_turns(struct conversation *c)
{
	watch_look(&c->watch, "client");
	channel_turn(&c->server);
	watch_look(&c->watch, "server");
}

static int pause_turn(void *ctx, uint32_t turn)
{
	(void)turn;
	take_turns(ctx);
	return 0;
}

static uint32_t nonce(void *ctx)
{
	(void)ctx;
	return NONCE;
}

static struct config *make_config(const char *directory)
{
	struct config *config = config_new(stderr);
	char file[256];

	snprintf(file, sizeof(file), "database.weather.file=%s/weather.db", directory);
	if (!config || config_set(config, file) ||
	    config_set(config, "database.weather.schema=" SCHEMA) || config_check(config))
		exit(1);
	log_set_level(LOG_LEVEL_WARNING);
	return config;
}

static void start(struct conversation *c, const char *directory)
{
	static const uint32_t random[4] = { 0x5e1ec7ed, 0x01234567, 0x89abcdef, 0 };

	c->config = make_config(directory);
	c->next_session = 1;
	c->memory = aligned_alloc(64, TFS_SHM_POLL_DEFAULT_STRIDE);
	if (!c->memory)
		exit(1);
	memset(c->memory, 0, TFS_SHM_POLL_DEFAULT_STRIDE);
	c->watch = (struct watch) { .channel = c->memory, .out = stdout };
	c->port = (struct oc_port) {
		.now_us = now_us, .pause = pause_turn, .random = nonce, .ctx = c,
	};
	must(oc_latch_init(&c->wake), OC_OK, "latch_init");
	must(databases_open(&c->databases, c->config), OC_OK, "databases_open");
	must(databases_connect(&c->conns, &c->databases, &c->wake), OC_OK, "databases_connect");
	channel_init(&c->server, 0, c->config, &c->conns, &c->next_session);
	must(channel_start(&c->server, c->memory, random), OC_OK, "channel_start");
	watch_look(&c->watch, "server");
}

static void update(struct oc_db *db)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };

	must(oc_db_start_update(db, tables, 1, NULL, 0), OC_OK, "start_update");
	must((int)oc_db_insert(db, WEATHER_TABLE_WEATHER, &row, sizeof(row)), 1, "insert");
	must(oc_db_end(db), OC_OK, "end");
}

static void read_back(struct oc_db *db)
{
	struct weather_weather got;
	struct oc_cursor cursor;

	must(oc_cursor_open(&cursor, db, WEATHER_TABLE_WEATHER), OC_OK, "cursor_open");
	must((int)oc_cursor_next(&cursor, &got, sizeof(got)), 1, "cursor_next");
	must(memcmp(&got, &row, sizeof(row)), 0, "compare");
	must(oc_db_get(db, WEATHER_TABLE_WEATHER, 2, &got, sizeof(got)), OC_ENOTFOUND, "get");
}

/* The server has its turn when both have been stored. */
static void take_back(struct conversation *c, const struct oc_db *db)
{
	struct {
		struct oc_msg msg;
		struct oc_get_request body;
	} get = {
		.msg = { .length = sizeof(get), .op = OC_OP_GET, .session = db->session },
		.body = { .table = WEATHER_TABLE_WEATHER, .rowid = 1 },
	};
	struct weather_weather got;

	must(oc_channel_start(&c->client, &get.msg, &got, sizeof(got)), OC_OK, "start");
	must(oc_channel_poll(&c->client), OC_PENDING, "poll");
	watch_look(&c->watch, "client");
	must(oc_channel_cancel(&c->client), OC_PENDING, "cancel");
	take_turns(c);
	must(oc_channel_poll(&c->client), OC_ECANCELLED, "poll");
}

static void talk(struct conversation *c)
{
	struct oc_db db;

	must(oc_channel_attach(&c->client, c->memory, &c->port, OWNER, TIMEOUT_MS), OC_OK,
	     "attach");
	must(oc_db_open(&db, &c->client, "weather", &weather_schema, memory, sizeof(memory),
			CLIENT_ID), OC_OK, "open");
	update(&db);
	read_back(&db);
	take_back(c, &db);
	must(oc_db_close(&db), OC_OK, "close");
	oc_channel_detach(&c->client);
	take_turns(c);
}

static void stop(struct conversation *c)
{
	channel_close(&c->server);
	watch_look(&c->watch, "server");
	databases_disconnect(&c->conns);
	must(databases_close(&c->databases), OC_OK, "databases_close");
	oc_latch_close(&c->wake);
	config_free(c->config);
	free(c->memory);
}

int main(int argc, char **argv)
{
	struct conversation c = { .next_session = 0 };

	if (argc != 2) {
		fputs("usage: conversation DIRECTORY\n", stderr);
		return 2;
	}
	start(&c, argv[1]);
	talk(&c);
	stop(&c);
	return fflush(stdout) || ferror(stdout);
}
