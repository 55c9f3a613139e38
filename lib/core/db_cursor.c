// SPDX-License-Identifier: MIT
/*
 * db_cursor.c: reading - one row by its rowid, or a table in rowid order
 *
 * A cursor is a position: each batch asks for the rows behind the last rowid. The
 * batch lies in the handle's rx; any other call of the handle overwrites it, and
 * the cursor then asks again. Within an update, the rows that it has gathered come
 * behind the server's, for their rowids were handed out behind the largest there was.
 */
#include "db_priv.h"

enum oc_cursor_phase {
	OC_CURSOR_SERVER = 0,	/* the server has, or may have, more rows */
	OC_CURSOR_OWN,		/* through those; the transaction's own follow */
};

struct get_message {
	struct oc_msg msg;
	struct oc_get_request body;
};

struct read_message {
	struct oc_msg msg;
	struct oc_read_request body;
};

int oc_db_get(struct oc_db *db, uint32_t table, int64_t rowid, void *row, uint32_t size)
{
	struct get_message request = {
		.msg = { .length = sizeof(request), .op = OC_OP_GET },
		.body = { .table = table, .rowid = rowid },
	};
	uint32_t at = OC_DB_CACHE_EMPTY;
	int status = oc_db_usable(db);

	if (status != OC_OK || !oc_db_table(db, table, size, &status))
		return status;
	if (rowid < 1)
		return oc_db_fail_at(db, OC_ENOTFOUND, OC_NONE, table);
	if (oc_db_own_row(db, table, rowid - 1, &at, NULL) == rowid) {
		memcpy(row, db->cache + at - size, size);
		return OC_OK;
	}
	status = oc_db_call(db, &request.msg);
	if (status != OC_OK)
		return status;
	if (oc_db_body_size(db) != size)
		return oc_db_protocol_error(db);
	memcpy(row, oc_db_body(db), size);
	return OC_OK;
}

int oc_cursor_open(struct oc_cursor *cursor, struct oc_db *db, uint32_t table)
{
	int status = oc_db_usable(db);

	if (status != OC_OK)
		return status;
	if (table >= db->schema->ntables)
		return oc_db_fail_at(db, OC_ENOTABLE, OC_NONE, table);
	*cursor = (struct oc_cursor) { .db = db, .table = table };
	return OC_OK;
}

static int fetch(struct oc_cursor *cursor, uint32_t size)
{
	struct oc_db *db = cursor->db;
	const struct oc_read_response *body = oc_db_body(db);
	uint32_t pair = 8 + size;
	struct read_message request = {
		.msg = { .length = sizeof(request), .op = OC_OP_READ },
		.body = {
			.table = cursor->table,
			.max_rows = (db->rx_size - sizeof(struct oc_msg) - sizeof(*body)) / pair,
			.after = cursor->position,
		},
	};
	int status = oc_db_call(db, &request.msg);

	if (status != OC_OK)
		return status;
	if (oc_db_body_size(db) < sizeof(*body) || body->nrows > request.body.max_rows ||
	    oc_db_body_size(db) != sizeof(*body) + body->nrows * pair ||
	    (!body->nrows && !(body->flags & OC_READ_END)))
		return oc_db_protocol_error(db);
	cursor->batch_left = body->nrows;
	cursor->batch_next = sizeof(struct oc_msg) + sizeof(*body);
	cursor->batch_end = body->flags & OC_READ_END;
	db->batch = cursor;
	return OC_OK;
}

static int64_t first_own_rowid(const struct oc_cursor *cursor)
{
	uint32_t at = OC_DB_CACHE_EMPTY;

	return oc_db_own_row(cursor->db, cursor->table, 0, &at, NULL);
}

/* The server's rows are through: the transaction's own follow, as long as it lives. */
static void begin_own(struct oc_cursor *cursor)
{
	cursor->phase = OC_CURSOR_OWN;
	cursor->own_next = OC_DB_CACHE_EMPTY;
	cursor->transaction = cursor->db->transactions;
}

static int64_t next_own(struct oc_cursor *cursor, void *row)
{
	int64_t rowid = oc_db_own_row(cursor->db, cursor->table, cursor->position,
				      &cursor->own_next, row);

	if (rowid)
		cursor->position = rowid;
	return rowid;
}

static int64_t next_in_batch(struct oc_cursor *cursor, void *row, uint32_t size)
{
	const uint8_t *pair = cursor->db->rx + cursor->batch_next;
	int64_t own = first_own_rowid(cursor);
	int64_t rowid;

	memcpy(&rowid, pair, sizeof(rowid));
	if (rowid <= cursor->position)
		return oc_db_protocol_error(cursor->db);
	/* Another program took a rowid of ours; the end will be OC_ECONFLICT. Ours counts. */
	if (own && rowid >= own) {
		begin_own(cursor);
		return next_own(cursor, row);
	}
	memcpy(row, pair + sizeof(rowid), size);
	cursor->batch_next += sizeof(rowid) + size;
	cursor->batch_left--;
	cursor->position = rowid;
	return rowid;
}

/* Own rows are the server's, or gone, once their transaction is over. */
static bool own_phase_over(const struct oc_cursor *cursor)
{
	return cursor->phase == OC_CURSOR_OWN &&
	       (cursor->db->state != OC_DB_UPDATE ||
		cursor->transaction != cursor->db->transactions);
}

int64_t oc_cursor_next(struct oc_cursor *cursor, void *row, uint32_t size)
{
	struct oc_db *db = cursor->db;
	int status = oc_db_usable(db);
	bool fresh = false;

	if (status != OC_OK || !oc_db_table(db, cursor->table, size, &status))
		return status;
	if (own_phase_over(cursor))
		cursor->phase = OC_CURSOR_SERVER;
	if (cursor->phase == OC_CURSOR_OWN)
		return next_own(cursor, row);

	if (db->batch != cursor || (!cursor->batch_left && !cursor->batch_end)) {
		status = fetch(cursor, size);
		if (status != OC_OK)
			return status;
		fresh = true;
	}
	if (cursor->batch_left)
		return next_in_batch(cursor, row, size);
	/* An old batch's end may not be the table's end any more. */
	if (!fresh) {
		db->batch = NULL;
		return oc_cursor_next(cursor, row, size);
	}
	if (db->state != OC_DB_UPDATE)
		return 0;
	begin_own(cursor);
	return next_own(cursor, row);
}
