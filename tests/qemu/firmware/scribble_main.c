// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scribbles on channel 1 whenever the weather application waits on channel 0: while it
 * stores its rows, and then for some seconds while it reads them again and again.
 */
#include <stddef.h>

#include "../../../lib/core/words.h"
#include "mps2.h"
#include "scribble.h"
#include "semihost.h"
#include "weather_run.h"

#define OWNER		0x1001
#define BOOT_MS		80000
#define CALL_MS		20000
#define READ_MS		6000
#define ACTS_A_TURN	4

#ifndef SCRIBBLE_SEED
#define SCRIBBLE_SEED	0x5c41bb1eu
#endif

static struct oc_channel channel;
static struct scribbler scribbler;
static uint64_t memory[40 * 1024 / 8];

static struct tfs_shm_poll_header *other_channel(void)
{
	return (void *)(mps2_shared_memory + TFS_SHM_POLL_DEFAULT_STRIDE);
}

static uint32_t now_us(void *ctx)
{
	(void)ctx;
	return mps2_time_us();
}

static int pause_and_scribble(void *ctx, uint32_t turn)
{
	(void)ctx;
	(void)turn;
	for (int i = 0; scribbler.header && i < ACTS_A_TURN; i++)
		scribble(&scribbler);
	return 0;
}

static const struct oc_port port = { .now_us = now_us, .pause = pause_and_scribble };

static void say(const char *before, unsigned int number, const char *after)
{
	semihost_write(before);
	semihost_write_dec(number);
	semihost_write(after);
}

static void stored(void *ctx, uint32_t rows, uint32_t all)
{
	(void)ctx;
	say("firmware: ", rows, " of ");
	say("", all, " rows stored\n");
}

static void failed(void *ctx, const char *what, uint32_t row, int status)
{
	(void)ctx;
	semihost_write("firmware: failed at ");
	semihost_write(what);
	say(", row ", row, ", status ");
	say(status < 0 ? "-" : "", (unsigned int)(status < 0 ? -status : status), "\n");
}

static const struct weather_observer observer = { .stored = stored, .failed = failed };

/* The server starts its channels one after the other. */
static bool wait_for_other(void)
{
	uint32_t start = mps2_time_us();

	while (!oc_sw_ready(oc_load(&other_channel()->server_word)))
		if (mps2_time_us() - start > 1000u * CALL_MS)
			return false;
	oc_acquire();
	scribbler_init(&scribbler, other_channel(), SCRIBBLE_SEED);
	semihost_write("firmware: seed 0x");
	semihost_write_hex(SCRIBBLE_SEED);
	semihost_write("\n");
	return true;
}

int memcmp(const void *a, const void *b, size_t size);

/* Both come from zeroed memory, so they are the same to the last byte of padding. */
static bool read_again(struct oc_db *db, uint32_t row)
{
	struct weather_weather got;
	int status = oc_db_get(db, WEATHER_TABLE_WEATHER, 1 + row, &got, sizeof(got));

	if (status == OC_OK && !memcmp(&got, &weather_rows[row], sizeof(got)))
		return true;
	failed(NULL, "read again", row, status);
	return false;
}

static bool read_for_a_while(void)
{
	uint32_t start = mps2_time_us(), rows = 0;
	struct oc_db db;
	int status;

	status = oc_db_open(&db, &channel, "weather", &weather_schema, memory, sizeof(memory), 1);
	if (status) {
		failed(NULL, "open again", 0, status);
		return false;
	}
	while (mps2_time_us() - start < 1000u * READ_MS)
		if (!read_again(&db, rows++ % weather_row_count))
			return false;
	say("firmware: ", rows, " rows read again, ");
	say("", scribbler.acts, " acts on the other channel\n");
	return oc_db_close(&db) == OC_OK;
}

int main(void)
{
	int status = oc_channel_attach(&channel, mps2_shared_memory, &port, OWNER, BOOT_MS);

	if (!status)
		status = oc_channel_set_timeout(&channel, CALL_MS);
	if (status || !wait_for_other()) {
		failed(NULL, "attach", 0, status);
		return 1;
	}
	if (!weather_run(&channel, memory, sizeof(memory), &observer))
		return 2;
	semihost_write("firmware: all rows stored\n");
	if (!read_for_a_while())
		return 3;
	oc_channel_detach(&channel);
	return 0;
}
