// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of every size, there and back, and what becomes of bad ones
 */
#include <string.h>

#include "protocol.h"

#define LARGEST	(200 * 1024)

static _Alignas(8) uint8_t request[LARGEST + 64], response[LARGEST + 64];

static void ping(unsigned int channel, uint32_t size)
{
	struct oc_msg *msg = (void *)request;

	*msg = (struct oc_msg) { .length = sizeof(*msg) + size, .op = OC_OP_PING };
	for (uint32_t i = 0; i < size; i++)
		request[sizeof(*msg) + i] = i * 7 + size;
	memset(response, 0xcc, sizeof(response));
	expect_status(oc_channel_call(&channels[channel], msg, response, sizeof(response)), OC_OK);
	expect_status(((struct oc_msg *)response)->status, OC_OK);
	expect(((struct oc_msg *)response)->length == msg->length);
	expect(!memcmp(request + sizeof(*msg), response + sizeof(*msg), size));
}

static void test_sizes(void)
{
	static const uint32_t sizes[] = {
		0, 8, 64, 1024, OC_PACKET_MAX - 32, OC_PACKET_MAX - 24, OC_PACKET_MAX - 16,
		OC_PACKET_MAX, 2 * OC_PACKET_MAX - 24, 2 * OC_PACKET_MAX, LARGEST,
	};

	attach(0);
	attach(1);
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ping(0, sizes[i]);
		ping(1, sizes[sizeof(sizes) / sizeof(sizes[0]) - 1 - i]);
	}
}

static void test_many(void)
{
	attach(0);
	for (int i = 0; i < 2000; i++)
		ping(0, i % 32 * 8);
}

struct bad_packet {
	uint32_t size;
	struct oc_msg msg;
};

static void test_bad_packets(void)
{
	static const struct bad_packet bads[] = {
		{ 32776, { 24, OC_OP_PING, 0, 0, 1, 0, 0 } },
		{ 0xffffffff, { 24, OC_OP_PING, 0, 0, 1, 0, 0 } },
		{ 28, { 32, OC_OP_PING, 0, 0, 1, 0, 0 } },
		{ 1, { 24, OC_OP_PING, 0, 0, 1, 0, 0 } },
		{ 16, { 24, OC_OP_PING, 0, 0, 1, 0, 0 } },
		{ 24, { 16, OC_OP_PING, 0, 0, 1, 0, 0 } },
		{ 32, { 24, OC_OP_PING, 0, 0, 1, 0, 0 } },
		{ 24, { 0xfffffff8, OC_OP_PING, 0, 0, 1, 0, 0 } },
		{ 24, { 24, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 } },
		{ 24, { 24, OC_OP_PING, 0, 0, 1, 0, 7 } },
	};

	attach(0);
	for (unsigned int i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		memcpy(buffer(0), &bads[i].msg, sizeof(bads[i].msg));
		give_packet(0, bads[i].size);
		expect_status(take_answer(0).status, OC_EPROTOCOL);
		ping(0, 64);
	}
}

static void test_total_that_lies(void)
{
	const struct oc_msg first = { 64, OC_OP_PING, 0, 0, 9, 0, 0 };
	struct oc_msg answer;

	attach(0);
	memcpy(buffer(0), &first, sizeof(first));
	give_packet(0, sizeof(first));
	let_serve(0);
	expect(!__atomic_load_n(&header(0)->size_to_tfs, __ATOMIC_ACQUIRE));
	give_packet(0, 48);
	answer = take_answer(0);
	expect_status(answer.status, OC_EPROTOCOL);
	expect(answer.sequence == 9);
	ping(0, 64);
}

static void test_too_big(void)
{
	static uint64_t huge[300 * 1024 / 8];
	struct oc_msg *msg = (void *)huge;

	attach(0);
	*msg = (struct oc_msg) { .length = sizeof(huge), .op = OC_OP_PING, .session = 77 };
	expect_status(oc_channel_call(&channels[0], msg, response, sizeof(response)), OC_OK);
	expect_status(((struct oc_msg *)response)->status, OC_ETOOBIG);
	expect(((struct oc_msg *)response)->session == 77);
	ping(0, 64);
}

const struct protocol_test tests_messages[] = {
	{ "messages of every size on two channels", test_sizes },
	{ "two thousand small messages", test_many },
	{ "bad packets are refused, the channel goes on", test_bad_packets },
	{ "a total length that lies", test_total_that_lies },
	{ "a message above max_message", test_too_big },
	{ NULL, NULL },
};
