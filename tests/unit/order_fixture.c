// SPDX-License-Identifier: GPL-2.0-only
#include "order_fixture.h"

#define OWNER		0x1001
#define MEMORY_SIZE	(4 * CHANNEL + TFS_SHM_POLL_CHANNEL_SIZE)

struct sides sides;
struct steps steps;

static uint32_t now_us(void *ctx)
{
	(void)ctx;
	return 0x12345678;
}

uint32_t word(uint16_t epoch, uint32_t flags)
{
	return TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR |
	       (uint32_t)epoch << TFS_SHM_POLL_SW_EPOCH_SHIFT | flags;
}

void *own(void)
{
	return sides.memory + OWN;
}

static void *channel(void)
{
	return sides.memory + CHANNEL;
}

void start(void *ctx)
{
	const uint32_t random[4] = { 0x5e1ec7ed, 1, 2, 3 };

	(void)ctx;
	assert_status(oc_server_start(&sides.server, channel(), &sides.port, random, own(),
				      OWN_SIZE), OC_OK);
}

void look(void *ctx)
{
	(void)ctx;
	oc_channel_attach_poll(&sides.client);
}

void grant(void *ctx)
{
	(void)ctx;
	oc_server_grant(&sides.server);
}

void server_turn(void *ctx)
{
	(void)ctx;
	oc_server_poll(&sides.server);
}

void client_turn(void *ctx)
{
	(void)ctx;
	oc_channel_poll(&sides.client);
}

void record(void (*run)(void *ctx))
{
	steps_record(&steps, sides.memory, WORDS, run, NULL);
}

int order_setup(void **state)
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

void begin_attach(void)
{
	assert_status(oc_channel_attach_start(&sides.client, channel(), &sides.port, OWNER, 0),
		      OC_OK);
}

void ask(void)
{
	sides.memory[SW] = 0;
	start(NULL);
	begin_attach();
	look(NULL);
	assert_int_equal(oc_server_poll(&sides.server), OC_SERVER_ATTACH);
}

void begin(uint32_t length)
{
	((struct oc_msg *)sides.request)->length = length;
	assert_status(oc_channel_start(&sides.client, (void *)sides.request, own(),
				       OWN_SIZE), OC_OK);
}

void attach(void)
{
	ask();
	grant(NULL);
	assert_status(oc_channel_attach_poll(&sides.client), OC_OK);
	begin(LENGTH);
}

void attach_long(void)
{
	ask();
	grant(NULL);
	oc_server_set_max_packet(&sides.server, OC_PACKET_MIN);
	assert_status(oc_channel_attach_poll(&sides.client), OC_OK);
	assert_status(oc_channel_set_max_packet(&sides.client, OC_PACKET_MIN), OC_OK);
	begin(LONG);
}

void expect_step(unsigned int i, unsigned int at, uint32_t value)
{
	assert_true(i < steps.n);
	assert_int_equal(steps.at[i].word, at);
	assert_int_equal(steps.at[i].value, value);
}

void expect_alone_outside(unsigned int i, unsigned int from, unsigned int to)
{
	for (unsigned int s = 0; s < steps.n; s++)
		assert_int_equal(steps.at[s].word < from || steps.at[s].word >= to, s == i);
}
