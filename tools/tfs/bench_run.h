/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench_run.h: sides in turn, round after round
 *
 *	if (bench_run_open(&run, cpus) && bench_run_rounds(&run))
 *		for (i...)	bench_median(bench_run_values(&run, i), run.done)
 *	bench_run_close(&run);
 *
 * A slice's value is the median of some 32 batches of trips. A slice in which somebody
 * else was given one of the two processors is repeated, a few times at most.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "bench_peer.h"
#include "bench_side.h"
#include "bench_stats.h"

/**
 * struct bench_run
 * @sides:    what is measured; the caller's
 * @rounds:   how often each, at most
 * @until:    bench_now() after which no round begins but the third; 0: no end
 * @done:     rounds that were made
 * @slice_ns: how long each time, about
 * @cpus:     of this process, of the peer
 * @values:   nanoseconds for a trip: @rounds of the first side, then of the second...
 * @slices:   that were measured, by spinning
 * @disturbed: of them, those that stayed disturbed
 */
struct bench_run {
	struct bench_side *sides;
	size_t nsides;
	size_t rounds;
	uint64_t until;
	size_t done;
	uint64_t slice_ns;
	int cpus[2];
	struct bench_peer peer;
	double *values;
	uint64_t slices;
	uint64_t disturbed;
};

/**
 * struct bench_sample - trips measured one by one
 * @wall: nanoseconds of each
 * @client_cpu: processor time of all of them, in nanoseconds; and the server's
 */
struct bench_sample {
	struct bench_histogram wall;
	uint64_t client_cpu;
	uint64_t server_cpu;
};

/*
 * Opens the sides and starts the peer; false after a message on stderr. A side that
 * cannot be measured has @why_not afterwards, and is left out.
 */
bool bench_run_open(struct bench_run *run, const int cpus[2]);

/* Finds out how many trips a slice has, then takes all sides in turn. */
bool bench_run_rounds(struct bench_run *run);

/* The values of sides[@side], @done of them. */
const double *bench_run_values(const struct bench_run *run, size_t side);

/* Finds out how many trips a slice of sides[@side] has. */
bool bench_run_calibrate(struct bench_run *run, size_t side);

/*
 * One slice of sides[@side], added to @sample, with the trips that it has. Before each,
 * @due (unless NULL) waits until it is due and returns since when it counts; it has a
 * random state that is not 0.
 */
bool bench_run_sample(struct bench_run *run, size_t side, struct bench_sample *sample,
		      uint64_t (*due)(uint64_t *state));

/* All rounds are made, or there is no more time. */
bool bench_run_is_over(const struct bench_run *run);

void bench_run_close(struct bench_run *run);

#endif /* BENCH_RUN_H */
