// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * statement.c: an SQL statement's batches
 */
#include <stdlib.h>

#include <oc/status.h>

#include "statement.h"
#include "store_ops.h"

/* A batch with rows in it does not wait for more of them for longer. */
#define BATCH_NS	UINT64_C(20000000)

static struct statement *statement_of(struct job *job)
{
	return (struct statement *)(void *)job;
}

static void close_sql(struct statement *st)
{
	if (st->sql)
		store_sql_close(st->sql);
	st->sql = NULL;
}

static void free_statement(struct statement *st)
{
	atomic_fetch_sub(&st->all->count, 1);
	free(st);
}

static void release(struct job *job)
{
	struct statement *st = statement_of(job);

	close_sql(st);
	free_statement(st);
}

struct statement *statement_new(struct statements *all, struct store *store, uint32_t number,
				int *status)
{
	struct statement *st;

	*status = OC_ELIMIT;
	if (atomic_fetch_add(&all->count, 1) >= all->max)
		goto too_many;
	*status = OC_ENOMEM;
	st = calloc(1, sizeof(*st));
	if (!st)
		goto too_many;
	st->all = all;
	st->store = store;
	st->number = number;
	*status = OC_OK;
	return st;
too_many:
	atomic_fetch_sub(&all->count, 1);
	return NULL;
}

void statement_begin(struct statement *st, const char *text, uint32_t length)
{
	st->text = text;
	st->length = length;
}

/* --- a batch, in a worker --------------------------------------------------------------- */

static bool is_stopped(void *worker)
{
	return worker_stopped(worker);
}

static int too_big(struct statement *st, uint32_t size)
{
	return store_fail(&st->error, OC_ETOOBIG, "a row of %u bytes, where %u are taken", size,
			  st->room);
}

/* The row that is there now; OC_ETOOBIG: it stays for the next batch. */
static int put_row(struct statement *st)
{
	uint32_t size;
	int status = store_sql_row(st->sql, st->to + st->used, st->room - st->used, &size,
				   &st->error);

	if (status == OC_ETOOBIG && !st->nrows)
		return too_big(st, size);
	if (status != OC_OK)
		return status;
	st->used += size;
	st->nrows++;
	st->has_row = false;
	return OC_OK;
}

static int put_rows(struct statement *st)
{
	uint64_t until = oc_clock_ns() + BATCH_NS;
	int status;

	do {
		if (!st->has_row) {
			status = store_sql_step(st->sql, &st->has_row, &st->error);
			if (status != OC_OK)
				return status;
			st->end = !st->has_row;
			if (st->end)
				return OC_OK;
		}
		status = put_row(st);
	} while (status == OC_OK && oc_clock_ns() < until);
	return status == OC_ETOOBIG && st->nrows ? OC_OK : status;
}

static int fill(struct statement *st, struct worker *worker)
{
	int status;

	if (worker_stopped(worker))
		return OC_ECANCELLED;
	if (!st->sql) {
		status = store_sql_open(&st->sql, st->store, st->text, st->length, is_stopped,
					worker, &st->error);
		if (status != OC_OK)
			return status;
	}
	st->ncolumns = store_sql_columns(st->sql);
	store_sql_watch(st->sql, is_stopped, worker);
	return put_rows(st);
}

static void run_batch(struct job *job, struct worker *worker)
{
	struct statement *st = statement_of(job);

	st->status = fill(st, worker);
	if (st->status != OC_OK || st->end)
		close_sql(st);
}

/* --- between batches -------------------------------------------------------------------- */

/* Nobody has asked, or nobody will. */
static void run_close(struct job *job, struct worker *worker)
{
	(void)worker;
	close_sql(statement_of(job));
}

void statement_fetch(struct statement *st, void *to, uint32_t room, struct oc_latch *done)
{
	st->to = to;
	st->room = room;
	st->used = 0;
	st->nrows = 0;
	st->error = (struct store_error) {
		.index = OC_NONE, .table = OC_NONE, .column = OC_NONE,
	};
	st->status = OC_ECANCELLED;
	st->job = (struct job) { .run = run_batch, .release = release, .done = done };
	worker_submit(st->all->workers, &st->job);
}

void statement_park(struct statement *st)
{
	st->job = (struct job) {
		.run = run_close, .release = release,
		.due_ns = oc_clock_ns() + st->all->idle_ns,
	};
	worker_submit_delayed(st->all->workers, &st->job);
}

bool statement_resume(struct statement *st)
{
	return worker_recall(st->all->workers, &st->job);
}

void statement_end(struct statement *st)
{
	if (!st)
		return;
	if (!job_pending(&st->job)) {
		if (!st->sql) {
			free_statement(st);
			return;
		}
		st->job = (struct job) { .run = run_close, .release = release };
		worker_submit(st->all->workers, &st->job);
	}
	worker_abandon(st->all->workers, &st->job);
}
