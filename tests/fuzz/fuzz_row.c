// SPDX-License-Identifier: GPL-2.0-only
/*
 * The row decoder, both ways: a row struct of any bytes on its way into the database,
 * and values of any type, which a program wrote that switched the CHECKs off, on their
 * way out. A row that came out once goes in again, and comes out the same.
 */
#include <math.h>
#include <sqlite3.h>

#include "daemon.h"
#include "input.h"

#define TABLES	3
#define ROW_MAX	256

static struct store_conn *conn;

struct one_change {
	struct store_changes changes;
	struct store_change change;
	bool given;
};

static bool next_change(struct store_changes *changes, struct store_change *out)
{
	struct one_change *one = (struct one_change *)changes;

	if (one->given)
		return false;
	one->given = true;
	*out = one->change;
	return true;
}

static void rewind_changes(struct store_changes *changes)
{
	((struct one_change *)changes)->given = false;
}

static void check_error(int status, const struct store_error *error, uint32_t table)
{
	must(memchr(error->text, '\0', sizeof(error->text)), "its text has an end");
	must(error->table == OC_NONE || error->table == table, "the error is about this table");
	must(error->column == OC_NONE || error->column < kinds_tables[table].ncolumns,
	     "and about a column of it");
	must(status != OC_ERANGE || error->column != OC_NONE, "a value that does not fit has one");
}

/* Inserts behind the last row; the store refuses a row, or takes it. */
static int commit(uint32_t table, const void *row, int64_t *rowid)
{
	struct one_change one = {
		.changes = { next_change, rewind_changes },
		.change = { .table = table, .row = row },
	};
	struct store_error error = { .text = "" };
	uint64_t ticket;
	uint32_t version;
	int status;

	must(store_version(conn, &version) == OC_OK, "the version");
	status = store_next_rowid(conn, table, rowid, &error);
	if (status != OC_OK)
		return status;
	one.change.rowid = *rowid;
	while ((status = store_commit(conn, &one.changes, version, &ticket, &error)) == OC_PENDING)
		daemon_wait();
	must(status == OC_OK || status == OC_ECONSTRAINT, "a row is taken, or is bad");
	if (status != OC_OK)
		check_error(status, &error, table);
	return status;
}

static int get(uint32_t table, int64_t rowid, void *row)
{
	struct store_error error = { .text = "" };
	int status;

	memset(row, 0x5a, ROW_MAX);
	status = store_get(conn, table, rowid, row, &error);
	must(status == OC_OK || status == OC_ERANGE || status == OC_ENOTFOUND,
	     "a row is there or not");
	if (status != OC_OK)
		check_error(status, &error, table);
	return status;
}

/* By a cursor it is the same row. */
static void check_read(uint32_t table, int64_t rowid, const void *row)
{
	_Alignas(8) uint8_t batch[2 * (8 + ROW_MAX)];
	struct store_error error = { .text = "" };
	uint32_t nrows, size = kinds_tables[table].row_size;
	bool end;

	must(store_read(conn, table, rowid - 1, 2, batch, 2 * (8 + size), &nrows, &end, &error) ==
	     OC_OK && nrows >= 1, "a cursor reads it");
	must(!memcmp(batch, &rowid, sizeof(rowid)) && !memcmp(batch + 8, row, size),
	     "and finds the same");
}

static bool same_number(const struct oc_column *column, const uint8_t *a, const uint8_t *b)
{
	static const uint8_t sizes[] = {
		[OC_TYPE_SMALLINT] = 2, [OC_TYPE_INT] = 4, [OC_TYPE_BIGINT] = 8,
	};
	float fa, fb;
	double da, db;

	switch (column->type) {
	case OC_TYPE_FLOAT:
		memcpy(&fa, a, sizeof(fa));
		memcpy(&fb, b, sizeof(fb));
		return fa == fb;	/* -0.0 is stored as 0.0 */
	case OC_TYPE_REAL:
		memcpy(&da, a, sizeof(da));
		memcpy(&db, b, sizeof(db));
		return da == db;
	default:
		return !memcmp(a, b, sizes[column->type]);
	}
}

static bool same_bytes(const uint8_t *a, const uint8_t *b)
{
	uint16_t length;

	memcpy(&length, a, sizeof(length));
	return !memcmp(a, b, sizeof(length) + length);
}

static bool is_nan(const struct oc_column *column, const uint8_t *value)
{
	float f;
	double d;

	memcpy(&f, value, sizeof(f));
	memcpy(&d, value, sizeof(d));
	return (column->type == OC_TYPE_FLOAT && isnan(f)) ||
	       (column->type == OC_TYPE_REAL && isnan(d));
}

