// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading: rows, batches, the next rowid, values that do not fit
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

struct pair {
	int64_t rowid;
	struct kinds_flags flag;
};

static void must(struct fixture *f, const char *sql)
{
	other_program(f, sql, "");
}

static void insert_flags(struct fixture *f, int n)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "WITH c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d) "
		 "INSERT INTO flags SELECT 10 * i, i FROM c", n);
	must(f, sql);
}

static void must_read(struct fixture *f, int64_t after, uint32_t max, size_t size,
		      uint32_t nrows, bool end)
{
	struct pair pairs[8];
	uint32_t n = 99;
	bool at_end = !end;

	memset(pairs, 0xa5, sizeof(pairs));
	assert_status(store_read(f->conn, KINDS_TABLE_FLAGS, after, max, pairs, size, &n,
				 &at_end, &f->error), OC_OK);
	assert_int_equal(n, nrows);
	assert_int_equal(at_end, end);
	for (uint32_t i = 0; i < n; i++) {
		int64_t number = after / 10 + 1 + i;

		assert_int_equal(pairs[i].rowid, 10 * number);
		assert_int_equal(pairs[i].flag.flag, number);
	}
	if (n < 8)
		assert_int_equal(*(uint8_t *)&pairs[n], 0xa5);
}

static void test_batches(void **state)
{
	struct fixture *f = *state;

	insert_flags(f, 5);
	must_read(f, 0, 8, 8 * sizeof(struct pair), 5, true);
	must_read(f, 0, 2, 8 * sizeof(struct pair), 2, false);
	must_read(f, 20, 2, 8 * sizeof(struct pair), 2, false);
	must_read(f, 40, 2, 8 * sizeof(struct pair), 1, true);
	must_read(f, 50, 2, 8 * sizeof(struct pair), 0, true);
	must_read(f, 29, 8, 8 * sizeof(struct pair), 3, true);
	must_read(f, INT64_MAX, 8, 8 * sizeof(struct pair), 0, true);
	/* exactly all of them is the end, too */
	must_read(f, 0, 5, 5 * sizeof(struct pair), 5, true);
	/* what fits, not what was asked for */
	must_read(f, 0, 8, 3 * sizeof(struct pair) + sizeof(struct pair) - 1, 3, false);
	must_read(f, 0, UINT32_MAX, 4 * sizeof(struct pair), 4, false);
}

static void test_empty_table(void **state)
{
	must_read(*state, 0, 8, sizeof(struct pair), 0, true);
}

static void test_bad_arguments(void **state)
{
	struct fixture *f = *state;
	struct pair pair;
	uint32_t n;
	bool end;
	int64_t rowid = -7;

	assert_status(store_read(f->conn, KINDS_TABLE_FLAGS, 0, 0, &pair, sizeof(pair), &n, &end,
				 &f->error), OC_EINVAL);
	assert_status(store_read(f->conn, KINDS_TABLE_FLAGS, 0, 1, &pair, sizeof(pair) - 1, &n,
				 &end, &f->error), OC_EINVAL);
	assert_status(store_read(f->conn, 3, 0, 1, &pair, sizeof(pair), &n, &end, &f->error),
		      OC_ENOTABLE);
	assert_status(store_get(f->conn, 3, 1, &pair, &f->error), OC_ENOTABLE);
	assert_status(store_next_rowid(f->conn, OC_NONE, &rowid, &f->error), OC_ENOTABLE);
	assert_int_equal(rowid, -7);
	assert_int_equal(f->error.table, OC_NONE);
}

static void test_not_found(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 77 };

	insert_flags(f, 1);
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 11, &flag, &f->error), OC_ENOTFOUND);
	assert_int_equal(f->error.table, KINDS_TABLE_FLAGS);
	assert_int_equal(flag.flag, 77);
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 10, &flag, &f->error), OC_OK);
	assert_int_equal(flag.flag, 1);
}

static void must_be_next(struct fixture *f, int64_t expected)
{
	int64_t rowid = -7;

	assert_status(store_next_rowid(f->conn, KINDS_TABLE_FLAGS, &rowid, &f->error), OC_OK);
	assert_true(rowid == expected);
}

