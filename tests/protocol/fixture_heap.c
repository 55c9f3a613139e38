// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixture_heap.c: tfsd's server in this process, over ordinary memory. The client's
 * waits are the server's turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <oc/latch.h>

#include "../../tools/tfsd/channel.h"
#include "../../tools/tfsd/config.h"
#include "../../tools/tfsd/database.h"
#include "../../tools/tfsd/log.h"
#include "../../tools/tfsd/statement.h"
#include "protocol.h"

const char *const fixture_name = "heap";

static struct {
	char dir[64];
	char database[96];
	struct config *config;
	struct databases databases;
	struct database_conns conns;
	struct oc_proc_barrier barrier;
	struct workers workers;
	struct statements statements;
	struct channel channels[CHANNELS];
	atomic_bool leaving;
	uint8_t *memory[CHANNELS];
	struct oc_port ports[CHANNELS];
	uint32_t next_session;
	struct oc_latch wake;
	bool serving;
} fixture;

static int serve_turn(void *ctx, uint32_t turn)
{
	(void)ctx;
	for (unsigned int c = 0; fixture.serving && c < CHANNELS; c++)
		channel_turn(&fixture.channels[c]);
	/* A sync runs on a thread of its own, and takes its time. */
	if (turn > 200)
		usleep(100);
	return 0;
}

static void set(const char *key, const char *value)
{
	char text[256];

	snprintf(text, sizeof(text), "%s=%s", key, value);
	expect(config_set(fixture.config, text) == 0);
}

void fixture_start_server(void)
{
	static uint32_t id;

	expect_status(databases_open(&fixture.databases, fixture.config), OC_OK);
	expect_status(databases_connect(&fixture.conns, &fixture.databases, &fixture.wake), OC_OK);
	expect_status(workers_start(&fixture.workers, fixture.config->workers, &fixture.barrier),
		      OC_OK);
	for (unsigned int c = 0; c < CHANNELS; c++) {
		const uint32_t random[4] = { id += 0x12345678, 1, 2, 3 };

		channel_init(&fixture.channels[c], c, fixture.config, &fixture.conns,
			     &fixture.next_session);
		fixture.channels[c].leaving = &fixture.leaving;
		channel_set_statements(&fixture.channels[c], &fixture.statements, &fixture.wake);
		expect_status(channel_start(&fixture.channels[c], fixture.memory[c], random),
			      OC_OK);
	}
	fixture.leaving = false;
	fixture.serving = true;
}

/* What SIGKILL leaves: the header as it stands. The store, though, is closed here. */
void fixture_kill_server(void)
{
	fixture.serving = false;
	for (unsigned int c = 0; c < CHANNELS; c++) {
		struct tfs_shm_poll_header left = *header(c);

		channel_close(&fixture.channels[c]);
		*header(c) = left;
	}
	workers_stop(&fixture.workers);
	databases_disconnect(&fixture.conns);
	databases_close(&fixture.databases);
}

void fixture_stop_server(bool fast)
{
	fixture.leaving = fast;
	for (unsigned int c = 0; c < CHANNELS; c++)
		channel_drain(&fixture.channels[c]);
}

bool fixture_wait_server(void)
{
	bool quiet = true;

	fixture.serving = false;
	for (unsigned int c = 0; c < CHANNELS; c++) {
		quiet &= channel_quiet(&fixture.channels[c]);
		channel_close(&fixture.channels[c]);
	}
	workers_stop(&fixture.workers);
	databases_disconnect(&fixture.conns);
	return databases_close(&fixture.databases) == OC_OK && quiet;
}

int fixture_second_server(void)
{
	return OC_PENDING;	/* nothing guards ordinary memory */
}

void fixture_begin(const char *argument)
{
	(void)argument;
	strcpy(fixture.dir, "/tmp/tfs-protocol-XXXXXX");
	expect(mkdtemp(fixture.dir));
	snprintf(fixture.database, sizeof(fixture.database), "%s/weather.db", fixture.dir);
	expect_status(oc_latch_init(&fixture.wake), OC_OK);
	expect_status(oc_proc_barrier_init(&fixture.barrier), OC_OK);
	fixture.next_session = 1;
	log_set_level(LOG_LEVEL_ERROR);
	fixture.config = config_new(stderr);
	set("file", "unused");
	set("max_message", "262144");
	set("max_sessions", "3");
	set("busy_timeout", "1");
	set("database.weather.file", fixture.database);
	set("database.weather.schema", "tests/data/weather.sql");
	expect(config_check(fixture.config) == 0);
	fixture.statements = (struct statements) {
		.workers = &fixture.workers,
		.max = fixture.config->max_statements,
		.idle_ns = fixture.config->statement_idle_ms * UINT64_C(1000000),
	};
	for (unsigned int c = 0; c < CHANNELS; c++) {
		fixture.memory[c] = aligned_alloc(64, TFS_SHM_POLL_DEFAULT_STRIDE);
		expect(fixture.memory[c]);
		memset(fixture.memory[c], 0, TFS_SHM_POLL_DEFAULT_STRIDE);
		oc_port_linux(&fixture.ports[c], NULL);
		fixture.ports[c].pause = serve_turn;
	}
	fixture_start_server();
}

void fixture_end(void)
{
	char command[128];

	fixture_kill_server();
	for (unsigned int c = 0; c < CHANNELS; c++)
		free(fixture.memory[c]);
	config_free(fixture.config);
	oc_proc_barrier_destroy(&fixture.barrier);
	oc_latch_close(&fixture.wake);
	snprintf(command, sizeof(command), "rm -rf '%s'", fixture.dir);
	expect(system(command) == 0);
}

void *fixture_base(unsigned int channel)
{
	return fixture.memory[channel];
}

const struct oc_port *fixture_port(unsigned int channel)
{
	return &fixture.ports[channel];
}

uint32_t fixture_owner(unsigned int channel)
{
	return 0x1001 + channel;
}

const char *fixture_database(void)
{
	return fixture.database;
}
