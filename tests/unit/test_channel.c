// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests and responses of every size, timeouts, and a server that lies
 */
#include "pair.h"
#include "unit.h"

#define HEADER	sizeof(struct oc_msg)

static void check_echo(struct pair *pair, uint32_t size, uint8_t first)
{
	const struct oc_msg *msg = (const void *)pair->response;
	const uint8_t *body = pair->response + HEADER;

	assert_int_equal(msg->length, HEADER + oc_pad8(size));
	assert_int_equal(msg->flags, OC_MSG_RESPONSE);
	for (uint32_t i = 0; i < size; i++)
		if (body[i] != (uint8_t)(first + i))
			fail_msg("byte %u of %u is 0x%02x", i, size, body[i]);
	assert_int_equal(pair->response[msg->length], 0xcc);
}

static void test_sizes(void **state)
{
	static const uint32_t sizes[] = {
		0, 1, 7, 8, 9, OC_PACKET_MAX - HEADER - 8, OC_PACKET_MAX - HEADER,
		OC_PACKET_MAX - HEADER + 1, OC_PACKET_MAX, 2 * OC_PACKET_MAX - HEADER,
		2 * OC_PACKET_MAX, 200000,
	};
	static const uint32_t packets[] = { OC_PACKET_MIN, 4096, OC_PACKET_MAX };
	struct pair *pair = pair_new_attached();

	(void)state;
	for (unsigned int p = 0; p < 3; p++) {
		assert_status(oc_channel_set_max_packet(&pair->client, packets[p]), OC_OK);
		oc_server_set_max_packet(&pair->server, packets[p]);
		for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			assert_status(pair_call(pair, &pair->client, sizes[i], i + p), OC_OK);
			check_echo(pair, sizes[i], i + p);
		}
	}
	assert_status(oc_channel_set_max_packet(&pair->client, OC_PACKET_MIN - 8), OC_EINVAL);
	assert_status(oc_channel_set_max_packet(&pair->client, OC_PACKET_MAX + 8), OC_EINVAL);
	assert_status(oc_channel_set_max_packet(&pair->client, 260), OC_EINVAL);
	pair_free(pair);
}

static void test_bad_requests_are_not_sent(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_msg msg = { .op = OC_OP_PING };
	static const uint32_t lengths[] = { 0, 16, 23, 25, 28, OC_MESSAGE_MAX + 8 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		msg.length = lengths[i];
		assert_status(oc_channel_start(&pair->client, &msg, pair->response, 64),
			      OC_EINVAL);
	}
	msg.length = HEADER;
	assert_status(oc_channel_start(&pair->client, &msg, NULL, 64), OC_EINVAL);
	assert_status(oc_channel_poll(&pair->client), OC_EINVAL);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	assert_status(oc_channel_start(&pair->client, &msg, pair->response, 64), OC_OK);
	assert_status(oc_channel_start(&pair->client, &msg, pair->response, 64), OC_EINVAL);
	pair_free(pair);
}

/* The end of a request that timed out is received and dropped by the next call. */
static void test_end_is_waited_for(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	assert_status(oc_channel_set_timeout(&pair->client, 30), OC_OK);
	pair->mute = true;
	assert_status(pair_call(pair, &pair->client, 100, 1), OC_ETIMEOUT);
	assert_int_equal(pair_header(pair)->size_to_tfs, HEADER + 104);
	assert_status(pair_call(pair, &pair->client, 100, 2), OC_ETIMEOUT);
	pair->mute = false;
	assert_status(pair_call(pair, &pair->client, 50000, 3), OC_OK);
	check_echo(pair, 50000, 3);
	assert_int_equal(pair->requests, 2);	/* the second was never sent */
	pair_free(pair);
}

static void slow_answer(struct pair *pair, const struct oc_msg *request, struct oc_msg *response)
{
	(void)request;
	response->length = HEADER + 100000;
	pair->mute = true;
}

static void test_taken_back_in_the_middle_of_a_response(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	pair->answer = slow_answer;
	oc_channel_set_timeout(&pair->client, 30);
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	pair_serve(pair);			/* one packet of four */
	assert_status(pair_call(pair, &pair->client, 8, 2), OC_ETIMEOUT);
	pair->answer = NULL;
	pair->mute = false;
	assert_status(pair_call(pair, &pair->client, 8, 3), OC_OK);
	check_echo(pair, 8, 3);
	pair_free(pair);
}

/* It is taken back, and is never executed. */
static void test_partly_sent_request(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	oc_channel_set_timeout(&pair->client, 30);
	pair->mute = true;
	assert_status(pair_call(pair, &pair->client, 40000, 1), OC_ETIMEOUT);
	pair->mute = false;
	pair_settle(pair);
	assert_int_equal(pair->requests, 0);
	assert_status(pair_call(pair, &pair->client, 8, 9), OC_OK);
	check_echo(pair, 8, 9);
	assert_int_equal(pair->requests, 1);
	assert_int_equal(pair->grants, 1);
	pair_free(pair);
}

static void test_abandoned(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	pair->abandon = 1;
	pair->mute = true;
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_EABANDONED);
	pair->abandon = 0;
	pair->mute = false;
	assert_status(pair_call(pair, &pair->client, 8, 2), OC_OK);
	check_echo(pair, 8, 2);
	pair_free(pair);
}

