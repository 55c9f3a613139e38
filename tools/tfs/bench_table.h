/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench_table.h: what was measured, as a table for people and as bench.tsv
 *
 * What is not there is NAN, and "-" in the file. A target is for the ratio where there
 * is a reference, and for the value where there is none.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum bench_verdict {
	BENCH_NONE,	/* nothing to reach */
	BENCH_OK,
	BENCH_SHORT,
	BENCH_NOISY,	/* cannot be told: the machine is too noisy, or has one processor */
};

/**
 * struct bench_result - a row
 * @name:      of letters, digits, '.', '_' and '-'
 * @unit:      of value and reference
 * @ratio:     median of the ratios of pairs, value to reference
 * @remark:    what the reference is, or why there is no value; for the table
 * @file_only: people see it elsewhere
 */
struct bench_result {
	char name[64];
	double value;
	char unit[16];
	double reference;
	double ratio;
	double target;
	enum bench_verdict verdict;
	char remark[96];
	bool file_only;
};

struct bench_table {
	struct bench_result *results;
	size_t n;
	bool full;		/* memory ran out: rows are missing */
};

/* A new row, empty, which stays valid until the next one. Never NULL. */
struct bench_result *bench_table_add(struct bench_table *table, const char *name, const char *unit);

/* A row that has a value only. */
void bench_table_value(struct bench_table *table, const char *name, double value,
		       const char *unit);

void bench_table_print(const struct bench_table *table, FILE *out);

/* @value in @text, as the table has it. */
const char *bench_number(char text[32], double value);

/* The file's lines, header first. */
void bench_table_write(const struct bench_table *table, FILE *out);

void bench_table_free(struct bench_table *table);

#endif /* BENCH_TABLE_H */
