// SPDX-License-Identifier: GPL-2.0-only
/*
 * SQL as tfsd answers it: rows, batches, and what it refuses
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <oc/db.h>

#include "sql_fixture.h"

static void test_types(void **state)
{
	struct sql *s = *state;
	const struct oc_sql_value *v;

	assert_status(sql(s, "SELECT NULL, -9223372036854775808, 2.5, 'ten bytes.', x'00ff', '', "
			  "zeroblob(0), 1.0 / 0, char(0, 97)"), OC_OK);
	assert_int_equal(batch(s)->statement, 0);
	assert_int_equal(batch(s)->ncolumns, 9);
	assert_int_equal(batch(s)->nrows, 1);
	v = first_value(s);
	assert_int_equal(v->type, OC_SQL_NULL);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_INTEGER);
	assert_true(oc_sql_integer(v) == INT64_MIN);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_REAL);
	assert_true(oc_sql_real(v) == 2.5);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_TEXT);
	assert_int_equal(v->length, 10);
	assert_memory_equal(oc_sql_bytes(v), "ten bytes.\0\0\0\0\0\0", 16);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_BLOB);
	assert_int_equal(v->length, 2);
	assert_memory_equal(oc_sql_bytes(v), "\0\xff", 2);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_TEXT);
	assert_int_equal(v->length, 0);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_BLOB);
	assert_int_equal(v->length, 0);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_NULL);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_TEXT);
	assert_int_equal(v->length, 2);
	v = oc_sql_next_value(v);
	assert_ptr_equal((const uint8_t *)v, (const uint8_t *)s->d->response +
			 s->d->response->length);
	await_statements(s, 0);
}

/* As many rows as fit, each once, in order. */
static void test_batches(void **state)
{
	struct sql *s = *state;
	const struct oc_sql_value *v;
	unsigned int rows = 0, batches = 0;
	uint32_t statement = 0;

	assert_status(sql(s, ROWS(2000)), OC_OK);
	for (;;) {
		batches++;
		v = first_value(s);
		for (uint32_t i = 0; i < batch(s)->nrows; i++, v = oc_sql_next_value(v))
			assert_int_equal(oc_sql_integer(v), ++rows);
		if (!batch(s)->statement)
			break;
		assert_true(!statement || statement == batch(s)->statement);
		statement = batch(s)->statement;
		assert_status(sql_next(s, statement), OC_OK);
	}
	assert_int_equal(rows, 2000);
	assert_true(batches >= 2000 * 16 / TFSD_MAX_MESSAGE + 1);
	assert_status(sql_next(s, statement), OC_ENOSTATEMENT);
	await_statements(s, 0);
}

static void test_no_rows(void **state)
{
	struct sql *s = *state;

	assert_status(sql(s, "SELECT 1, 2 WHERE 0"), OC_OK);
	assert_int_equal(batch(s)->nrows, 0);
	assert_int_equal(batch(s)->ncolumns, 2);
	assert_int_equal(batch(s)->statement, 0);
	assert_int_equal(response_size(s->d), sizeof(struct oc_sql_response));
}

/* All batches are of one commit. */
static void test_one_commit(void **state)
{
	struct sql *s = *state;
	unsigned int rows = 0;

	run_sql(s->d, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 1000) "
		"INSERT INTO \"order\" SELECT x, NULL FROM c");
	assert_status(sql(s, "SELECT rowid FROM \"order\""), OC_OK);
	assert_int_not_equal(batch(s)->statement, 0);
	run_sql(s->d, "DELETE FROM \"order\"");
	for (rows = batch(s)->nrows; batch(s)->statement; rows += batch(s)->nrows)
		assert_status(sql_next(s, batch(s)->statement), OC_OK);
	assert_int_equal(rows, 1000);
	assert_status(sql(s, "SELECT count(*) FROM \"order\""), OC_OK);
	assert_int_equal(oc_sql_integer(first_value(s)), 0);
}

