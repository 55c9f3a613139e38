// SPDX-License-Identifier: GPL-2.0-only
/*
 * oc_db_sql() with a server that answers what the test tells it to: batches, and the
 * callback's ways out
 */
#include "db_sql_fixture.h"

static void test_batches(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .rows = 0 };

	server.batches[0] = one_two;
	server.batches[1] = one_two;
	server.batches[2] = three;
	assert_status(open_db(f), OC_OK);
	assert_status(run(f, &seen), OC_OK);
	assert_status(oc_db_error(&f->db)->status, OC_OK);
	assert_int_equal(seen.rows, 5);
	assert_int_equal(seen.integers[0], 11);
	assert_int_equal(seen.integers[3], 12);
	assert_int_equal(seen.integers[4], 13);
	assert_string_equal(server.text, SELECT);
	assert_int_equal(server.length, sizeof(struct oc_msg) + sizeof(struct oc_sql_request) + 8);
	assert_int_equal(server.nasked, 2);
	assert_int_equal(server.asked[0], STATEMENT);
	assert_int_equal(server.asked[1], STATEMENT);
	assert_int_equal(server.ended, 0);
}

static int take_types(void *ctx, const struct oc_sql_row *row)
{
	const struct oc_sql_value *v = row->values;

	assert_int_equal(row->ncolumns, 5);
	assert_int_equal(v->type, OC_SQL_NULL);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_INTEGER);
	assert_true(oc_sql_integer(v) == INT64_MIN);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_REAL);
	assert_true(oc_sql_real(v) == -2.0);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_TEXT);
	assert_int_equal(v->length, 9);
	assert_memory_equal(oc_sql_bytes(v), "ninebytes", 9);
	v = oc_sql_next_value(v);
	assert_int_equal(v->type, OC_SQL_BLOB);
	assert_int_equal(v->length, 0);
	++*(int *)ctx;
	return 0;
}

static void test_types(void **state)
{
	struct fixture *f = *state;
	int rows = 0;

	server.batches[0] = (struct batch) {
		.ncolumns = 5, .nrows = 1, .nwords = 18,
		.values = {
			OC_SQL_NULL, 0, OC_SQL_INTEGER, 8, 0, 0x80000000,
			OC_SQL_REAL, 8, 0, 0xc0000000, OC_SQL_TEXT, 9, 0, 0, 0, 0, OC_SQL_BLOB, 0,
		},
	};
	memcpy(&server.batches[0].values[12], "ninebytes", 9);
	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_sql(&f->db, "x", 1, take_types, &rows), OC_OK);
	assert_int_equal(rows, 1);
}

static void test_no_rows(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .rows = 0 };

	server.batches[0] = (struct batch) { .ncolumns = 3 };
	assert_status(open_db(f), OC_OK);
	assert_status(run(f, &seen), OC_OK);
	server.batches[1] = (struct batch) { .ncolumns = 0 };
	assert_status(run(f, &seen), OC_OK);
	assert_int_equal(seen.rows, 0);
}

/* --- ways out ------------------------------------------------------------------------- */

static void test_callback_ends_it(void **state)
{
	static const int values[] = { -5, 5 };
	struct fixture *f = *state;

	assert_status(open_db(f), OC_OK);
	server.batches[0] = one_two;
	server.batches[1] = three;
	for (unsigned int i = 0; i < 2; i++) {
		struct seen seen = { .at = 1, .result = values[i] };

		server.next = 0;
		server.ended = 0;
		assert_status(run(f, &seen), values[i]);
		assert_status(oc_db_error(&f->db)->status, values[i]);
		assert_int_equal(seen.rows, 1);
		assert_int_equal(server.ended, STATEMENT);
		assert_int_equal(server.nasked, 0);
	}
	/* In the last batch there is nothing to end. */
	struct seen seen = { .at = 3, .result = 7 };

	server.next = 0;
	server.ended = 0;
	assert_status(run(f, &seen), 7);
	assert_int_equal(seen.rows, 3);
	assert_int_equal(server.ended, 0);
	assert_status(oc_db_close(&f->db), OC_OK);
}

static int call_all(void *ctx, const struct oc_sql_row *row)
{
	static const uint32_t one[] = { 0 };
	struct fixture *f = ((struct seen *)ctx)->f;
	struct oc_cursor cursor;
	struct row r;

	assert_status(oc_db_get(&f->db, 0, 1, &r, sizeof(r)), OC_EINVAL);
	assert_status(oc_cursor_open(&cursor, &f->db, 0), OC_EINVAL);
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_EINVAL);
	assert_status(oc_db_sql(&f->db, "x", 1, take_row, ctx), OC_EINVAL);
	return take_row(ctx, row);
}