/* What was stored is what was given: NaN is stored as NULL. */
static bool same_value(const struct oc_column *column, const uint8_t *given, const uint8_t *stored)
{
	const uint8_t *value = given + column->offset;
	bool null = false;

	if (column->has_value != OC_NOT_NULL) {
		null = !given[column->has_value] || is_nan(column, value);
		if (stored[column->has_value] != !null)
			return false;
	}
	if (null)
		return true;
	if (column->type == OC_TYPE_VARCHAR || column->type == OC_TYPE_BLOB)
		return same_bytes(value, stored + column->offset);
	return same_number(column, value, stored + column->offset);
}

static void check_same(uint32_t table, const uint8_t *given, const uint8_t *stored)
{
	const struct oc_table *t = &kinds_tables[table];

	for (uint32_t c = 0; c < t->ncolumns; c++)
		if (!same_value(&t->columns[c], given, stored)) {
			fprintf(stderr, "column %s\n", t->columns[c].name);
			must(false, "what was stored is what was given");
		}
}

/* --- in ------------------------------------------------------------------------------- */

static void row_in(struct input *in, uint32_t table)
{
	_Alignas(8) uint8_t row[ROW_MAX], stored[ROW_MAX];
	int64_t rowid;

	input_bytes(in, row, kinds_tables[table].row_size);
	if (commit(table, row, &rowid) != OC_OK)
		return;
	must(get(table, rowid, stored) == OC_OK, "what was taken is there");
	check_same(table, row, stored);
	check_read(table, rowid, stored);
}

/* --- out ------------------------------------------------------------------------------ */

static const char *const inserts[TABLES] = {
	"INSERT OR IGNORE INTO kinds VALUES (?2,?3,?4,?1,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)",
	"INSERT OR IGNORE INTO flags VALUES (?1,?2)",
	"INSERT OR IGNORE INTO \"order\" VALUES (?2,?1)",
};

static void bind_any(sqlite3_stmt *stmt, int i, struct input *in)
{
	uint8_t choice = input_u8(in);
	uint8_t bytes[48];
	double real;
	int64_t integer;

	switch (choice & 7) {
	case 0:
		sqlite3_bind_null(stmt, i);
		break;
	case 1:
		input_bytes(in, &integer, sizeof(integer));
		sqlite3_bind_int64(stmt, i, integer);
		break;
	case 2:
		input_bytes(in, &real, sizeof(real));
		sqlite3_bind_double(stmt, i, real);
		break;
	case 3:
		sqlite3_bind_int(stmt, i, (int8_t)input_u8(in));
		break;
	case 4:
		sqlite3_bind_double(stmt, i, (int8_t)input_u8(in) / 4.0);
		break;
	case 5:
		input_bytes(in, bytes, choice >> 3);
		sqlite3_bind_blob(stmt, i, bytes, choice >> 3, SQLITE_TRANSIENT);
		break;
	default:
		input_bytes(in, bytes, choice >> 3);
		sqlite3_bind_text(stmt, i, (char *)bytes, choice >> 3, SQLITE_TRANSIENT);
	}
}

static void other_writes(struct input *in, uint32_t table, int64_t rowid)
{
	static sqlite3_stmt *stmts[TABLES];
	sqlite3 *other = daemon_now.other;
	int rc;

	if (!stmts[table])
		must(!sqlite3_exec(other, "PRAGMA ignore_check_constraints = ON", NULL, NULL,
				   NULL) &&
		     !sqlite3_prepare_v3(other, inserts[table], -1, SQLITE_PREPARE_PERSISTENT,
					 &stmts[table], NULL), "the other program's statement");
	sqlite3_bind_int64(stmts[table], 1, rowid);
	for (uint32_t c = 0; c < kinds_tables[table].ncolumns; c++)
		bind_any(stmts[table], (int)c + 2, in);
	rc = sqlite3_step(stmts[table]);
	must(rc == SQLITE_DONE || rc == SQLITE_CONSTRAINT, "the other program writes");
	sqlite3_reset(stmts[table]);
}

static void row_out(struct input *in, uint32_t table)
{
	_Alignas(8) uint8_t row[ROW_MAX], again[ROW_MAX];
	int64_t rowid = 1 + input_u8(in) % 8, behind;
	int status;

	other_writes(in, table, rowid);
	if (get(table, rowid, row) != OC_OK)
		return;
	check_read(table, rowid, row);
	status = commit(table, row, &behind);
	/* "flag" is unique; a value that only the CHECKs refuse does not fit the row. */
	must(status == OC_OK || table == KINDS_TABLE_FLAGS, "what fits a row is taken");
	if (status != OC_OK)
		return;
	must(get(table, behind, again) == OC_OK &&
	     !memcmp(row, again, kinds_tables[table].row_size), "and comes out the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t choice;

	daemon_open();
	conn = daemon_now.conns.list[0];
	for (int i = 0; i < 4 && in.left; i++) {
		choice = input_u8(&in);
		if (choice & 1)
			row_in(&in, choice / 2 % TABLES);
		else
			row_out(&in, choice / 2 % TABLES);
	}
	daemon_empty();
	return 0;
}