/* A batch with a row in it does not wait for the rest. */
static void test_batch_of_slow_rows(void **state)
{
	struct sql *s = *state;

	assert_status(sql(s, "WITH RECURSIVE c(x) AS "
			  "(SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 9) "
			  "SELECT (WITH RECURSIVE e(y) AS (SELECT x UNION ALL SELECT y + 1 FROM e "
			  "LIMIT 300000) SELECT sum(y) FROM e) FROM c"), OC_OK);
	assert_true(batch(s)->nrows >= 1 && batch(s)->nrows < 9);
	assert_status(sql_end(s, batch(s)->statement), OC_OK);
	await_statements(s, 0);
}

/* --- refused -------------------------------------------------------------------------- */

static void test_words(void **state)
{
	static const struct {
		const char *text;
		int status;
		const char *says;
	} all[] = {
		{ "SELEC 1", OC_ESQL, "SELEC" },
		{ "SELECT x FROM nowhere", OC_ESQL, "nowhere" },
		{ " ; -- nothing", OC_ESQL, "no statement" },
		{ "SELECT 1; SELECT 2", OC_ESQL, "more than one" },
		{ "SELECT 1; SELEC", OC_ESQL, "more than one" },
		{ "SELECT ?", OC_ESQL, "parameters" },
		{ "SELECT abs(-9223372036854775808)", OC_ESQL, "overflow" },
		{ "SELECT json('{')", OC_ESQL, "JSON" },
		{ "SELECT zeroblob(100000000)", OC_ESQL, "too big" },
		{ "SELECT load_extension('x')", OC_ESQL, "" },
		{ "ATTACH '/tmp/x' AS x", OC_ESQL, "not allowed" },
		{ "PRAGMA journal_mode = DELETE", OC_ESQL, "not allowed" },
		{ "PRAGMA wal_checkpoint", OC_ESQL, "not allowed" },
		{ "SELECT * FROM pragma_table_info('order')", OC_ESQL, "" },
		{ "BEGIN", OC_ESQL, "not allowed" },
		{ "COMMIT", OC_ESQL, "not allowed" },
		{ "SAVEPOINT x", OC_ESQL, "not allowed" },
		{ "DETACH main", OC_ESQL, "not allowed" },
		{ "INSERT INTO \"order\" VALUES (1, 2)", OC_ENOTRANSACTION, "write" },
		{ "WITH x AS (SELECT 1) INSERT INTO \"order\" SELECT *, 2 FROM x",
		  OC_ENOTRANSACTION, "write" },
		{ "DELETE FROM \"order\"", OC_ENOTRANSACTION, "write" },
		{ "UPDATE \"order\" SET \"group\" = 1 RETURNING 1", OC_ENOTRANSACTION, "write" },
		{ "DROP TABLE \"order\"", OC_ENOTRANSACTION, "write" },
		{ "CREATE TABLE x (y)", OC_ENOTRANSACTION, "write" },
		{ "CREATE TEMP TABLE x (y)", OC_ENOTRANSACTION, "write" },
		{ "CREATE VIRTUAL TABLE x USING fts5(y)", OC_ENOTRANSACTION, "write" },
		{ "ALTER TABLE \"order\" RENAME TO x", OC_ENOTRANSACTION, "write" },
		{ "UPDATE sqlite_schema SET sql = ''", OC_ESQL, "modified" },
		{ "VACUUM", OC_ENOTRANSACTION, "write" },
		{ "ANALYZE", OC_ENOTRANSACTION, "write" },
		{ "REINDEX", OC_ENOTRANSACTION, "write" },
	};
	struct sql *s = *state;

	run_sql(s->d, "INSERT INTO \"order\" VALUES (5, NULL)");
	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int status = sql(s, all[i].text);

		if (status != all[i].status)
			print_message("%s\n", all[i].text);
		assert_status(status, all[i].status);
		expect_text(s, all[i].says);
	}
	await_statements(s, 0);
	assert_int_equal(count_orders(s->d), 1);
	assert_status(sql(s, "SELECT 1 ; -- and nothing\n ; /* more */"), OC_OK);
}

