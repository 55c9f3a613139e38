// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator takes back or ends while tfsd works, and what the client sees
 */
#include "../../tools/tfsd/order.h"
#include "tfsd_fixture.h"

static void send(struct tfsd *d, uint16_t op, uint32_t session, const void *body, uint32_t size)
{
	memset(d->request, 0, TFSD_MAX_MESSAGE);
	*d->request = (struct oc_msg) {
		.length = sizeof(struct oc_msg) + oc_pad8(size), .op = op, .session = session,
	};
	memcpy(d->request + 1, body, size);
	assert_status(oc_channel_start(&d->client, d->request, d->response,
				       2 * TFSD_MAX_MESSAGE), OC_OK);
	assert_status(oc_channel_poll(&d->client), OC_PENDING);
}

static int finish(struct tfsd *d)
{
	int status = OC_PENDING;

	for (unsigned int i = 0; status == OC_PENDING && i < 1000; i++) {
		channel_turn(&d->channel);
		status = oc_channel_poll(&d->client);
	}
	return status == OC_OK ? d->response->status : status;
}

static struct activity_session *record(struct tfsd *d, uint32_t id)
{
	return find_session(d, id)->activity;
}

static void give(struct tfsd *d, enum order what, uint32_t id)
{
	struct activity_request request;

	activity_channel_read(&d->channel.activity, &request);
	order_give(record(d, id), what, id, request.serial);
}

static void expect_wait(const struct tfsd *d, uint32_t session, uint16_t op,
			enum activity_wait wait)
{
	struct activity_request request;

	activity_channel_read(&d->channel.activity, &request);
	assert_true(request.active);
	assert_int_equal(request.session, session);
	assert_int_equal(request.op, op);
	assert_int_equal(request.wait, wait);
}

/* An END with one row, which another program's lock keeps from being answered. */
static uint32_t wait_in_end(struct tfsd *d)
{
	uint32_t session = log_in_and_open(d);
	struct bytes end;

	assert_status(start_one(d, session, ORDER), OC_OK);
	lock_file(d);
	put_end(&end, 1);
	put_order(&end, 1);
	send(d, OC_OP_END, session, end.at, end.n);
	channel_turn(&d->channel);
	expect_wait(d, session, OC_OP_END, ACTIVITY_FILE_LOCK);
	return session;
}

static void test_cancel(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = wait_in_end(d);
	struct bytes end;

	give(d, ORDER_CANCEL, session);
	assert_status(finish(d), OC_ECANCELLED);
	expect_error_about(d, OC_NONE, OC_NONE);
	assert_int_equal(d->channel.counters.cancelled, 1);
	assert_true(find_session(d, session)->updating);
	unlock_file(d);
	put_end(&end, 1);
	put_order(&end, 1);
	assert_status(raw_bytes(d, OC_OP_END, session, &end), OC_OK);
	assert_int_equal(count_orders(d), 1);
}

static void test_cancel_of_nothing(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	give(d, ORDER_CANCEL, session);
	channel_obey(&d->channel);
	assert_status(start_one(d, session, ORDER), OC_OK);
	give(d, ORDER_CANCEL, session);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_OK);
	assert_int_equal(d->channel.counters.cancelled, 0);
}

static void test_kill_in_a_request(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = wait_in_end(d);
	uint32_t other;

	give(d, ORDER_KILL, session);
	assert_status(finish(d), OC_ENOSESSION);
	expect_error_about(d, OC_NONE, OC_NONE);
	assert_int_equal(d->response->session, session);
	assert_null(find_session(d, session));
	unlock_file(d);
	assert_int_equal(count_orders(d), 0);
	assert_int_equal(d->channel.counters.rollbacks, 1);
	/* Its lock is free. */
	other = log_in_and_open(d);
	assert_status(start_one(d, other, ORDER), OC_OK);
}

static void test_kill_between_requests(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d), other = log_in_and_open(d);
	struct activity_session *killed = record(d, session), copy;

	assert_status(start_one(d, session, ORDER), OC_OK);
	give(d, ORDER_KILL, session);
	channel_obey(&d->channel);
	assert_null(find_session(d, session));
	assert_false(activity_session_read(killed, &copy));
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_ENOSESSION);
	assert_non_null(find_session(d, other));
	assert_status(start_one(d, other, ORDER), OC_OK);
}

