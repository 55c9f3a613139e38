// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reading. A statement is reset before a function returns, so no snapshot is held
 * and no checkpoint held up.
 */
#include <string.h>

#include <oc/status.h>
#include <oc/wire.h>

#include "store_sqlite.h"

/* Steps a read; *row: there is one. Also notices that the table has been altered. */
static int step(struct sqlite_conn *c, sqlite3_stmt *stmt, bool *row, struct store_error *error)
{
	int rc = sqlite_step_stoppable(c, stmt);

	*row = rc == SQLITE_ROW;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sqlite_fail(c, rc, error);
	return sqlite_was_altered(c, stmt, error);
}

static int next_after(struct sqlite_conn *c, sqlite3_stmt *stmt, int64_t *rowid,
		      struct store_error *error)
{
	int64_t last = 0;
	bool row;
	int status = step(c, stmt, &row, error);

	if (status)
		return status;
	if (row)
		last = sqlite3_column_int64(stmt, 0);	/* 0 for NULL: the table is empty */
	if (last == INT64_MAX)
		return store_fail(error, OC_EFULL, "%s: no rowid is left",
				  c->schema->tables[error->table].def.name);
	*rowid = last < 1 ? 1 : last + 1;
	return OC_OK;
}

int sqlite_next_rowid(struct store_conn *conn, uint32_t table, int64_t *rowid,
		      struct store_error *error)
{
	struct sqlite_conn *c = to_sqlite_conn(conn);
	sqlite3_stmt *stmt = c->tables[table].last;
	int status = sqlite_still_fits(c, error);

	if (status)
		return status;
	status = next_after(c, stmt, rowid, error);
	sqlite3_reset(stmt);
	return status;
}

static int get_row(struct sqlite_conn *c, sqlite3_stmt *stmt, uint32_t table, void *row,
		   struct store_error *error)
{
	bool found;
	int status = step(c, stmt, &found, error);

	if (status)
		return status;
	if (!found)
		return store_fail(error, OC_ENOTFOUND, "%s: no such row",
				  c->schema->tables[table].def.name);
	return sqlite_take_row(stmt, 0, &c->schema->tables[table], row, error);
}

int sqlite_get(struct store_conn *conn, uint32_t table, int64_t rowid, void *row,
	       struct store_error *error)
{
	struct sqlite_conn *c = to_sqlite_conn(conn);
	sqlite3_stmt *stmt = c->tables[table].get;
	int status = sqlite_still_fits(c, error);

	if (status)
		return status;
	sqlite3_bind_int64(stmt, 1, rowid);
	status = get_row(c, stmt, table, row, error);
	sqlite3_reset(stmt);
	return status;
}

struct batch {
	uint8_t *buffer;
	uint32_t capacity;	/* rows that fit */
	uint32_t nrows;
	bool end;
};

static int take_pair(sqlite3_stmt *stmt, const struct schema_table *table, struct batch *batch,
		     struct store_error *error)
{
	uint8_t *out = batch->buffer +
		       (size_t)batch->nrows * (sizeof(int64_t) + table->def.row_size);
	int64_t rowid = sqlite3_column_int64(stmt, 0);
	int status = sqlite_take_row(stmt, 1, table, out + sizeof(rowid), error);

	if (status)
		return status;
	memcpy(out, &rowid, sizeof(rowid));
	batch->nrows++;
	return OC_OK;
}

/* One row more than fit is asked for: whether it comes tells the end. */
static int fill(struct sqlite_conn *c, sqlite3_stmt *stmt, uint32_t table, struct batch *batch,
		struct store_error *error)
{
	bool row;
	int status;

	for (;;) {
		status = step(c, stmt, &row, error);
		if (status)
			return status;
		if (!row) {
			batch->end = true;
			return OC_OK;
		}
		if (batch->nrows == batch->capacity)
			return OC_OK;
		status = take_pair(stmt, &c->schema->tables[table], batch, error);
		if (status)
			return status;
	}
}

static uint32_t capacity(const struct schema_table *table, size_t size, uint32_t max_rows)
{
	size_t fit = size / (sizeof(int64_t) + table->def.row_size);

	return fit < max_rows ? (uint32_t)fit : max_rows;
}

int sqlite_read(struct store_conn *conn, uint32_t table, int64_t after, uint32_t max_rows,
		void *buffer, size_t size, uint32_t *nrows, bool *end, struct store_error *error)
{
	struct sqlite_conn *c = to_sqlite_conn(conn);
	sqlite3_stmt *stmt = c->tables[table].read;
	struct batch batch = {
		.buffer = buffer,
		.capacity = capacity(&c->schema->tables[table], size, max_rows),
	};
	int status = sqlite_still_fits(c, error);

	if (status)
		return status;
	sqlite3_bind_int64(stmt, 1, after);
	sqlite3_bind_int64(stmt, 2, (int64_t)batch.capacity + 1);
	status = fill(c, stmt, table, &batch, error);
	sqlite3_reset(stmt);
	/* Good rows before a bad one are passed on; the next batch begins with the bad one. */
	if (batch.nrows && status != OC_ESCHEMA && status != OC_ECANCELLED)
		status = OC_OK;
	*nrows = batch.nrows;
	*end = batch.end;
	return status;
}