static void test_next_rowid(void **state)
{
	struct fixture *f = *state;
	int64_t rowid = -7;

	must_be_next(f, 1);
	must(f, "INSERT INTO flags VALUES (-5, 1)");
	must_be_next(f, 1);
	must(f, "INSERT INTO flags VALUES (41, 2)");
	must_be_next(f, 42);
	must(f, "INSERT INTO flags VALUES (9223372036854775806, 3)");
	must_be_next(f, INT64_MAX);
	must(f, "INSERT INTO flags VALUES (9223372036854775807, 4)");
	assert_status(store_next_rowid(f->conn, KINDS_TABLE_FLAGS, &rowid, &f->error), OC_EFULL);
	assert_int_equal(rowid, -7);
	assert_string_equal(f->error.text, "flags: no rowid is left");
}

/* What another program may store when it switches the CHECKs off. */
static const struct {
	const char *column;
	const char *value;
	const char *words;
} strays[] = {
	{ "small", "32768", "kinds.small: 32768 is stored, more than smallint holds" },
	{ "small", "-32769", "kinds.small: -32769 is stored, more than smallint holds" },
	{ "small", "'x'", "kinds.small: a text is stored, not smallint" },
	{ "small", "1.5", "kinds.small: a real number is stored, not smallint" },
	{ "num", "2147483648", "kinds.num: 2147483648 is stored, more than int holds" },
	{ "num", "-2147483649", "kinds.num: -2147483649 is stored, more than int holds" },
	{ "big", "9223372036854775808", "kinds.big: a real number is stored, not bigint" },
	{ "whole", "x'00'", "kinds.whole: a blob is stored, not bigint" },
	{ "single", "3.5e38", "kinds.single: 3.5e+38 is stored, more than float holds" },
	{ "single", "-9e999", "kinds.single: -inf is stored, more than float holds" },
	{ "wide", "'warm'", "kinds.wide: a text is stored, not real" },
	{ "words", "'1234567890'", "kinds.words: 10 bytes are stored, more than 9" },
	{ "words", "x'41'", "kinds.words: a blob is stored, not varchar" },
	{ "words", "CAST(x'ff' AS TEXT)", "kinds.words: what is stored is not UTF-8" },
	{ "words", "CAST(x'6100' AS TEXT)", "kinds.words: what is stored is not UTF-8" },
	{ "bytes", "zeroblob(8)", "kinds.bytes: 8 bytes are stored, more than 7" },
	{ "bytes", "'abc'", "kinds.bytes: a text is stored, not blob" },
	{ "n_small", "99999", "kinds.n_small: 99999 is stored, more than smallint holds" },
};

static void stray(struct fixture *f, const char *column, const char *value)
{
	struct program p;
	char sql[256];

	snprintf(sql, sizeof(sql), "UPDATE kinds SET %s = %s WHERE key = 2", column, value);
	program_start(&p, f->file);
	program_must(&p, "PRAGMA ignore_check_constraints = ON", "");
	program_must(&p, sql, "");
	program_stop(&p);
}

static void commit_three(struct fixture *f)
{
	struct kinds_kinds rows[] = { kinds_row(1), kinds_row(2), kinds_row(3) };
	struct store_change changes[3];
	uint64_t ticket;

	for (int i = 0; i < 3; i++)
		changes[i] = kinds_change(&rows[i], i + 1);
	assert_status(fixture_commit(f, changes, 3, &ticket), OC_OK);
}

static void must_not_fit(struct fixture *f, const char *column, const char *words)
{
	const struct schema_table *table = &store_schema(f->store)->tables[KINDS_TABLE_KINDS];

	assert_string_equal(f->error.text, words);
	assert_int_equal(f->error.table, KINDS_TABLE_KINDS);
	assert_int_equal(f->error.column, schema_find_column(table, column, strlen(column)));
}

static void test_strays(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row;

	for (size_t i = 0; i < sizeof(strays) / sizeof(strays[0]); i++) {
		must(f, "DELETE FROM kinds");
		commit_three(f);
		stray(f, strays[i].column, strays[i].value);
		assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 2, &row, &f->error),
			      OC_ERANGE);
		must_not_fit(f, strays[i].column, strays[i].words);
		assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 1, &row, &f->error), OC_OK);
	}
}

