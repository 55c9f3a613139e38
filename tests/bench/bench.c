// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

double bench_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

bool bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

bool bench_unpin(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	return !sched_setaffinity(0, sizeof(set), &set);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, int n)
{
	double sorted[BENCH_ROUNDS];

	memcpy(sorted, values, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare);
	return sorted[n / 2];
}

void bench_row(const char *what, double *ours, const char *reference, double *theirs, int n,
	       const char *unit)
{
	double ratios[BENCH_ROUNDS];

	for (int i = 0; i < n; i++)
		ratios[i] = ours[i] / theirs[i];
	printf("%-36s %9.2f %-5s %-34s %9.2f  ratio %.2f\n", what, bench_median(ours, n), unit,
	       reference, bench_median(theirs, n), bench_median(ratios, n));
	fflush(stdout);
}

void bench_need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}
