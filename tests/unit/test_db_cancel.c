// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of a database handle that were taken back, and those that nobody answered
 */
#include "script.h"
#include "unit.h"

static const uint32_t one[] = { 0 };

static void slow(struct fixture *f, bool is_slow)
{
	oc_channel_set_timeout(&f->pair->client, is_slow ? 20 : 1000);
	f->pair->slow = is_slow;
	script.nops = 0;
}

static void silent(struct fixture *f, bool is_silent)
{
	oc_channel_set_timeout(&f->pair->client, is_silent ? 20 : 1000);
	f->pair->mute = is_silent;
	script.nops = 0;
}

static int start_again(struct fixture *f)
{
	return oc_db_start_update(&f->db, one, 1, NULL, 0);
}

/* Nothing is open, and nothing has to be made sure of. */
static void test_open(void **state)
{
	struct fixture *f = *state;

	slow(f, true);
	assert_status(open_db(f), OC_ECANCELLED);
	assert_status(oc_db_error(&f->db)->status, OC_ECANCELLED);
	assert_status(start_again(f), OC_ENOTOPEN);
	slow(f, false);
	assert_status(open_db(f), OC_OK);
	assert_int_equal(script.ops[0], OC_OP_LOGIN);
	assert_int_equal(f->pair->grants, 1);
}

static void test_start(void **state)
{
	struct fixture *f = *state;

	assert_status(open_db(f), OC_OK);
	slow(f, true);
	assert_status(start_again(f), OC_ECANCELLED);
	assert_status(oc_db_end(&f->db), OC_ENOTRANSACTION);
	slow(f, false);
	assert_status(start_again(f), OC_OK);
	assert_int_equal(script.nops, 1);
	assert_int_equal(script.ops[0], OC_OP_START_UPDATE);
}

/* The transaction is as it was: more rows, and another end. */
static void test_end(void **state)
{
	struct fixture *f = *state;

	start(f);
	insert_own(f, 2);
	slow(f, true);
	assert_status(oc_db_end(&f->db), OC_ECANCELLED);
	assert_status(start_again(f), OC_ETRACTIVE);
	assert_status(oc_db_end(&f->db), OC_ECANCELLED);
	slow(f, false);
	insert_own(f, 1);
	assert_status(oc_db_end(&f->db), OC_OK);
	assert_int_equal(script.last_changes, 3);
	assert_status(oc_db_end(&f->db), OC_ENOTRANSACTION);
	assert_int_equal(f->pair->stopped, 2);
}

static void test_end_then_rollback(void **state)
{
	struct fixture *f = *state;

	start(f);
	insert_own(f, 2);
	slow(f, true);
	assert_status(oc_db_end(&f->db), OC_ECANCELLED);
	slow(f, false);
	assert_status(oc_db_rollback(&f->db), OC_OK);
	assert_status(start_again(f), OC_OK);
	assert_status(oc_db_end(&f->db), OC_OK);
	assert_int_equal(script.last_changes, 0);
}

/* The server itself may say so, too. */
static void test_end_by_the_server(void **state)
{
	struct fixture *f = *state;

	start(f);
	insert_own(f, 1);
	script.status[OC_OP_END] = OC_ECANCELLED;
	assert_status(oc_db_end(&f->db), OC_ECANCELLED);
	script.status[OC_OP_END] = OC_OK;
	assert_status(oc_db_end(&f->db), OC_OK);
	assert_int_equal(script.last_changes, 1);
}

/* The locks stand, so the transaction does: it is not over by asking for that alone. */
static void test_rollback(void **state)
{
	struct fixture *f = *state;

	start(f);
	insert_own(f, 2);
	slow(f, true);
	assert_status(oc_db_rollback(&f->db), OC_ECANCELLED);
	assert_status(start_again(f), OC_ETRACTIVE);
	assert_status(oc_db_rollback(&f->db), OC_ECANCELLED);
	slow(f, false);
	assert_status(oc_db_rollback(&f->db), OC_OK);
	assert_int_equal(script.nops, 1);
	assert_int_equal(script.ops[0], OC_OP_ROLLBACK);
	assert_status(oc_db_rollback(&f->db), OC_ENOTRANSACTION);
	assert_status(start_again(f), OC_OK);
	assert_int_equal(script.ops[1], OC_OP_START_UPDATE);
}

/* Nobody answers: here it is over, and the server is told before the next one. */
static void test_rollback_unanswered(void **state)
{
	struct fixture *f = *state;

	start(f);
	silent(f, true);
	assert_status(oc_db_rollback(&f->db), OC_ETIMEOUT);
	assert_status(oc_db_rollback(&f->db), OC_ENOTRANSACTION);
	silent(f, false);
	assert_status(start_again(f), OC_OK);
	assert_int_equal(script.ops[script.nops - 2], OC_OP_ROLLBACK);
	assert_int_equal(script.ops[script.nops - 1], OC_OP_START_UPDATE);
}

/* Reading changes nothing, whether it is taken back or its end is still to come. */
static void test_get(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 17 };

	start(f);
	insert_own(f, 1);
	slow(f, true);
	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_ECANCELLED);
	slow(f, false);
	silent(f, true);
	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_ETIMEOUT);
	assert_int_equal(row.value, 17);
	silent(f, false);
	insert_own(f, 1);
	assert_status(oc_db_end(&f->db), OC_OK);
	assert_int_equal(script.last_changes, 2);
}

static void test_cursor(void **state)
{
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row;

	assert_status(open_db(f), OC_OK);
	memcpy(script.stored, (int64_t[]) { 3, 5, 8, 9 }, 4 * sizeof(int64_t));
	assert_status(oc_cursor_open(&cursor, &f->db, 0), OC_OK);
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 3);
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 5);
	slow(f, true);
	assert_status(oc_cursor_next(&cursor, &row, sizeof(row)), OC_ECANCELLED);
	slow(f, false);
	silent(f, true);
	assert_status(oc_cursor_next(&cursor, &row, sizeof(row)), OC_ETIMEOUT);
	silent(f, false);
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 8);
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 9);
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 0);
}

static void test_close(void **state)
{
	struct fixture *f = *state;

	start(f);
	slow(f, true);
	assert_status(oc_db_close(&f->db), OC_ECANCELLED);
	assert_status(oc_db_close(&f->db), OC_ENOTOPEN);
	slow(f, false);
	assert_status(open_db(f), OC_OK);
	assert_int_equal(f->pair->grants, 1);
}

/* The port ends the wait, and the one for the end as well: nobody knows. */
static void test_abandoned(void **state)
{
	struct fixture *f = *state;

	start(f);
	insert_own(f, 1);
	f->pair->slow = true;
	f->pair->abandon = 1;
	assert_status(oc_db_end(&f->db), OC_EABANDONED);
	assert_status(oc_db_end(&f->db), OC_ENOTRANSACTION);
	f->pair->abandon = 0;
	slow(f, false);
	assert_status(start_again(f), OC_OK);
	assert_int_equal(script.ops[0], OC_OP_ROLLBACK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPT_TEST(test_open),
		SCRIPT_TEST(test_start),
		SCRIPT_TEST(test_end),
		SCRIPT_TEST(test_end_then_rollback),
		SCRIPT_TEST(test_end_by_the_server),
		SCRIPT_TEST(test_rollback),
		SCRIPT_TEST(test_rollback_unanswered),
		SCRIPT_TEST(test_get),
		SCRIPT_TEST(test_cursor),
		SCRIPT_TEST(test_close),
		SCRIPT_TEST(test_abandoned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
