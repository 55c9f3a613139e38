/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store_sqlite.h: the parts of the SQLite backend; nobody else includes this
 *
 * All connections are in WAL mode, and each is used by one thread at a time: those of the
 * store's users, and one of the store's own, which opens and closes, and in between makes
 * the maintenance thread's checkpoints (store_sync.h). The database file is opened by
 * SQLite alone: closing any other descriptor of it would drop SQLite's POSIX locks. The
 * log may be opened, it carries no locks.
 *
 * SQLITE_BUSY is normal anywhere: it becomes OC_PENDING, with no transaction left
 * open. There is no busy handler, because a reactor does not wait.
 *
 * Another program may ALTER a table under us. SQLite then prepares our statements
 * anew, which it counts; we compare the tables with the schema before anything that
 * such a statement read or wrote is passed on.
 */
#ifndef TFSD_STORE_SQLITE_H
#define TFSD_STORE_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>

#include "store_ops.h"
#include "store_sync.h"

/* The statements of one table; parameters and columns in the order of the row. */
struct sqlite_table {
	sqlite3_stmt *insert;	/* rowid, row */
	sqlite3_stmt *exists;	/* by rowid */
	sqlite3_stmt *get;	/* row by rowid */
	sqlite3_stmt *read;	/* rowid, row; above ?1, at most ?2 */
	sqlite3_stmt *last;	/* largest rowid or NULL */
};

/* Shared: while somebody is connected only @sync, @altered and the version change. */
struct sqlite_store {
	struct store store;
	struct store_config config;	/* its strings are ours */
	struct schema *schema;
	sqlite3 *db;
	struct store_sync *sync;
	int wal_fd;
	bool altered;			/* atomic: what the log says of the tables */
	const volatile uint8_t *log;	/* its index, by @db: store_log.c */

	/* store_version.c */
	pthread_mutex_t mutex;
	uint32_t commits;		/* in the log's index, that we know of */
	uint32_t version;
	bool committing;		/* one of our connections */
};

/* @file, @schema and @sync are the store's. */
struct sqlite_conn {
	struct store_conn conn;
	const char *file;
	const struct schema *schema;
	struct store_sync *sync;
	struct store_waiter waiter;
	sqlite3 *db;
	struct sqlite_table *tables;
	sqlite3_stmt *begin;
	sqlite3_stmt *commit;
	sqlite3_stmt *rollback;
	sqlite3_stmt *schema_version;
	const volatile uint8_t *log;	/* its index: store_log.c */
	unsigned int wal_pages;		/* after the last commit */

	/* store_altered.c: whether the file's tables are still the schema's */
	bool altered;
	bool suspect;			/* SQLite may still know old tables: compare first */
	bool checked;			/* checked_version is valid */
	int checked_version;
	struct schema_difference difference;

	bool stoppable;			/* store_stop.c: a statement runs that may be ended */
};

/* What tests replace. */
struct sqlite_seams {
	int (*sync)(int fd);		/* of the log: 0, or -1 with errno */
};

extern const struct sqlite_seams sqlite_seams;

/* store_sqlite.c: store_open() with other seams. */
int sqlite_open(struct store **out, const struct store_config *config,
		const struct sqlite_seams *seams, struct store_error *error);

static inline struct sqlite_store *to_sqlite(struct store *store)
{
	return (struct sqlite_store *)store;
}

static inline struct sqlite_conn *to_sqlite_conn(struct store_conn *conn)
{
	return (struct sqlite_conn *)conn;
}

/*
 * Nobody is served yet: opening and connecting may wait. Calls @try until it does not
 * return OC_PENDING, or until busy_timeout_ms is over: OC_EUNAVAILABLE.
 */
int sqlite_patiently(const struct store_config *config, struct store_error *error,
		     int (*try)(void *ctx, struct store_error *error), void *ctx);

/* store_conn.c: operations */
int sqlite_conn_open(struct store_conn **out, struct store *store, struct oc_latch *wake,
		     struct store_error *error);
void sqlite_conn_close(struct store_conn *conn);
int sqlite_durable(struct store_conn *conn, uint64_t ticket);
void sqlite_forget(struct store_conn *conn);

/* store_connect.c: a connection with all that rule; OC_OK, OC_PENDING, OC_ESTORE, OC_ENOMEM. */
int sqlite_connect(sqlite3 **out, const struct store_config *config, struct store_error *error);

/* The last connection to close the file makes a checkpoint and removes the log, unless kept. */
void sqlite_disconnect(sqlite3 *db, bool keep_log);