static void test_value_far_too_long(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row;

	commit_three(f);
	stray(f, "n_bytes", "zeroblob(3000000)");
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 2, &row, &f->error), OC_ERANGE);
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 3, &row, &f->error), OC_OK);
}

/* A batch that meets a stray ends before it; the next one begins with the error. */
static void test_stray_in_batch(void **state)
{
	struct fixture *f = *state;
	struct { int64_t rowid; struct kinds_kinds row; } pairs[3];
	struct kinds_kinds expected = kinds_row(1);
	uint32_t n = 99;
	bool end = true;

	commit_three(f);
	stray(f, "num", "3000000000");
	assert_status(store_read(f->conn, KINDS_TABLE_KINDS, 0, 3, pairs, sizeof(pairs), &n,
				 &end, &f->error), OC_OK);
	assert_int_equal(n, 1);
	assert_false(end);
	assert_memory_equal(&pairs[0].row, &expected, sizeof(expected));
	assert_status(store_read(f->conn, KINDS_TABLE_KINDS, 1, 3, pairs, sizeof(pairs), &n,
				 &end, &f->error), OC_ERANGE);
	assert_int_equal(n, 0);
	must_not_fit(f, "num", "kinds.num: 3000000000 is stored, more than int holds");
}

/* A double that is no float comes as the nearest one: that is what FLOAT means. */
static void test_float_rounds(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row;

	commit_three(f);
	stray(f, "single", "0.1");
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 2, &row, &f->error), OC_OK);
	assert_true(row.single == 0.1f);
}

/* SQLite has no negative zero, so no row has one: what came out can go in and come out. */
static void test_negative_zero(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row = kinds_row(1);
	struct store_change change = kinds_change(&row, 1);
	uint64_t ticket;

	row.single = -0.0f;
	row.wide = -0.0;
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 1, &row, &f->error), OC_OK);
	assert_true(row.single == 0 && !signbit(row.single));
	assert_true(row.wide == 0 && !signbit(row.wide));
	must(f, "UPDATE kinds SET single = -1e-100 WHERE key = 1");
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 1, &row, &f->error), OC_OK);
	assert_true(row.single == 0 && !signbit(row.single));
}

static void test_null_in_not_null(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag;

	insert_flags(f, 1);
	/* Only somebody who rewrites the schema gets NULL in there. */
	must(f, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
		"replace(sql, 'NOT NULL', '') WHERE name = 'flags'; "
		"PRAGMA writable_schema = RESET");
	must(f, "PRAGMA ignore_check_constraints = ON; UPDATE flags SET flag = NULL");
	must(f, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
		"replace(sql, 'SMALLINT', 'SMALLINT NOT NULL') WHERE name = 'flags'; "
		"PRAGMA writable_schema = RESET");
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 10, &flag, &f->error), OC_ERANGE);
	assert_string_equal(f->error.text, "flags.flag: NULL is stored in a NOT NULL column");
}

/* A table whose names are keywords, and whose rowid comes last. */
static void test_quoted_names(void **state)
{
	struct fixture *f = *state;
	struct kinds_order row = { .group_has_value = 1, .group = 5 }, got;
	struct store_change change = { KINDS_TABLE_ORDER, 3, &row };
	uint64_t ticket;

	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	assert_status(store_get(f->conn, KINDS_TABLE_ORDER, 3, &got, &f->error), OC_OK);
	assert_memory_equal(&got, &row, sizeof(got));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_make_open, fixture_remove)
		TEST(test_batches),
		TEST(test_empty_table),
		TEST(test_bad_arguments),
		TEST(test_not_found),
		TEST(test_next_rowid),
		TEST(test_strays),
		TEST(test_value_far_too_long),
		TEST(test_stray_in_batch),
		TEST(test_float_rounds),
		TEST(test_negative_zero),
		TEST(test_null_in_not_null),
		TEST(test_quoted_names),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
