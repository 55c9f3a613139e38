// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * show.c: tfs show, dump, cancel, kill and reload: what a tfsd does, and what it shall
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <oc/wire.h>

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

/* Of what is in one line, tfsd says itself whether it is right. */
static bool is_one_word(const char *text)
{
	size_t length = strlen(text);

	return length && length <= OC_NAME_MAX && !strpbrk(text, " \t\r\n");
}

static int order(int argc, char **argv, const char *usage)
{
	const char *path = control_options(argc, argv, usage);
	char line[OC_NAME_MAX + 16];

	if (!path)
		return TFS_USAGE;
	if (argc - optind != 1 || !is_one_word(argv[optind])) {
		fprintf(stderr, "usage: tfs %s\n", usage);
		return TFS_USAGE;
	}
	snprintf(line, sizeof(line), "%s %s\n", argv[0], argv[optind]);
	return ask(path, line);
}

int tfs_cancel(int argc, char **argv)
{
	return order(argc, argv, "cancel [-s SOCKET] SESSION|backup");
}

/* Takes its time. What was copied where goes to standard output. */
static int wait_for_backup(const char *path, const char *line)
{
	char *text = control_ask(path, line, 0);
	const struct table *copies;
	struct tables tables;

	if (!text)
		return TFS_FAILED;
	if (tables_parse(&tables, text)) {
		fprintf(stderr, "tfs: %s: the answer is no table\n", path);
		return TFS_FAILED;
	}
	copies = tables_find(&tables, "backup");
	for (unsigned int row = 0; row < copies->nrows; row++)
		printf("%s\t%s\n", table_cell(copies, row, "database"),
		       table_cell(copies, row, "file"));
	tables_free(&tables);
	return TFS_OK;
}

int tfs_backup(int argc, char **argv)
{
	static const char usage[] = "backup [-s SOCKET] [DATABASE]";
	const char *path = control_options(argc, argv, usage);
	char line[OC_NAME_MAX + 16];

	if (!path)
		return TFS_USAGE;
	if (argc - optind > 1 || (optind < argc && !is_one_word(argv[optind]))) {
		fprintf(stderr, "usage: tfs %s\n", usage);
		return TFS_USAGE;
	}
	snprintf(line, sizeof(line), "backup%s%s\n", optind < argc ? " " : "",
		 optind < argc ? argv[optind] : "");
	return wait_for_backup(path, line);
}

int tfs_kill(int argc, char **argv)
{
	return order(argc, argv, "kill [-s SOCKET] SESSION");
}
