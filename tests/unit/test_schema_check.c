// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generated CHECKs: their text, how they are found in a CREATE TABLE, and that
 * SQLite makes of them what they are for
 */
#include <sqlite3.h>

#include "../../tools/schema/schema.h"
#include "unit.h"

static void test_texts(void **state)
{
	static const struct {
		struct oc_column column;
		const char *text;
	} cases[] = {
		{ { .name = "c", .type = OC_TYPE_SMALLINT, .has_value = OC_NOT_NULL },
		  "CHECK (typeof(c) = 'integer' AND c BETWEEN -32768 AND 32767)" },
		{ { .name = "c", .type = OC_TYPE_INT, .has_value = OC_NOT_NULL },
		  "CHECK (typeof(c) = 'integer' AND c BETWEEN -2147483648 AND 2147483647)" },
		{ { .name = "c", .type = OC_TYPE_BIGINT, .has_value = OC_NOT_NULL },
		  "CHECK (typeof(c) = 'integer')" },
		{ { .name = "c", .type = OC_TYPE_FLOAT, .has_value = OC_NOT_NULL },
		  "CHECK (typeof(c) = 'real' AND c BETWEEN -3.4028234663852886e38 "
		  "AND 3.4028234663852886e38)" },
		{ { .name = "c", .type = OC_TYPE_REAL, .has_value = OC_NOT_NULL },
		  "CHECK (typeof(c) = 'real')" },
		{ { .name = "c", .type = OC_TYPE_VARCHAR, .max_length = 10,
		    .has_value = OC_NOT_NULL },
		  "CHECK (typeof(c) = 'text' AND length(CAST(c AS BLOB)) <= 10)" },
		{ { .name = "c", .type = OC_TYPE_BLOB, .max_length = 32767,
		    .has_value = OC_NOT_NULL },
		  "CHECK (typeof(c) = 'blob' AND length(c) <= 32767)" },
		{ { .name = "c", .type = OC_TYPE_REAL },
		  "CHECK (c IS NULL OR (typeof(c) = 'real'))" },
		{ { .name = "order", .type = OC_TYPE_REAL },
		  "CHECK (\"order\" IS NULL OR (typeof(\"order\") = 'real'))" },
	};
	char text[SCHEMA_CHECK_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(text, 0xa5, sizeof(text));
		schema_check_text(&cases[i].column, text);
		assert_string_equal(text, cases[i].text);
	}
}

#define CHECK_C "CHECK (typeof(c) = 'text' AND length(CAST(c AS BLOB)) <= 10)"

