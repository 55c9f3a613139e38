// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which order both sides store into the channel: each step of lib/PROTOCOL.md that
 * the other side may see halfway
 */
#include <linux/tfs_shm_poll.h>

#include <oc/channel.h>
#include <oc/server.h>

#include "steps.h"
#include "unit.h"

#define OWNER		0x1001
#define HEADER		sizeof(struct oc_msg)
#define BODY		104
#define LENGTH		(HEADER + BODY)
#define LONG		(OC_PACKET_MIN + 16)	/* two packets */
#define NOT_THERE	0xa5a5a5a5u	/* what no store of these tests leaves */

/*
 * Words of the memory: a side's own copy of a message, where the parent can see it, the
 * channel's header, and the beginning of its buffer.
 */
#define OWN		0
#define OWN_SIZE	(2 * OC_PACKET_MIN)
#define CHANNEL		(OWN + OWN_SIZE / 4)
#define T		(CHANNEL + 0)
#define F		(CHANNEL + 1)
#define S		(CHANNEL + 2)
#define C		(CHANNEL + 6)
#define G		(CHANNEL + 10)
#define SW		(CHANNEL + 14)
#define CW		(CHANNEL + 15)
#define BUFFER		(CHANNEL + 16)
#define WORDS		(BUFFER + 64)
#define MEMORY_SIZE	(4 * CHANNEL + TFS_SHM_POLL_CHANNEL_SIZE)

struct sides {
	uint32_t *memory;
	struct oc_channel client;
	struct oc_server server;
	struct oc_port port;
	uint64_t request[LONG / 8];
};

static struct sides sides;
static struct steps steps;

static uint32_t now_us(void *ctx)
{
	(void)ctx;
	return 0x12345678;
}

static uint32_t word(uint16_t epoch, uint32_t flags)
{
	return TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR |
	       (uint32_t)epoch << TFS_SHM_POLL_SW_EPOCH_SHIFT | flags;
}

#define READY	TFS_SHM_POLL_SW_READY
#define HELD	TFS_SHM_POLL_SW_HELD
#define GRANTED	TFS_SHM_POLL_SW_GRANTED

static void *own(void)
{
	return sides.memory + OWN;
}

static void *channel(void)
{
	return sides.memory + CHANNEL;
}

static void start(void *ctx)
{
	const uint32_t random[4] = { 0x5e1ec7ed, 1, 2, 3 };

	(void)ctx;
	assert_status(oc_server_start(&sides.server, channel(), &sides.port, random, own(),
				      OWN_SIZE), OC_OK);
}

static void look(void *ctx)
{
	(void)ctx;
	oc_channel_attach_poll(&sides.client);
}

static void grant(void *ctx)
{
	(void)ctx;
	oc_server_grant(&sides.server);
}

static void serve(void *ctx)
{
	(void)ctx;
	oc_server_poll(&sides.server);
}

static void poll(void *ctx)
{
	(void)ctx;
	oc_channel_poll(&sides.client);
}

static void record(void (*run)(void *ctx))
{
	steps_record(&steps, sides.memory, WORDS, run, NULL);
}

static int setup(void **state)
{
	(void)state;
	if (!sides.memory)
		sides.memory = steps_memory(MEMORY_SIZE);
	memset(sides.memory, 0xa5, MEMORY_SIZE);
	sides.port = (struct oc_port) { .now_us = now_us };
	sides.client.state = 0;
	memset(sides.request, 0x5a, sizeof(sides.request));
	*(struct oc_msg *)sides.request = (struct oc_msg) { .length = LENGTH, .op = OC_OP_PING };
	return 0;
}

static void begin_attach(void)
{
	assert_status(oc_channel_attach_start(&sides.client, channel(), &sides.port, OWNER, 0),
		      OC_OK);
}

/* A client that has asked, and a server that has seen it. */
static void ask(void)
{
	sides.memory[SW] = 0;
	start(NULL);
	begin_attach();
	look(NULL);
	assert_int_equal(oc_server_poll(&sides.server), OC_SERVER_ATTACH);
}

