/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * statement.h: clients' SQL statements, run by workers batch by batch
 *
 *	st = statement_new(all, store, number, &status);
 *	statement_begin(st, text, length);
 *	statement_fetch(st, to, room, &latch);		(a worker has it now)
 *	...					(the latch is set)
 *	if (!job_pending(&st->job))
 *		(st->status, st->nrows; st->end: that was all)
 *	statement_park(st);			(until the client asks for more)
 *	...
 *	if (statement_resume(st))
 *		statement_fetch(st, ...);
 *	...
 *	statement_end(st);
 *
 * A statement keeps a connection open and old rows alive in the store's log. So there are
 * only so many at a time, and one that is parked for too long is closed by a worker.
 */
#ifndef TFSD_STATEMENT_H
#define TFSD_STATEMENT_H

#include "store_sql.h"
#include "worker.h"

/**
 * struct statements - all of them
 * @workers: who run them
 * @max:     at a time
 * @idle_ns: how long one may be parked
 * @count:   how many there are; private
 */
struct statements {
	struct workers *workers;
	unsigned int max;
	uint64_t idle_ns;
	atomic_uint count;
};

/**
 * struct statement
 * @job:      pending: a worker has all of this, or the statement is parked
 * @number:   as the client knows it
 * @status:   of the last batch
 * @error:    what that is about
 * @nrows:    rows of the batch, @used bytes
 * @ncolumns: values of each
 * @end:      nothing comes behind them
 *
 * All else is private.
 */
struct statement {
	struct job job;
	uint32_t number;
	int status;
	struct store_error error;
	uint32_t nrows;
	uint32_t used;
	uint32_t ncolumns;
	bool end;

	struct statements *all;
	struct store *store;
	const char *text;
	uint32_t length;
	struct store_sql *sql;
	bool has_row;		/* one that the last batch had no room for */
	uint8_t *to;
	uint32_t room;
};

/* NULL: *@status is OC_ELIMIT or OC_ENOMEM. */
struct statement *statement_new(struct statements *all, struct store *store, uint32_t number,
				int *status);

/* What the first batch is to run; @text must stay until that is over. */
void statement_begin(struct statement *st, const char *text, uint32_t length);

/*
 * Has a worker put the next rows to @to, as store_sql_row() does, as many as @room bytes
 * hold. @done is set when it has. If the job is recalled, the status is OC_ECANCELLED.
 */
void statement_fetch(struct statement *st, void *to, uint32_t room, struct oc_latch *done);

/* It may be closed after a while. */
void statement_park(struct statement *st);

/* True: it was not, and is the caller's again. False: it is good for statement_end() alone. */
bool statement_resume(struct statement *st);

/* It is parked, or runs; false: all was fetched, or it was closed. */
static inline bool statement_is_open(const struct statement *st)
{
	return job_pending(&st->job);
}

/* Whatever it is doing: it ends, without anybody waiting, and is freed. NULL: nothing. */
void statement_end(struct statement *st);

#endif /* TFSD_STATEMENT_H */
