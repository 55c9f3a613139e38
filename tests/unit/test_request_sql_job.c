// SPDX-License-Identifier: GPL-2.0-only
/*
 * While a worker has a statement: the client takes it back, goes, comes again, is killed;
 * and the server stops. Memory and session are left alone until the worker is done.
 */
#include <unistd.h>

#include "../../tools/tfsd/order.h"
#include "sql_fixture.h"

/* All is as it should be for the next one. */
static void expect_clean(struct sql *s)
{
	await_statements(s, 0);
	assert_null(s->d->channel.request.job);
	assert_null(find_session(s->d, s->session)->statement);
	assert_status(sql(s, "SELECT 7"), OC_OK);
	assert_int_equal(batch(s)->nrows, 1);
}

static void test_taken_back(void **state)
{
	struct sql *s = *state;

	send_sql(s, FOREVER);
	await_running(s);
	assert_false(channel_awaits_client(&s->d->channel));
	assert_status(oc_channel_cancel(&s->d->client), OC_PENDING);
	assert_status(finish(s), OC_ECANCELLED);
	expect_clean(s);
}

/* As a client does it. */
static void test_timeout(void **state)
{
	struct sql *s = *state;
	struct tfsd *d = s->d;
	const struct oc_sql_request head = { .text_length = strlen(FOREVER) };
	struct bytes body = { .n = 0 };

	bytes_put(&body, &head, sizeof(head));
	bytes_put(&body, FOREVER, head.text_length);
	memset(d->request, 0, TFSD_MAX_MESSAGE);
	*d->request = (struct oc_msg) {
		.length = sizeof(struct oc_msg) + body.n, .op = OC_OP_SQL, .session = s->session,
	};
	memcpy(d->request + 1, body.at, body.n);
	assert_status(oc_channel_set_timeout(&d->client, 50), OC_OK);
	assert_status(oc_channel_call(&d->client, d->request, d->response, 2 * TFSD_MAX_MESSAGE),
		      OC_ETIMEOUT);
	assert_status(oc_channel_set_timeout(&d->client, 20000), OC_OK);
	expect_clean(s);
	assert_false(oc_channel_draining(&d->client));
}

/* The rows that came before are good; the statement is over. */
static void test_next_is_taken_back(void **state)
{
	struct sql *s = *state;
	uint32_t statement;

	assert_status(sql(s, "SELECT * FROM (" ROWS(1000) ") UNION ALL "
			  "SELECT * FROM (" FOREVER ")"), OC_OK);
	statement = batch(s)->statement;
	assert_in_range(batch(s)->nrows, 1, 999);
	send_next(s, statement);
	await_running(s);
	assert_status(oc_channel_cancel(&s->d->client), OC_PENDING);
	assert_status(finish(s), OC_ECANCELLED);
	await_statements(s, 0);
	assert_status(sql_next(s, statement), OC_ENOSTATEMENT);
	expect_clean(s);
}

/* The only worker is another session's. */
static void busy(struct job *job, struct worker *worker)
{
	(void)job;
	while (!worker_stopped(worker))
		usleep(100);
}

static void occupy(struct sql *s, struct job *job)
{
	*job = (struct job) { .run = busy };
	worker_submit(&s->workers, job);
	while (atomic_load(&job->state) != JOB_RUNNING)
		usleep(100);
}

static void release(struct job *job)
{
	job_cancel(job);
	while (job_pending(job))
		usleep(100);
}

static void test_taken_back_before_it_runs(void **state)
{
	struct sql *s = *state;
	struct job other;

	occupy(s, &other);
	send_sql(s, FOREVER);
	for (int i = 0; i < 100; i++)
		assert_int_equal(channel_turn(&s->d->channel), i == 0);
	assert_status(oc_channel_cancel(&s->d->client), OC_PENDING);
	assert_status(finish(s), OC_ECANCELLED);
	assert_int_equal(s->statements.count, 0);
	assert_int_equal(atomic_load(&other.state), JOB_RUNNING);
	release(&other);
	expect_clean(s);
}

static enum activity_wait wait_of(const struct sql *s)
{
	struct activity_request request;

	activity_channel_read(&s->d->channel.activity, &request);
	return request.wait;
}

/* First for the worker, whose beginning wakes the reactor, then for the statement. */
static void test_what_is_waited_for(void **state)
{
	struct sql *s = *state;
	struct job other;

	occupy(s, &other);
	send_sql(s, FOREVER);
	for (int i = 0; i < 10; i++)
		channel_turn(&s->d->channel);
	assert_int_equal(wait_of(s), ACTIVITY_WORKER);
	oc_latch_reset(&s->d->wake);
	channel_turn(&s->d->channel);
	release(&other);
	assert_status(oc_latch_wait(&s->d->wake, INT64_C(60000000000)), OC_OK);
	channel_turn(&s->d->channel);
	assert_int_equal(wait_of(s), ACTIVITY_SQL);
	assert_status(oc_channel_cancel(&s->d->client), OC_PENDING);
	assert_status(finish(s), OC_ECANCELLED);
	expect_clean(s);
}

static void test_new_client(void **state)
{
	struct sql *s = *state;
	struct tfsd *d = s->d;
	struct oc_channel again = { .timeout_ms = 0 };
	uint32_t before = s->session;

	send_sql(s, FOREVER);
	await_running(s);
	/* It was reset, and comes again. */
	assert_status(oc_channel_attach(&again, d->memory, &d->port, 0x1001, 20000), OC_OK);
	assert_null(d->channel.request.job);
	assert_null(find_session(d, before));
	d->client = again;
	s->session = log_in_and_open(d);
	expect_clean(s);
}

