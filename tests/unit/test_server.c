// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a broken or hostile client may put into a channel, and what the server says
 */
#include "pair.h"
#include "unit.h"

#define HEADER	sizeof(struct oc_msg)

struct bad {
	const char *what;
	uint32_t size;
	struct oc_msg msg;
	int status;
};

static const struct bad bads[] = {
	{ "above the buffer", 32776, { 32776, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "all ones", 0xffffffff, { 24, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "not a multiple of 8", 25, { 24, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "cut, which is not for clients", 1, { 24, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "below the header", 16, { 24, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "length below the header", 24, { 16, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "length below the packet", 32, { 24, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "odd length", 24, { 28, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "absurd length", 24, { 0xfffffff8, OC_OP_PING, 0, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "a response", 24, { 24, OC_OP_PING, OC_MSG_RESPONSE, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "unknown flags", 24, { 24, OC_OP_PING, 0x8000, 0, 5, 0, 0 }, OC_EPROTOCOL },
	{ "a status", 24, { 24, OC_OP_PING, 0, 0, 5, -1, 0 }, OC_EPROTOCOL },
	{ "reserved not zero", 24, { 24, OC_OP_PING, 0, 0, 5, 0, 1 }, OC_EPROTOCOL },
};

static struct oc_msg take_answer(struct pair *pair)
{
	struct oc_msg msg = { .length = 0 };

	pair_settle(pair);
	assert_int_not_equal(pair_header(pair)->size_from_tfs, 0);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	memcpy(&msg, pair_buffer(pair), sizeof(msg));
	pair_header(pair)->size_from_tfs = 0;
	return msg;
}

static void test_bad_first_packets(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	for (unsigned int i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct oc_msg answer;

		pair_poke(pair, &bads[i].msg, sizeof(bads[i].msg), bads[i].size);
		answer = take_answer(pair);
		if (answer.status != bads[i].status)
			fail_msg("%s: %s", bads[i].what, oc_status_name(answer.status));
		assert_int_equal(answer.length, HEADER + sizeof(struct oc_error_body));
		assert_int_equal(answer.flags, OC_MSG_RESPONSE);
		assert_int_equal(pair->bad, i + 1);
	}
	assert_int_equal(pair->requests, 0);
	/* And the channel is as good as before. */
	assert_status(pair_call(pair, &pair->client, 50000, 1), OC_OK);
	pair_free(pair);
}

static void test_bad_continuations(void **state)
{
	static const struct {
		uint32_t length;	/* of the whole, as the first packet says */
		uint32_t size;		/* of the second */
	} bad[] = {
		{ 64, 48 }, { 64, 20 }, { 24 + 32776, 32776 }, { 64, 0xfffffff8 }, { 64, 1 },
	};
	struct pair *pair = pair_new_attached();

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct oc_msg first = { bad[i].length, OC_OP_PING, 0, 0, 1, 0, 0 };

		pair_poke(pair, &first, sizeof(first), sizeof(first));
		pair_settle(pair);
		assert_int_equal(pair_header(pair)->size_to_tfs, 0);
		assert_int_equal(pair_header(pair)->size_from_tfs, 0);
		pair_header(pair)->size_to_tfs = bad[i].size;
		assert_status(take_answer(pair).status, OC_EPROTOCOL);
	}
	assert_int_equal(pair->requests, 0);
	assert_status(pair_call(pair, &pair->client, 50000, 1), OC_OK);
	pair_free(pair);
}

/* Too long for us: taken to its end, so that its sender is ready to listen. */
static void test_message_too_big(void **state)
{
	static _Alignas(8) uint8_t request[PAIR_RX_SIZE + OC_PACKET_MAX];
	struct pair *pair = pair_new_attached();
	const struct oc_msg *answer = (const void *)pair->response;

	(void)state;
	pair_request(request, PAIR_RX_SIZE, 1);
	assert_status(oc_channel_call(&pair->client, (void *)request, pair->response, 64), OC_OK);
	assert_status(answer->status, OC_ETOOBIG);
	assert_int_equal(pair->requests, 0);
	assert_status(pair_call(pair, &pair->client, PAIR_RX_SIZE - 1000, 1), OC_OK);
	pair_free(pair);
}

static void test_words_without_a_grant(void **state)
{
	struct oc_msg msg = { 24, OC_OP_PING, 0, 0, 1, 0, 0 };
	struct pair *pair = pair_new();

	(void)state;
	pair_start_server(pair);
	pair_poke(pair, &msg, sizeof(msg), sizeof(msg));
	pair_header(pair)->client_word = TFS_SHM_POLL_CW_DETACHED;
	pair_settle(pair);
	assert_int_equal(pair->event, OC_SERVER_IDLE);
	assert_int_equal(pair_header(pair)->size_from_tfs, 0);
	pair_free(pair);
}

/* Whatever lies in the header, a server survives it and the next client is served. */
static void test_scribbled_header(void **state)
{
	struct pair *pair = pair_new_attached();
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint32_t *words = (uint32_t *)pair->memory;

		for (int i = 0; i < 4; i++) {
			seed = seed * 1664525 + 1013904223;
			words[(seed >> 8) % 32] = seed >> 4 & 1 ? seed : seed % 64;
		}
		pair_serve(pair);
	}
	memset(pair->memory, 0, sizeof(pair->memory));
	pair_start_server(pair);
	pair->client.state = 0;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
	assert_status(pair_call(pair, &pair->client, 50000, 1), OC_OK);
	pair_free(pair);
}

static void test_start_arguments(void **state)
{
	struct pair *pair = pair_new();
	uint32_t random[4] = { 1, 2, 3, 4 };
	uint8_t before[64];

	(void)state;
	memcpy(before, pair->memory, sizeof(before));
	assert_status(oc_server_start(&pair->server, NULL, &pair->server_port, random, pair->rx,
				      4096), OC_EINVAL);
	assert_status(oc_server_start(&pair->server, pair->memory, NULL, random, pair->rx, 4096),
		      OC_EINVAL);
	assert_status(oc_server_start(&pair->server, pair->memory, &pair->server_port, random,
				      NULL, 4096), OC_EINVAL);
	assert_status(oc_server_start(&pair->server, pair->memory, &pair->server_port, random,
				      pair->rx + 4, 4096), OC_EINVAL);
	assert_status(oc_server_start(&pair->server, pair->memory, &pair->server_port, random,
				      pair->rx, 100), OC_EINVAL);
	assert_memory_equal(pair->memory, before, sizeof(before));
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_first_packets),
		cmocka_unit_test(test_bad_continuations),
		cmocka_unit_test(test_message_too_big),
		cmocka_unit_test(test_words_without_a_grant),
		cmocka_unit_test(test_scribbled_header),
		cmocka_unit_test(test_start_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
