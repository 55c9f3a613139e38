// SPDX-License-Identifier: GPL-2.0-only
/*
 * What get and cursors see: the server's rows, and within an update its own
 */
#include "script.h"
#include "unit.h"

static void expect_rows(struct oc_cursor *cursor, const int64_t *rowids)
{
	struct row row;
	int64_t rowid;

	for (; *rowids; rowids++) {
		rowid = oc_cursor_next(cursor, &row, sizeof(row));
		assert_int_equal(rowid, *rowids);
		assert_int_equal(row.value, rowid < 10 ? -rowid : rowid);
	}
	assert_int_equal(oc_cursor_next(cursor, &row, sizeof(row)), 0);
}

static void store(int n)
{
	for (int i = 0; i < n; i++)
		script.stored[i] = i + 1;
	script.stored[n] = 0;
}

static void test_own_rows(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 42, .text_length = 1, .text = "x" }, got;

	start(f);
	oc_db_insert(&f->db, 0, &row, sizeof(row));
	memset(&got, 0xcc, sizeof(got));
	assert_status(oc_db_get(&f->db, 0, 10, &got, sizeof(got)), OC_OK);
	assert_memory_equal(&got, &row, sizeof(row));
	assert_int_equal(script.nops, 3);	/* no message for it */
	assert_status(oc_db_get(&f->db, 0, 9, &got, sizeof(got)), OC_OK);
	assert_int_equal(got.value, 4711);
	assert_status(oc_db_get(&f->db, 0, 0, &got, sizeof(got)), OC_ENOTFOUND);
	assert_status(oc_db_get(&f->db, 0, 9, &got, 8), OC_EROWSIZE);
	assert_status(oc_db_rollback(&f->db), OC_OK);
	assert_status(oc_db_get(&f->db, 0, 10, &got, sizeof(got)), OC_OK);
	assert_int_equal(got.value, 4711);
}

static void test_cursor(void **state)
{
	static const int64_t five[] = { 1, 2, 3, 4, 5, 0 }, none[] = { 0 };
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row;

	store(5);
	assert_status(open_db(f), OC_OK);
	assert_status(oc_cursor_open(&cursor, &f->db, 2), OC_ENOTABLE);
	assert_status(oc_cursor_open(&cursor, &f->db, 0), OC_OK);
	assert_status(oc_cursor_next(&cursor, &row, 8), OC_EROWSIZE);
	expect_rows(&cursor, five);
	expect_rows(&cursor, none);
	store(6);	/* committed by somebody meanwhile: the cursor goes on */
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 6);
}

static void test_cursors_share_the_batch(void **state)
{
	struct fixture *f = *state;
	struct oc_cursor a, b;
	struct row row;

	store(5);
	assert_status(open_db(f), OC_OK);
	oc_cursor_open(&a, &f->db, 0);
	oc_cursor_open(&b, &f->db, 0);
	for (int64_t i = 1; i <= 5; i++) {
		assert_int_equal(oc_cursor_next(&a, &row, sizeof(row)), i);
		assert_int_equal(oc_cursor_next(&b, &row, sizeof(row)), i);
		assert_int_equal(row.value, -i);
	}
	assert_int_equal(oc_cursor_next(&a, &row, sizeof(row)), 0);
	assert_int_equal(oc_cursor_next(&b, &row, sizeof(row)), 0);
}

static void test_cursor_sees_own_rows(void **state)
{
	static const int64_t all[] = { 1, 2, 3, 10, 11, 0 }, more[] = { 12, 0 };
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row;

	store(3);
	start(f);
	insert_own(f, 2);
	oc_cursor_open(&cursor, &f->db, 0);
	expect_rows(&cursor, all);
	insert_own(f, 1);
	expect_rows(&cursor, more);
	assert_status(oc_db_end(&f->db), OC_OK);
	script.stored[3] = 13;
	script.stored[4] = 0;
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 13);
}

/* Another program took rowid 10: within the transaction, our own row counts. */
static void test_cursor_hides_conflicting_rows(void **state)
{
	static const int64_t all[] = { 1, 10, 0 };
	struct fixture *f = *state;
	struct oc_cursor cursor;

	script.stored[0] = 1;
	script.stored[1] = 10;
	script.stored[2] = 11;
	start(f);
	insert_own(f, 1);
	oc_cursor_open(&cursor, &f->db, 0);
	expect_rows(&cursor, all);
}

static void test_rowids_that_go_back(void **state)
{
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row;

	script.stored[0] = 5;
	script.stored[1] = 5;
	assert_status(open_db(f), OC_OK);
	oc_cursor_open(&cursor, &f->db, 0);
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 5);
	assert_status(oc_cursor_next(&cursor, &row, sizeof(row)), OC_EPROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPT_TEST(test_own_rows),
		SCRIPT_TEST(test_cursor),
		SCRIPT_TEST(test_cursors_share_the_batch),
		SCRIPT_TEST(test_cursor_sees_own_rows),
		SCRIPT_TEST(test_cursor_hides_conflicting_rows),
		SCRIPT_TEST(test_rowids_that_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
