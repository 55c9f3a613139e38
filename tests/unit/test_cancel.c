// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking a request back: at every step of it, too late, twice, by a timeout, with another
 * one behind it
 */
#include "cancel_fixture.h"

static void test_before_the_first_packet(void **state)
{
	struct pair *pair = begin(STOPS, 0);
	uint8_t before[TFS_SHM_POLL_CHANNEL_SIZE];
	uint64_t request[LENGTH / 8];

	(void)state;
	memcpy(before, pair->memory, sizeof(before));
	start(pair, request, 1);
	assert_status(oc_channel_cancel(&pair->client), OC_ECANCELLED);
	assert_memory_equal(pair->memory, before, sizeof(before));
	assert_status(oc_channel_cancel(&pair->client), OC_EINVAL);
	expect_clean(pair);
	assert_int_equal(((struct oc_msg *)pair->response)->sequence, 2);
	pair_free(pair);
}

/*
 * Client and server take turns in the pattern that the bits of @pattern say, @steps of
 * them, and then the client changes its mind. False: the exchange was over before.
 */
static bool cancel_after(enum worker worker, unsigned int turns, uint32_t pattern,
			 unsigned int steps, unsigned int *taken_back)
{
	struct pair *pair = begin(worker, turns);
	uint64_t request[LENGTH / 8];
	int status = OC_PENDING;

	start(pair, request, steps);
	for (unsigned int i = 0; i < steps && status == OC_PENDING; i++) {
		if (pattern >> i % 16 & 1)
			serve(pair);
		else
			status = oc_channel_poll(&pair->client);
	}
	if (status != OC_PENDING) {
		assert_status(status, OC_OK);
		pair_free(pair);
		return false;
	}
	status = oc_channel_cancel(&pair->client);
	if (status == OC_PENDING)
		status = drain(pair);
	if (status == OC_OK)
		expect_echo(pair, SIZE, steps);
	else
		assert_status(status, OC_ECANCELLED);
	*taken_back += status == OC_ECANCELLED;
	assert_true(work.executed + work.stopped <= 1);
	assert_true(status == OC_ECANCELLED || work.executed == 1);
	expect_clean(pair);
	pair_free(pair);
	return true;
}

static void test_at_every_step(void **state)
{
	static const uint32_t patterns[] = { 0xaaaa, 0xeeee, 0x8888, 0xf0f0, 0xfcfc, 0xb6db };

	(void)state;
	for (unsigned int worker = 0; worker < WORKERS; worker++)
		for (unsigned int p = 0; p < 6; p++) {
			unsigned int steps = 0, taken_back = 0;

			while (cancel_after(worker, 3, patterns[p], steps, &taken_back))
				steps++;
			/* Four packets each way and the work between them. */
			assert_true(steps > 16);
			assert_true(taken_back > steps / 2);
		}
}

/* The number in client_word would come again 256 requests later, and is left out then. */
static void test_numbers_wrap(void **state)
{
	struct pair *pair = begin(STOPS, 0);
	uint64_t request[LENGTH / 8];

	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		assert_status(pair_call(pair, &pair->client, SIZE, i), OC_OK);
	start(pair, request, 1);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	assert_status(drain(pair), OC_ECANCELLED);
	for (unsigned int i = 0; i < 600; i++) {
		assert_status(pair_call(pair, &pair->client, i % 3 ? SIZE : 8, i), OC_OK);
		expect_echo(pair, i % 3 ? SIZE : 8, i);
	}
	assert_int_equal(work.executed, 605);
	assert_int_equal(work.cancelled, 1);
	pair_free(pair);
}

/* Zero stands there from the start, and is a number like any other: 256 is left out. */
static void test_number_256(void **state)
{
	struct pair *pair = begin(STOPS, 2);

	(void)state;
	for (unsigned int i = 1; i < 256; i++)
		assert_status(pair_call(pair, &pair->client, 8, i), OC_OK);
	assert_int_equal(pair->client.sequence, 255);
	assert_status(pair_call(pair, &pair->client, SIZE, 1), OC_OK);
	assert_int_equal(pair->client.sequence, 257);
	assert_int_equal(pair_header(pair)->client_word & TFS_SHM_POLL_CW_CANCEL_MASK, 0);
	assert_int_equal(work.executed, 256);
	pair_free(pair);
}

