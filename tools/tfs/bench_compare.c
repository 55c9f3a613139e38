// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_compare.c: each thing against what it is made of, and against what else there is
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_clock.h"

#define KIB		1024u
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct bench_side own_sides[] = {
	{ .name = "line", .kind = &bench_line },
	{ .name = "loop-64-tight", .kind = &bench_loop, .size = 64, .argument = "tight" },
	{ .name = "loop-64-short", .kind = &bench_loop, .size = 64, .argument = "short" },
	{ .name = "call-64", .kind = &bench_call, .size = 64 },
	{ .name = "loop-64", .kind = &bench_loop, .size = 64 },
	{ .name = "packet-64", .kind = &bench_channel, .size = 64, .wait = OC_WAIT_BUSY },
	{ .name = "loop-64-again", .kind = &bench_loop, .size = 64 },
	{ .name = "socket-64", .kind = &bench_socket, .size = 64 },
	{ .name = "mqueue-64", .kind = &bench_mqueue, .size = 64 },
	{ .name = "eventfd-64", .kind = &bench_eventfd, .size = 64 },
	{ .name = "futex-64", .kind = &bench_futex, .size = 64 },
	{ .name = "bell-64", .kind = &bench_bell, .size = 64, .wait = OC_WAIT_SLEEP },
	{ .name = "loop-32k", .kind = &bench_loop, .size = 32 * KIB },
	{ .name = "packet-32k", .kind = &bench_channel, .size = 32 * KIB, .wait = OC_WAIT_BUSY },
	{ .name = "fragments-1m", .kind = &bench_fragments, .size = 1024 * KIB },
	{ .name = "message-1m", .kind = &bench_channel, .size = 1024 * KIB, .wait = OC_WAIT_BUSY },
};

static const struct bench_row own_rows[] = {
	{ "packet-64", "packet-64", "loop-64", 1.10, "us" },
	{ "call-64", "call-64", "loop-64", 1.35, "us" },
	{ "bulk-32k", "packet-32k", "loop-32k", 1.10, "us" },
	{ "message-1m", "message-1m", "fragments-1m", 1.15, "us" },
	{ "socket", "packet-64", "socket-64", 0.2, "us" },
	{ "eventfd", "packet-64", "eventfd-64", 0.2, "us" },
	{ "futex", "packet-64", "futex-64", 0.2, "us" },
	{ "mqueue", "packet-64", "mqueue-64", 0, "us" },
	{ "bell", "bell-64", "eventfd-64", 0, "us" },
	{ "line", "line", NULL, 0, "us" },
	{ "loop-64", "loop-64", "line", 0, "us" },
	{ "loop-64-tight", "loop-64-tight", "loop-64", 0, "us" },
	{ "loop-64-short", "loop-64-short", "loop-64", 0, "us" },
};

static void add_rows(struct bench *bench, const struct bench_run *run)
{
	const struct bench_options *options = bench->options;
	struct bench_result *noise;

	bench->noise = bench_rows_noise(run, "loop-64", "loop-64-again");
	bench_rows_add(&bench->table, run, own_rows, COUNT(own_rows), bench->noise);
	bench_rows_add(&bench->table, run, options->rows, options->nrows, bench->noise);
	noise = bench_table_add(&bench->table, "noise", "ratio");
	noise->value = bench->noise;
	snprintf(noise->remark, sizeof(noise->remark), "quartiles of loop-64 : loop-64, apart; "
		 "above %.2f is noisy", BENCH_SPREAD_MAX);
}

bool bench_compare_has(const char *side)
{
	for (size_t i = 0; i < COUNT(own_sides); i++)
		if (!strcmp(own_sides[i].name, side))
			return true;
	return false;
}

bool bench_compare(struct bench *bench)
{
	const struct bench_options *options = bench->options;
	struct bench_run run = {
		.nsides = COUNT(own_sides) + options->nsides,
		.rounds = options->rounds ? options->rounds : 400,
		.slice_ns = bench_time(bench, 0.001, 0.003),
		.until = bench_now() + bench_time(bench, 14, 90),
	};
	bool good;

	run.sides = calloc(run.nsides, sizeof(*run.sides));
	if (!run.sides)
		return false;
	memcpy(run.sides, own_sides, sizeof(own_sides));
	memcpy(run.sides + COUNT(own_sides), options->sides,
	       options->nsides * sizeof(*run.sides));
	for (size_t i = 0; i < run.nsides; i++) {
		run.sides[i].lines = bench->lines;
		if (run.sides[i].kind == &bench_call)
			run.sides[i].argument = &bench->daemon;
	}
	good = bench_run_open(&run, bench->cpus) && bench_run_rounds(&run);
	if (good)
		add_rows(bench, &run);
	bench->slices += run.slices;
	bench->disturbed += run.disturbed;
	bench_run_close(&run);
	free(run.sides);
	return good;
}
