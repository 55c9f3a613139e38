/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store.h: where tfsd keeps the rows of one database
 *
 * The interface that every backend fills; store_sqlite.c is the embedded one.
 * struct store is a database, which threads share; struct store_conn is one thread's way
 * to it, and all that is asked of a database goes through one. A connection is used by
 * one thread at a time.
 *
 * Nothing waits for anybody but opening, connecting and closing: what cannot be done now
 * is asked again at the reactor's next turn. OC_PENDING says that the store itself is at
 * work, or another connection, and will be done: then the connection's latch is set.
 * OC_EUNAVAILABLE says that another program has the file locked, and the caller counts
 * for how long. The disk is waited for only if a page must be read, or if the log could
 * not be begun anew elsewhere (store_log.c). No store transaction is ever open between two
 * calls.
 *
 * Statuses are those of oc/status.h. What a status is about - a change, a table,
 * a column, a sentence for people - is left in struct store_error.
 */
#ifndef TFSD_STORE_H
#define TFSD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../schema/schema.h"

enum store_durability {
	STORE_FULL,	/* an answer means: survives power loss */
	STORE_LAZY,	/* all or nothing; power loss may take the last 100 ms */
};

/**
 * struct store_config - one [database] section
 * @name:             as clients open it
 * @file:             database file; its directory must exist and be writable
 * @schema_file:      SQL; creates the tables of a new file, is compared with an old one
 * @durability:       of transactions that say nothing else
 * @busy_timeout_ms:  how long a call is asked again while another program has the
 *                    file locked
 * @checkpoint_pages: WAL pages after which a checkpoint is made
 */
struct store_config {
	const char *name;
	const char *file;
	const char *schema_file;
	enum store_durability durability;
	unsigned int busy_timeout_ms;
	unsigned int checkpoint_pages;
};

/* Filled when a call fails; each call clears it first. */
struct store_error {
	uint32_t index;		/* change within the commit, or OC_NONE */
	uint32_t table;		/* of the store's schema, or OC_NONE */
	uint32_t column;	/* of that table's row, or OC_NONE */
	char text[192];		/* a sentence; "table.column: ..." where it is about one */
};

/* One insert; @row has the layout of the table's row struct. */
struct store_change {
	uint32_t table;
	int64_t rowid;
	const void *row;
};

/*
 * Yields the changes of a commit in order; false at the end. A commit that had to
 * wait runs again from the start: rewind makes next begin anew.
 */
struct store_changes {
	bool (*next)(struct store_changes *changes, struct store_change *out);
	void (*rewind)(struct store_changes *changes);
};

struct store;
struct store_conn;
struct oc_latch;

/*
 * Opens the file, or creates it with the schema's tables in one transaction.
 * Refuses a table that differs from the schema or lacks a generated CHECK
 * (OC_ESCHEMA), a directory that cannot be written, a file that is no database
 * (OC_ESTORE), a disk without room for the tables (OC_EFULL). Waits up to
 * busy_timeout_ms for a program that has the file locked (OC_EUNAVAILABLE).
 * @error->text says what and where. @config is copied.
 */
int store_open(struct store **out, const struct store_config *config,
	       struct store_error *error);

/*
 * Makes every commit durable, checkpoints, closes. Nobody is connected any more. OC_OK, or
 * what failed: OC_EWRITEPANIC (this or an earlier sync), OC_ESTORE (the checkpoint; what
 * was committed is in the log, and the next to open the file finds it).
 */
int store_close(struct store *store);

const struct store_config *store_config(const struct store *store);

/* The tables as they are in the file; valid until store_close(). */
const struct schema *store_schema(const struct store *store);

/*
 * Any thread. @wake, which stays the caller's and must outlive the connection, is set
 * when what was OC_PENDING should be asked again. Waits up to busy_timeout_ms for a
 * program that has the file locked (OC_EUNAVAILABLE). OC_ESTORE, OC_ENOMEM.
 */
int store_connect(struct store_conn **out, struct store *store, struct oc_latch *wake,
		  struct store_error *error);

/* Afterwards @wake is not set any more. Commits stay as durable as they become. */
void store_disconnect(struct store_conn *conn);

/*
 * While a call below works, @stop is asked every now and then; if it says true, the
 * call changes nothing and returns OC_ECANCELLED. It is not asked any more once a commit
 * is being made. NULL: calls are not stopped. It must not call the store.
 */
void store_watch(struct store_conn *conn, bool (*stop)(void *ctx), void *ctx);

/*
 * Changes whenever another program has changed the file; the same for all connections.
 * OC_OK, OC_EUNAVAILABLE, OC_ESTORE.
 * Ask before store_next_rowid(): a change between the two then counts as a change.
 */
int store_version(struct store_conn *conn, uint32_t *version);

/*
 * The rowid of the next insert: the largest there is plus one. OC_EFULL: none is left.
 * As all calls below: OC_EUNAVAILABLE, OC_ESTORE, OC_ENOMEM, and OC_ESCHEMA if
 * another program has altered the table, until it fits the schema again.
 */
int store_next_rowid(struct store_conn *conn, uint32_t table, int64_t *rowid,
		     struct store_error *error);

/*
 * Applies all changes and commits, or changes nothing. @version is store_version()
 * from when the rowids were handed out: if it differs now, a rowid that is taken
 * means OC_ECONFLICT, else OC_ECONSTRAINT. @ticket tells store_durable() which
 * commit; that of a commit without changes is 0, which is durable. OC_PENDING: another
 * connection commits, it is another's turn, a checkpoint is under way or the log begins
 * anew; ask again, or store_forget(). OC_EWRITEPANIC: a sync has failed since the store
 * was opened. OC_EFULL: the disk is full. OC_EINVAL, OC_ENOTABLE: a change's rowid or table number.
 */
int store_commit(struct store_conn *conn, struct store_changes *changes, uint32_t version,
		 uint64_t *ticket, struct store_error *error);

/*
 * A commit that was OC_PENDING is not asked for again: gives its place in the line of
 * writers to the next. The line is one of connections: if another commit of this one
 * waits as well, it gets a new place when it is asked for.
 */
void store_forget(struct store_conn *conn);

/*
 * Whether the commit of @ticket would survive power loss: OC_OK, OC_PENDING (a
 * sync is on its way), or OC_EWRITEPANIC (nobody knows). The commit may be another
 * connection's. Call it for commits whose durability is STORE_FULL; others are synced
 * within 100 ms unasked.
 */
int store_durable(struct store_conn *conn, uint64_t ticket);

/* One row of the last commit. OC_ENOTFOUND, OC_ERANGE (names the column). */
int store_get(struct store_conn *conn, uint32_t table, int64_t rowid, void *row,
	      struct store_error *error);

/*
 * Rows with rowids above @after, in order, as pairs of an int64_t and a row, into
 * @buffer: at most @max_rows, and as many as fit @size. *@end: none lies behind.
 * A row that cannot be passed on (OC_ERANGE) ends a batch; if others come before it,
 * they are returned with OC_OK, and the error comes with the next batch.
 * OC_EINVAL: no row fits @size, or @max_rows is 0.
 */
int store_read(struct store_conn *conn, uint32_t table, int64_t after, uint32_t max_rows,
	       void *buffer, size_t size, uint32_t *nrows, bool *end,
	       struct store_error *error);

#endif /* TFSD_STORE_H */
