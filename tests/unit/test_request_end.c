// SPDX-License-Identifier: GPL-2.0-only
/*
 * END: changes that are refused as a whole, and when an answer may go
 */
#include <linux/tfs_shm_poll.h>

#include "tfsd_fixture.h"

/* What the store says of a commit is the test's; how often it was asked. */
static int durable = OC_OK;
static unsigned int asked;

int __wrap_store_durable(struct store_conn *conn, uint64_t ticket);

int __wrap_store_durable(struct store_conn *conn, uint64_t ticket)
{
	(void)conn;
	assert_true(ticket > 0);
	asked++;
	return durable;
}

static int one_order(struct tfsd *d, uint32_t session)
{
	struct bytes end;

	put_end(&end, 1);
	put_order(&end, first_rowid(d, 0));
	return raw_bytes(d, OC_OP_END, session, &end);
}

/*
 * After START_UPDATE: the END is refused for this change, which ends the transaction;
 * nothing is stored, and the locks are free.
 */
static void expect_refused_end(struct tfsd *d, uint32_t session, const struct bytes *end,
			       int status, uint32_t index, uint32_t table)
{
	static const uint32_t all[] = { KINDS, FLAGS, ORDER };

	assert_status(raw_bytes(d, OC_OP_END, session, end), status);
	expect_error_about(d, index, table);
	assert_int_equal(count_orders(d), 0);
	assert_false(find_session(d, session)->updating);
	assert_status(start(d, session, all, 3, 3), OC_OK);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_OK);
}

static void test_table_that_is_only_read(void **state)
{
	static const uint32_t tables[] = { FLAGS, ORDER };
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	struct bytes end;

	/* A transaction before leaves the next rowid of the table behind. */
	assert_status(start_one(d, session, ORDER), OC_OK);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_OK);
	put_end(&end, 1);
	put_order(&end, 1);
	assert_status(start(d, session, tables, 1, 2), OC_OK);
	expect_refused_end(d, session, &end, OC_ENOTLOCKED, 0, ORDER);
	assert_status(start_one(d, session, FLAGS), OC_OK);
	expect_refused_end(d, session, &end, OC_ENOTLOCKED, 0, ORDER);
}

static void test_reserved_field_of_a_change(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	struct oc_change *change;
	struct bytes end;

	assert_status(start_one(d, session, ORDER), OC_OK);
	put_end(&end, 2);
	put_order(&end, 1);
	change = (struct oc_change *)(end.at + end.n);
	put_order(&end, 2);
	change->reserved = 1;
	expect_refused_end(d, session, &end, OC_EPROTOCOL, 1, OC_NONE);
}

/* The last number of all is not used, so that there is always a next one. */
static void test_last_rowid(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	struct bytes end;

	run_sql(d, "INSERT INTO \"order\" (id) VALUES (9223372036854775805)");
	assert_status(start_one(d, session, ORDER), OC_OK);
	assert_int_equal(first_rowid(d, 0), INT64_MAX - 1);
	put_end(&end, 2);
	put_order(&end, INT64_MAX - 1);
	put_order(&end, INT64_MAX);
	assert_status(raw_bytes(d, OC_OP_END, session, &end), OC_EFULL);
	expect_error_about(d, 1, ORDER);
	assert_int_equal(count_orders(d), 1);
	assert_false(find_session(d, session)->updating);
	assert_status(start_one(d, session, ORDER), OC_OK);
	assert_status(one_order(d, session), OC_OK);
}

static void test_row_that_is_cut_off(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	struct bytes end;

	for (unsigned int missing = 8; missing <= sizeof(struct kinds_order); missing += 8) {
		assert_status(start_one(d, session, ORDER), OC_OK);
		put_end(&end, 2);
		put_order(&end, 1);
		put_order(&end, 2);
		end.n -= missing;
		expect_refused_end(d, session, &end, OC_EROWSIZE, 1, ORDER);
	}
}

static void test_rollback_with_a_body(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_ENOTRANSACTION);
	assert_status(start_one(d, session, ORDER), OC_OK);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "12345678", 8), OC_EPROTOCOL);
	assert_true(find_session(d, session)->updating);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_OK);
	assert_false(find_session(d, session)->updating);
}

/* --- durability ------------------------------------------------------------------- */

static uint32_t size_from_tfs(const struct tfsd *d)
{
	return ((const struct tfs_shm_poll_header *)d->memory)->size_from_tfs;
}

/* Committed, so that others see it, but not answered before it would survive. */
static void test_full_waits(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d), other = log_in_and_open(d);
	struct bytes end;

	asked = 0;
	durable = OC_PENDING;
	assert_status(start_one(d, session, ORDER), OC_OK);
	put_end(&end, 1);
	put_order(&end, 1);
	*d->request = (struct oc_msg) {
		.length = sizeof(struct oc_msg) + end.n, .op = OC_OP_END, .session = session,
	};
	memcpy(d->request + 1, end.at, end.n);
	assert_status(oc_channel_start(&d->client, d->request, d->response, 64), OC_OK);
	assert_status(oc_channel_poll(&d->client), OC_PENDING);
	for (int i = 0; i < 100; i++)
		channel_turn(&d->channel);
	assert_int_equal(asked, 100);
	assert_int_equal(size_from_tfs(d), 0);
	assert_int_equal(d->channel.request.state, REQUEST_RUN);
	assert_false(channel_quiet(&d->channel));
	assert_int_equal(count_orders(d), 1);

	durable = OC_OK;
	channel_turn(&d->channel);
	assert_int_equal(size_from_tfs(d), sizeof(struct oc_msg));
	assert_status(oc_channel_poll(&d->client), OC_OK);
	assert_status(d->response->status, OC_OK);
	assert_int_equal(count_orders(d), 1);
	assert_status(start_one(d, other, ORDER), OC_OK);
	assert_int_equal(first_rowid(d, 0), 2);
}

static void test_full_tells_of_a_failed_sync(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	durable = OC_EWRITEPANIC;
	assert_status(start_one(d, session, ORDER), OC_OK);
	assert_status(one_order(d, session), OC_EWRITEPANIC);
	assert_false(find_session(d, session)->updating);
	durable = OC_OK;
}

/* Nothing was committed, so there is nothing to wait for. */
static void test_full_without_changes(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	struct bytes end;

	asked = 0;
	durable = OC_PENDING;
	assert_status(start_one(d, session, ORDER), OC_OK);
	put_end(&end, 0);
	assert_status(raw_bytes(d, OC_OP_END, session, &end), OC_OK);
	assert_int_equal(asked, 0);
	durable = OC_OK;
}

static void test_lazy_does_not_wait(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	asked = 0;
	durable = OC_PENDING;
	assert_status(start_one(d, session, ORDER), OC_OK);
	assert_status(one_order(d, session), OC_OK);
	assert_int_equal(asked, 0);
	assert_int_equal(count_orders(d), 1);
	durable = OC_OK;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TFSD_TEST(test_table_that_is_only_read),
		TFSD_TEST(test_reserved_field_of_a_change),
		TFSD_TEST(test_last_rowid),
		TFSD_TEST(test_row_that_is_cut_off),
		TFSD_TEST(test_rollback_with_a_body),
		TFSD_TEST_FULL(test_full_waits),
		TFSD_TEST_FULL(test_full_tells_of_a_failed_sync),
		TFSD_TEST_FULL(test_full_without_changes),
		TFSD_TEST(test_lazy_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
