// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_options.c: the command line of tfs bench */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "tfs.h"

#define ROUNDS_MAX	10000
#define NAME_LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define NAME_MAX_LENGTH	40

static int usage(void)
{
	fputs("usage: tfs bench [-q] [-c ROW] [-d TFSD] [-o FOLDER] [-r ROUNDS] [-x SIDE] [URI]\n\n"
	      "  -q         a short run, some 40 seconds; otherwise some 5 minutes\n"
	      "  -c NAME=SIDE[/REFERENCE][:UNIT][<TARGET]\n"
	      "             a row more; UNIT is ns or us\n"
	      "  -d TFSD    the daemon to measure calls with; without it: tfsd\n"
	      "  -o FOLDER  write FOLDER/bench.tsv and FOLDER/histograms.dat\n"
	      "  -r ROUNDS  take everything in turn so often at most, 1 to 10000\n"
	      "  -x NAME=COMMAND\n"
	      "             a side more, which another program measures\n"
	      "  URI        measure calls of the server that is there, by size\n", stderr);
	return TFS_USAGE;
}

static int wrong(const char *what, const char *text)
{
	fprintf(stderr, "tfs bench: %s: %s\n", text, what);
	return TFS_USAGE;
}

static bool name_valid(const char *name)
{
	size_t length = strlen(name);

	return length && length <= NAME_MAX_LENGTH && strspn(name, NAME_LETTERS) == length;
}

static int parse_rounds(struct bench_options *options, const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || !value || value > ROUNDS_MAX)
		return wrong("ROUNDS must be 1 to 10000", text);
	options->rounds = (unsigned int)value;
	return TFS_OK;
}

static int parse_side(struct bench_options *options, char *text)
{
	struct bench_side *side = &options->sides[options->nsides];
	char *command = strchr(text, '=');

	if (options->nsides == BENCH_ROWS_MAX)
		return wrong("more than 32 sides", text);
	if (!command || !command[1])
		return wrong("must be NAME=COMMAND", text);
	*command++ = '\0';
	if (!name_valid(text))
		return wrong("is no name: letters, digits, '.', '_' and '-', 40 at most", text);
	*side = (struct bench_side) {
		.name = text, .kind = &bench_extern, .argument = command,
	};
	options->nsides++;
	return TFS_OK;
}

static bool parse_target(double *target, const char *text)
{
	char *end;

	*target = strtod(text, &end);
	return end != text && !*end && *target > 0 && *target < 1e9;
}

/* Cuts @text before the last @separator, and returns what is behind; NULL if there is none. */
static char *cut(char *text, char separator)
{
	char *at = strrchr(text, separator);

	if (!at)
		return NULL;
	*at = '\0';
	return at + 1;
}

static int parse_row(struct bench_options *options, char *text)
{
	struct bench_row *row = &options->rows[options->nrows];
	const char *target, *unit, *side;

	if (options->nrows == BENCH_ROWS_MAX)
		return wrong("more than 32 rows", text);
	*row = (struct bench_row) { .name = text, .unit = "us" };
	target = cut(text, '<');
	unit = cut(text, ':');
	row->reference = cut(text, '/');
	side = cut(text, '=');
	if (!side || !name_valid(text) || !name_valid(side) ||
	    (row->reference && !name_valid(row->reference)))
		return wrong("must be NAME=SIDE[/REFERENCE][:UNIT][<TARGET]", text);
	row->side = side;
	if (unit && strcmp(unit, "ns") && strcmp(unit, "us"))
		return wrong("UNIT must be ns or us", unit);
	if (unit)
		row->unit = unit;
	if (target && !parse_target(&row->target, target))
		return wrong("TARGET must be a number above 0", target);
	options->nrows++;
	return TFS_OK;
}

static bool side_exists(const struct bench_options *options, const char *name)
{
	for (size_t i = 0; i < options->nsides; i++)
		if (!strcmp(options->sides[i].name, name))
			return true;
	return bench_compare_has(name);
}

/* A side may be named before its -x. */
static int check_rows(const struct bench_options *options)
{
	for (size_t i = 0; i < options->nrows; i++) {
		const struct bench_row *row = &options->rows[i];

		if (!side_exists(options, row->side))
			return wrong("there is no such side", row->side);
		if (row->reference && !side_exists(options, row->reference))
			return wrong("there is no such side", row->reference);
	}
	return TFS_OK;
}

static int parse_uri(struct bench_options *options, int n, char **arguments)
{
	size_t where;

	if (n > 1)
		return wrong("one URI at most", arguments[1]);
	if (!n)
		return TFS_OK;
	if (oc_uri_parse(&options->uri, arguments[0], &where) != OC_OK) {
		fprintf(stderr, "tfs bench: %s: wrong at character %zu\n", arguments[0],
			where + 1);
		return TFS_USAGE;
	}
	options->remote = true;
	return TFS_OK;
}

static int parse_option(struct bench_options *options, int option)
{
	switch (option) {
	case 'q':
		options->quick = true;
		return TFS_OK;
	case 'c':
		return parse_row(options, optarg);
	case 'd':
		options->tfsd = optarg;
		return TFS_OK;
	case 'o':
		options->output = optarg;
		return TFS_OK;
	case 'r':
		return parse_rounds(options, optarg);
	case 'x':
		return parse_side(options, optarg);
	default:
		return usage();
	}
}

int bench_options_parse(struct bench_options *options, int argc, char **argv)
{
	int option, status = TFS_OK;

	*options = (struct bench_options) { .tfsd = "tfsd" };
	optind = 1;
	while (status == TFS_OK && (option = getopt(argc, argv, "qc:d:o:r:x:")) != -1)
		status = parse_option(options, option);
	if (status == TFS_OK)
		status = parse_uri(options, argc - optind, argv + optind);
	return status == TFS_OK ? check_rows(options) : status;
}
