// SPDX-License-Identifier: MIT
/*
 * db_sql.c: one SQL statement, its rows in batches
 *
 * A batch lies in the handle's rx, and is looked at as a whole before the first of its
 * rows is shown to anybody. While the callback runs, the handle passes for broken: a
 * call on it would overwrite the batch.
 */
#include "db_priv.h"

struct next_message {
	struct oc_msg msg;
	struct oc_sql_next_request body;
};

/* Behind @at, a value's header: where the next one begins, or NULL if it breaks the rules. */
static const uint8_t *skip_value(const uint8_t *at, const uint8_t *end)
{
	const struct oc_sql_value *value = (const void *)at;
	uint32_t left = end - at, fixed = 0;

	if (left < sizeof(*value) || value->type > OC_SQL_BLOB)
		return NULL;
	left -= sizeof(*value);
	if (value->type == OC_SQL_INTEGER || value->type == OC_SQL_REAL)
		fixed = 8;
	if (value->type < OC_SQL_TEXT ? value->length != fixed : value->length > left)
		return NULL;
	/* Padded, it still fits: @left is a multiple of 8. */
	if (fixed > left)
		return NULL;
	return at + sizeof(*value) + oc_pad8(value->length);
}

static const uint8_t *skip_row(const uint8_t *at, const uint8_t *end, uint32_t ncolumns)
{
	while (at && ncolumns--)
		at = skip_value(at, end);
	return at;
}

/* A row takes bytes, so a number of them that is a lie is found at the end of these. */
static bool batch_valid(const struct oc_db *db, uint32_t statement, uint32_t ncolumns)
{
	const struct oc_sql_response *body = oc_db_body(db);
	const uint8_t *at = (const uint8_t *)(body + 1);
	const uint8_t *end = db->rx + sizeof(struct oc_msg) + oc_db_body_size(db);

	if (oc_db_body_size(db) < sizeof(*body) || body->flags)
		return false;
	if (statement && (body->ncolumns != ncolumns ||
			  (body->statement && body->statement != statement)))
		return false;
	if (body->nrows ? !body->ncolumns : body->statement)
		return false;
	for (uint32_t i = 0; at && i < body->nrows; i++)
		at = skip_row(at, end, body->ncolumns);
	return at == end;
}

/* What the callback said, or OC_ENOTOPEN: it has closed the handle under our feet. */
static int show_rows(struct oc_db *db, oc_sql_row_fn *row, void *ctx)
{
	const struct oc_sql_response *body = oc_db_body(db);
	const uint8_t *at = (const uint8_t *)(body + 1);
	const uint8_t *end = db->rx + sizeof(struct oc_msg) + oc_db_body_size(db);
	struct oc_sql_row r = { .ncolumns = body->ncolumns };
	uint8_t state = db->state;
	int result = 0;

	db->state = OC_DB_BROKEN;
	db->broken = OC_EINVAL;
	for (uint32_t i = 0; !result && i < body->nrows; i++) {
		r.values = (const void *)at;
		result = row(ctx, &r);
		if (db->state == OC_DB_CLOSED)
			return oc_db_fail(db, OC_ENOTOPEN);
		at = skip_row(at, end, r.ncolumns);
	}
	db->state = state;
	db->broken = OC_OK;
	return oc_db_fail(db, result);
}

/* A statement only reads: an answer that is lost leaves no transaction behind. */
static int call(struct oc_db *db, struct oc_msg *msg)
{
	uint8_t state = db->state;
	int status = oc_db_call(db, msg);

	if (db->state == OC_DB_UNSURE)
		db->state = state;
	return status;
}

static int call_about(struct oc_db *db, uint16_t op, uint32_t statement)
{
	struct next_message request = {
		.msg = { .length = sizeof(request), .op = op },
		.body = { .statement = statement },
	};

	return call(db, &request.msg);
}

static int begin(struct oc_db *db, const char *text, uint32_t length)
{
	struct oc_msg *msg = (void *)db->cache;
	struct oc_sql_request *body = (void *)(msg + 1);
	uint8_t *to = (uint8_t *)(body + 1);

	if (!length)
		return oc_db_fail(db, OC_EINVAL);
	if (db->cache_size < sizeof(*msg) + sizeof(*body) ||
	    length > db->cache_size - sizeof(*msg) - sizeof(*body))
		return oc_db_fail(db, OC_ENOMEM);
	memcpy(to, text, length);
	memset(to + length, 0, oc_pad8(length) - length);
	*msg = (struct oc_msg) {
		.length = sizeof(*msg) + sizeof(*body) + oc_pad8(length), .op = OC_OP_SQL,
	};
	*body = (struct oc_sql_request) { .text_length = length };
	return call(db, msg);
}

/* The caller wants no more rows: what the server keeps for them can go. */
static int stop(struct oc_db *db, uint32_t statement, int result)
{
	if (statement)
		call_about(db, OC_OP_SQL_END, statement);
	return oc_db_fail(db, result);
}

/* The batches, one after the other, beginning with the one that lies in rx. */
static int go_through(struct oc_db *db, oc_sql_row_fn *row, void *ctx)
{
	const struct oc_sql_response *body = oc_db_body(db);
	uint32_t statement = 0, ncolumns = 0;
	int status = OC_OK;

	do {
		if (!batch_valid(db, statement, ncolumns))
			return oc_db_protocol_error(db);
		ncolumns = body->ncolumns;
		statement = body->statement;
		status = show_rows(db, row, ctx);
		if (db->state == OC_DB_CLOSED)
			return status;
		if (status != OC_OK)
			return stop(db, statement, status);
		if (statement)
			status = call_about(db, OC_OP_SQL_NEXT, statement);
	} while (statement && status == OC_OK);
	return status;
}

int oc_db_sql(struct oc_db *db, const char *text, uint32_t length, oc_sql_row_fn *row, void *ctx)
{
	int status = oc_db_usable(db);

	if (status == OC_OK && db->state == OC_DB_UPDATE)
		status = oc_db_fail(db, OC_ETRACTIVE);
	if (status == OC_OK)
		status = oc_db_make_sure(db);
	if (status == OC_OK)
		status = begin(db, text, length);
	return status == OC_OK ? go_through(db, row, ctx) : status;
}
