// SPDX-License-Identifier: GPL-2.0-only
/*
 * START_UPDATE: what is refused, and that no lock is left behind by it
 */
#include "tfsd_fixture.h"

/* No transaction runs, and every table can be had. */
static void expect_all_free(struct tfsd *d, uint32_t session)
{
	static const uint32_t all[] = { KINDS, FLAGS, ORDER };

	assert_false(find_session(d, session)->updating);
	assert_status(start(d, session, all, 3, 3), OC_OK);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_OK);
}

static void test_start_in_a_transaction(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d), other = log_in_and_open(d);
	struct bytes end;

	assert_status(start_one(d, session, ORDER), OC_OK);
	assert_status(start_one(d, session, FLAGS), OC_ETRACTIVE);
	assert_status(start_one(d, session, ORDER), OC_ETRACTIVE);
	assert_int_equal(find_session(d, session)->tables[FLAGS].mode, LOCK_NONE);
	assert_int_equal(find_session(d, session)->tables[ORDER].mode, LOCK_WRITE);
	assert_status(start_one(d, other, ORDER), OC_EUNAVAILABLE);
	put_end(&end, 1);
	put_order(&end, 1);
	assert_status(raw_bytes(d, OC_OP_END, session, &end), OC_OK);
	assert_int_equal(count_orders(d), 1);
	expect_all_free(d, other);
}

/* What runs may finish; nothing new begins. */
static void test_start_while_draining(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d), other = log_in_and_open(d);
	struct bytes end;

	assert_status(start_one(d, session, ORDER), OC_OK);
	channel_drain(&d->channel);
	assert_status(start_one(d, other, FLAGS), OC_ESHUTDOWN);
	assert_false(find_session(d, other)->updating);
	assert_int_equal(find_session(d, other)->tables[FLAGS].mode, LOCK_NONE);
	put_end(&end, 1);
	put_order(&end, 1);
	assert_status(raw_bytes(d, OC_OP_END, session, &end), OC_OK);
	assert_int_equal(count_orders(d), 1);
	assert_status(start_one(d, session, ORDER), OC_ESHUTDOWN);
}

static void test_numbers_of_tables(void **state)
{
	static const struct {
		uint32_t nwrite, nread;
		uint32_t size;		/* of the numbers that follow */
	} bad[] = {
		{ 0, 0, 0 }, { 0, 1, 8 }, { 257, 0, 1032 }, { 1, 256, 1032 }, { 256, 1, 1032 },
		{ 0xffffffff, 0, 8 },
		/* The sum is 0, and so is the size. */
		{ 1, 0xffffffff, 0 }, { 2, 0xfffffffe, 0 },
		/* Four times the sum is 0. */
		{ 1, 0x3fffffff, 0 }, { 1, 0, 0 }, { 1, 0, 16 }, { 2, 1, 8 }, { 3, 0, 24 },
	};
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	static const uint32_t numbers[1032 / 4] = { KINDS, FLAGS, ORDER };

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct oc_start_update_request head = {
			.nwrite = bad[i].nwrite, .nread = bad[i].nread,
		};
		struct bytes body = { .n = 0 };

		bytes_put(&body, &head, sizeof(head));
		bytes_put(&body, numbers, bad[i].size);
		assert_status(raw_bytes(d, OC_OP_START_UPDATE, session, &body), OC_EPROTOCOL);
		assert_false(find_session(d, session)->updating);
	}
	assert_status(raw(d, OC_OP_START_UPDATE, session, "", 0), OC_EPROTOCOL);
	expect_all_free(d, session);
}

static void test_tables_that_are_none(void **state)
{
	static const uint32_t none[] = { 3, 255, 256, 0xffffffff };
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	for (unsigned int i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		const uint32_t tables[] = { ORDER, none[i] };

		assert_status(start(d, session, tables, 2, 2), OC_ENOTABLE);
		expect_error_about(d, OC_NONE, none[i]);
		assert_status(start(d, session, tables, 1, 2), OC_ENOTABLE);
		expect_error_about(d, OC_NONE, none[i]);
		expect_all_free(d, session);
	}
}

static void test_table_named_twice(void **state)
{
	static const uint32_t tables[] = { ORDER, FLAGS, ORDER };
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	for (uint32_t nwrite = 1; nwrite <= 3; nwrite++) {
		assert_status(start(d, session, tables, nwrite, 3), OC_EINVAL);
		expect_error_about(d, OC_NONE, ORDER);
		expect_all_free(d, session);
	}
}

