/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* bench.h: what is asked for, and the measurements that tfs bench is made of */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>

#include "bench_lines.h"
#include "bench_table.h"

/**
 * struct bench_options
 * @quick:  a short run
 * @output: folder for the files, or NULL
 * @rounds: at most, or 0
 */
struct bench_options {
	bool quick;
	const char *output;
	unsigned int rounds;
};

/**
 * struct bench - one run of the program
 * @cpus:    of this process, of the peer; the same twice if there is only one
 * @scratch: a folder that is removed at the end
 * @lines:   what all sides that can be compared share
 * @noise:   see bench_rows_noise()
 */
struct bench {
	const struct bench_options *options;
	int cpus[2];
	char scratch[128];
	struct bench_lines *lines;
	struct bench_table table;
	double noise;
};

/* Each measurement adds its rows; false after a message on stderr. */
bool bench_compare(struct bench *bench);		/* bench_compare.c */

#endif /* BENCH_H */
