// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server's side of a cancel: where it looks, what it stores and when, and a client
 * that flips the number as it likes
 */
#include "pair.h"
#include "steps.h"
#include "unit.h"

#define HEADER		sizeof(struct oc_msg)
#define REFUSAL		(HEADER + sizeof(struct oc_error_body))
#define SEQUENCE	0x1234		/* of every request here */

/* client_word of the first grant. */
static void say(struct pair *pair, uint32_t tag, uint8_t number, uint32_t flags)
{
	pair_header(pair)->client_word = tag << TFS_SHM_POLL_CW_TAG_SHIFT |
					 (uint32_t)number << TFS_SHM_POLL_CW_CANCEL_SHIFT | flags;
}

/* The first @size bytes of a request of @length stand there. */
static void send_first(struct pair *pair, uint32_t length, uint32_t size)
{
	const struct oc_msg msg = { .length = length, .op = OC_OP_PING, .sequence = SEQUENCE };

	memset(pair_buffer(pair), 0x11, OC_PACKET_MIN);
	pair_poke(pair, &msg, sizeof(msg), size);
}

static void send_next(struct pair *pair, uint32_t size)
{
	memset(pair_buffer(pair), 0x22, size);
	pair_header(pair)->size_to_tfs = size;
}

/* A server that has taken the first of two packets. */
static struct pair *half_a_request(void)
{
	struct pair *pair = pair_new_attached();

	send_first(pair, 64, 32);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	return pair;
}

static void expect_cancelled(struct pair *pair)
{
	const struct oc_msg *msg = (const void *)pair_buffer(pair);

	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	assert_int_equal(pair_header(pair)->size_from_tfs, REFUSAL);
	assert_int_equal(msg->length, REFUSAL);
	assert_int_equal(msg->op, OC_OP_PING);
	assert_int_equal(msg->flags, OC_MSG_RESPONSE);
	assert_int_equal(msg->sequence, SEQUENCE);
	assert_status(msg->status, OC_ECANCELLED);
}

static void test_between_packets(void **state)
{
	struct pair *pair = half_a_request();

	(void)state;
	say(pair, 1, SEQUENCE & 0xff, 0);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_CANCELLED);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	expect_cancelled(pair);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_IDLE);
	pair_free(pair);
}

static void test_answer_waits_for_its_turn(void **state)
{
	struct pair *pair = half_a_request();

	(void)state;
	pair_header(pair)->size_from_tfs = 8;
	say(pair, 1, SEQUENCE & 0xff, 0);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_CANCELLED);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_IDLE);
	assert_int_equal(pair_header(pair)->size_from_tfs, 8);
	pair_header(pair)->size_from_tfs = 0;
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	expect_cancelled(pair);
	pair_free(pair);
}

/* The number is another's, or the word is another client's. */
static void test_not_this_one(void **state)
{
	static const struct {
		uint32_t tag;
		uint8_t number;
	} words[] = { { 1, 0 }, { 1, 0x33 }, { 1, 0x35 }, { 1, 0x12 }, { 0, 0x34 }, { 2, 0x34 } };

	(void)state;
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct pair *pair = half_a_request();

		say(pair, words[i].tag, words[i].number, 0);
		assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_IDLE);
		send_next(pair, 32);
		assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_REQUEST);
		assert_false(oc_server_cancelled(&pair->server));
		pair_free(pair);
	}
}

/* Nothing of it has been read: whose number that is nobody knows. */
static void test_before_the_first_packet(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	say(pair, 1, SEQUENCE & 0xff, 0);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_IDLE);
	send_first(pair, 64, 32);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_CANCELLED);
	pair_free(pair);
}

static void test_too_long_request(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	send_first(pair, PAIR_RX_SIZE + 8, 32);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	say(pair, 1, SEQUENCE & 0xff, 0);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_CANCELLED);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	expect_cancelled(pair);
	pair_free(pair);
}

/* A whole request is the worker's, and so is the answer. */
static void test_while_working(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	assert_false(oc_server_cancelled(&pair->server));
	send_first(pair, 32, 32);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_REQUEST);
	assert_false(oc_server_cancelled(&pair->server));
	say(pair, 1, SEQUENCE & 0xff, 0);
	assert_true(oc_server_cancelled(&pair->server));
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_IDLE);
	say(pair, 2, SEQUENCE & 0xff, TFS_SHM_POLL_CW_DETACHED);
	assert_false(oc_server_cancelled(&pair->server));
	say(pair, 1, 0, TFS_SHM_POLL_CW_DETACHED);
	assert_true(oc_server_cancelled(&pair->server));
	pair_free(pair);
}

/* A ping of three packets whose first one has been answered; the second waits. */
static struct pair *half_a_response(void)
{
	struct pair *pair = pair_new_attached();

	oc_server_set_max_packet(&pair->server, 24);
	send_first(pair, 64, 64);
	pair_settle(pair);
	assert_int_equal(pair_header(pair)->size_from_tfs, 24);
	return pair;
}

static void test_cut(void **state)
{
	struct pair *pair = half_a_response();
	uint8_t before[OC_PACKET_MIN];

	(void)state;
	say(pair, 1, SEQUENCE & 0xff, 0);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_IDLE);
	assert_int_equal(pair_header(pair)->size_from_tfs, 24);
	pair_header(pair)->size_from_tfs = 0;
	memset(pair_buffer(pair), 0xcc, sizeof(before));
	memcpy(before, pair_buffer(pair), sizeof(before));
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_CANCELLED);
	assert_int_equal(pair_header(pair)->size_from_tfs, OC_PACKET_CUT);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	assert_memory_equal(pair_buffer(pair), before, sizeof(before));
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_IDLE);

	/* The next request is like any other. */
	pair_header(pair)->size_from_tfs = 0;
	say(pair, 1, 0, 0);
	send_first(pair, 32, 32);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_REQUEST);
	pair_free(pair);
}

