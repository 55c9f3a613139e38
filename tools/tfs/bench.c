// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tfs bench [-q] [-c ROW] [-d TFSD] [-o FOLDER] [-r ROUNDS] [-x SIDE] [URI]
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "bench_peer.h"
#include "bench_scratch.h"
#include "tfs.h"

#define CANDIDATES	15
#define SECONDS_QUICK	120u	/* after which something hangs */
#define SECONDS_FULL	1200u

/* In the order of the rows; @remote: also of a server that is there already. */
static const struct {
	bool (*measure)(struct bench *bench);
	bool remote;
} measurements[] = {
	{ bench_compare, false },
	{ bench_idle_channels, false },
	{ bench_idle, false },
	{ bench_paced, false },
	{ bench_latency, true },
};

static FILE *open_output(const struct bench *bench, const char *name)
{
	const char *folder = bench->options->output;
	char path[4200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	if (!file)
		fprintf(stderr, "tfs bench: %s: %s\n", path, strerror(errno));
	return file;
}

static bool close_output(FILE *file)
{
	bool good = !ferror(file);

	if (!fclose(file) && good)
		return true;
	fprintf(stderr, "tfs bench: a file could not be written: %s\n", strerror(errno));
	return false;
}

static bool write_table(const struct bench *bench)
{
	FILE *file = open_output(bench, "bench.tsv");

	if (!file)
		return false;
	bench_table_write(&bench->table, file);
	return close_output(file);
}

/* What would be read wrong, and what makes figures worth less. */
static void print_doubts(const struct bench *bench)
{
	double disturbed = bench->slices ? (double)bench->disturbed / (double)bench->slices : 0;

	if (!oc_wait_monitor())
		puts("\nThis processor cannot monitor a line: monitor is yield here.");
	if (bench_alone(bench)) {
		puts("\nThis process may use one processor only: what needs a second one was not\n"
		     "measured, and no ratio has a verdict.");
		return;
	}
	if (disturbed >= 0.01)
		printf("\nOthers had one of the two processors during %.0f %% of the slices, "
		       "however often\nthese were repeated.\n", 100 * disturbed);
	if (bench->noise > BENCH_SPREAD_MAX)
		printf("\nThis machine is too noisy now: the bare loop agrees with itself within "
		       "%.2f only\n(more than %.2f). Where that leaves it open, the verdict is "
		       "noisy.\n", bench->noise, BENCH_SPREAD_MAX);
}

static bool measure_all(struct bench *bench)
{
	for (size_t i = 0; i < sizeof(measurements) / sizeof(measurements[0]); i++)
		if ((measurements[i].remote || !bench->options->remote) &&
		    !measurements[i].measure(bench))
			return false;
	if (bench->table.full)
		fprintf(stderr, "tfs bench: no memory\n");
	return !bench->table.full;
}

static bool measure(struct bench *bench)
{
	struct bench_lines lines[CANDIDATES];
	bool good;

	if (!bench_lines_open(lines, CANDIDATES)) {
		perror("tfs bench: /dev/shm");
		return false;
	}
	bench->lines = lines;
	good = (bench_alone(bench) || bench_lines_choose(lines, CANDIDATES, bench->cpus)) &&
	       measure_all(bench);
	bench_lines_close(lines, CANDIDATES);
	return good;
}

static void report(const struct bench *bench, const char *samples)
{
	bench_table_print(&bench->table, stdout);
	putchar('\n');
	bench_sample_heading(stdout);
	fputs(samples, stdout);
	print_doubts(bench);
}

static bool run(struct bench *bench)
{
	char *samples = NULL;
	size_t size;
	bool good;

	if (bench->options->output) {
		bench->histograms = open_output(bench, "histograms.dat");
		if (!bench->histograms)
			return false;
	}
	bench->samples = open_memstream(&samples, &size);
	good = bench->samples && measure(bench);
	if (bench->samples && fclose(bench->samples))
		good = false;
	if (bench->histograms && !close_output(bench->histograms))
		good = false;
	if (good)
		report(bench, samples);
	free(samples);
	return good && (!bench->options->output || write_table(bench));
}

int tfs_bench(int argc, char **argv)
{
	struct bench_options options;
	struct bench bench = { .options = &options, .noise = NAN };
	int status = bench_options_parse(&options, argc, argv);
	bool good;

	if (status != TFS_OK)
		return status;
	if (!bench_scratch_open(options.quick ? SECONDS_QUICK : SECONDS_FULL))
		return TFS_FAILED;
	bench_processors(bench.cpus);
	bench.daemon = (struct bench_daemon) {
		.program = options.tfsd, .cpu = bench.cpus[1], .channels = 1,
	};
	good = run(&bench);
	bench_table_free(&bench.table);
	bench_scratch_remove();
	return good ? TFS_OK : TFS_FAILED;
}
