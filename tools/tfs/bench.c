// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tfs bench [-q] [-o FOLDER] [-r ROUNDS]
 */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "bench_peer.h"
#include "bench_rows.h"
#include "tfs.h"

#define CANDIDATES	15
#define ROUNDS_MAX	10000

static int usage(void)
{
	fputs("usage: tfs bench [-q] [-o FOLDER] [-r ROUNDS]\n\n"
	      "  -q         a short run\n"
	      "  -o FOLDER  write FOLDER/bench.tsv\n"
	      "  -r ROUNDS  take everything in turn so often at most, 1 to 10000\n", stderr);
	return TFS_USAGE;
}

static int wrong(const char *what)
{
	fprintf(stderr, "tfs bench: %s\n", what);
	return usage();
}

static bool parse_rounds(unsigned int *rounds, const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || !value || value > ROUNDS_MAX)
		return false;
	*rounds = (unsigned int)value;
	return true;
}

static int parse(struct bench_options *options, int argc, char **argv)
{
	int option;

	optind = 1;
	while ((option = getopt(argc, argv, "qo:r:")) != -1) {
		switch (option) {
		case 'q':
			options->quick = true;
			break;
		case 'o':
			options->output = optarg;
			break;
		case 'r':
			if (!parse_rounds(&options->rounds, optarg))
				return wrong("-r ROUNDS must be 1 to 10000");
			break;
		default:
			return usage();
		}
	}
	return optind == argc ? TFS_OK : wrong("there are no arguments but options");
}

static bool write_table(const struct bench *bench)
{
	char path[4200];
	FILE *file;
	bool good;

	if (!bench->options->output)
		return true;
	snprintf(path, sizeof(path), "%s/bench.tsv", bench->options->output);
	file = fopen(path, "we");
	good = file;
	if (good) {
		bench_table_write(&bench->table, file);
		good = !ferror(file);
	}
	if ((file && fclose(file)) || !good) {
		fprintf(stderr, "tfs bench: %s: %s\n", path, strerror(errno));
		return false;
	}
	return !bench->table.full;
}

static void report(const struct bench *bench)
{
	bench_table_print(&bench->table, stdout);
	if (bench->cpus[0] == bench->cpus[1])
		printf("\nOne processor only: what needs two was not measured.\n");
	else if (!(bench->noise <= BENCH_SPREAD_MAX))
		printf("\nThis machine is too noisy now: the bare loop differs from itself by "
		       "%.2f (more than %.2f).\n", bench->noise, BENCH_SPREAD_MAX);
}

static bool measure(struct bench *bench)
{
	struct bench_lines lines[CANDIDATES];
	bool good;

	if (!bench_lines_open(lines, CANDIDATES, bench->scratch)) {
		fprintf(stderr, "tfs bench: %s: %s\n", bench->scratch, strerror(errno));
		return false;
	}
	bench->lines = lines;
	good = bench->cpus[0] == bench->cpus[1] ||
	       bench_lines_choose(lines, CANDIDATES, bench->cpus);
	good = good && bench_compare(bench);
	bench_lines_close(lines, CANDIDATES);
	return good;
}

int tfs_bench(int argc, char **argv)
{
	struct bench_options options = { .quick = false };
	struct bench bench = {
		.options = &options, .scratch = "/dev/shm/tfs-bench.XXXXXX", .noise = NAN,
	};
	int status = parse(&options, argc, argv);
	bool good;

	if (status != TFS_OK)
		return status;
	if (!mkdtemp(bench.scratch)) {
		perror("tfs bench: /dev/shm");
		return TFS_FAILED;
	}
	bench_processors(bench.cpus);
	good = measure(&bench);
	if (good) {
		report(&bench);
		good = write_table(&bench);
	}
	bench_table_free(&bench.table);
	rmdir(bench.scratch);
	return good ? TFS_OK : TFS_FAILED;
}
