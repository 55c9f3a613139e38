// SPDX-License-Identifier: GPL-2.0-only
/* extern.c: the program's end of a side that tfs bench has by -x */
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "extern.h"

#define BATCHES	32

void extern_cannot(const char *why)
{
	puts(why);
	fflush(stdout);
	exit(1);
}

static bool use(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

/* Without tfs bench, by hand: 0 and 1. */
static void processors(int cpus[2])
{
	const char *text = getenv("TFS_BENCH_CPUS");
	char *second;

	cpus[0] = 0;
	cpus[1] = 1;
	if (!text)
		return;
	cpus[0] = (int)strtol(text, &second, 10);
	cpus[1] = atoi(second);
}

bool extern_alone(void)
{
	int cpus[2];

	processors(cpus);
	return cpus[0] == cpus[1];
}

bool extern_pin(bool server)
{
	int cpus[2];

	processors(cpus);
	return use(cpus[server]);
}

bool extern_unpin(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	return !sched_setaffinity(0, sizeof(set), &set);
}

double extern_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of some batches, as tfs bench has it of its own sides; in nanoseconds. */
static double measure(extern_trips trips, uint64_t left)
{
	uint64_t nbatches = left < BATCHES ? left : BATCHES, n;
	double batches[BATCHES], seconds;

	for (uint64_t i = 0; i < nbatches; i++, left -= n) {
		n = left / (nbatches - i);
		seconds = trips(n);
		if (seconds < 0)
			return -1;
		batches[i] = seconds / (double)n * 1e9;
	}
	qsort(batches, nbatches, sizeof(batches[0]), compare);
	return (batches[nbatches / 2] + batches[(nbatches - 1) / 2]) / 2;
}

int extern_run(extern_trips trips, void (*turn)(bool ours))
{
	char line[64];
	uint64_t n;
	double ns;

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		n = strtoull(line, NULL, 10);
		if (turn)
			turn(true);
		ns = n ? measure(trips, n) : -1;
		if (turn)
			turn(false);
		if (ns < 0)
			return 1;
		printf("%.3f\n", ns);
		fflush(stdout);
	}
	return 0;
}
