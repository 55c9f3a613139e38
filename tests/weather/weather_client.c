// SPDX-License-Identifier: GPL-2.0-only
/*
 * The weather application as a Linux process that plays the firmware.
 *
 *	weather_client tfs-shm-poll://0/weather?file=/path/region
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <oc/bell.h>

#include "weather_run.h"

static uint64_t memory[16 * 1024 / 8];

static void stored(void *ctx, uint32_t rows, uint32_t all)
{
	(void)ctx;
	printf("  client: %4u of %u rows stored\n", rows, all);
	fflush(stdout);
}

static void failed(void *ctx, const char *what, uint32_t row, int status)
{
	(void)ctx;
	fprintf(stderr, "client: %s, row %u: %s\n", what, row, oc_status_text(status));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static int run(const struct oc_uri *uri, const struct oc_region *region,
	       const struct oc_bell *bell)
{
	const struct weather_observer observer = { .stored = stored, .failed = failed };
	struct oc_channel channel = { .state = 0 };
	struct oc_ladder ladder;
	struct oc_sleeper sleeper = { .bell = bell, .ladder = &ladder, .channel = &channel };
	struct oc_port port;
	double start;
	int status;

	oc_ladder_init(&ladder, uri->wait, region->line);
	oc_port_linux(&port, &ladder);
	if (bell->fd >= 0)
		oc_port_linux_bell(&port, &sleeper);
	status = oc_channel_attach(&channel, region->base, &port, region->owner, uri->timeout_ms);
	if (status != OC_OK) {
		failed(NULL, "attach", 0, status);
		return 1;
	}
	start = seconds();
	if (!weather_run(&channel, memory, sizeof(memory), &observer)) {
		oc_channel_detach(&channel);
		return 1;
	}
	oc_channel_detach(&channel);
	printf("  client: all rows stored, read back and compared in %.0f ms\n",
	       (seconds() - start) * 1000);
	return 0;
}

int main(int argc, char **argv)
{
	struct oc_region region;
	struct oc_bell bell;
	struct oc_uri uri;
	size_t where;
	int status;

	if (argc != 2) {
		fputs("usage: weather_client URI\n", stderr);
		return 2;
	}
	if (oc_uri_parse(&uri, argv[1], &where) != OC_OK) {
		fprintf(stderr, "client: %s: wrong from character %zu on\n", argv[1], where + 1);
		return 2;
	}
	status = oc_region_open(&region, &uri);
	if (status != OC_OK) {
		fprintf(stderr, "client: %s: %s%s%s\n", argv[1], oc_status_text(status),
			status == OC_EREGION ? ": " : "",
			status == OC_EREGION ? strerror(errno) : "");
		return 1;
	}
	oc_bell_open(&bell, &region, &uri);	/* if there is one */
	status = run(&uri, &region, &bell);
	oc_bell_close(&bell);
	oc_region_close(&region);
	return status;
}