/* Sentence and status for an error while opening. */
int sqlite_open_fail(sqlite3 *db, const char *file, int rc, struct store_error *error);

/*
 * store_create.c: loads the schema, before there is a file; then creates its tables
 * in a new one, or compares an old one's. OC_OK, OC_PENDING, OC_ESCHEMA, OC_EFULL,
 * OC_ESTORE, OC_ENOMEM.
 */
int sqlite_load_schema(struct sqlite_store *s, struct store_error *error);
int sqlite_create(struct sqlite_store *s, struct store_error *error);

/* store_statement.c */
int sqlite_prepare_all(struct sqlite_conn *c);		/* an SQLite code */
void sqlite_finalize_all(struct sqlite_conn *c);

/*
 * store_row.c: between rows and statements. Each fills *error with the column. Bind:
 * OC_OK, OC_ECONSTRAINT, OC_ENOMEM; the row must stay until the statement is reset.
 * Take: from result column @first on; OC_OK, OC_ERANGE, OC_ENOMEM.
 */
int sqlite_bind_row(sqlite3_stmt *stmt, const struct schema_table *table, const void *row,
		    struct store_error *error);
int sqlite_take_row(sqlite3_stmt *stmt, int first, const struct schema_table *table, void *row,
		    struct store_error *error);

/* store_error.c: the status and the sentence of an error; asks db for the message. */
int sqlite_fail(struct sqlite_conn *c, int rc, struct store_error *error);

/* Of SQLITE_CONSTRAINT in a change of error->table. */
int sqlite_constraint(struct sqlite_conn *c, int rc, struct store_error *error);

/*
 * store_altered.c. still_fits() before a request, OC_OK or OC_ESCHEMA, OC_PENDING.
 * was_altered() after a step of @stmt has succeeded, the same.
 */
int sqlite_still_fits(struct sqlite_conn *c, struct store_error *error);
int sqlite_was_altered(struct sqlite_conn *c, sqlite3_stmt *stmt, struct store_error *error);

/* Compares now; also called after an error that an ALTER may have caused. */
int sqlite_compare(struct sqlite_conn *c, struct store_error *error);

/* Runs a statement without parameters that yields one integer, or none. An SQLite code. */
int sqlite_integer(sqlite3_stmt *stmt, int *value);

/*
 * store_stop.c: a connection that looks whether to stop; a step that may be ended so,
 * with SQLITE_INTERRUPT.
 */
void sqlite_allow_stop(struct sqlite_conn *c);
int sqlite_step_stoppable(struct sqlite_conn *c, sqlite3_stmt *stmt);

/* store_commit.c and store_read.c: operations */
int sqlite_commit(struct store_conn *conn, struct store_changes *changes, uint32_t version,
		  uint64_t *ticket, struct store_error *error);
int sqlite_next_rowid(struct store_conn *conn, uint32_t table, int64_t *rowid,
		      struct store_error *error);
int sqlite_get(struct store_conn *conn, uint32_t table, int64_t rowid, void *row,
	       struct store_error *error);
int sqlite_read(struct store_conn *conn, uint32_t table, int64_t after, uint32_t max_rows,
		void *buffer, size_t size, uint32_t *nrows, bool *end, struct store_error *error);

/*
 * store_log.c: the log's index, for as long as @db is open; OC_OK, or as sqlite_connect().
 * Whether the commit of a transaction that has the write lock may begin the log anew, and
 * sync.
 */
int sqlite_map_log(sqlite3 *db, const char *name, const volatile uint8_t **index,
		   struct store_error *error);
bool sqlite_log_begins(const volatile uint8_t *index);

/* How many commits there were, by anybody; wraps. */
uint32_t sqlite_log_commits(const volatile uint8_t *index);

/* Begins it, if it is to be: an SQLite code; for store_sync_config, @ctx is the store. */
int sqlite_commit_nothing(struct sqlite_store *s);
int sqlite_begin_log(void *ctx);

/*
 * store_version.c: around each commit of ours, from when its transaction has the write
 * lock until it is made or not. And store_version().
 */
void sqlite_version_begin(struct sqlite_store *s);
void sqlite_version_end(struct sqlite_store *s, bool committed);
int sqlite_version(struct store_conn *conn, uint32_t *version);

/* store_checkpoint.c: for store_sync_config; @ctx is the store. */
int sqlite_checkpoint(void *ctx, unsigned int *pages, unsigned int *left);

#endif /* TFSD_STORE_SQLITE_H */
