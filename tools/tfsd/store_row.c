// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Between a row struct and SQLite. The row to bind came from a client and may hold
 * anything; the values to take may have been written by a program that switched the
 * CHECKs off.
 */
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include <oc/status.h>
#include <oc/wire.h>

#include "store_sqlite.h"
#include "store_utf8.h"

struct place {
	const struct schema_table *table;
	const struct oc_column *column;
	struct store_error *error;
};

__attribute__((format(printf, 3, 4)))
static int refuse(const struct place *at, int status, const char *format, ...)
{
	char why[128];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	at->error->column = (uint32_t)(at->column - at->table->columns);
	return store_fail(at->error, status, "%s.%s: %s", at->table->def.name, at->column->name,
			  why);
}

static int bind_status(int rc)
{
	return rc ? OC_ENOMEM : OC_OK;	/* nothing else can go wrong here */
}

static int bind_null(const struct place *at, sqlite3_stmt *stmt, int i, const char *why)
{
	if (at->column->has_value == OC_NOT_NULL)
		return refuse(at, OC_ECONSTRAINT, "%s in a NOT NULL column", why);
	return bind_status(sqlite3_bind_null(stmt, i));
}

static int bind_double(const struct place *at, sqlite3_stmt *stmt, int i, double value)
{
	if (isnan(value))
		return bind_null(at, stmt, i, "NaN");
	return bind_status(sqlite3_bind_double(stmt, i, value));
}

static int bind_bytes(const struct place *at, sqlite3_stmt *stmt, int i, const uint8_t *value)
{
	const char *bytes = (const char *)value + sizeof(uint16_t);
	uint16_t length;

	memcpy(&length, value, sizeof(length));
	if (length > at->column->max_length)
		return refuse(at, OC_ECONSTRAINT, "%u bytes, at most %u", length,
			      at->column->max_length);
	if (at->column->type == OC_TYPE_BLOB)
		return bind_status(sqlite3_bind_blob(stmt, i, bytes, length, SQLITE_STATIC));
	if (memchr(bytes, '\0', length))
		return refuse(at, OC_ECONSTRAINT, "a zero byte in a text");
	if (!utf8_is_valid(bytes, length))
		return refuse(at, OC_ECONSTRAINT, "not UTF-8");
	return bind_status(sqlite3_bind_text(stmt, i, bytes, length, SQLITE_STATIC));
}

static int bind_value(const struct place *at, sqlite3_stmt *stmt, int i, const uint8_t *value)
{
	union {
		int16_t i16;
		int32_t i32;
		int64_t i64;
		float f;
		double d;
	} v;

	switch (at->column->type) {
	case OC_TYPE_SMALLINT:
		memcpy(&v.i16, value, sizeof(v.i16));
		return bind_status(sqlite3_bind_int(stmt, i, v.i16));
	case OC_TYPE_INT:
		memcpy(&v.i32, value, sizeof(v.i32));
		return bind_status(sqlite3_bind_int(stmt, i, v.i32));
	case OC_TYPE_BIGINT:
		memcpy(&v.i64, value, sizeof(v.i64));
		return bind_status(sqlite3_bind_int64(stmt, i, v.i64));
	case OC_TYPE_FLOAT:
		memcpy(&v.f, value, sizeof(v.f));
		return bind_double(at, stmt, i, v.f);
	case OC_TYPE_REAL:
		memcpy(&v.d, value, sizeof(v.d));
		return bind_double(at, stmt, i, v.d);
	default:
		return bind_bytes(at, stmt, i, value);
	}
}

static int bind_column(const struct place *at, sqlite3_stmt *stmt, int i, const uint8_t *row)
{
	uint16_t has_value = at->column->has_value;

	if (has_value != OC_NOT_NULL) {
		if (row[has_value] > 1)
			return refuse(at, OC_ECONSTRAINT, "has_value is %u, neither 0 nor 1",
				      row[has_value]);
		if (!row[has_value])
			return bind_status(sqlite3_bind_null(stmt, i));
	}
	return bind_value(at, stmt, i, row + at->column->offset);
}

int sqlite_bind_row(sqlite3_stmt *stmt, const struct schema_table *table, const void *row,
		    struct store_error *error)
{
	int status = OC_OK;

	for (uint16_t i = 0; !status && i < table->def.ncolumns; i++) {
		struct place at = { table, &table->columns[i], error };

		status = bind_column(&at, stmt, i + 2, row);
	}
	return status;
}