static void test_found(void **state)
{
	static const char *const found[] = {
		"CREATE TABLE t (c VARCHAR(10) " CHECK_C ")",
		"CREATE TABLE t (c VARCHAR(10), " CHECK_C ")",
		"CREATE TABLE t (c VARCHAR(10), CONSTRAINT x " CHECK_C ")",
		"CREATE TABLE t(c check(TYPEOF(C)='text'and length(cast(c as blob))<=10))",
		"CREATE TABLE \"a(b\" (x DEFAULT ('(('), c\n\t/* ) */ CHECK -- why (\n(typeof ( c ) = "
		"'text' AND length (CAST (\"c\" AS BLOB)) <= 10))",
		"CREATE TABLE t (c CHECK (c > ''), [d] CHECK (1), " CHECK_C ")",
		"CREATE TABLE t (c VARCHAR(10) DEFAULT 'it''s' " CHECK_C ")",
		"CREATE TABLE t (c CHECK (typeof(`C`) = 'text' AND length(CAST([c] AS BLOB)) <= 10))",
	};
	static const char *const missing[] = {
		"CREATE TABLE t (c VARCHAR(10))",
		"CREATE TABLE t (c VARCHAR(10) /* " CHECK_C " */)",
		"CREATE TABLE t (c VARCHAR(10) -- " CHECK_C "\n)",
		"CREATE TABLE t (c VARCHAR(10) DEFAULT '" "CHECK (typeof(c)' )",
		"CREATE TABLE t (c \"" CHECK_C "\")",
		"CREATE TABLE t (c CHECK (typeof(d) = 'text' AND length(CAST(c AS BLOB)) <= 10))",
		"CREATE TABLE t (c CHECK (typeof(c) = 'text' AND length(CAST(c AS BLOB)) <= 11))",
		"CREATE TABLE t (c CHECK (typeof(c) = 'TEXT' AND length(CAST(c AS BLOB)) <= 10))",
		"CREATE TABLE t (c CHECK (typeof(c) = \"text\" AND length(CAST(c AS BLOB)) <= 10))",
		/* true whatever it says */
		"CREATE TABLE t (c CHECK (typeof(c) = 'text' AND length(CAST(c AS BLOB)) <= 10 OR 1))",
		"CREATE TABLE t (c CHECK (1 OR (typeof(c) = 'text' AND "
		"length(CAST(c AS BLOB)) <= 10)))",
		"CREATE TABLE t (c CHECK (typeof(c) = 'text'))",
		"CREATE TABLE t (c CHECK (typeof(c) = 'text' AND length(CAST(c AS BLOB)) <=",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		assert_true(schema_has_check(found[i], CHECK_C));
	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		assert_false(schema_has_check(missing[i], CHECK_C));
}

static void test_is_check(void **state)
{
	const char *check = "CHECK (c IS NULL OR (typeof(c) = 'real'))";

	(void)state;
	assert_true(schema_is_check("c IS NULL OR (typeof(c) = 'real')", check));
	assert_true(schema_is_check("c is null or(typeof(c)='real')", check));
	assert_false(schema_is_check("c IS NULL OR (typeof(c) = 'real'))", check));
	assert_false(schema_is_check("c IS NULL OR (typeof(c) = 'real'", check));
	assert_false(schema_is_check("c IS NULL", check));
	assert_false(schema_is_check("", check));
	assert_false(schema_is_check("small", check));
}

static void test_autoincrement(void **state)
{
	(void)state;
	assert_true(schema_has_autoincrement("CREATE TABLE t "
					     "(id INTEGER PRIMARY KEY AutoIncrement)"));
	assert_false(schema_has_autoincrement("CREATE TABLE t (id INTEGER PRIMARY KEY, "
					      "\"autoincrement\" INT DEFAULT 'autoincrement')"));
	assert_false(schema_has_autoincrement("CREATE TABLE t (id /* AUTOINCREMENT */ INT)"));
}

/* What each CHECK lets through, by asking SQLite. */
static const struct {
	const char *column;
	const char *value;
	bool fits;
} values[] = {
	{ "small", "-32768", true }, { "small", "32768", false }, { "small", "'x'", false },
	{ "small", "1.5", false }, { "small", "'7'", true },	/* affinity makes it a number */
	{ "num", "2147483647", true }, { "num", "-2147483649", false },
	{ "big", "9223372036854775807", true }, { "big", "9223372036854775808", false },
	{ "whole", "x'01'", false },
	{ "single", "1", true }, { "single", "3.4028234663852886e38", true },
	{ "single", "3.41e38", false }, { "single", "-9e999", false },
	{ "wide", "-9e999", true }, { "wide", "'warm'", false },
	{ "words", "'123456789'", true }, { "words", "'1234567890'", false },
	{ "words", "'\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4" "1'", true },
	{ "words", "'\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4" "12'", false },	/* 10 bytes, 6 letters */
	{ "words", "x'41'", false },
	{ "bytes", "zeroblob(7)", true }, { "bytes", "zeroblob(8)", false },
	{ "bytes", "'abc'", false },
	{ "n_small", "NULL", true }, { "n_small", "40000", false }, { "n_wide", "NULL", true },
};

static void test_values(void **state)
{
	char sql[160];
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_status(schema_run(db, "tests/data/kinds.sql", stderr), OC_OK);
	assert_int_equal(sqlite3_exec(db, "INSERT INTO kinds (small, num, big, whole, single, "
				      "wide, words, bytes) VALUES (1, 1, 1, 1, 1, 1, '', x'')",
				      NULL, NULL, NULL), SQLITE_OK);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(sql, sizeof(sql), "UPDATE kinds SET %s = %s", values[i].column,
			 values[i].value);
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL),
				 values[i].fits ? SQLITE_OK : SQLITE_CONSTRAINT);
	}
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_is_check),
		cmocka_unit_test(test_autoincrement),
		cmocka_unit_test(test_values),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
