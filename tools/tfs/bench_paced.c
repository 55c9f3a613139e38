// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_paced.c: how long a message takes that comes after a pause
 *
 * Trips that follow each other find a server that still looks; one that comes after a
 * millisecond or two finds it asleep, if it may sleep. The clock is open-loop: a trip is
 * counted from when it was due, however late it could begin.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"
#include "bench_clock.h"

#define GAP_MIN_NS	500000u
#define GAP_RANGE_NS	2000000u
#define SPIN_NS		150000u		/* before it is due: a sleep may end late */

/* Waits until the next trip is due, and says when that is. */
static uint64_t next_due(uint64_t *state)
{
	struct timespec until;
	uint64_t due, wake;

	/* xorshift: the same gaps for all ways of waiting */
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	due = bench_now() + GAP_MIN_NS + *state % GAP_RANGE_NS;
	wake = due - SPIN_NS;
	until = (struct timespec) {
		.tv_sec = (time_t)(wake / 1000000000u), .tv_nsec = (long)(wake % 1000000000u),
	};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	while (bench_now() < due)
		bench_relax();
	return due;
}

static bool measure(struct bench_run *run, struct bench_sample *samples)
{
	while (!bench_run_is_over(run)) {
		for (size_t i = 0; i < run->nsides; i++)
			if (!bench_run_sample(run, i, &samples[i], next_due))
				return false;
		run->done++;
	}
	return true;
}

bool bench_paced(struct bench *bench)
{
	struct bench_side sides[OC_WAIT_POLICIES];
	struct bench_sample *samples = calloc(OC_WAIT_POLICIES, sizeof(*samples));
	struct bench_run run = {
		.sides = sides,
		.nsides = OC_WAIT_POLICIES,
		.rounds = bench->options->rounds ? bench->options->rounds : 10000,
		.until = bench_now() + bench_time(bench, 6, 40),
	};
	char name[64];
	bool good;

	for (int i = 0; i < OC_WAIT_POLICIES; i++)
		sides[i] = (struct bench_side) {
			.name = oc_wait_names[i], .kind = &bench_channel, .size = 64,
			.wait = i, .lines = bench->lines, .trips = 50,
		};
	good = samples && (bench_alone(bench) ||
			   (bench_run_open(&run, bench->cpus) && measure(&run, samples)));
	for (int i = 0; good && i < OC_WAIT_POLICIES; i++) {
		snprintf(name, sizeof(name), "%s-paced", oc_wait_names[i]);
		bench_sample_rows(bench, name, &samples[i]);
		bench_sample_plot(bench, name, &samples[i]);
	}
	bench_run_close(&run);
	free(samples);
	return good;
}
