/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench.h: what is asked for, and the measurements that tfs bench is made of
 *
 * A measurement is a function in a file of its own that adds rows to the table, and a
 * line in the table of bench.c.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench_lines.h"
#include "bench_rows.h"
#include "bench_side.h"
#include "bench_table.h"
#include "bench_tfsd.h"

#define BENCH_ROWS_MAX	32

/**
 * struct bench_options
 * @quick:  a short run
 * @output: folder for the files, or NULL
 * @rounds: of each measurement at most; 0: as many as there is time for
 * @tfsd:   program
 * @sides:  of -x: names and commands
 * @rows:   of -c
 * @remote: a URI was given: @uri
 */
struct bench_options {
	bool quick;
	const char *output;
	unsigned int rounds;
	const char *tfsd;
	struct bench_side sides[BENCH_ROWS_MAX];
	size_t nsides;
	struct bench_row rows[BENCH_ROWS_MAX];
	size_t nrows;
	bool remote;
	struct oc_uri uri;
};

/* TFS_OK, or TFS_USAGE after a message. Names and commands stay in @argv. */
int bench_options_parse(struct bench_options *options, int argc, char **argv);

/**
 * struct bench - one run of the program
 * @cpus:    of this process, of the peer; the same twice if there is only one
 * @lines:   what all sides that can be compared share
 * @daemon:  how to start a tfsd with one channel
 * @histograms: plot data, see bench_latency.c; NULL if not wanted
 * @samples: lines for people, one for each distribution
 * @noise:   see bench_rows_noise(); NAN before bench_compare()
 * @slices:  that were measured, by spinning; @disturbed: of them, those in which a
 *           processor was lost each time
 */
struct bench {
	const struct bench_options *options;
	int cpus[2];
	struct bench_lines *lines;
	struct bench_daemon daemon;
	FILE *histograms;
	FILE *samples;
	struct bench_table table;
	double noise;
	uint64_t slices;
	uint64_t disturbed;
};

static inline bool bench_alone(const struct bench *bench)
{
	return bench->cpus[0] == bench->cpus[1];
}

/* Seconds for a measurement, in nanoseconds: @full of them, or @quick. */
static inline uint64_t bench_time(const struct bench *bench, double quick, double full)
{
	return (uint64_t)((bench->options->quick ? quick : full) * 1e9);
}

/* Whether bench_compare() has a side of its own with that name. */
bool bench_compare_has(const char *side);

/* Each adds its rows; false after a message on stderr. */
bool bench_compare(struct bench *bench);	/* bench_compare.c */
bool bench_idle_channels(struct bench *bench);	/* bench_idle.c */
bool bench_idle(struct bench *bench);
bool bench_latency(struct bench *bench);	/* bench_latency.c */
bool bench_paced(struct bench *bench);		/* bench_paced.c */

struct bench_sample;

/*
 * Rows SIDE-p50, -p99, -p99.9, -max, -rate and -cpu, and a line with all of them; what
 * its columns are; the histogram. In bench_latency.c.
 */
void bench_sample_rows(struct bench *bench, const char *side, const struct bench_sample *sample);
void bench_sample_heading(FILE *out);
void bench_sample_plot(struct bench *bench, const char *side, const struct bench_sample *sample);

#endif /* BENCH_H */