static void test_callback_calls(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .f = f };
	struct row row;
	uint32_t nops;

	server.batches[0] = one_two;
	server.batches[1] = three;
	assert_status(open_db(f), OC_OK);
	nops = script.nops;
	assert_status(oc_db_sql(&f->db, "x", 1, call_all, &seen), OC_OK);
	assert_int_equal(seen.rows, 3);
	assert_int_equal(script.nops, nops + 2);
	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_OK);
}

static int close_it(void *ctx, const struct oc_sql_row *row)
{
	struct fixture *f = ((struct seen *)ctx)->f;

	assert_status(oc_db_close(&f->db), OC_EINVAL);
	return take_row(ctx, row);
}

static void test_callback_closes(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .f = f };

	server.batches[0] = one_two;
	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_sql(&f->db, "x", 1, close_it, &seen), OC_ENOTOPEN);
	assert_int_equal(seen.rows, 1);
	assert_int_equal(server.nasked, 0);
	assert_status(open_db(f), OC_OK);
}

/* --- refused -------------------------------------------------------------------------- */

static void test_refused_here(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .rows = 0 };
	char long_text[sizeof(f->mem)];
	uint32_t nops;

	memset(long_text, ' ', sizeof(long_text));
	assert_status(oc_db_sql(&f->db, "x", 1, take_row, &seen), OC_ENOTOPEN);
	start(f);
	nops = script.nops;
	assert_status(run(f, &seen), OC_ETRACTIVE);
	assert_status(oc_db_rollback(&f->db), OC_OK);
	assert_status(oc_db_sql(&f->db, "", 0, take_row, &seen), OC_EINVAL);
	assert_status(oc_db_sql(&f->db, long_text, f->db.cache_size - 39, take_row, &seen),
		      OC_ENOMEM);
	assert_status(oc_db_sql(&f->db, long_text, UINT32_MAX, take_row, &seen), OC_ENOMEM);
	assert_int_equal(script.nops, nops + 1);
	assert_int_equal(seen.rows, 0);
}

static void test_longest_text(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .rows = 0 };
	static const char text[] = "0123456789012345678901234567890123456789";

	assert_status(open_db(f), OC_OK);
	f->db.cache_size = sizeof(struct oc_msg) + sizeof(struct oc_sql_request) + 40;
	memset(f->db.cache + f->db.cache_size, 0xcc, 8);
	assert_status(oc_db_sql(&f->db, text, 40, take_row, &seen), OC_OK);
	assert_string_equal(server.text, text);
	assert_int_equal(f->db.cache[f->db.cache_size], 0xcc);
}

static void test_refused_there(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .rows = 0 };
	const struct oc_db_error *error = oc_db_error(&f->db);

	script.status[OC_OP_SQL] = OC_ESQL;
	assert_status(open_db(f), OC_OK);
	assert_status(run(f, &seen), OC_ESQL);
	assert_int_equal(error->text_length, 5);
	assert_memory_equal(error->text, "two.v", 5);
	assert_int_equal(seen.rows, 0);
	/* Half-way: what came before is good, and nothing is to be ended. */
	script.status[OC_OP_SQL] = OC_OK;
	script.status[OC_OP_SQL_NEXT] = OC_ETOOBIG;
	server.batches[0] = one_two;
	assert_status(run(f, &seen), OC_ETOOBIG);
	assert_int_equal(seen.rows, 2);
	assert_int_equal(server.ended, 0);
	assert_status(oc_db_close(&f->db), OC_OK);
}

/* Taken back, or nobody knows: the session goes on, and no transaction is looked for. */
static void test_timeout(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .rows = 0 };

	for (int i = 0; i < 3; i++)	/* also of the one that is taken back too late */
		server.batches[i] = three;
	assert_status(open_db(f), OC_OK);
	f->pair->slow = true;
	assert_status(run(f, &seen), OC_ECANCELLED);
	f->pair->slow = false;
	f->pair->mute = true;
	assert_status(run(f, &seen), OC_ETIMEOUT);
	f->pair->mute = false;
	assert_int_equal(f->db.state, 1);	/* open, and not unsure */
	server.next = 0;
	assert_status(run(f, &seen), OC_OK);
	assert_int_equal(seen.rows, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SQL_TEST(test_batches),
		SQL_TEST(test_types),
		SQL_TEST(test_no_rows),
		SQL_TEST(test_callback_ends_it),
		SQL_TEST(test_callback_calls),
		SQL_TEST(test_callback_closes),
		SQL_TEST(test_refused_here),
		SQL_TEST(test_longest_text),
		SQL_TEST(test_refused_there),
		SQL_TEST(test_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
