// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * backup.c: orders for backups, one after the other
 *
 *	IDLE	no order
 *	COPY	a worker copies the first order's database
 *	COMMAND	backup_command has the copy
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "backup.h"
#include "log.h"

/* Those who ask wait for the answer, so there are no more of them than control clients. */
#define ORDERS_MAX	32

/**
 * struct backup_order
 * @only:  the one database; NULL: all
 * @next_database: of all, which comes next
 * @table: for the outcome, through @out
 * @error: what went wrong first; "": nothing
 */
struct backup_order {
	struct backup_order *next;
	const struct database *only;
	unsigned int next_database;
	void (*done)(void *ctx, uint64_t id, const struct backup_outcome *outcome);
	void *ctx;
	uint64_t id;
	char *table;
	size_t size;
	FILE *out;
	char error[320];
};

static void start_next(struct backup *backup);

static void set_state(struct backup *backup, enum backup_state state)
{
	backup->state = state;
	backup->counters.since_ms = activity_now_ms();
}

/* The table is NULL if there was no memory for all of it. */
static void finish_order(struct backup *backup)
{
	struct backup_order *order = backup->orders;
	bool failed = ferror(order->out);
	struct backup_outcome outcome = { .error = order->error[0] ? order->error : NULL };

	backup->orders = order->next;
	backup->cancelled = false;
	failed |= fclose(order->out) != 0;
	if (failed)
		free(order->table);
	outcome.table = failed ? NULL : order->table;
	outcome.size = failed ? 0 : order->size;
	order->done(order->ctx, order->id, &outcome);
	free(order);
}

__attribute__((format(printf, 2, 3)))
static void fail(struct backup *backup, const char *format, ...)
{
	struct backup_order *order = backup->orders;
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_error("backup: %s: %s", backup->database->name, text);
	backup->counters.failed++;
	if (!order->error[0])
		snprintf(order->error, sizeof(order->error), "%s: %s", backup->database->name,
			 text);
	start_next(backup);
}

static void succeed(struct backup *backup)
{
	backup->counters.done++;
	backup->counters.last_ms = activity_now_ms();
	fprintf(backup->orders->out, "backup\t%s\t%s\n", backup->database->name,
		backup->copy.path);
	start_next(backup);
}

static const struct database *take_database(struct backup *backup)
{
	struct backup_order *order = backup->orders;
	unsigned int i = order->next_database++;

	if (backup->cancelled || backup->stopping)
		return NULL;
	if (order->only)
		return i ? NULL : order->only;
	return i < backup->databases->count ? &backup->databases->list[i] : NULL;
}

static void start_copy(struct backup *backup)
{
	const char *directory = backup->config->backup_directory;

	set_state(backup, BACKUP_COPY);
	if (!directory) {
		fail(backup, "no backup_directory is configured any more");
		return;
	}
	if (backup_copy_init(&backup->copy, backup->database->store, directory,
			     backup->database->name, &backup->loop->latch) != OC_OK) {
		fail(backup, "the path is too long");
		return;
	}
	loop_add_look(backup->loop, &backup->look);
	worker_submit(backup->workers, &backup->copy.job);
}

/* The next database of the first order, or the next order. */
static void start_next(struct backup *backup)
{
	backup->database = NULL;
	set_state(backup, BACKUP_IDLE);
	while (backup->orders) {
		backup->database = take_database(backup);
		if (backup->database) {
			start_copy(backup);
			return;
		}
		finish_order(backup);
	}
	if (backup->stopping)
		oc_latch_set(&backup->loop->latch);
}

static void command_ended(struct backup_command *command, const char *text)
{
	struct backup *backup = container_of(command, struct backup, command);

	if (backup->cancelled)
		fail(backup, "cancelled");
	else if (text)
		fail(backup, "%s", text);
	else
		succeed(backup);
}

static void start_command(struct backup *backup)
{
	const char *program = backup->config->backup_command;

	if (!program) {
		succeed(backup);
		return;
	}
	set_state(backup, BACKUP_COMMAND);
	backup->command.ended = command_ended;
	if (backup_command_start(&backup->command, backup->loop, program, backup->database->name,
				 backup->copy.path) != OC_OK)
		fail(backup, "%s: %s", program, strerror(errno));
}

