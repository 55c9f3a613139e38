/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench_stats.h: medians, quartiles, histograms
 *
 * A histogram counts nanoseconds exactly up to 127, above that with 64 buckets to a
 * doubling: a percentile is too high by 1.6 % at most, the maximum is exact.
 */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_SUB_BITS	6
#define BENCH_DOUBLINGS	40		/* above the exact ones: up to 2^46 ns, 19 hours */
#define BENCH_BUCKETS	((BENCH_DOUBLINGS + 2) << BENCH_SUB_BITS)

struct bench_histogram {
	uint64_t count;
	uint64_t sum;
	uint64_t max;
	uint64_t buckets[BENCH_BUCKETS];
};

/* The value below which a share @q (0..1) of @n lies, between neighbours by proportion; n > 0. */
double bench_quantile(const double *values, size_t n, double q);
double bench_median(const double *values, size_t n);

/* Distance of the quartiles over the median. */
double bench_spread(const double *values, size_t n);

void bench_histogram_add(struct bench_histogram *h, uint64_t ns);

/* The largest value that bucket @i counts. */
uint64_t bench_bucket_top(unsigned int i);

/* What a share @q of the values does not exceed; 0 if there are none. */
uint64_t bench_percentile(const struct bench_histogram *h, double q);

#endif /* BENCH_STATS_H */
