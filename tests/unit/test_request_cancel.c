// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that are taken back while tfsd has them: what stays, and what does not
 */
#include "tfsd_fixture.h"

static int durable = OC_OK;

/* So many looks say no, whatever the client has said; then it counts. */
static unsigned int looks_before;

bool __real_oc_server_cancelled(const struct oc_server *sv);
bool __wrap_oc_server_cancelled(const struct oc_server *sv);

bool __wrap_oc_server_cancelled(const struct oc_server *sv)
{
	if (looks_before) {
		looks_before--;
		return false;
	}
	return __real_oc_server_cancelled(sv);
}

int __wrap_store_durable(struct store_conn *conn, uint64_t ticket);

int __wrap_store_durable(struct store_conn *conn, uint64_t ticket)
{
	(void)conn;
	(void)ticket;
	return durable;
}

/* The request is on its way, and the server has had no turn yet. */
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

static void serve(struct tfsd *d, unsigned int turns)
{
	while (turns--)
		channel_turn(&d->channel);
}

static int finish(struct tfsd *d)
{
	int status = OC_PENDING;

	for (unsigned int i = 0; status == OC_PENDING && i < 1000; i++) {
		serve(d, 1);
		status = oc_channel_poll(&d->client);
	}
	return status;
}

static int cancel(struct tfsd *d)
{
	int status = oc_channel_cancel(&d->client);

	return status == OC_PENDING ? finish(d) : status;
}

static void send_start(struct tfsd *d, uint32_t session)
{
	const struct oc_start_update_request head = { .nwrite = 1 };
	const uint32_t table = ORDER;
	struct bytes body = { .n = 0 };

	bytes_put(&body, &head, sizeof(head));
	bytes_put(&body, &table, sizeof(table));
	send(d, OC_OP_START_UPDATE, session, body.at, body.n);
}

static void send_end(struct tfsd *d, uint32_t session, int64_t rowid)
{
	struct bytes end;

	put_end(&end, 1);
	put_order(&end, rowid);
	send(d, OC_OP_END, session, end.at, end.n);
}

/* Nobody has a lock: another session gets them all. */
static void expect_no_locks(struct tfsd *d)
{
	static const uint32_t all[] = { KINDS, FLAGS, ORDER };
	uint32_t other = log_in_and_open(d);

	assert_status(start(d, other, all, 3, 3), OC_OK);
	assert_status(raw(d, OC_OP_LOGOUT, other, "", 0), OC_OK);
}

static void test_start(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	uint64_t requests = d->channel.counters.requests;

	send_start(d, session);
	assert_status(cancel(d), OC_ECANCELLED);
	assert_int_equal(d->channel.counters.cancelled, 1);
	assert_int_equal(d->channel.counters.requests, requests + 1);
	expect_error_about(d, OC_NONE, OC_NONE);
	assert_int_equal(d->response->session, session);
	assert_false(find_session(d, session)->updating);
	expect_no_locks(d);
	assert_status(start_one(d, session, ORDER), OC_OK);
}

/* The client does not learn which rowids it was given, so it was given none. */
static void test_start_whose_answer_is_cut(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	oc_server_set_max_packet(&d->channel.server, 24);
	send_start(d, session);
	serve(d, 5);
	assert_true(find_session(d, session)->updating);
	assert_status(cancel(d), OC_ECANCELLED);
	assert_int_equal(d->channel.counters.cancelled, 1);
	assert_false(find_session(d, session)->updating);
	oc_server_set_max_packet(&d->channel.server, OC_PACKET_MAX);
	expect_no_locks(d);
}

/* It was refused, because of a transaction that stays. */
static void test_refused_start_whose_answer_is_cut(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	assert_status(start_one(d, session, ORDER), OC_OK);
	oc_server_set_max_packet(&d->channel.server, 24);
	send_start(d, session);
	serve(d, 5);
	assert_status(cancel(d), OC_ECANCELLED);
	assert_true(find_session(d, session)->updating);
	oc_server_set_max_packet(&d->channel.server, OC_PACKET_MAX);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_OK);
}

/* Another program writes, so the END waits; taken back, it may be sent again. */
static void test_end_that_waits_for_another_program(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	int64_t rowid;

	assert_status(start_one(d, session, ORDER), OC_OK);
	rowid = first_rowid(d, 0);
	lock_file(d);
	send_end(d, session, rowid);
	serve(d, 50);
	assert_status(oc_channel_poll(&d->client), OC_PENDING);
	assert_status(cancel(d), OC_ECANCELLED);
	unlock_file(d);
	assert_int_equal(count_orders(d), 0);
	assert_true(find_session(d, session)->updating);
	send_end(d, session, rowid);
	assert_status(finish(d), OC_OK);
	assert_status(d->response->status, OC_OK);
	assert_int_equal(count_orders(d), 1);
	expect_no_locks(d);
}