static void begin(uint32_t length)
{
	((struct oc_msg *)sides.request)->length = length;
	assert_status(oc_channel_start(&sides.client, (void *)sides.request, own(),
				       OWN_SIZE), OC_OK);
}

/* A client that is about to send a request. */
static void attach(void)
{
	ask();
	grant(NULL);
	assert_status(oc_channel_attach_poll(&sides.client), OC_OK);
	begin(LENGTH);
}

/* The same, and the request takes two packets, as its response does. */
static void attach_long(void)
{
	ask();
	grant(NULL);
	oc_server_set_max_packet(&sides.server, OC_PACKET_MIN);
	assert_status(oc_channel_attach_poll(&sides.client), OC_OK);
	assert_status(oc_channel_set_max_packet(&sides.client, OC_PACKET_MIN), OC_OK);
	begin(LONG);
}

static void expect_step(unsigned int i, unsigned int at, uint32_t value)
{
	assert_true(i < steps.n);
	assert_int_equal(steps.at[i].word, at);
	assert_int_equal(steps.at[i].value, value);
}

/* Step @i and no other is of a word outside @from .. @to - 1. */
static void expect_alone_outside(unsigned int i, unsigned int from, unsigned int to)
{
	for (unsigned int s = 0; s < steps.n; s++)
		assert_int_equal(steps.at[s].word < from || steps.at[s].word >= to, s == i);
}

/* Not READY, the UUID, READY: nobody takes half of it for a live server's. */
static void test_start(void **state)
{
	(void)state;
	sides.memory[SW] = word(7, READY | HELD | GRANTED);
	record(start);
	assert_int_equal(steps.n, 6);
	expect_step(0, SW, word(7, HELD));
	for (unsigned int i = 1; i < 5; i++)
		assert_true(steps.at[i].word >= S && steps.at[i].word < S + 4);
	expect_step(5, SW, word(7, HELD | READY));
}

static void test_ask(void **state)
{
	(void)state;
	sides.memory[SW] = 0;
	start(NULL);
	begin_attach();
	record(look);
	assert_int_equal(steps.n, 4);
	expect_alone_outside(-1, C, C + 4);
}

/* The old client sees that it has lost the channel; then what it would write is cleared. */
static void test_takeover(void **state)
{
	(void)state;
	attach();
	begin_attach();
	look(NULL);
	assert_int_equal(oc_server_poll(&sides.server), OC_SERVER_ATTACH);
	memset(&sides.memory[G], 0xa5, 16);
	sides.memory[T] = NOT_THERE;
	sides.memory[F] = NOT_THERE;
	record(grant);
	assert_int_equal(steps.n, 8);
	expect_step(0, SW, word(1, READY | HELD));
	for (unsigned int i = 1; i < 7; i++)
		assert_true(steps.at[i].word == T || steps.at[i].word == F ||
			    (steps.at[i].word >= G && steps.at[i].word < G + 4));
	expect_step(7, SW, word(2, READY | HELD | GRANTED));
}

/* On a channel that nobody has there is nothing to take away. */
static void test_grant(void **state)
{
	(void)state;
	ask();
	sides.memory[T] = NOT_THERE;
	sides.memory[F] = NOT_THERE;
	record(grant);
	assert_int_equal(steps.n, 7);
	expect_step(6, SW, word(1, READY | HELD | GRANTED));
}

static void test_accept(void **state)
{
	(void)state;
	ask();
	grant(NULL);
	record(look);
	assert_int_equal(steps.n, 1);
	expect_step(0, CW, 1u << TFS_SHM_POLL_CW_TAG_SHIFT);
}

static void test_request(void **state)
{
	(void)state;
	attach();
	record(poll);
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
	poll(NULL);
	record(serve);
	expect_taken(T);
	assert_memory_equal(own(), sides.request, OC_PACKET_MIN);
}

