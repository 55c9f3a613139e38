// SPDX-License-Identifier: GPL-2.0-only
/*
 * The weather application as firmware: attaches to the channel's first header in
 * the shared memory and waits for a Linux that may still have to boot.
 */
#include <stddef.h>

#include "mps2.h"
#include "semihost.h"
#include "weather_run.h"

#define OWNER		0x1001
#define BOOT_MS		80000
#define CALL_MS		20000

static struct oc_channel channel;
/* Several hundred rows a transaction: commits of more than one packet. */
static uint64_t memory[40 * 1024 / 8];

static uint32_t now_us(void *ctx)
{
	(void)ctx;
	return mps2_time_us();
}

static const struct oc_port port = { .now_us = now_us };

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

int main(void)
{
	uint32_t start = mps2_time_us();
	int status;
	bool good;

	status = oc_channel_attach(&channel, mps2_shared_memory, &port, OWNER, BOOT_MS);
	if (!status)
		status = oc_channel_set_timeout(&channel, CALL_MS);
	if (status) {
		failed(NULL, "attach", 0, status);
		return 1;
	}
	say("firmware: attached after ", (mps2_time_us() - start) / 1000, " ms\n");
	start = mps2_time_us();
	good = weather_run(&channel, memory, sizeof(memory), &observer);
	oc_channel_detach(&channel);
	if (!good)
		return 2;
	say("firmware: all rows stored, read back and compared in ",
	    (mps2_time_us() - start) / 1000, " ms\n");
	return 0;
}