static void test_bodies(void **state)
{
	static const struct {
		struct oc_sql_request head;
		uint32_t size;
	} all[] = {
		{ { .text_length = 8 }, 8 },		/* no head */
		{ { .text_length = 0 }, 16 },
		{ { .text_length = 8 }, 16 },		/* no text */
		{ { .text_length = 8 }, 32 },		/* bytes behind it */
		{ { .text_length = 9 }, 24 },
		{ { .text_length = UINT32_MAX }, 24 },
		{ { .text_length = UINT32_MAX - 6 }, 24 },
		{ { .text_length = 8, .flags = 1 }, 24 },
		{ { .text_length = 8, .nvalues = 1 }, 24 },
		{ { .text_length = 8, .reserved = 1 }, 24 },
	};
	struct sql *s = *state;
	struct oc_sql_next_request next[2] = { { .statement = 1 } };

	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct bytes body = { .n = 0 };

		bytes_put(&body, &all[i].head, sizeof(all[i].head));
		bytes_put(&body, "SELECT 1; /**/  ", 16);
		assert_status(raw(s->d, OC_OP_SQL, s->session, body.at, all[i].size), OC_EPROTOCOL);
	}
	for (uint16_t op = OC_OP_SQL_NEXT; op <= OC_OP_SQL_END; op++) {
		assert_status(raw(s->d, op, s->session, next, 0), OC_EPROTOCOL);
		assert_status(raw(s->d, op, s->session, next, 16), OC_EPROTOCOL);
		assert_status(raw(s->d, op, s->session, next, 8), OC_ENOSTATEMENT);
		next[0].reserved = 1;
		assert_status(raw(s->d, op, s->session, next, 8), OC_EPROTOCOL);
		next[0].reserved = 0;
	}
	assert_int_equal(s->statements.count, 0);
}

static void test_zero_byte(void **state)
{
	struct sql *s = *state;
	const struct oc_sql_request head = { .text_length = 10 };
	struct bytes body = { .n = 0 };

	bytes_put(&body, &head, sizeof(head));
	bytes_put(&body, "SELECT 1\0;", 10);
	assert_status(raw_bytes(s->d, OC_OP_SQL, s->session, &body), OC_ESQL);
	expect_text(s, "zero byte");
}

static void test_in_an_update(void **state)
{
	struct sql *s = *state;

	assert_status(start_one(s->d, s->session, ORDER), OC_OK);
	assert_status(sql(s, "SELECT 1"), OC_ETRACTIVE);
	assert_status(raw(s->d, OC_OP_ROLLBACK, s->session, "", 0), OC_OK);
	assert_status(sql(s, "SELECT 1"), OC_OK);
}

static void test_without_database(void **state)
{
	struct sql *s = *state;

	assert_status(sql_of(s, log_in(s->d, 256), "SELECT 1"), OC_ENOTOPEN);
	assert_status(sql_of(s, 0x7fffffff, "SELECT 1"), OC_ENOSESSION);
}

/* It goes to the next batch; where it would be the first, it is refused. */
static void test_row_too_big(void **state)
{
	struct sql *s = *state;
	uint32_t statement;

	assert_status(sql(s, "SELECT 1 UNION ALL SELECT zeroblob(8144)"), OC_OK);
	assert_int_equal(batch(s)->nrows, 1);
	assert_status(sql_next(s, batch(s)->statement), OC_OK);
	assert_int_equal(batch(s)->nrows, 1);
	assert_int_equal(s->d->response->length, TFSD_MAX_MESSAGE);
	assert_status(sql(s, "SELECT zeroblob(8145)"), OC_ETOOBIG);
	expect_text(s, "8160 bytes, where 8152");
	assert_status(sql(s, "SELECT 1 UNION ALL SELECT zeroblob(9000)"), OC_OK);
	statement = batch(s)->statement;
	assert_status(sql_next(s, statement), OC_ETOOBIG);
	assert_status(sql_next(s, statement), OC_ENOSTATEMENT);
	await_statements(s, 0);
}

