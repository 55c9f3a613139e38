/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store_sql.h: one SQL statement that reads, on a connection of its own
 *
 * Between the first row and store_sql_close() it sees one commit, and keeps it alive in
 * the log, so it is not to stay open for long without need. Any thread, one at a time.
 * What runs asks @stop every now and then, and returns OC_ECANCELLED if that says true.
 *
 *	OC_ESQL			no statement, more than one, parameters, words that are not
 *				allowed, or an error while it runs
 *	OC_ENOTRANSACTION	it would write
 *	OC_EUNAVAILABLE		another program has the file locked
 *	OC_EFULL, OC_ENOMEM, OC_ESTORE
 *
 * After any status but OC_OK it is good for store_sql_close() alone.
 */
#ifndef TFSD_STORE_SQL_H
#define TFSD_STORE_SQL_H

#include "store.h"

struct store_sql;

/* @text has @length bytes; the next calls do not need it any more. */
int store_sql_open(struct store_sql **out, struct store *store, const char *text,
		   uint32_t length, bool (*stop)(void *ctx), void *ctx,
		   struct store_error *error);

void store_sql_close(struct store_sql *sql);

/* As store_watch(): another @stop. */
void store_sql_watch(struct store_sql *sql, bool (*stop)(void *ctx), void *ctx);

/* How many values a row has; 0: it yields no rows. */
uint32_t store_sql_columns(const struct store_sql *sql);

/* The next row, if *@row is true afterwards. */
int store_sql_step(struct store_sql *sql, bool *row, struct store_error *error);

/*
 * The row as struct oc_sql_value (oc/wire.h), each with its bytes, to @to, which is
 * aligned to 8 and has @room bytes. *@size is how many it takes. OC_ETOOBIG: that is more
 * than @room, and it may be asked for again. OC_ENOMEM.
 */
int store_sql_row(struct store_sql *sql, void *to, uint32_t room, uint32_t *size,
		  struct store_error *error);

#endif /* TFSD_STORE_SQL_H */
