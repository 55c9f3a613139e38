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
#define CPU_MAX		1.0		/* percent of a core, for looking by time */
#define FIRST_MAX_US	1000.0

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

/* @target: that the value should not exceed; 0: none. */
static void add(struct bench *bench, const char *way, const char *what, double value,
		const char *unit, double target)
{
	struct bench_result *result;
	char name[64];

	snprintf(name, sizeof(name), "idle-%s-%s", way, what);
	result = bench_table_add(&bench->table, name, unit);
	result->value = value;
	if (!target)
		return;
	result->target = target;
	if (bench_alone(bench) || isnan(value))
		result->verdict = BENCH_NOISY;
	else
		result->verdict = value <= target ? BENCH_OK : BENCH_SHORT;
}

static void measure(struct bench *bench, const char *way, const struct bench_tfsd *tfsd,
		    double cpu_target)
{
	uint64_t ns = bench_time(bench, 0.8, 4);
	struct bench_usage before, after;
	uint64_t from;
	double cpu = NAN, wakeups = NAN;

	if (tfsd->pid) {
		usleep(100000);
		from = bench_now();
		before = bench_usage(tfsd->pid);
		usleep((useconds_t)(ns / 1000));
		after = bench_usage(tfsd->pid);
		ns = bench_now() - from;
		cpu = 100.0 * (double)(after.cpu - before.cpu) / (double)ns;
		wakeups = (double)(after.wakeups - before.wakeups) * 1e9 / (double)ns;
	}
	add(bench, way, "cpu", cpu, "%", cpu_target);
	add(bench, way, "wakeups", wakeups, "1/s", 0);
}

/* p99 of a call to one who has been idle for some milliseconds, in microseconds. */
static double first_call(struct bench *bench, struct bench_tfsd *tfsd)
{
	static struct bench_histogram calls;
	struct oc_msg request = { .length = sizeof(request), .op = OC_OP_PING }, response;
	uint64_t until = bench_now() + bench_time(bench, 1, 6), from;

	calls = (struct bench_histogram) { .count = 0 };
	for (useconds_t us = 0; bench_now() < until; us = (us + 377) % 4000) {
		usleep(3000 + us);
		from = bench_now();
		if (oc_channel_call(&tfsd->channel, &request, &response, sizeof(response)) != OC_OK)
			return NAN;
		bench_histogram_add(&calls, bench_now() - from);
	}
	return (double)bench_percentile(&calls, 0.99) / 1000;
}

/* What sleeping as often costs by itself, here: a processor that is woken up. */
static void measure_naps(struct bench *bench)
{
	const struct timespec nap = { .tv_nsec = OC_LADDER_BLOCK_MAX_NS };
	uint64_t from = bench_now(), until = from + bench_time(bench, 0.8, 4);
	uint64_t cpu = bench_clock(CLOCK_PROCESS_CPUTIME_ID);

	while (bench_now() < until)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	cpu = bench_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	add(bench, "naps", "cpu", 100.0 * (double)cpu / (double)(bench_now() - from), "%", 0);
}

/* What a client costs that cannot ring, and how long it waits: tfsd looks by time. */
static void measure_look(struct bench *bench)
{
	struct bench_daemon daemon = bench->daemon;
	struct bench_tfsd tfsd;
	double us = NAN;
	bool good;

	daemon.no_bells = true;
	good = !bench_tfsd_start(&tfsd, &daemon, bench->lines, OC_WAIT_ADAPTIVE);
	measure(bench, "look", &tfsd, CPU_MAX);
	/* As firmware waits: who sleeps at this end, too, would wait for both. */
	oc_ladder_set(&tfsd.ladder, OC_WAIT_BUSY);
	if (good)
		us = first_call(bench, &tfsd);
	add(bench, "look", "first", us, "us", FIRST_MAX_US);
	if (good)
		bench_tfsd_stop(&tfsd);
}

bool bench_idle(struct bench *bench)
{
	struct bench_tfsd tfsd;

	for (int wait = 0; wait < OC_WAIT_POLICIES; wait++) {
		bool good = !bench_tfsd_start(&tfsd, &bench->daemon, bench->lines, wait);

		measure(bench, oc_wait_names[wait], &tfsd, 0);
		if (good)
			bench_tfsd_stop(&tfsd);
	}
	measure_look(bench);
	measure_naps(bench);
	return true;
}
