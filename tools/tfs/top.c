// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * top.c: tfs top: what a tfsd does, again and again
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "tfs.h"
#include "top.h"

#define SECONDS_MAX	3600u
#define TIMES_MAX	1000000u

struct options {
	bool batch;
	unsigned int seconds;
	unsigned int times;
};

static int usage(void)
{
	fprintf(stderr, "usage: tfs top [-b] [-d SECONDS] [-n TIMES] [-o");
	for (unsigned int i = 0; i < TOP_SORTS; i++)
		fprintf(stderr, "%c%c", i ? '|' : ' ', top_sorts[i].key);
	fputs("] [-s SOCKET]\n", stderr);
	return TFS_USAGE;
}

/* A number from 1 to @max; 0: it is none. */
static unsigned int number(const char *text, unsigned int max)
{
	char *end;
	unsigned long value;

	if (text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	value = strtoul(text, &end, 10);
	return *end || errno || value > max ? 0 : (unsigned int)value;
}

static int parse(int argc, char **argv, struct options *options, struct top *top)
{
	int c;

	while ((c = getopt(argc, argv, "bd:n:o:s:")) != -1) {
		if (c == 'b')
			options->batch = true;
		else if (c == 'd')
			options->seconds = number(optarg, SECONDS_MAX);
		else if (c == 'n')
			options->times = number(optarg, TIMES_MAX);
		else if (c == 'o')
			top->sort = strlen(optarg) == 1 ? top_sort_of(optarg[0]) : NULL;
		else if (c == 's')
			top->path = optarg;
		else
			return -1;
	}
	return optind == argc && options->seconds && options->times && top->sort ? 0 : -1;
}

static void print_line(void *ctx, const char *text, bool bold)
{
	(void)bold;
	fprintf(ctx, "%s\n", text);
}

/* A picture after the other, with an empty line between them. */
static int batch(struct top *top, const struct options *options)
{
	for (unsigned int i = 0; i < options->times; i++) {
		if (i) {
			sleep(options->seconds);
			printf("\n");
		}
		top_sample(top);
		if (top->error[0])
			fprintf(stderr, "tfs: %s\n", top->error);
		else
			top_lines(top, print_line, stdout);
		if (fflush(stdout))
			return TFS_FAILED;
	}
	return top->error[0] ? TFS_FAILED : TFS_OK;
}

int tfs_top(int argc, char **argv)
{
	struct options options = { .seconds = 2, .times = 1 };
	struct top top = { .path = CONTROL_DEFAULT_PATH, .sort = &top_sorts[0] };
	int status;

	if (parse(argc, argv, &options, &top))
		return usage();
	if (options.batch)
		status = batch(&top, &options);
	else
		status = top_screen(&top, options.seconds);
	top_free(&top);
	return status;
}