static void test_too_late(void **state)
{
	struct pair *pair = begin(STOPS, 0);
	uint64_t request[LENGTH / 8];

	(void)state;
	pair_request(request, 8, 1);
	assert_status(oc_channel_start(&pair->client, (void *)request, pair->response, LENGTH),
		      OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	for (unsigned int i = 0; i < 10; i++)
		serve(pair);
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	assert_status(drain(pair), OC_OK);
	expect_echo(pair, 8, 1);
	expect_clean(pair);
	assert_int_equal(work.cancelled + work.stopped, 0);
	pair_free(pair);
}

static void test_twice(void **state)
{
	struct pair *pair = begin(STOPS, 5);
	uint8_t before[TFS_SHM_POLL_CHANNEL_SIZE];
	uint64_t request[LENGTH / 8];

	(void)state;
	start(pair, request, 1);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	memcpy(before, pair->memory, sizeof(before));
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	oc_channel_give_up(&pair->client);
	assert_memory_equal(pair->memory, before, sizeof(before));
	assert_status(drain(pair), OC_ECANCELLED);
	expect_clean(pair);
	pair_free(pair);
}

/* The memory of a response that was given up is the caller's, whatever comes. */
static void test_given_up(void **state)
{
	struct pair *pair = begin(FINISHES, 3);
	uint64_t request[LENGTH / 8];
	uint8_t before[LENGTH];

	(void)state;
	pair_request(request, 8, 1);
	assert_status(oc_channel_start(&pair->client, (void *)request, pair->response, LENGTH),
		      OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	memcpy(before, pair->response, sizeof(before));
	oc_channel_give_up(&pair->client);
	assert_status(drain(pair), OC_ETOOBIG);
	assert_memory_equal(pair->response, before, sizeof(before));
	expect_clean(pair);
	pair_free(pair);
}

static void test_call_times_out(void **state)
{
	struct pair *pair = begin(STOPS, 100000);
	uint32_t from = pair->now_us;

	(void)state;
	assert_status(pair_call(pair, &pair->client, SIZE, 1), OC_ETIMEOUT);
	assert_true(pair->now_us - from >= TIMEOUT_MS * 1000);
	assert_int_equal(work.stopped, 1);
	expect_clean(pair);
	pair_free(pair);
}

/* It cannot be stopped any more: then its answer is what counts. */
static void test_answer_while_it_is_taken_back(void **state)
{
	struct pair *pair = begin(FINISHES, TIMEOUT_MS * 10 + 50);

	(void)state;
	assert_status(pair_call(pair, &pair->client, 8, 9), OC_OK);
	expect_echo(pair, 8, 9);
	assert_int_equal(work.executed, 1);

	/* But what is longer than a packet is not waited for. */
	assert_status(pair_call(pair, &pair->client, SIZE, 9), OC_ETIMEOUT);
	assert_int_equal(work.cancelled, 1);
	expect_clean(pair);
	pair_free(pair);
}

static void test_call_abandoned(void **state)
{
	struct pair *pair = begin(STOPS, 100000);

	(void)state;
	pair->abandon = 1;
	assert_status(pair_call(pair, &pair->client, SIZE, 1), OC_EABANDONED);
	assert_true(oc_channel_draining(&pair->client));
	pair->abandon = 0;
	assert_status(drain(pair), OC_ECANCELLED);
	expect_clean(pair);
	pair_free(pair);
}

/* A request that waits for another one's end has not been sent, and is not in its way. */
static void test_second_is_taken_back_behind_the_first(void **state)
{
	struct pair *pair = begin(FINISHES, 3);
	uint64_t request[LENGTH / 8], second[LENGTH / 8];

	(void)state;
	pair_request(request, 8, 1);
	assert_status(oc_channel_start(&pair->client, (void *)request, NULL, 0), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	oc_channel_give_up(&pair->client);
	start(pair, second, 2);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_status(oc_channel_cancel(&pair->client), OC_ECANCELLED);
	assert_true(oc_channel_draining(&pair->client));
	assert_status(drain(pair), OC_ETOOBIG);
	assert_int_equal(pair->response[0], 0xcc);
	expect_clean(pair);
	assert_int_equal(work.executed, 2);
	pair_free(pair);
}

static void test_detach_while_draining(void **state)
{
	struct pair *pair = begin(STOPS, 5);
	uint64_t request[LENGTH / 8];

	(void)state;
	start(pair, request, 1);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	serve(pair);
	oc_channel_give_up(&pair->client);
	oc_channel_detach(&pair->client);
	assert_false(oc_channel_draining(&pair->client));
	assert_status(oc_channel_cancel(&pair->client), OC_EDETACHED);
	for (unsigned int i = 0; i < 10; i++)
		serve(pair);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
	expect_clean(pair);
	pair_free(pair);
}

/* A server may take a request back by itself: to the client it is the same. */
static void test_cancelled_by_the_server(void **state)
{
	struct pair *pair = begin(FINISHES, 0);
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING };

	(void)state;
	assert_status(oc_channel_start(&pair->client, &ping, pair->response, 64), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_REQUEST);
	respond(pair, OC_ECANCELLED);
	assert_status(drain(pair), OC_ECANCELLED);
	expect_clean(pair);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_the_first_packet),
		cmocka_unit_test(test_at_every_step),
		cmocka_unit_test(test_numbers_wrap),
		cmocka_unit_test(test_number_256),
		cmocka_unit_test(test_too_late),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_call_times_out),
		cmocka_unit_test(test_answer_while_it_is_taken_back),
		cmocka_unit_test(test_call_abandoned),
		cmocka_unit_test(test_second_is_taken_back_behind_the_first),
		cmocka_unit_test(test_detach_while_draining),
		cmocka_unit_test(test_cancelled_by_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
