// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Clients' SQL, in SQLite
 *
 * The words are anybody's, so they are taken for hostile: an authorizer lets reading and
 * functions through and nothing else, limits bound what one instruction of SQLite can do
 * between two looks whether to stop, and what a statement sorts or gathers goes to
 * temporary files beyond a cache of two megabytes. Compiling is not looked at by SQLite,
 * so its allocations are (store_memory.h). Its connection is nobody else's.
 *
 * What cannot be bounded so is one call of a function such as instr(), whose time grows with
 * the product of its texts: with both near a MiB it is not stopped for seconds.
 */
#include <stdlib.h>
#include <string.h>

#include <oc/status.h>
#include <oc/wire.h>

#include "log.h"
#include "store_memory.h"
#include "store_sqlite.h"
#include "store_sql.h"

#define INSTRUCTIONS_PER_LOOK	1000	/* as in store_stop.c */
#define MEMORY_MAX		(64 << 20)

/**
 * struct store_sql
 * @file:   the database's
 * @writes: the authorizer has refused something that would write
 * @memory: what it may take, and who is asked whether to stop
 */
struct store_sql {
	const char *file;
	sqlite3 *db;
	sqlite3_stmt *stmt;
	bool writes;
	struct store_memory memory;
};

/* Beyond what all of our connections have; a pattern is compared in one instruction. */
static const struct {
	int limit;
	int value;
} limits[] = {
	{ SQLITE_LIMIT_LENGTH, (1 << 20) + (1 << 16) },	/* a MiB, and a row around it */
	{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256 },
	{ SQLITE_LIMIT_EXPR_DEPTH, 200 },
	{ SQLITE_LIMIT_COMPOUND_SELECT, 100 },
};

static int authorize(void *ctx, int action, const char *arg, const char *function,
		     const char *database, const char *trigger)
{
	struct store_sql *sql = ctx;

	(void)arg;
	(void)database;
	(void)trigger;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return sqlite3_stricmp(function, "load_extension") ? SQLITE_OK : SQLITE_DENY;
	case SQLITE_PRAGMA:
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
		return SQLITE_DENY;
	default:	/* all others change something */
		sql->writes = true;
		return SQLITE_DENY;
	}
}

static int is_stopped(void *ctx)
{
	const struct store_sql *sql = ctx;

	return sql->memory.stop && sql->memory.stop(sql->memory.stop_ctx);
}

/* An allocation has failed. */
static int fail_memory(struct store_sql *sql, struct store_error *error)
{
	if (!sql->memory.denied)
		return store_fail(error, OC_ENOMEM, "the server has no memory");
	if (is_stopped(sql))
		return store_stop(error);
	return store_fail(error, OC_ESQL, "the statement takes more than %u MiB of memory",
			  MEMORY_MAX >> 20);
}

static int fail(struct store_sql *sql, int rc, struct store_error *error)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return store_fail(error, OC_EUNAVAILABLE,
				  "another program has the database locked");
	case SQLITE_INTERRUPT:
		return store_stop(error);
	case SQLITE_NOMEM:
		return fail_memory(sql, error);
	case SQLITE_FULL:
		return store_fail(error, OC_EFULL, "the disk for temporary files is full");
	case SQLITE_AUTH:
		if (sql->writes)
			return store_fail(error, OC_ENOTRANSACTION,
					  "the statement would write");
		return store_fail(error, OC_ESQL, "not allowed here");
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_CANTOPEN:
		store_fail(error, OC_ESTORE, "%s: %s", sql->file, sqlite3_errmsg(sql->db));
		log_error("%s (%d)", error->text, rc);
		return OC_ESTORE;
	default:
		return store_fail(error, OC_ESQL, "%s", sqlite3_errmsg(sql->db));
	}
}

static int set_up(struct store_sql *sql)
{
	int rc;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(sql->db, limits[i].limit, limits[i].value);
	rc = sqlite3_exec(sql->db, "PRAGMA query_only = ON; PRAGMA temp_store = FILE", NULL, NULL,
			  NULL);
	if (rc)
		return rc;
	sqlite3_progress_handler(sql->db, INSTRUCTIONS_PER_LOOK, is_stopped, sql);
	return sqlite3_set_authorizer(sql->db, authorize, sql);
}

static int connect_db(struct store_sql *sql, const struct store_config *config,
		      struct store_error *error)
{
	int status = sqlite_connect(&sql->db, config, error);
	int rc;

	/* Its sentence is there already. */
	if (status == OC_PENDING)
		return OC_EUNAVAILABLE;
	if (status != OC_OK)
		return status;
	rc = set_up(sql);
	return rc ? fail(sql, rc, error) : OC_OK;
}

static int compile(struct store_sql *sql, const char *text, const char *end,
		   sqlite3_stmt **stmt, const char **tail)
{
	int rc;

	store_memory_begin(&sql->memory);
	rc = sqlite3_prepare_v2(sql->db, text, (int)(end - text), stmt, tail);
	store_memory_end();
	return rc;
}

/* Blanks, comments and semicolons may follow the statement. */
static int check_tail(struct store_sql *sql, const char *tail, const char *end,
		      struct store_error *error)
{
	sqlite3_stmt *more;
	int rc;

	while (tail < end) {
		rc = compile(sql, tail, end, &more, &tail);
		if (!rc && !more)
			continue;
		sqlite3_finalize(more);
		return store_fail(error, OC_ESQL, "more than one statement");
	}
	return OC_OK;
}

