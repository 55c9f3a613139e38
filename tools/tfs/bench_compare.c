// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_compare.c: rows that have a target, each against what it is made of
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_clock.h"
#include "bench_rows.h"

#define KIB		1024u
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct bench_side own_sides[] = {
	{ .name = "line", .kind = &bench_line },
	{ .name = "loop-64", .kind = &bench_loop, .size = 64 },
	{ .name = "packet-64", .kind = &bench_channel, .size = 64, .wait = OC_WAIT_BUSY },
	{ .name = "loop-64-again", .kind = &bench_loop, .size = 64 },
	{ .name = "loop-32k", .kind = &bench_loop, .size = 32 * KIB },
	{ .name = "packet-32k", .kind = &bench_channel, .size = 32 * KIB, .wait = OC_WAIT_BUSY },
	{ .name = "fragments-1m", .kind = &bench_fragments, .size = 1024 * KIB },
	{ .name = "message-1m", .kind = &bench_channel, .size = 1024 * KIB, .wait = OC_WAIT_BUSY },
};

static const struct bench_row rows[] = {
	{ "packet-64", "packet-64", "loop-64", 1.10, "us" },
	{ "bulk-32k", "packet-32k", "loop-32k", 1.10, "us" },
	{ "message-1m", "message-1m", "fragments-1m", 1.15, "us" },
	{ "line", "line", NULL, 0, "us" },
};

bool bench_compare(struct bench *bench)
{
	const struct bench_options *options = bench->options;
	struct bench_side *sides = calloc(COUNT(own_sides), sizeof(*sides));
	struct bench_run run = {
		.sides = sides,
		.nsides = COUNT(own_sides),
		.rounds = options->rounds ? options->rounds : options->quick ? 41 : 201,
		.slice_ns = options->quick ? 1000000 : 2000000,
		.until = bench_now() + (options->quick ? 12000000000u : 60000000000u),
	};
	bool good;

	if (!sides)
		return false;
	for (size_t i = 0; i < run.nsides; i++) {
		sides[i] = own_sides[i];
		sides[i].lines = bench->lines;
	}
	good = bench_run_open(&run, bench->cpus) && bench_run_rounds(&run);
	if (good) {
		bench->noise = bench_rows_noise(&run, "loop-64", "loop-64-again");
		bench_rows_add(&bench->table, &run, rows, COUNT(rows), bench->noise);
	}
	bench_run_close(&run);
	free(sides);
	return good;
}
