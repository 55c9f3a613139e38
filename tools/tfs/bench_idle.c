// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_idle.c: what a tfsd with nothing to do costs, and idle channels beside a busy one
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "bench_clock.h"
#include "bench_process.h"

/* One less than a memory file has at most, for one is busy; the result is for 64. */
#define IDLE_CHANNELS	63
#define IDLE_WANTED	64
#define ROUNDS_MAX	16
#define SLICES		5

/* Nanoseconds of a call of 64 bytes through a tfsd with so many channels; NAN: none. */
static double call(struct bench *bench, unsigned int channels, const char **why_not)
{
	struct bench_daemon daemon = bench->daemon;
	struct bench_side side = {
		.name = "idle-64", .kind = &bench_call, .size = 64, .lines = bench->lines,
		.argument = &daemon,
	};
	struct bench_run run = {
		.sides = &side, .nsides = 1, .rounds = SLICES, .slice_ns = 1000000,
	};
	double ns = NAN;

	daemon.channels = channels;
	if (bench_run_open(&run, bench->cpus) && bench_run_rounds(&run) && !side.why_not)
		ns = bench_median(bench_run_values(&run, 0), run.done);
	*why_not = side.why_not;
	bench_run_close(&run);
	return ns;
}

/*
 * Both must have the first channel's lines, so they cannot run at once: they are started
 * in turn.
 */
bool bench_idle_channels(struct bench *bench)
{
	unsigned int rounds = bench->options->quick ? 5 : ROUNDS_MAX;
	struct bench_result *result = bench_table_add(&bench->table, "idle-64", "us");
	const double scale = (double)IDLE_WANTED / IDLE_CHANNELS;
	double differences[ROUNDS_MAX], alone;
	const char *why_not = NULL;

	result->target = 1;
	result->verdict = BENCH_NOISY;
	if (bench->options->rounds && bench->options->rounds < rounds)
		rounds = bench->options->rounds;
	for (unsigned int i = 0; i < rounds; i++) {
		alone = call(bench, 1, &why_not);
		if (!isnan(alone))
			differences[i] = scale * (call(bench, 1 + IDLE_CHANNELS, &why_not) -
						  alone);
		if (!isnan(alone) && !isnan(differences[i]))
			continue;
		snprintf(result->remark, sizeof(result->remark), "not measured: %s",
			 why_not ? why_not : "failed");
		return why_not;
	}
	result->value = bench_median(differences, rounds) / 1000;
	result->verdict = bench_judge(differences, rounds, 1000, bench->noise);
	snprintf(result->remark, sizeof(result->remark), "what %d idle channels add to call-64; "
		 "from %d", IDLE_WANTED, IDLE_CHANNELS);
	return true;
}

static void add(struct bench *bench, const char *wait, const char *what, double value,
		const char *unit)
{
	char name[64];

	snprintf(name, sizeof(name), "idle-%s-%s", wait, what);
	bench_table_value(&bench->table, name, value, unit);
}

static bool measure(struct bench *bench, enum oc_wait wait)
{
	uint64_t ns = bench_time(bench, 0.8, 4);
	struct bench_usage before, after;
	struct bench_tfsd tfsd;
	uint64_t from;
	double cpu = NAN, wakeups = NAN;

	if (!bench_tfsd_start(&tfsd, &bench->daemon, bench->lines, wait)) {
		usleep(100000);
		from = bench_now();
		before = bench_usage(tfsd.pid);
		usleep((useconds_t)(ns / 1000));
		after = bench_usage(tfsd.pid);
		ns = bench_now() - from;
		cpu = 100.0 * (double)(after.cpu - before.cpu) / (double)ns;
		wakeups = (double)(after.wakeups - before.wakeups) * 1e9 / (double)ns;
		bench_tfsd_stop(&tfsd);
	}
	add(bench, oc_wait_names[wait], "cpu", cpu, "%");
	add(bench, oc_wait_names[wait], "wakeups", wakeups, "1/s");
	return true;
}

bool bench_idle(struct bench *bench)
{
	for (int wait = 0; wait < OC_WAIT_POLICIES; wait++)
		if (!measure(bench, wait))
			return false;
	return true;
}