static void test_timeout_is_bounded_when_the_clock_wraps(void **state)
{
	struct pair *pair = pair_new_attached();
	uint32_t from = pair->now_us = (uint32_t)-5000;

	(void)state;
	pair->mute = true;
	oc_channel_set_timeout(&pair->client, 30);
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	/* As long again for taking it back. */
	assert_true(pair->now_us - from >= 60000 && pair->now_us - from < 70000);
	pair_free(pair);
}

static void test_response_too_big(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_msg *request = (void *)pair->response;

	(void)state;
	memset(pair->response, 0xcc, PAIR_RX_SIZE);
	pair_request(request, 70000, 1);
	assert_status(oc_channel_call(&pair->client, request, pair->response + 100000, 64),
		      OC_ETOOBIG);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(pair->response[100000 + i], 0xcc);
	assert_status(pair_call(pair, &pair->client, 8, 2), OC_OK);
	check_echo(pair, 8, 2);
	pair_free(pair);
}

/* What a lying server may put there. Each must end the call, not the client. */
struct lie {
	const char *what;
	uint32_t size;
	struct oc_msg msg;
};

static const struct lie lies[] = {
	{ "beyond the buffer", 32776, { 32776, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "all ones", 0xffffffff, { 24, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "not a multiple of 8", 28, { 32, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "below the header", 16, { 24, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "cut", OC_PACKET_CUT, { 24, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "length below the packet", 32, { 24, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "odd length", 24, { 25, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "absurd length", 24, { 0xfffffff8, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "a request", 24, { 24, OC_OP_PING, 0, 0, 1, 0, 0 } },
	{ "another sequence", 24, { 24, OC_OP_PING, OC_MSG_RESPONSE, 0, 2, 0, 0 } },
	{ "another operation", 24, { 24, OC_OP_END, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
	{ "a positive status", 24, { 24, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 7, 0 } },
};

static void test_lying_server(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct pair *pair = pair_new_attached();
		struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING };
		int status;

		pair->mute = true;
		memset(pair->response, 0xcc, 64);
		oc_channel_start(&pair->client, &ping, pair->response, 64);
		oc_channel_poll(&pair->client);
		pair_header(pair)->size_to_tfs = 0;
		memcpy(pair_buffer(pair), &lies[i].msg, sizeof(lies[i].msg));
		pair_header(pair)->size_from_tfs = lies[i].size;
		status = oc_channel_poll(&pair->client);
		if (status != OC_EPROTOCOL)
			fail_msg("%s: %s", lies[i].what, oc_status_name(status));
		for (int b = 0; b < 64; b++)
			assert_int_equal(pair->response[b], 0xcc);
		assert_status(oc_channel_poll(&pair->client), OC_EDETACHED);
		assert_true(pair_header(pair)->client_word & TFS_SHM_POLL_CW_DETACHED);
		pair_free(pair);
	}
}

static void test_continuation_beyond_the_total(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING };
	struct oc_msg answer = { 40, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 };

	(void)state;
	pair->mute = true;
	memset(pair->response, 0xcc, 128);
	oc_channel_start(&pair->client, &ping, pair->response, 64);
	oc_channel_poll(&pair->client);
	memcpy(pair_buffer(pair), &answer, sizeof(answer));
	pair_header(pair)->size_from_tfs = sizeof(answer);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	pair_header(pair)->size_from_tfs = 24;
	assert_status(oc_channel_poll(&pair->client), OC_EPROTOCOL);
	assert_int_equal(pair->response[40], 0xcc);
	pair_free(pair);
}

/* What nobody asked for is thrown away with the next request. */
static void test_response_to_nothing(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	pair_header(pair)->size_from_tfs = 24;
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_OK);
	assert_int_equal(pair->requests, 1);
	pair_free(pair);
}

static void test_response_to_half_a_request(void **state)
{
	struct pair *pair = pair_new_attached();
	uint64_t request[512 / 8] = { 0 };
	struct oc_msg *ping = (void *)request;

	(void)state;
	pair->mute = true;
	*ping = (struct oc_msg) { .length = sizeof(request), .op = OC_OP_PING };
	oc_channel_set_max_packet(&pair->client, OC_PACKET_MIN);
	oc_channel_start(&pair->client, ping, pair->response, 512);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	pair_header(pair)->size_from_tfs = 24;
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	pair_header(pair)->size_to_tfs = 0;
	assert_status(oc_channel_poll(&pair->client), OC_EPROTOCOL);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	pair_free(pair);
}

/* A response is there until the next request takes its place. */
static void test_exchange(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	for (uint32_t body = 8; body <= 32; body += 8) {
		assert_status(pair_call(pair, &pair->client, body, body), OC_OK);
		assert_int_equal(pair_header(pair)->size_to_tfs, 0);
		assert_int_equal(pair_header(pair)->size_from_tfs, HEADER + body);
	}
	pair_free(pair);
}

static void test_object_size(void **state)
{
	(void)state;
	/* Pointers are twice as wide here as on the processors that the promise is for. */
	assert_true(sizeof(struct oc_channel) - 5 * (sizeof(void *) - 4) <= 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_bad_requests_are_not_sent),
		cmocka_unit_test(test_end_is_waited_for),
		cmocka_unit_test(test_taken_back_in_the_middle_of_a_response),
		cmocka_unit_test(test_partly_sent_request),
		cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_timeout_is_bounded_when_the_clock_wraps),
		cmocka_unit_test(test_response_too_big),
		cmocka_unit_test(test_lying_server),
		cmocka_unit_test(test_continuation_beyond_the_total),
		cmocka_unit_test(test_response_to_nothing),
		cmocka_unit_test(test_response_to_half_a_request),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_object_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
