/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* bench_rows.h: rows that compare sides of a run */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "bench_run.h"
#include "bench_table.h"

/* Above this the bare loop does not agree with itself: no verdict near its target. */
#define BENCH_SPREAD_MAX	0.15

/**
 * struct bench_row
 * @name:      in the table
 * @side:      what is measured
 * @reference: against which side; NULL: the value stands for itself
 * @target:    that the ratio, or else the value, should not exceed; 0: none
 * @unit:      "ns" or "us"
 */
struct bench_row {
	const char *name;
	const char *side;
	const char *reference;
	double target;
	const char *unit;
};

/*
 * How well two sides that are one and the same agree: the spread of their ratios. It
 * says how noisy the machine is. NAN if there are no values.
 */
double bench_rows_noise(const struct bench_run *run, const char *side, const char *twin);

/* Whether the median of @n values is at most @target, if that can be told. */
enum bench_verdict bench_judge(const double *values, size_t n, double target, double noise);

/* Adds a row for each of @n; those that have a target get a verdict. */
void bench_rows_add(struct bench_table *table, const struct bench_run *run,
		    const struct bench_row *rows, size_t n, double noise);

#endif /* BENCH_ROWS_H */