static const char *stored_name(int type)
{
	switch (type) {
	case SQLITE_INTEGER:
		return "an integer";
	case SQLITE_FLOAT:
		return "a real number";
	case SQLITE_TEXT:
		return "a text";
	default:
		return "a blob";
	}
}

/* The stored type that a column's values must have. */
static int stored_type(uint8_t type)
{
	switch (type) {
	case OC_TYPE_FLOAT:
	case OC_TYPE_REAL:
		return SQLITE_FLOAT;
	case OC_TYPE_VARCHAR:
		return SQLITE_TEXT;
	case OC_TYPE_BLOB:
		return SQLITE_BLOB;
	default:
		return SQLITE_INTEGER;
	}
}

static int take_integer(const struct place *at, int64_t value, uint8_t *out)
{
	int64_t min = INT64_MIN, max = INT64_MAX;

	if (at->column->type == OC_TYPE_SMALLINT) {
		min = INT16_MIN;
		max = INT16_MAX;
	} else if (at->column->type == OC_TYPE_INT) {
		min = INT32_MIN;
		max = INT32_MAX;
	}
	if (value < min || value > max)
		return refuse(at, OC_ERANGE, "%lld is stored, more than %s holds",
			      (long long)value, schema_type_name(at->column->type));
	/* little-endian, as the wire is: the low bytes come first */
	memcpy(out, &value, schema_value_size(at->column->type));
	return OC_OK;
}

static int take_real(const struct place *at, double value, uint8_t *out)
{
	float narrow;

	if (at->column->type == OC_TYPE_REAL) {
		memcpy(out, &value, sizeof(value));
		return OC_OK;
	}
	if (value > (double)FLT_MAX || value < -(double)FLT_MAX)
		return refuse(at, OC_ERANGE, "%g is stored, more than float holds", value);
	narrow = (float)value;
	if (!narrow)
		narrow = 0;	/* not -0.0: SQLite would not keep it, were it stored again */
	memcpy(out, &narrow, sizeof(narrow));
	return OC_OK;
}

static int take_bytes(const struct place *at, sqlite3_stmt *stmt, int i, uint8_t *out)
{
	bool text = at->column->type == OC_TYPE_VARCHAR;
	const void *bytes = text ? (const void *)sqlite3_column_text(stmt, i) :
			    sqlite3_column_blob(stmt, i);
	int length = sqlite3_column_bytes(stmt, i);
	uint16_t narrow = (uint16_t)length;

	if (length && !bytes)
		return store_fail(at->error, OC_ENOMEM, "no memory");
	if (length > at->column->max_length)
		return refuse(at, OC_ERANGE, "%d bytes are stored, more than %u", length,
			      at->column->max_length);
	if (text && (memchr(length ? bytes : "", '\0', (size_t)length) ||
		     !utf8_is_valid(bytes, (size_t)length)))
		return refuse(at, OC_ERANGE, "what is stored is not UTF-8");
	memcpy(out, &narrow, sizeof(narrow));
	if (length)
		memcpy(out + sizeof(narrow), bytes, (size_t)length);
	return OC_OK;
}

static int take_column(const struct place *at, sqlite3_stmt *stmt, int i, uint8_t *row)
{
	const struct oc_column *column = at->column;
	int type = sqlite3_column_type(stmt, i);
	uint8_t *out = row + column->offset;

	if (type == SQLITE_NULL) {
		if (column->has_value == OC_NOT_NULL)
			return refuse(at, OC_ERANGE, "NULL is stored in a NOT NULL column");
		return OC_OK;
	}
	if (type != stored_type(column->type))
		return refuse(at, OC_ERANGE, "%s is stored, not %s", stored_name(type),
			      schema_type_name(column->type));
	if (column->has_value != OC_NOT_NULL)
		row[column->has_value] = 1;
	if (type == SQLITE_INTEGER)
		return take_integer(at, sqlite3_column_int64(stmt, i), out);
	if (type == SQLITE_FLOAT)
		return take_real(at, sqlite3_column_double(stmt, i), out);
	return take_bytes(at, stmt, i, out);
}

int sqlite_take_row(sqlite3_stmt *stmt, int first, const struct schema_table *table, void *row,
		    struct store_error *error)
{
	int status = OC_OK;

	/* NULLs, padding and the rest of texts are zero: nothing of ours leaks. */
	memset(row, 0, table->def.row_size);
	for (uint16_t i = 0; !status && i < table->def.ncolumns; i++) {
		struct place at = { table, &table->columns[i], error };

		status = take_column(&at, stmt, first + i, row);
	}
	return status;
}
