/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.h: what the measurements have in common. They compare two ways of doing a
 * thing in one run, in turn, and print the median of the ratios: on a machine that
 * others use too, nothing else means much.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_ROUNDS	9

double bench_seconds(void);

/* False if the machine has no second processor. */
bool bench_pin(int cpu);
bool bench_unpin(void);

double bench_median(double *values, int n);

/* Prints a row: both medians in @unit, and the median of ours/reference. */
void bench_row(const char *what, double *ours, const char *reference, double *theirs, int n,
	       const char *unit);

/* Ends the program with a message if @good is false. */
void bench_need(bool good, const char *what);

#endif /* TESTS_BENCH_H */
