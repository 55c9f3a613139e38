// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_stats.c: medians, quartiles, histograms */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench_stats.h"

#define SUB_BUCKETS	(1u << BENCH_SUB_BITS)

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_quantile(const double *values, size_t n, double q)
{
	double *sorted = malloc(n * sizeof(*sorted));
	double at = q * (double)(n - 1), result;
	size_t below = (size_t)at, above = below + 1 < n ? below + 1 : below;

	if (!sorted)
		return NAN;
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	result = sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
	free(sorted);
	return result;
}

double bench_median(const double *values, size_t n)
{
	return bench_quantile(values, n, 0.5);
}

double bench_spread(const double *values, size_t n)
{
	return (bench_quantile(values, n, 0.75) - bench_quantile(values, n, 0.25)) /
	       bench_median(values, n);
}

static unsigned int bucket_of(uint64_t ns)
{
	unsigned int shift, i;

	if (ns < 2 * SUB_BUCKETS)
		return (unsigned int)ns;
	shift = 63 - (unsigned int)__builtin_clzll(ns) - BENCH_SUB_BITS;
	i = (shift << BENCH_SUB_BITS) + (unsigned int)(ns >> shift);
	return i < BENCH_BUCKETS ? i : BENCH_BUCKETS - 1;
}

uint64_t bench_bucket_top(unsigned int i)
{
	unsigned int shift;

	if (i < 2 * SUB_BUCKETS)
		return i;
	shift = (i >> BENCH_SUB_BITS) - 1;
	return ((uint64_t)(i - (shift << BENCH_SUB_BITS) + 1) << shift) - 1;
}

void bench_histogram_add(struct bench_histogram *h, uint64_t ns)
{
	h->count++;
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
	h->buckets[bucket_of(ns)]++;
}

uint64_t bench_percentile(const struct bench_histogram *h, double q)
{
	uint64_t rank = (uint64_t)ceil(q * (double)h->count), seen = 0;

	for (unsigned int i = 0; i < BENCH_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen && seen >= rank)
			return bench_bucket_top(i) < h->max ? bench_bucket_top(i) : h->max;
	}
	return h->max;
}
