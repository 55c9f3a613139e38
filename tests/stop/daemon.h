/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * daemon.h: a tfsd of its own for each row of a table, its client, and its store
 */
#ifndef TESTS_STOP_DAEMON_H
#define TESTS_STOP_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

#include <oc/bell.h>
#include <oc/db.h>
#include <oc/region.h>

/**
 * struct daemon
 * @dir:    all files of this tfsd: w.db, region, log, tfsd.conf, gate, control, backups
 * @pid:    0 when it has ended
 * @memory: of @db
 */
struct daemon {
	char dir[64];
	pid_t pid;
	struct oc_region region;
	struct oc_ladder ladder;
	struct oc_bell bell;
	struct oc_sleeper sleeper;
	struct oc_port port;
	struct oc_channel channel;
	struct oc_db db;
	uint64_t memory[4096];
};

/* A condition that does not hold ends the process, which the caller counts as a failure. */
void must(bool holds, const char *what);
void must_be(int status, int wanted, const char *what);

/* With these lines in its configuration, and one channel if they do not say; it is ready. */
void daemon_start(struct daemon *d, const char *config);

/* PATH of one of its files; valid until the thread's next call. */
const char *daemon_file(const struct daemon *d, const char *name);

void daemon_configure(const struct daemon *d, const char *config);

/* Waits until its log has @text; it may have ended. */
void daemon_await_log(const struct daemon *d, const char *text);
bool daemon_log_has(const struct daemon *d, const char *text);

/* Waits until no client may attach any more: a shutdown has begun. */
void daemon_await_draining(const struct daemon *d);

/* Waits until its clients have no server; what else it has to stop may take longer. */
void daemon_await_gone(const struct daemon *d);

/* Waits for its end: its exit status, or -1 if a signal killed it. */
int daemon_wait(struct daemon *d);

/* A file in its folder appears, or is made, or removed. */
void daemon_await(const struct daemon *d, const char *name);
void daemon_touch(const struct daemon *d, const char *name);
void daemon_remove(const struct daemon *d, const char *name);

/* Files in its folder whose names are like @pattern. */
unsigned int daemon_count_files(const struct daemon *d, const char *pattern);

/* Sends a line to its control socket: a descriptor for the answer. */
int control_send(const struct daemon *d, const char *request);

/* Sends one, whose answer must be OK. */
bool control_answer_has(const struct daemon *d, const char *request, const char *text);

/* Attaches, opens the database; with a client that rings and sleeps, or one that does not. */
void client_open(struct daemon *d, bool rings);

/* Begins a transaction, with an insert in it. */
void client_insert(struct daemon *d);

/* By another program: its database has some megabytes more, and the same tables. */
void enlarge(const struct daemon *d);

/* Rows in its database, by another program; the file is whole. */
int count_rows(const struct daemon *d);

/* Kills it if it has not ended, removes its folder. */
void daemon_remove_all(struct daemon *d);

#endif /* TESTS_STOP_DAEMON_H */