/* While another session of the channel has a request that waits. */
static void test_kill_beside_a_request(void **state)
{
	struct tfsd *d = *state;
	uint32_t bystander = log_in_and_open(d);
	uint32_t session = wait_in_end(d);

	give(d, ORDER_KILL, bystander);
	channel_obey(&d->channel);
	assert_null(find_session(d, bystander));
	expect_wait(d, session, OC_OP_END, ACTIVITY_FILE_LOCK);
	unlock_file(d);
	assert_status(finish(d), OC_OK);
	assert_int_equal(count_orders(d), 1);
}

/* The client gets what was answered before, and its session is gone. */
static void test_kill_while_the_response_leaves(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	const struct oc_start_update_request head = { .nwrite = 1 };
	const uint32_t table = ORDER;
	struct bytes body = { .n = 0 };

	oc_server_set_max_packet(&d->channel.server, 24);
	bytes_put(&body, &head, sizeof(head));
	bytes_put(&body, &table, sizeof(table));
	send(d, OC_OP_START_UPDATE, session, body.at, body.n);
	for (unsigned int i = 0; i < 5; i++)
		channel_turn(&d->channel);
	expect_wait(d, session, OC_OP_START_UPDATE, ACTIVITY_CLIENT_WRITE);
	give(d, ORDER_KILL, session);
	channel_obey(&d->channel);
	assert_null(find_session(d, session));
	assert_status(finish(d), OC_OK);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_ENOSESSION);
}

/* The same, and the client takes the request back: there is nothing left to undo. */
static void test_kill_then_cut(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	const struct oc_start_update_request head = { .nwrite = 1 };
	const uint32_t table = ORDER;
	struct bytes body = { .n = 0 };
	int status;

	oc_server_set_max_packet(&d->channel.server, 24);
	bytes_put(&body, &head, sizeof(head));
	bytes_put(&body, &table, sizeof(table));
	send(d, OC_OP_START_UPDATE, session, body.at, body.n);
	for (unsigned int i = 0; i < 5; i++)
		channel_turn(&d->channel);
	give(d, ORDER_KILL, session);
	channel_obey(&d->channel);
	status = oc_channel_cancel(&d->client);
	for (unsigned int i = 0; status == OC_PENDING && i < 1000; i++) {
		channel_turn(&d->channel);
		status = oc_channel_poll(&d->client);
	}
	assert_status(status, OC_ECANCELLED);
	assert_null(find_session(d, session));
}

static void test_kill_at_its_logout(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	give(d, ORDER_KILL, session);
	assert_status(raw(d, OC_OP_LOGOUT, session, "", 0), OC_ENOSESSION);
	assert_null(find_session(d, session));
}

/* Why a start is refused is what the session waits for. */
static void test_a_locked_table(void **state)
{
	struct tfsd *d = *state;
	uint32_t holder = log_in_and_open(d), session = log_in_and_open(d);
	struct activity_session copy;

	assert_status(start_one(d, holder, ORDER), OC_OK);
	assert_status(start_one(d, session, ORDER), OC_EUNAVAILABLE);
	assert_true(activity_session_read(record(d, session), &copy));
	assert_int_equal(copy.wait, ACTIVITY_TABLE_LOCK);
	assert_int_equal(copy.transaction_ms, 0);
	assert_string_equal(copy.database, "kinds");
	assert_true(activity_session_read(record(d, holder), &copy));
	assert_int_equal(copy.wait, ACTIVITY_CLIENT_READ);
	assert_int_not_equal(copy.transaction_ms, 0);
	assert_status(raw(d, OC_OP_ROLLBACK, holder, "", 0), OC_OK);
	assert_true(activity_session_read(record(d, holder), &copy));
	assert_int_equal(copy.transaction_ms, 0);
	assert_status(raw(d, OC_OP_CLOSE, holder, "", 0), OC_OK);
	assert_true(activity_session_read(record(d, holder), &copy));
	assert_null(copy.database);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TFSD_TEST(test_cancel),
		TFSD_TEST(test_cancel_of_nothing),
		TFSD_TEST(test_kill_in_a_request),
		TFSD_TEST(test_kill_between_requests),
		TFSD_TEST(test_kill_beside_a_request),
		TFSD_TEST(test_kill_while_the_response_leaves),
		TFSD_TEST(test_kill_then_cut),
		TFSD_TEST(test_kill_at_its_logout),
		TFSD_TEST(test_a_locked_table),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