/* An answer that nothing has left of is not cut: a commit must not go untold. */
static void test_first_packet_leaves(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	oc_server_set_max_packet(&pair->server, 24);
	pair_header(pair)->size_from_tfs = 8;
	send_first(pair, 40, 40);
	pair_settle(pair);
	say(pair, 1, SEQUENCE & 0xff, 0);
	pair_settle(pair);
	pair_header(pair)->size_from_tfs = 0;
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	assert_int_equal(pair_header(pair)->size_from_tfs, 24);
	pair_header(pair)->size_from_tfs = 0;
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_CANCELLED);
	pair_free(pair);
}

/* A refusal is short, and says more than a cut. */
static void test_refusal_is_not_cut(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_msg bad = { 17, OC_OP_PING, 0, 0, SEQUENCE, 0, 0 };

	(void)state;
	oc_server_set_max_packet(&pair->server, 24);
	say(pair, 1, SEQUENCE & 0xff, 0);
	pair_poke(pair, &bad, sizeof(bad), sizeof(bad));
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_BAD_REQUEST);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	assert_int_equal(pair_header(pair)->size_from_tfs, 24);
	pair_header(pair)->size_from_tfs = 0;
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_PACKET);
	assert_int_equal(pair_header(pair)->size_from_tfs, REFUSAL - 24);
	pair_free(pair);
}

/* A grant makes an end of a cancel as of everything else. */
static void test_takeover(void **state)
{
	struct pair *pair = half_a_request();
	struct oc_channel again = { .state = 0 };

	(void)state;
	say(pair, 1, SEQUENCE & 0xff, 0);
	pair_header(pair)->size_from_tfs = 8;
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_CANCELLED);
	assert_status(pair_attach(pair, &again, PAIR_OWNER, 100), OC_OK);
	for (uint32_t i = 0; i < 300; i++)
		assert_status(pair_call(pair, &again, 8, i), OC_OK);
	pair_free(pair);
}

/* --- who stores what -------------------------------------------------------------------- */

static struct steps steps;

static void poll_server(void *ctx)
{
	oc_server_poll(&((struct pair *)ctx)->server);
}

/* The same as half_a_request(), where a parent can watch. */
static struct pair *watched(bool stands)
{
	struct pair *old = half_a_request();
	struct pair *pair = steps_memory(sizeof(*pair));

	memcpy(pair, old, sizeof(*pair));
	pair->server.k_header = pair_header(pair);
	pair->server.k_buffer = pair_buffer(pair);
	pair->server.port = &pair->server_port;
	pair->server.rx = pair->rx;
	pair_free(old);
	pair->server_port.ctx = pair;
	say(pair, 1, SEQUENCE & 0xff, 0);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_CANCELLED);
	if (stands)
		send_next(pair, 32);
	return pair;
}

static unsigned int count_word(unsigned int word)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < steps.n; i++)
		n += steps.at[i].word == word;
	return n;
}

/* The sizes come last; and a packet that stands goes with them, not before. */
static void test_order(void **state)
{
	struct pair *pair = watched(false);

	(void)state;
	steps_record(&steps, (const uint32_t *)pair->memory, 16 + REFUSAL / 4, poll_server, pair);
	assert_true(steps.n > 1);
	assert_int_equal(count_word(1), 1);
	assert_int_equal(steps.at[steps.n - 1].word, 1);
	assert_int_equal(steps.at[steps.n - 1].value, REFUSAL);

	pair = watched(true);
	steps_record(&steps, (const uint32_t *)pair->memory, 16 + REFUSAL / 4, poll_server, pair);
	assert_int_equal(count_word(0), 1);
	assert_int_equal(count_word(1), 1);
	assert_true(steps.at[steps.n - 1].word <= 1);
	assert_true(steps.at[steps.n - 2].word <= 1);
}

/* --- a client that does as it likes ----------------------------------------------------- */

/* Whatever the number says from turn to turn, each request is answered in the end. */
static void test_flipping(void **state)
{
	struct pair *pair = pair_new_attached();
	struct tfs_shm_poll_header *h = pair_header(pair);
	uint32_t lot = 1, answers = 0, sent = 0;

	(void)state;
	oc_server_set_max_packet(&pair->server, 24);
	for (unsigned int i = 0; i < 200000; i++) {
		lot = lot * 1664525 + 1013904223;
		say(pair, lot >> 30 ? 1 : 2, lot >> 29 & 1 ? SEQUENCE & 0xff : lot >> 20, 0);
		if (!h->size_to_tfs && lot >> 28 & 1) {
			sent++;
			if (sent % 3)
				send_first(pair, 64, 32);
			else
				send_next(pair, 32);
		}
		if (h->size_from_tfs && lot >> 27 & 1) {
			h->size_from_tfs = 0;
			answers++;
		}
		pair_serve(pair);
	}
	assert_true(sent > 10000 && answers > 10000);

	/* And then it is good. */
	say(pair, 1, 0, TFS_SHM_POLL_CW_DETACHED);
	pair_settle(pair);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
	assert_status(pair_call(pair, &pair->client, 5000, 1), OC_OK);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between_packets),
		cmocka_unit_test(test_answer_waits_for_its_turn),
		cmocka_unit_test(test_not_this_one),
		cmocka_unit_test(test_before_the_first_packet),
		cmocka_unit_test(test_too_long_request),
		cmocka_unit_test(test_while_working),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_first_packet_leaves),
		cmocka_unit_test(test_refusal_is_not_cut),
		cmocka_unit_test(test_takeover),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_flipping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
