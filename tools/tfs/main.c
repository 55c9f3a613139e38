// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tfs - one tool, verbs
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include <oc/wire.h>

#include "tfs.h"

static int help(int argc, char **argv);
static int version(int argc, char **argv);

static const struct {
	const char *name;
	int (*function)(int argc, char **argv);
	const char *line;
} verbs[] = {
	{ "backup", tfs_backup, "let a tfsd copy its databases, and wait for it" },
	{ "bench", tfs_bench, "measure how long messages take, side by side with other ways" },
	{ "cancel", tfs_cancel, "take back the request of a session, or the backup" },
	{ "compile", tfs_compile, "write the C header of a schema that firmware includes" },
	{ "dump", tfs_dump, "print all that a tfsd tells of itself, for scripts" },
	{ "help", help, "print this" },
	{ "kill", tfs_kill, "end a session" },
	{ "metrics", tfs_metrics, "print what a tfsd counts, for Prometheus" },
	{ "reload", tfs_reload, "let a tfsd read its configuration again" },
	{ "show", tfs_show, "print what a tfsd does, for people" },
	{ "sql", tfs_sql, "run an SQL statement, print its rows" },
	{ "top", tfs_top, "show what a tfsd does, live" },
	{ "version", version, "print the versions of the protocol and of SQLite" },
};

#define NVERBS (sizeof(verbs) / sizeof(verbs[0]))

static void usage(FILE *out)
{
	fputs("usage: tfs VERB [ARGUMENT...]\n\n", out);
	for (size_t i = 0; i < NVERBS; i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].line);
}

static int help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	usage(stdout);
	return TFS_OK;
}

static int version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("tfs: protocol %d.%d, SQLite %s\n", OC_WIRE_MAJOR, OC_WIRE_MINOR,
	       sqlite3_libversion());
	return TFS_OK;
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 2) {
		usage(stderr);
		return TFS_USAGE;
	}
	for (size_t i = 0; i < NVERBS; i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		status = verbs[i].function(argc - 1, argv + 1);
		/* What did not reach the reader of a pipe was not printed. */
		if (fflush(stdout) && status == TFS_OK) {
			perror("tfs: standard output");
			return TFS_FAILED;
		}
		return status;
	}
	fprintf(stderr, "tfs: %s: no such verb\n", argv[1]);
	usage(stderr);
	return TFS_USAGE;
}