static void test_end_before_it_began(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	assert_status(start_one(d, session, ORDER), OC_OK);
	send_end(d, session, first_rowid(d, 0));
	assert_status(cancel(d), OC_ECANCELLED);
	assert_int_equal(count_orders(d), 0);
	assert_status(raw(d, OC_OP_ROLLBACK, session, "", 0), OC_OK);
	expect_no_locks(d);
}

/* The store has begun, and looks before it commits. */
static void test_end_before_its_commit(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	int64_t rowid;

	assert_status(start_one(d, session, ORDER), OC_OK);
	rowid = first_rowid(d, 0);
	looks_before = 1;
	send_end(d, session, rowid);
	assert_status(cancel(d), OC_ECANCELLED);
	assert_int_equal(looks_before, 0);
	assert_int_equal(count_orders(d), 0);
	assert_true(find_session(d, session)->updating);
	send_end(d, session, rowid);
	assert_status(finish(d), OC_OK);
	assert_status(d->response->status, OC_OK);
	assert_int_equal(count_orders(d), 1);
}

/* What was committed is answered: the cancel came too late. */
static void test_end_that_waits_for_its_sync(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	assert_status(start_one(d, session, ORDER), OC_OK);
	durable = OC_PENDING;
	send_end(d, session, first_rowid(d, 0));
	serve(d, 20);
	assert_int_equal(count_orders(d), 1);
	assert_status(oc_channel_cancel(&d->client), OC_PENDING);
	serve(d, 20);
	assert_status(oc_channel_poll(&d->client), OC_PENDING);
	durable = OC_OK;
	assert_status(finish(d), OC_OK);
	assert_status(d->response->status, OC_OK);
	assert_int_equal(d->channel.counters.cancelled, 0);
	assert_false(find_session(d, session)->updating);
}

/* The transaction never hears of it. */
static void test_end_that_came_in_part(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	int64_t rowid;
	struct bytes end;

	assert_status(start_one(d, session, ORDER), OC_OK);
	rowid = first_rowid(d, 0);
	put_end(&end, 30);
	for (unsigned int i = 0; i < 30; i++)
		put_order(&end, rowid + i);
	assert_status(oc_channel_set_max_packet(&d->client, OC_PACKET_MIN), OC_OK);
	send(d, OC_OP_END, session, end.at, end.n);
	serve(d, 3);
	assert_status(cancel(d), OC_ECANCELLED);
	assert_int_equal(d->channel.counters.cancelled, 1);
	assert_true(find_session(d, session)->updating);
	assert_status(raw_bytes(d, OC_OP_END, session, &end), OC_OK);
	assert_int_equal(count_orders(d), 30);
}

static void test_read_whose_answer_is_cut(void **state)
{
	const struct oc_read_request read = { .table = ORDER, .max_rows = 100 };
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	run_sql(d, "INSERT INTO \"order\" (id) VALUES (1), (2), (3)");
	oc_server_set_max_packet(&d->channel.server, 24);
	send(d, OC_OP_READ, session, &read, sizeof(read));
	serve(d, 5);
	assert_status(cancel(d), OC_ECANCELLED);
	assert_true(channel_quiet(&d->channel));
	assert_status(raw(d, OC_OP_READ, session, &read, sizeof(read)), OC_OK);
	assert_int_equal(((const struct oc_read_response *)response_at(d))->nrows, 3);
}

/* The session has gone with a LOGOUT that was answered; nothing is undone. */
static void test_logout(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	send(d, OC_OP_LOGOUT, session, "", 0);
	assert_status(cancel(d), OC_ECANCELLED);
	assert_non_null(find_session(d, session));
	send(d, OC_OP_LOGOUT, session, "", 0);
	serve(d, 5);
	assert_status(cancel(d), OC_OK);
	assert_null(find_session(d, session));
}

/* Nobody waits for the answer of a client that has gone: its commit need not be made. */
static void test_detach_while_waiting(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	assert_status(start_one(d, session, ORDER), OC_OK);
	lock_file(d);
	send_end(d, session, first_rowid(d, 0));
	serve(d, 20);
	oc_channel_detach(&d->client);
	serve(d, 20);
	unlock_file(d);
	assert_null(d->channel.sessions);
	assert_status(oc_channel_attach(&d->client, d->memory, &d->port, 0x1001, 20000), OC_OK);
	expect_no_locks(d);
	assert_int_equal(count_orders(d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TFSD_TEST(test_start),
		TFSD_TEST(test_start_whose_answer_is_cut),
		TFSD_TEST(test_refused_start_whose_answer_is_cut),
		TFSD_TEST(test_end_that_waits_for_another_program),
		TFSD_TEST(test_end_before_it_began),
		TFSD_TEST(test_end_before_its_commit),
		TFSD_TEST_FULL(test_end_that_waits_for_its_sync),
		TFSD_TEST(test_end_that_came_in_part),
		TFSD_TEST(test_read_whose_answer_is_cut),
		TFSD_TEST(test_logout),
		TFSD_TEST(test_detach_while_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