/* Two rowids fit the client, three do not; the locks were taken by then. */
static void test_rowids_too_many_for_the_client(void **state)
{
	static const uint32_t all[] = { KINDS, FLAGS, ORDER };
	struct tfsd *d = *state;
	uint32_t session = log_in(d, 40), other = log_in_and_open(d);

	assert_status(open_tables(d, session, all, 3), OC_OK);
	assert_status(start(d, session, all, 3, 3), OC_ETOOBIG);
	assert_int_equal(d->response->length, 40);
	assert_false(find_session(d, session)->updating);
	expect_all_free(d, other);
	assert_status(start(d, session, all, 2, 3), OC_OK);
	assert_int_equal(response_size(d), 16);
}

static void test_no_rowid_left(void **state)
{
	static const uint32_t tables[] = { FLAGS, ORDER };
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d), other = log_in_and_open(d);

	run_sql(d, "INSERT INTO \"order\" (id) VALUES (9223372036854775807)");
	assert_status(start(d, session, tables, 2, 2), OC_EFULL);
	expect_error_about(d, OC_NONE, ORDER);
	assert_false(find_session(d, session)->updating);
	assert_status(start_one(d, other, FLAGS), OC_OK);
	run_sql(d, "DELETE FROM \"order\"");
	assert_status(start_one(d, session, ORDER), OC_OK);
	assert_int_equal(first_rowid(d, 0), 1);
}

/* --- who is in whose way ----------------------------------------------------------- */

static void test_readers_keep_a_writer_out(void **state)
{
	static const uint32_t flags_order[] = { FLAGS, ORDER }, kinds_order[] = { KINDS, ORDER };
	struct tfsd *d = *state;
	uint32_t a = log_in_and_open(d), b = log_in_and_open(d), c = log_in_and_open(d);

	assert_status(start(d, a, flags_order, 1, 2), OC_OK);
	assert_status(start(d, b, kinds_order, 1, 2), OC_OK);
	assert_status(start_one(d, c, ORDER), OC_EUNAVAILABLE);
	expect_error_about(d, OC_NONE, ORDER);
	assert_status(raw(d, OC_OP_ROLLBACK, a, "", 0), OC_OK);
	assert_status(start_one(d, c, ORDER), OC_EUNAVAILABLE);
	assert_status(start_one(d, c, FLAGS), OC_OK);
	assert_status(raw(d, OC_OP_ROLLBACK, c, "", 0), OC_OK);
	assert_status(raw(d, OC_OP_LOGOUT, b, "", 0), OC_OK);
	assert_status(start_one(d, c, ORDER), OC_OK);
}

static void test_a_writer_keeps_readers_out(void **state)
{
	static const uint32_t flags_order[] = { FLAGS, ORDER };
	struct tfsd *d = *state;
	uint32_t a = log_in_and_open(d), b = log_in_and_open(d);

	assert_status(start_one(d, a, ORDER), OC_OK);
	assert_status(start(d, b, flags_order, 1, 2), OC_EUNAVAILABLE);
	expect_error_about(d, OC_NONE, ORDER);
	/* All or none: the other table is not locked either. */
	assert_int_equal(find_session(d, b)->tables[FLAGS].mode, LOCK_NONE);
	assert_status(raw(d, OC_OP_ROLLBACK, a, "", 0), OC_OK);
	expect_all_free(d, a);
	assert_status(start(d, b, flags_order, 1, 2), OC_OK);
}

/* It is told in its own numbers. */
static void test_busy_table_by_the_client_s_number(void **state)
{
	static const uint32_t upside_down[] = { ORDER, FLAGS, KINDS };
	struct tfsd *d = *state;
	uint32_t a = log_in_and_open(d), b = log_in(d, TFSD_MAX_MESSAGE);

	assert_status(open_tables(d, b, upside_down, 3), OC_OK);
	assert_status(start_one(d, a, KINDS), OC_OK);
	assert_status(start_one(d, b, 2), OC_EUNAVAILABLE);
	expect_error_about(d, OC_NONE, 2);
	assert_status(start_one(d, b, 0), OC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TFSD_TEST(test_start_in_a_transaction),
		TFSD_TEST(test_start_while_draining),
		TFSD_TEST(test_numbers_of_tables),
		TFSD_TEST(test_tables_that_are_none),
		TFSD_TEST(test_table_named_twice),
		TFSD_TEST(test_rowids_too_many_for_the_client),
		TFSD_TEST(test_no_rowid_left),
		TFSD_TEST(test_readers_keep_a_writer_out),
		TFSD_TEST(test_a_writer_keeps_readers_out),
		TFSD_TEST(test_busy_table_by_the_client_s_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
