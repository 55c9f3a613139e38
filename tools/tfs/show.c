// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * show.c: tfs show, dump, cancel, kill and reload: what a tfsd does, and what it shall
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "tfs.h"
#include "view.h"

static void print_all(const struct tables *tables)
{
	char line[VIEW_LINE_MAX];

	view_summary(tables, line);
	printf("%s\n", line);
	for (unsigned int i = 0; i < VIEWS; i++) {
		printf("\n");
		view_print(&views[i], tables_find(tables, views[i].table), stdout);
	}
}

int tfs_show(int argc, char **argv)
{
	static const char usage[] = "show [-s SOCKET] [channels|databases|sessions|threads]";
	const char *path = control_options(argc, argv, usage);
	const struct view *view = NULL;
	struct tables tables;
	char *text;

	if (!path)
		return TFS_USAGE;
	if (optind < argc)
		view = view_find(argv[optind]);
	if (argc - optind > 1 || (argc - optind == 1 && !view)) {
		fprintf(stderr, "usage: tfs %s\n", usage);
		return TFS_USAGE;
	}
	text = control_ask(path, "dump\n", CONTROL_SECONDS);
	if (!text)
		return TFS_FAILED;
	if (tables_parse(&tables, text)) {
		fprintf(stderr, "tfs: %s: that is no dump\n", path);
		return TFS_FAILED;
	}
	if (view)
		view_print(view, tables_find(&tables, view->table), stdout);
	else
		print_all(&tables);
	tables_free(&tables);
	return TFS_OK;
}

/* Asks, and prints what comes before the last line. */
static int ask(const char *path, const char *line)
{
	char *text = control_ask(path, line, CONTROL_SECONDS);

	if (!text)
		return TFS_FAILED;
	fputs(text, stdout);
	free(text);
	return TFS_OK;
}

/* A verb and nothing else. */
static int plain(int argc, char **argv, const char *usage, const char *line)
{
	const char *path = control_options(argc, argv, usage);

	if (path && optind == argc)
		return ask(path, line);
	if (path)
		fprintf(stderr, "usage: tfs %s\n", usage);
	return TFS_USAGE;
}

int tfs_dump(int argc, char **argv)
{
	return plain(argc, argv, "dump [-s SOCKET]", "dump\n");
}

int tfs_reload(int argc, char **argv)
{
	return plain(argc, argv, "reload [-s SOCKET]", "reload\n");
}

/* What is said about sessions: one line, which tfsd checks, but one line it must be. */
static int order(int argc, char **argv, const char *usage)
{
	const char *path = control_options(argc, argv, usage);
	char line[64];

	if (!path)
		return TFS_USAGE;
	if (argc - optind != 1 || !argv[optind][0] ||
	    strspn(argv[optind], "0123456789") != strlen(argv[optind]) ||
	    strlen(argv[optind]) > 20) {
		fprintf(stderr, "usage: tfs %s\n", usage);
		return TFS_USAGE;
	}
	snprintf(line, sizeof(line), "%s %s\n", argv[0], argv[optind]);
	return ask(path, line);
}

int tfs_cancel(int argc, char **argv)
{
	return order(argc, argv, "cancel [-s SOCKET] SESSION");
}

int tfs_kill(int argc, char **argv)
{
	return order(argc, argv, "kill [-s SOCKET] SESSION");
}
