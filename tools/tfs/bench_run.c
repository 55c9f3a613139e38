// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_run.c: sides in turn, round after round */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "bench_process.h"
#include "bench_run.h"

#define BATCHES		32
#define CALIBRATE	4		/* trips to begin with */
#define TRIPS_MAX	100000000u
#define ATTEMPTS	6
#define ROUNDS_MIN	3

/* A program of somebody else's spoils its own rows only. */
static bool failed(struct bench_side *side)
{
	side->why_not = "it failed";
	if (side->kind->slice)
		return true;
	fprintf(stderr, "tfs bench: %s: a round trip failed\n", side->name);
	return false;
}

static bool make_trips(struct bench_side *side, uint64_t trips)
{
	while (trips--)
		if (!side->kind->trip(side))
			return false;
	return true;
}

/* The first trips of a slice find cold caches, and a peer that has yet to wake up. */
static uint64_t warm_up(const struct bench_side *side)
{
	return side->trips / 8 + 1;
}

static bool begin(struct bench_run *run, struct bench_side *side)
{
	const struct bench_kind *kind = side->kind;

	if (kind->begin)
		kind->begin(side);
	if (kind->serve && !bench_peer_serve(&run->peer, (size_t)(side - run->sides),
					     warm_up(side) + side->trips))
		return false;
	return make_trips(side, warm_up(side));
}

static pid_t server(const struct bench_run *run, const struct bench_side *side)
{
	return side->kind->server ? side->kind->server(side) : run->peer.pid;
}

static bool end(struct bench_run *run, struct bench_side *side)
{
	bool good = !side->kind->serve || bench_peer_done(&run->peer);

	if (side->kind->end)
		side->kind->end(side);
	return good;
}

static double time_batches(struct bench_side *side)
{
	size_t nbatches = side->trips < BATCHES ? side->trips : BATCHES;
	double batches[BATCHES];
	uint64_t from, now, left = side->trips, trips;

	from = bench_now();
	for (size_t i = 0; i < nbatches; i++) {
		trips = left / (nbatches - i);
		if (!make_trips(side, trips))
			return -1;
		now = bench_now();
		batches[i] = (double)(now - from) / (double)trips;
		from = now;
		left -= trips;
	}
	return bench_median(batches, nbatches);
}

/* How often this process and the server have lost a processor. */
static uint64_t losses(const struct bench_run *run, const struct bench_side *side)
{
	return bench_usage(0).losses + bench_usage(server(run, side)).losses;
}

/*
 * Nanoseconds for a trip, or a negative number. If a client has failed,
 * its peer would wait for ever: then there is no end.
 */
static double slice_once(struct bench_run *run, struct bench_side *side, bool *disturbed)
{
	uint64_t lost;
	double ns = -1;

	*disturbed = false;
	if (side->kind->slice) {
		ns = side->kind->slice(side, side->trips);
	} else if (begin(run, side)) {
		lost = losses(run, side);
		ns = time_batches(side);
		*disturbed = !side->kind->blocks && losses(run, side) != lost;
		if (ns >= 0 && !end(run, side))
			ns = -1;
	}
	return ns;
}

/* The first attempt that was not disturbed, else the best. */
static double slice(struct bench_run *run, struct bench_side *side)
{
	bool disturbed = true;
	double ns, best = INFINITY;

	for (int i = 0; i < ATTEMPTS && disturbed; i++) {
		ns = slice_once(run, side, &disturbed);
		if (ns < 0)
			return ns;
		if (!disturbed || ns < best)
			best = ns;
	}
	run->slices++;
	run->disturbed += disturbed;
	return best;
}

/* The least of a few: others may have the peer's processor just when it is to wake up. */
static double try_slices(struct bench_run *run, struct bench_side *side)
{
	double best = INFINITY, ns;

	for (int i = 0; i < 3; i++) {
		ns = slice(run, side);
		if (ns < 0)
			return ns;
		if (ns < best)
			best = ns;
	}
	return best;
}