/* --- which statement ------------------------------------------------------------------ */

static void test_numbers(void **state)
{
	struct sql *s = *state;
	uint32_t first, second;

	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	first = batch(s)->statement;
	assert_int_not_equal(first, 0);
	assert_status(sql_next(s, first + 1), OC_ENOSTATEMENT);
	assert_status(sql_end(s, first + 1), OC_ENOSTATEMENT);
	assert_status(sql_next(s, first), OC_OK);
	/* Another one ends it. */
	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	second = batch(s)->statement;
	assert_int_not_equal(second, first);
	assert_status(sql_next(s, first), OC_ENOSTATEMENT);
	assert_status(sql_next(s, second), OC_OK);
	assert_status(sql_end(s, second), OC_OK);
	assert_int_equal(response_size(s->d), 0);
	assert_status(sql_end(s, second), OC_ENOSTATEMENT);
	await_statements(s, 0);
}

static void test_of_another_session(void **state)
{
	struct sql *s = *state;
	uint32_t mine = s->session, statement;

	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	statement = batch(s)->statement;
	s->session = log_in_and_open(s->d);
	assert_status(sql_next(s, statement), OC_ENOSTATEMENT);
	s->session = mine;
	assert_status(sql_next(s, statement), OC_OK);
}

static void test_limit(void **state)
{
	struct sql *s = *state;
	uint32_t other;

	s->statements.max = 1;
	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	other = log_in_and_open(s->d);
	assert_status(sql_of(s, other, "SELECT 1"), OC_ELIMIT);
	expect_text(s, "1 statements");
	assert_int_equal(s->statements.count, 1);
	assert_status(raw(s->d, OC_OP_CLOSE, s->session, "", 0), OC_OK);
	await_statements(s, 0);
	assert_status(sql_of(s, other, "SELECT 1"), OC_OK);
}

/* Nobody asks: it does not keep the log from beginning anew for ever. */
static void test_idle(void **state)
{
	struct sql *s = *state;
	struct statement *st;
	uint32_t number;

	s->statements.idle_ns = 1000000;
	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	number = batch(s)->statement;
	st = find_session(s->d, s->session)->statement;
	while (job_pending(&st->job))
		usleep(100);
	assert_null(st->sql);
	assert_true(channel_finished(&s->d->channel));
	assert_status(sql_next(s, number), OC_ENOSTATEMENT);
	expect_text(s, "too long");
	assert_int_equal(s->statements.count, 0);
}

static void test_draining(void **state)
{
	struct sql *s = *state;
	uint32_t number;

	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	number = batch(s)->statement;
	channel_drain(&s->d->channel);
	assert_status(sql_next(s, number), OC_OK);	/* what runs may finish */
	assert_status(sql(s, "SELECT 1"), OC_ESHUTDOWN);
	assert_false(channel_finished(&s->d->channel));
	assert_status(sql_next(s, number), OC_OK);
	assert_status(sql_end(s, number), OC_OK);
	assert_true(channel_finished(&s->d->channel));
}

static void test_ends_with_session(void **state)
{
	struct sql *s = *state;

	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	assert_status(raw(s->d, OC_OP_LOGOUT, s->session, "", 0), OC_OK);
	await_statements(s, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SQL_TEST(test_types),
		SQL_TEST(test_batches),
		SQL_TEST(test_no_rows),
		SQL_TEST(test_one_commit),
		SQL_TEST(test_batch_of_slow_rows),
		SQL_TEST(test_words),
		SQL_TEST(test_bodies),
		SQL_TEST(test_zero_byte),
		SQL_TEST(test_in_an_update),
		SQL_TEST(test_without_database),
		SQL_TEST(test_row_too_big),
		SQL_TEST(test_numbers),
		SQL_TEST(test_of_another_session),
		SQL_TEST(test_limit),
		SQL_TEST(test_idle),
		SQL_TEST(test_draining),
		SQL_TEST(test_ends_with_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