/* The copy's worker sets the loop's latch, as others do. */
static void look_at_copy(struct loop_look *look)
{
	struct backup *backup = container_of(look, struct backup, look);
	const struct backup_copy *copy = &backup->copy;

	if (job_pending(&copy->job))
		return;
	loop_remove_look(backup->loop, look);
	if (copy->status == OC_OK)
		log_info("backup: %s: %s", backup->database->name, copy->path);
	if (backup->cancelled || copy->status == OC_ECANCELLED)
		fail(backup, "cancelled");
	else if (copy->status != OC_OK)
		fail(backup, "%s", copy->error.text[0] ? copy->error.text :
		     oc_status_text(copy->status));
	else
		start_command(backup);
}

static struct backup_order *new_order(const struct database *only)
{
	struct backup_order *order = calloc(1, sizeof(*order));

	if (!order)
		return NULL;
	order->only = only;
	order->out = open_memstream(&order->table, &order->size);
	if (order->out) {
		fputs("#backup\tdatabase\tfile\n", order->out);
		return order;
	}
	free(order);
	return NULL;
}

static bool append(struct backup *backup, struct backup_order *order)
{
	struct backup_order **link = &backup->orders;
	bool first = !*link;

	while (*link)
		link = &(*link)->next;
	*link = order;
	return first;
}

static unsigned int count_orders(const struct backup *backup)
{
	unsigned int n = 0;

	for (const struct backup_order *order = backup->orders; order; order = order->next)
		n++;
	return n;
}

const char *backup_order(struct backup *backup, const char *name,
			 void (*done)(void *ctx, uint64_t id, const struct backup_outcome *outcome),
			 void *ctx, uint64_t id)
{
	const struct database *only = NULL;
	struct backup_order *order;

	if (!backup->config->backup_directory)
		return "no backup_directory is configured";
	if (backup->stopping)
		return "tfsd stops";
	if (name) {
		only = databases_find(backup->databases, name, strlen(name));
		if (!only)
			return "no such database";
	}
	if (count_orders(backup) >= ORDERS_MAX)
		return "too many backups are waiting";
	order = new_order(only);
	if (!order)
		return "out of memory";
	order->done = done;
	order->ctx = ctx;
	order->id = id;
	if (append(backup, order))
		start_next(backup);
	return NULL;
}

bool backup_cancel(struct backup *backup)
{
	if (backup->state == BACKUP_IDLE)
		return false;
	backup->cancelled = true;
	if (backup->state == BACKUP_COPY)
		job_cancel(&backup->copy.job);
	else
		backup_command_stop(&backup->command, false);
	return true;
}

static void set_timer(struct backup *backup)
{
	uint64_t seconds = backup->config->backup_interval;

	if (seconds && !backup->stopping)
		loop_set_timer(backup->loop, &backup->timer,
			       oc_clock_ns() + seconds * LOOP_SECOND);
	else
		loop_cancel_timer(backup->loop, &backup->timer);
}

static void scheduled_done(void *ctx, uint64_t id, const struct backup_outcome *outcome)
{
	(void)ctx;
	(void)id;
	free(outcome->table);
}

static void scheduled(struct loop_timer *timer)
{
	struct backup *backup = container_of(timer, struct backup, timer);
	const char *error;

	set_timer(backup);
	if (backup->orders) {
		log_warning("backup: the last one is still under way: none this time");
		return;
	}
	error = backup_order(backup, NULL, scheduled_done, NULL, 0);
	if (error)
		log_error("backup: %s", error);
}

static void stop(struct shutdown_part *part, enum shutdown_mode mode)
{
	struct backup *backup = container_of(part, struct backup, part);

	backup->stopping = true;
	set_timer(backup);
	if (backup->state == BACKUP_COMMAND && mode == SHUTDOWN_NOW)
		backup_command_stop(&backup->command, true);
	else if (!backup->cancelled)
		backup_cancel(backup);
}

static bool has_stopped(struct shutdown_part *part)
{
	return container_of(part, struct backup, part)->state == BACKUP_IDLE;
}

void backup_configure(struct backup *backup, const struct config *config)
{
	bool changed = config->backup_interval != backup->config->backup_interval;

	backup->config = config;
	if (changed)
		set_timer(backup);
}

void backup_init(struct backup *backup, struct loop *loop, struct workers *workers,
		 const struct databases *databases, const struct config *config)
{
	*backup = (struct backup){
		.part = { .stop = stop, .has_stopped = has_stopped },
		.loop = loop,
		.workers = workers,
		.databases = databases,
		.config = config,
		.look = { .look = look_at_copy },
		.timer = { .fire = scheduled },
	};
	set_timer(backup);
}
