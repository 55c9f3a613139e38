// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * options.c: the command line
 */
#include <unistd.h>

#include "options.h"

#define LETTERS "f:no:v"

/* Options first, so that -f may come after -o; they are set when the file was read. */
int options_parse(struct options *options, int argc, char **argv)
{
	int c;

	*options = (struct options){ .argc = argc, .argv = argv };
	while ((c = getopt(argc, argv, LETTERS)) != -1) {
		switch (c) {
		case 'f':
			options->file = optarg;
			break;
		case 'n':
			options->check_only = true;
			break;
		case 'o':
			break;
		case 'v':
			options->verbose++;
			break;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

/* Without -f the default file is read if it is there: -o can say everything. */
int options_read_config(const struct options *options, struct config *config)
{
	int c, failed = 0;

	if (options->file)
		failed |= config_read_file(config, options->file);
	else if (!access(CONFIG_DEFAULT_PATH, F_OK))
		failed |= config_read_file(config, CONFIG_DEFAULT_PATH);
	optind = 1;
	while ((c = getopt(options->argc, options->argv, LETTERS)) != -1)
		if (c == 'o')
			failed |= config_set(config, optarg);
	failed |= config_check(config);
	return failed ? -1 : 0;
}

enum log_level options_log_level(const struct options *options, const struct config *config)
{
	int level = (int)config->log_level + options->verbose;

	return level < LOG_LEVEL_DEBUG ? (enum log_level)level : LOG_LEVEL_DEBUG;
}