/* It is not granted before the worker has let go. */
static void test_new_client_waits(void **state)
{
	struct sql *s = *state;
	struct tfsd *d = s->d;
	struct oc_channel again = { .timeout_ms = 0 };
	uint64_t grants = d->channel.counters.grants;

	send_sql(s, FOREVER);
	await_running(s);
	assert_status(oc_channel_attach_start(&again, d->memory, &d->port, 0x1001, 20000), OC_OK);
	while (d->channel.awaited == OC_SERVER_IDLE && d->channel.counters.grants == grants) {
		oc_channel_attach_poll(&again);
		channel_turn(&d->channel);
	}
	while (d->channel.counters.grants == grants) {
		assert_non_null(d->channel.request.job);
		assert_non_null(find_session(d, s->session));
		channel_turn(&d->channel);
	}
	assert_int_equal(s->statements.count, 0);
	while (oc_channel_attach_poll(&again) == OC_PENDING)
		channel_turn(&d->channel);
	d->client = again;
	s->session = log_in_and_open(d);
	expect_clean(s);
}

static void test_detached(void **state)
{
	struct sql *s = *state;
	struct tfsd *d = s->d;

	send_sql(s, FOREVER);
	await_running(s);
	oc_channel_detach(&d->client);
	while (d->channel.sessions)
		channel_turn(&d->channel);
	assert_null(d->channel.request.job);
	assert_int_equal(s->statements.count, 0);
	assert_status(oc_channel_attach(&d->client, d->memory, &d->port, 0x2002, 20000), OC_OK);
	s->session = log_in_and_open(d);
	expect_clean(s);
}

static void test_detached_between_batches(void **state)
{
	struct sql *s = *state;
	struct tfsd *d = s->d;

	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	oc_channel_detach(&d->client);
	while (d->channel.sessions)
		channel_turn(&d->channel);
	await_statements(s, 0);
}

static void give(struct sql *s, enum order what)
{
	struct activity_request request;

	activity_channel_read(&s->d->channel.activity, &request);
	order_give(find_session(s->d, s->session)->activity, what, s->session, request.serial);
}

static void test_cancelled_by_order(void **state)
{
	struct sql *s = *state;

	send_sql(s, FOREVER);
	await_running(s);
	give(s, ORDER_CANCEL);
	assert_status(finish(s), OC_ECANCELLED);
	expect_clean(s);
}

static void test_killed(void **state)
{
	struct sql *s = *state;

	send_sql(s, FOREVER);
	await_running(s);
	give(s, ORDER_KILL);
	assert_status(finish(s), OC_ENOSESSION);
	assert_null(find_session(s->d, s->session));
	s->session = log_in_and_open(s->d);
	expect_clean(s);
}

/* Of its response a packet has left. */
static void test_answer_is_cut(void **state)
{
	struct sql *s = *state;
	uint32_t statement;

	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	statement = batch(s)->statement;
	oc_server_set_max_packet(&s->d->channel.server, OC_PACKET_MIN);
	send_next(s, statement);
	while (s->d->channel.request.state != REQUEST_SEND)
		channel_turn(&s->d->channel);
	assert_status(oc_channel_poll(&s->d->client), OC_PENDING);
	assert_status(oc_channel_cancel(&s->d->client), OC_PENDING);
	assert_status(finish(s), OC_ECANCELLED);
	await_statements(s, 0);
	assert_status(sql_next(s, statement), OC_ENOSTATEMENT);
	expect_clean(s);
}

/* It waits for the worker, and for nothing else. */
static void test_server_stops(void **state)
{
	const uint32_t random[4] = { 0x6e1ec7ed, 1, 2, 3 };
	struct sql *s = *state;
	struct tfsd *d = s->d;

	send_sql(s, FOREVER);
	await_running(s);
	channel_close(&d->channel);
	assert_int_equal(s->statements.count, 0);
	assert_status(oc_channel_poll(&d->client), OC_ESERVER_RESTARTED);

	channel_init(&d->channel, 0, d->config, &d->conns, &d->next_session);
	channel_set_statements(&d->channel, &s->statements, &d->wake);
	assert_status(channel_start(&d->channel, d->memory, random), OC_OK);
	assert_status(oc_channel_attach(&d->client, d->memory, &d->port, 0x1001, 20000), OC_OK);
	s->session = log_in_and_open(d);
	expect_clean(s);
}

static void test_server_stops_between_batches(void **state)
{
	const uint32_t random[4] = { 0x6e1ec7ed, 1, 2, 3 };
	struct sql *s = *state;
	struct tfsd *d = s->d;

	assert_status(sql(s, ROWS_FOREVER), OC_OK);
	channel_close(&d->channel);
	await_statements(s, 0);
	channel_init(&d->channel, 0, d->config, &d->conns, &d->next_session);
	assert_status(channel_start(&d->channel, d->memory, random), OC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SQL_TEST(test_taken_back),
		SQL_TEST(test_timeout),
		SQL_TEST(test_next_is_taken_back),
		SQL_TEST(test_taken_back_before_it_runs),
		SQL_TEST(test_what_is_waited_for),
		SQL_TEST(test_new_client),
		SQL_TEST(test_new_client_waits),
		SQL_TEST(test_detached),
		SQL_TEST(test_detached_between_batches),
		SQL_TEST(test_cancelled_by_order),
		SQL_TEST(test_killed),
		SQL_TEST(test_answer_is_cut),
		SQL_TEST(test_server_stops),
		SQL_TEST(test_server_stops_between_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
