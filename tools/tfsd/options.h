/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * options.h: tfsd's command line, and the configuration that it leads to
 */
#ifndef TFSD_OPTIONS_H
#define TFSD_OPTIONS_H

#include <stdbool.h>

#include "config.h"

/**
 * struct options
 * @file:       -f, or NULL
 * @check_only: -n
 * @verbose:    how many -v
 * @argc:       with @argv for -o, which is read with each configuration
 */
struct options {
	const char *file;
	bool check_only;
	int verbose;
	int argc;
	char **argv;
};

/* 0, or -1: getopt() has said what is wrong, or there are words that are no options. */
int options_parse(struct options *options, int argc, char **argv);

/*
 * Reads file and options into @config, which is fresh, and checks the whole. 0, or -1: all
 * that is wrong has been reported. For the main thread.
 */
int options_read_config(const struct options *options, struct config *config);

/* What is logged, by the configuration and -v. */
enum log_level options_log_level(const struct options *options, const struct config *config);

#endif /* TFSD_OPTIONS_H */
