/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * tfs.h: what the verbs of tfs share
 *
 * A verb is a function with the arguments of main(); argv[0] is its name. It says
 * on stderr what is wrong and returns an exit status.
 */
#ifndef TFS_H
#define TFS_H

enum tfs_exit {
	TFS_OK = 0,
	TFS_FAILED = 1,
	TFS_USAGE = 2,
};

int tfs_backup(int argc, char **argv);
int tfs_bench(int argc, char **argv);
int tfs_cancel(int argc, char **argv);
int tfs_compile(int argc, char **argv);
int tfs_dump(int argc, char **argv);
int tfs_kill(int argc, char **argv);
int tfs_metrics(int argc, char **argv);
int tfs_reload(int argc, char **argv);
int tfs_show(int argc, char **argv);
int tfs_sql(int argc, char **argv);
int tfs_top(int argc, char **argv);

#endif /* TFS_H */