static int prepare(struct store_sql *sql, const char *text, uint32_t length,
		   struct store_error *error)
{
	const char *tail;
	int rc, status;

	if (memchr(text, '\0', length))
		return store_fail(error, OC_ESQL, "a zero byte in the statement");
	if (length > (uint32_t)sqlite3_limit(sql->db, SQLITE_LIMIT_SQL_LENGTH, -1))
		return store_fail(error, OC_ESQL, "the statement is too long");
	rc = compile(sql, text, text + length, &sql->stmt, &tail);
	if (rc)
		return fail(sql, rc, error);
	if (!sql->stmt)
		return store_fail(error, OC_ESQL, "no statement");
	status = check_tail(sql, tail, text + length, error);
	if (status != OC_OK)
		return status;
	if (sqlite3_bind_parameter_count(sql->stmt))
		return store_fail(error, OC_ESQL, "the statement has parameters");
	if (!sqlite3_stmt_readonly(sql->stmt))
		return store_fail(error, OC_ENOTRANSACTION, "the statement would write");
	return OC_OK;
}

int store_sql_open(struct store_sql **out, struct store *store, const char *text,
		   uint32_t length, bool (*stop)(void *ctx), void *ctx,
		   struct store_error *error)
{
	struct store_sql *sql = calloc(1, sizeof(*sql));
	int status;

	*error = (struct store_error) {
		.index = OC_NONE, .table = OC_NONE, .column = OC_NONE,
	};
	if (!sql)
		return store_fail(error, OC_ENOMEM, "the server has no memory");
	sql->file = store_config(store)->file;
	sql->memory = (struct store_memory) {
		.max = MEMORY_MAX, .stop = stop, .stop_ctx = ctx,
	};
	status = connect_db(sql, store_config(store), error);
	if (status == OC_OK)
		status = prepare(sql, text, length, error);
	if (status != OC_OK) {
		store_sql_close(sql);
		return status;
	}
	*out = sql;
	return OC_OK;
}

/* The log stays: whether it is the last connection is for the store to know. */
void store_sql_close(struct store_sql *sql)
{
	sqlite3_finalize(sql->stmt);
	sqlite_disconnect(sql->db, true);
	free(sql);
}

void store_sql_watch(struct store_sql *sql, bool (*stop)(void *ctx), void *ctx)
{
	sql->memory.stop = stop;
	sql->memory.stop_ctx = ctx;
}

uint32_t store_sql_columns(const struct store_sql *sql)
{
	return (uint32_t)sqlite3_column_count(sql->stmt);
}

int store_sql_step(struct store_sql *sql, bool *row, struct store_error *error)
{
	int rc;

	store_memory_begin(&sql->memory);
	rc = sqlite3_step(sql->stmt);
	store_memory_end();
	*row = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? OC_OK : fail(sql, rc, error);
}

/**
 * struct row_writer - values on their way to a client
 * @to:   where the next one goes
 * @room: bytes there
 * @size: bytes of all of them so far, whether they fit or not
 */
struct row_writer {
	uint8_t *to;
	uint32_t room;
	uint64_t size;
};

static void put_value(struct row_writer *w, enum oc_sql_type type, const void *bytes,
		      uint32_t length)
{
	const struct oc_sql_value value = { .type = type, .length = length };
	uint32_t padded = oc_pad8(length);

	w->size += sizeof(value) + padded;
	if (w->size > w->room)
		return;
	memcpy(w->to, &value, sizeof(value));
	if (length)
		memcpy(w->to + sizeof(value), bytes, length);
	memset(w->to + sizeof(value) + length, 0, padded - length);
	w->to += sizeof(value) + padded;
}

/* False: there was no memory to convert it. */
static bool put_column(struct row_writer *w, sqlite3_stmt *stmt, int column)
{
	const void *bytes;
	int64_t integer;
	double real;

	switch (sqlite3_column_type(stmt, column)) {
	case SQLITE_NULL:
		put_value(w, OC_SQL_NULL, NULL, 0);
		return true;
	case SQLITE_INTEGER:
		integer = sqlite3_column_int64(stmt, column);
		put_value(w, OC_SQL_INTEGER, &integer, sizeof(integer));
		return true;
	case SQLITE_FLOAT:
		real = sqlite3_column_double(stmt, column);
		put_value(w, OC_SQL_REAL, &real, sizeof(real));
		return true;
	case SQLITE_TEXT:
		bytes = sqlite3_column_text(stmt, column);
		put_value(w, OC_SQL_TEXT, bytes, bytes ? sqlite3_column_bytes(stmt, column) : 0);
		return bytes;
	default:	/* the pointer of an empty blob is NULL */
		bytes = sqlite3_column_blob(stmt, column);
		put_value(w, OC_SQL_BLOB, bytes, sqlite3_column_bytes(stmt, column));
		return bytes || sqlite3_errcode(sqlite3_db_handle(stmt)) != SQLITE_NOMEM;
	}
}

int store_sql_row(struct store_sql *sql, void *to, uint32_t room, uint32_t *size,
		  struct store_error *error)
{
	struct row_writer w = { .to = to, .room = room };

	for (int i = 0; i < sqlite3_column_count(sql->stmt); i++)
		if (!put_column(&w, sql->stmt, i))
			return store_fail(error, OC_ENOMEM, "the server has no memory");
	if (w.size > UINT32_MAX)
		w.size = UINT32_MAX;
	*size = (uint32_t)w.size;
	return *size > room ? OC_ETOOBIG : OC_OK;
}
