/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * backup.h: copies of databases, by the clock or when somebody asks for them
 *
 * A worker copies a database into backup_directory (store_backup.h); then, in the main
 * thread's loop, backup_command runs with the database's name and the copy's, and its
 * output goes to the log. One at a time: orders wait in a line. No reactor has a part in it.
 *
 *	backup_init(&backup, &loop, &workers, &databases, config);
 *	backup_order(&backup, "weather", done, id);	(done() is called later)
 *	...
 *	shutdown_add(&shutdown, &backup.part);
 */
#ifndef TFSD_BACKUP_H
#define TFSD_BACKUP_H

#include "backup_command.h"
#include "backup_copy.h"
#include "config.h"
#include "database.h"
#include "shutdown.h"
#include "worker.h"

struct backup_order;

enum backup_state {
	BACKUP_IDLE = 0,
	BACKUP_COPY,
	BACKUP_COMMAND,
};

/**
 * struct backup_counters - of copies, with their commands
 * @since_ms: of the state, by activity_now_ms()
 * @last_ms:  when one last went well, likewise; 0: never
 */
struct backup_counters {
	uint64_t done;
	uint64_t failed;
	uint64_t since_ms;
	uint64_t last_ms;
};

/**
 * struct backup - the main thread's
 * @part:     for shutdown_add(), before who stops the workers
 * @state:    of the first order
 * @database: that it is at, NULL if @state is BACKUP_IDLE
 *
 * All else is private.
 */
struct backup {
	struct shutdown_part part;
	enum backup_state state;
	const struct database *database;
	struct backup_counters counters;

	struct loop *loop;
	struct workers *workers;
	const struct databases *databases;
	const struct config *config;
	struct backup_order *orders;
	struct backup_copy copy;
	struct backup_command command;
	struct loop_look look;
	struct loop_timer timer;
	bool cancelled;
	bool stopping;
};

/**
 * struct backup_outcome - how an order ended
 * @table: a line for each copy, "backup", database and file with tabs between them, under
 *         a line with "#"; from malloc, now the callee's; NULL: no memory
 * @error: what went wrong first, or NULL
 */
struct backup_outcome {
	char *table;
	size_t size;
	const char *error;
};

/* From now on there are backups every backup_interval. */
void backup_init(struct backup *backup, struct loop *loop, struct workers *workers,
		 const struct databases *databases, const struct config *config);

/* @config takes the place of the one before, from the next copy on. */
void backup_configure(struct backup *backup, const struct config *config);

/*
 * Copies a database, or all in turn if @name is NULL; then calls @done with @id. NULL, or why
 * it cannot; then @done is not called.
 */
const char *backup_order(struct backup *backup, const char *name,
			 void (*done)(void *ctx, uint64_t id, const struct backup_outcome *outcome),
			 void *ctx, uint64_t id);

/* The first order ends as soon as may be. False: there is none. */
bool backup_cancel(struct backup *backup);

#endif /* TFSD_BACKUP_H */