/* The last packet of a message is the other side's again with the answer to it. */
static void test_last_packet_stays(void **state)
{
	(void)state;
	attach();
	poll(NULL);
	record(serve);
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
	poll(NULL);
	assert_int_equal(oc_server_poll(&sides.server), OC_SERVER_REQUEST);
	memset(&sides.memory[BUFFER], 0xa5, 4 * (WORDS - BUFFER));
	oc_server_respond(&sides.server, own());
	record(serve);
	expect_exchanged(0, LENGTH);
}

static void answer(void)
{
	while (oc_server_poll(&sides.server) != OC_SERVER_REQUEST)
		poll(NULL);
	oc_server_respond(&sides.server, own());
	serve(NULL);
}

static void test_next_request(void **state)
{
	(void)state;
	attach();
	poll(NULL);
	answer();
	poll(NULL);
	begin(LENGTH);
	memset(&sides.memory[BUFFER], 0xa5, 4 * (WORDS - BUFFER));
	record(poll);
	expect_exchanged(LENGTH, 0);
}

static void test_next_packet_of_response(void **state)
{
	(void)state;
	attach_long();
	poll(NULL);
	answer();
	poll(NULL);
	memset(&sides.memory[BUFFER], 0xa5, 4 * (WORDS - BUFFER));
	record(serve);
	assert_true(steps.n > 1);
	expect_step(steps.n - 1, F, LONG - OC_PACKET_MIN);
	expect_alone_outside(steps.n - 1, BUFFER, WORDS);
	assert_true(steps.at[steps.n - 2].instruction < steps.at[steps.n - 1].instruction);
}

static void test_response_is_taken(void **state)
{
	(void)state;
	attach_long();
	poll(NULL);
	answer();
	memset(own(), 0xa5, OWN_SIZE);
	record(poll);
	expect_taken(F);
	assert_memory_equal((uint8_t *)own() + HEADER, sides.request + HEADER / 8,
			    OC_PACKET_MIN - HEADER);
}

static void test_last_packet_of_response_stays(void **state)
{
	(void)state;
	attach();
	poll(NULL);
	answer();
	memset(own(), 0xa5, OWN_SIZE);
	record(poll);
	expect_alone_outside(-1, OWN, CHANNEL);
	assert_memory_equal((uint8_t *)own() + HEADER, sides.request + HEADER / 8, BODY);
}

static void detach(void *ctx)
{
	(void)ctx;
	oc_channel_detach(&sides.client);
}

static void test_detach(void **state)
{
	(void)state;
	attach();
	record(detach);
	assert_int_equal(steps.n, 1);
	expect_step(0, CW, 1u << TFS_SHM_POLL_CW_TAG_SHIFT | TFS_SHM_POLL_CW_DETACHED);
}

static void release(void *ctx)
{
	(void)ctx;
	oc_server_free(&sides.server);
}

static void test_release(void **state)
{
	(void)state;
	attach();
	detach(NULL);
	record(release);
	assert_int_equal(steps.n, 1);
	expect_step(0, SW, word(2, READY));
}

static void stop(void *ctx)
{
	(void)ctx;
	oc_server_stop(&sides.server);
}

static void test_stop(void **state)
{
	(void)state;
	attach();
	record(stop);
	assert_int_equal(steps.n, 1);
	expect_step(0, SW, word(1, HELD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_start, setup),
		cmocka_unit_test_setup(test_ask, setup),
		cmocka_unit_test_setup(test_takeover, setup),
		cmocka_unit_test_setup(test_grant, setup),
		cmocka_unit_test_setup(test_accept, setup),
		cmocka_unit_test_setup(test_request, setup),
		cmocka_unit_test_setup(test_request_is_taken, setup),
		cmocka_unit_test_setup(test_last_packet_stays, setup),
		cmocka_unit_test_setup(test_response, setup),
		cmocka_unit_test_setup(test_next_request, setup),
		cmocka_unit_test_setup(test_response_is_taken, setup),
		cmocka_unit_test_setup(test_next_packet_of_response, setup),
		cmocka_unit_test_setup(test_last_packet_of_response_stays, setup),
		cmocka_unit_test_setup(test_detach, setup),
		cmocka_unit_test_setup(test_release, setup),
		cmocka_unit_test_setup(test_stop, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
