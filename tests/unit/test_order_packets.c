// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which order both sides store when they hand packets over: each step of
 * lib/PROTOCOL.md that the other side may see halfway
 */
#include "order_fixture.h"

static void test_request(void **state)
{
	(void)state;
	attach();
	record(client_turn);
	assert_true(steps.n > 1);
	expect_step(steps.n - 1, T, LENGTH);
	expect_alone_outside(steps.n - 1, BUFFER, WORDS);
	assert_true(steps.at[steps.n - 2].instruction < steps.at[steps.n - 1].instruction);
}

/* All of the copy is made before the buffer is given back by this. */
static void expect_taken(unsigned int at)
{
	assert_true(steps.n > 1);
	expect_step(steps.n - 1, at, 0);
	expect_alone_outside(steps.n - 1, OWN, CHANNEL);
	assert_true(steps.at[steps.n - 2].instruction < steps.at[steps.n - 1].instruction);
}

static void test_request_is_taken(void **state)
{
	(void)state;
	attach_long();
	client_turn(NULL);
	record(server_turn);
	expect_taken(T);
	assert_memory_equal(own(), sides.request, OC_PACKET_MIN);
}

/* The last packet of a message is the other side's again with the answer to it. */
static void test_last_packet_stays(void **state)
{
	(void)state;
	attach();
	client_turn(NULL);
	record(server_turn);
	expect_alone_outside(-1, OWN, CHANNEL);
	assert_memory_equal(own(), sides.request, LENGTH);
}

/* The copy is made before one store says both: here is yours, and I have had mine. */
static void expect_exchanged(uint32_t to_tfs, uint32_t from_tfs)
{
	assert_true(steps.n > 2);
	expect_step(steps.n - 2, T, to_tfs);
	expect_step(steps.n - 1, F, from_tfs);
	for (unsigned int s = 0; s < steps.n - 2; s++) {
		assert_true(steps.at[s].word >= BUFFER);
		assert_true(steps.at[s].instruction < steps.at[steps.n - 2].instruction);
	}
}

static void test_response(void **state)
{
	(void)state;
	attach();
	client_turn(NULL);
	assert_int_equal(oc_server_poll(&sides.server), OC_SERVER_REQUEST);
	memset(&sides.memory[BUFFER], 0xa5, 4 * (WORDS - BUFFER));
	oc_server_respond(&sides.server, own());
	record(server_turn);
	expect_exchanged(0, LENGTH);
}

static void answer(void)
{
	while (oc_server_poll(&sides.server) != OC_SERVER_REQUEST)
		client_turn(NULL);
	oc_server_respond(&sides.server, own());
	server_turn(NULL);
}

static void test_next_request(void **state)
{
	(void)state;
	attach();
	client_turn(NULL);
	answer();
	client_turn(NULL);
	begin(LENGTH);
	memset(&sides.memory[BUFFER], 0xa5, 4 * (WORDS - BUFFER));
	record(client_turn);
	expect_exchanged(LENGTH, 0);
}

static void test_next_packet_of_response(void **state)
{
	(void)state;
	attach_long();
	client_turn(NULL);
	answer();
	client_turn(NULL);
	memset(&sides.memory[BUFFER], 0xa5, 4 * (WORDS - BUFFER));
	record(server_turn);
	assert_true(steps.n > 1);
	expect_step(steps.n - 1, F, LONG - OC_PACKET_MIN);
	expect_alone_outside(steps.n - 1, BUFFER, WORDS);
	assert_true(steps.at[steps.n - 2].instruction < steps.at[steps.n - 1].instruction);
}

static void test_response_is_taken(void **state)
{
	(void)state;
	attach_long();
	client_turn(NULL);
	answer();
	memset(own(), 0xa5, OWN_SIZE);
	record(client_turn);
	expect_taken(F);
	assert_memory_equal((uint8_t *)own() + HEADER, sides.request + HEADER / 8,
			    OC_PACKET_MIN - HEADER);
}

static void test_last_packet_of_response_stays(void **state)
{
	(void)state;
	attach();
	client_turn(NULL);
	answer();
	memset(own(), 0xa5, OWN_SIZE);
	record(client_turn);
	expect_alone_outside(-1, OWN, CHANNEL);
	assert_memory_equal((uint8_t *)own() + HEADER, sides.request + HEADER / 8, BODY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDER_TEST(test_request),
		ORDER_TEST(test_request_is_taken),
		ORDER_TEST(test_last_packet_stays),
		ORDER_TEST(test_response),
		ORDER_TEST(test_next_request),
		ORDER_TEST(test_response_is_taken),
		ORDER_TEST(test_next_packet_of_response),
		ORDER_TEST(test_last_packet_of_response_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