bool bench_run_calibrate(struct bench_run *run, size_t i)
{
	struct bench_side *side = &run->sides[i];
	const double wanted = (double)run->slice_ns;
	double ns;

	for (side->trips = CALIBRATE;; side->trips *= 4) {
		ns = try_slices(run, side);
		if (ns < 0)
			return failed(side);
		if (ns * (double)side->trips >= wanted / 16 || side->trips >= TRIPS_MAX)
			break;
	}
	side->trips = ns * TRIPS_MAX < wanted ? TRIPS_MAX : (uint64_t)(wanted / ns);
	if (!side->trips)
		side->trips = 1;
	return true;
}

bool bench_run_open(struct bench_run *run, const int cpus[2])
{
	memcpy(run->cpus, cpus, sizeof(run->cpus));
	run->peer.pid = -1;
	run->values = calloc(run->nsides * run->rounds + 1, sizeof(*run->values));
	if (!run->values) {
		fprintf(stderr, "tfs bench: no memory\n");
		return false;
	}
	for (size_t i = 0; i < run->nsides; i++) {
		struct bench_side *side = &run->sides[i];

		memcpy(side->cpus, cpus, sizeof(side->cpus));
		if (cpus[0] == cpus[1] && !side->kind->blocks)
			side->why_not = "it needs two processors";
		else if (side->kind->open)
			side->why_not = side->kind->open(side);
	}
	if (bench_pin(cpus[0]) && bench_peer_start(&run->peer, run->sides, cpus[1]))
		return true;
	fprintf(stderr, "tfs bench: %s\n", strerror(errno));
	return false;
}

bool bench_run_is_over(const struct bench_run *run)
{
	return run->done >= run->rounds ||
	       (run->until && run->done >= ROUNDS_MIN && bench_now() >= run->until);
}

static bool make_round(struct bench_run *run)
{
	for (size_t i = 0; i < run->nsides; i++) {
		double *value = &run->values[i * run->rounds + run->done];

		if (run->sides[i].why_not)
			continue;
		*value = slice(run, &run->sides[i]);
		if (*value < 0 && !failed(&run->sides[i]))
			return false;
	}
	return true;
}

bool bench_run_rounds(struct bench_run *run)
{
	for (size_t i = 0; i < run->nsides; i++)
		if (!run->sides[i].why_not && !bench_run_calibrate(run, i))
			return false;
	for (run->done = 0; !bench_run_is_over(run); run->done++)
		if (!make_round(run))
			return false;
	return true;
}

const double *bench_run_values(const struct bench_run *run, size_t side)
{
	return &run->values[side * run->rounds];
}

bool bench_run_sample(struct bench_run *run, size_t i, struct bench_sample *sample,
		      uint64_t (*due)(uint64_t *state))
{
	struct bench_side *side = &run->sides[i];
	uint64_t from, now, client, cpu, state = run->done + 1;

	if (!begin(run, side))
		return failed(side);
	client = bench_usage(0).cpu;
	cpu = bench_usage(server(run, side)).cpu;
	from = bench_now();
	for (uint64_t trip = 0; trip < side->trips; trip++) {
		if (due)
			from = due(&state);
		if (!side->kind->trip(side))
			return failed(side);
		now = bench_now();
		bench_histogram_add(&sample->wall, now - from);
		from = now;
	}
	sample->client_cpu += bench_usage(0).cpu - client;
	sample->server_cpu += bench_usage(server(run, side)).cpu - cpu;
	return end(run, side) || failed(side);
}

void bench_run_close(struct bench_run *run)
{
	bench_peer_stop(&run->peer);
	for (size_t i = 0; i < run->nsides; i++)
		if (run->sides[i].kind->close)
			run->sides[i].kind->close(&run->sides[i]);
	free(run->values);
	run->values = NULL;
}
