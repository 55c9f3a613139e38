// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tfsd's reactor needs to look at an idle channel: turns over 64 of them, each with
 * a client, over a memory file's layout. A trip is one look at one channel.
 *
 *	poll CHANNELS FOLDER	scratch files, removed again
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include <oc/channel.h>
#include <oc/latch.h>

#include "../../tools/tfsd/channel.h"
#include "../../tools/tfsd/config.h"
#include "../../tools/tfsd/database.h"
#include "../../tools/tfsd/log.h"
#include "extern.h"

#define CHANNELS_MAX	64

static struct channel channels[CHANNELS_MAX];
static struct oc_channel clients[CHANNELS_MAX];
static unsigned int nchannels;

static void need(bool good, const char *what)
{
	if (!good)
		extern_cannot(what);
}

static void set(struct config *config, const char *key, const char *value)
{
	char text[512];

	snprintf(text, sizeof(text), "%s=%s", key, value);
	need(!config_set(config, text), text);
}

static struct config *configure(const char *database)
{
	struct config *config = config_new(stderr);

	need(config, "no memory");
	log_set_level(LOG_LEVEL_ERROR);
	set(config, "file", "unused");
	set(config, "database.weather.file", database);
	set(config, "database.weather.schema", "tests/data/weather.sql");
	need(!config_check(config), "the configuration");
	return config;
}

static void attach(unsigned int i, void *base, const struct oc_port *port)
{
	int status = OC_PENDING;

	need(oc_channel_attach_start(&clients[i], base, port, i + 1, 5000) == OC_OK, "attach");
	while (status == OC_PENDING) {
		channel_turn(&channels[i]);
		status = oc_channel_attach_poll(&clients[i]);
	}
	need(status == OC_OK, "not granted");
}

/* As the reactor's turn() has it. */
static bool turn(void)
{
	bool moved = false;

	for (unsigned int i = 0; i < nchannels; i++)
		moved |= channel_turn(&channels[i]);
	return moved;
}

static double look(uint64_t n)
{
	uint64_t turns = n / nchannels + 1, looks = turns * nchannels;
	double from = extern_seconds();

	while (turns--)
		if (turn())
			return -1;
	return (extern_seconds() - from) / (double)looks * (double)n;
}

int main(int argc, char **argv)
{
	static uint32_t session = 1;
	struct databases databases;
	struct database_conns conns;
	struct oc_latch wake;
	struct config *config;
	struct oc_port port;
	char database[256];
	uint8_t *memory;
	int status;

	nchannels = argc == 3 ? (unsigned int)strtoul(argv[1], NULL, 10) : 0;
	need(nchannels && nchannels <= CHANNELS_MAX, "usage: poll CHANNELS FOLDER, up to 64");
	snprintf(database, sizeof(database), "%s/poll.db", argv[2]);
	config = configure(database);
	memory = mmap(NULL, nchannels * (size_t)TFS_SHM_POLL_DEFAULT_STRIDE,
		      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(memory != MAP_FAILED && extern_pin(true), "no memory");
	need(oc_latch_init(&wake) == OC_OK && databases_open(&databases, config) == OC_OK &&
	     databases_connect(&conns, &databases, &wake) == OC_OK, "the database");
	oc_port_linux(&port, NULL);
	for (unsigned int i = 0; i < nchannels; i++) {
		uint8_t *base = memory + i * (size_t)TFS_SHM_POLL_DEFAULT_STRIDE;
		const uint32_t random[4] = { (i + 1) * 0x12345678, 1, 2, 3 };

		channel_init(&channels[i], i, config, &conns, &session);
		need(channel_start(&channels[i], base, random) == OC_OK, "a channel");
		attach(i, base, &port);
	}
	status = extern_run(look, NULL);
	for (unsigned int i = 0; i < nchannels; i++)
		channel_close(&channels[i]);
	databases_disconnect(&conns);
	databases_close(&databases);
	oc_latch_close(&wake);
	config_free(config);
	unlink(database);
	return status;
}
