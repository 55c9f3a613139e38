// SPDX-License-Identifier: GPL-2.0-only
/*
 * trouble.c: what no protocol can keep in order - two live clients with one owner, a
 * client that writes what it likes, somebody who writes anywhere
 *
 * While that lasts, the library has to stay within its own memory and its own words, and
 * to say what happened by documented statuses (actors.h, TROUBLE). When it is over, who
 * was in it is started anew, and everything holds again for what is granted from then on.
 */
#include <string.h>

#include "words.h"

#include "actors.h"
#include "world.h"

static bool clients_word(uint8_t loc)
{
	return loc == LOC_T || loc == LOC_F || loc == LOC_CW || loc >= LOC_BUFFER ||
	       (loc >= LOC_C && loc < LOC_G);
}

static uint8_t some_location(void)
{
	uint8_t loc;

	/* The words more often than the buffer. */
	do {
		loc = world_random(world_random(4) ? LOC_BUFFER : MACHINE_LOCATIONS);
	} while (world.plan.trouble == TROUBLE_CLIENT && !clients_word(loc));
	return loc;
}

static uint32_t some_size(void)
{
	static const uint32_t sizes[] = {
		1, 8, 16, 24, 28, 32, 64, 120, 128, 136, 248, 256, 264, 4096, 32760, 32768, 32776,
		40000, 65536, 65544, 0x80000000, 0xfffffff8, 0xffffffff,
	};

	return sizes[world_random(sizeof(sizes) / sizeof(sizes[0]))];
}

/* A message's first 8 bytes, now and then: length and operation. */
static uint64_t some_value(uint8_t loc)
{
	uint64_t now = machine_peek(&world.machine, loc);

	switch (world_random(6)) {
	case 0:
		return 0;
	case 1:
		return some_size() | (loc >= LOC_BUFFER ? now >> 32 << 32 : 0);
	case 2:
		return now ^ 1ull << world_random(loc < LOC_BUFFER ? 32 : 64);
	case 3:
		return now + (1u << TFS_SHM_POLL_SW_EPOCH_SHIFT);
	case 4:
		return machine_peek(&world.machine, some_location());
	default:
		return world_random64();
	}
}

static void poke(uint8_t loc, uint64_t value)
{
	if (loc < LOC_BUFFER)
		value = (uint32_t)value;
	machine_poke(&world.machine, loc, value);
	world_trace("scribbled: %s = %llx", machine_names[loc], (unsigned long long)value);
}

/* A request that is in order but for its owner, who is nobody. */
static void ask_in_vain(void)
{
	uint32_t sw = machine_peek(&world.machine, LOC_SW);
	uint32_t uuid[4] = {
		world_random64(), machine_peek(&world.machine, LOC_S) + oc_sw_epoch(sw),
		world_random(2) ? owner_of(CLIENT) : world_random64(),
	};

	uuid[TFS_SHM_POLL_UUID_CHECK] = oc_uuid_check(uuid);
	for (int i = 0; i < 4; i++)
		poke(LOC_C + i, uuid[i]);
}

static void write_header(const struct oc_msg *msg)
{
	uint64_t words[sizeof(*msg) / 8];

	memcpy(words, msg, sizeof(words));
	for (uint32_t i = 0; i < sizeof(*msg) / 8; i++)
		poke(LOC_BUFFER + i, words[i]);
}

/* In order but for its sizes. */
static void lie_to_server(void)
{
	uint32_t size = some_size();
	struct oc_msg msg = {
		.length = world_random(2) ? size : some_size(), .op = 1, .sequence = 1,
	};

	write_header(&msg);
	poke(LOC_T, size);
}

static void lie_to_client(const struct oc_channel *ch)
{
	uint32_t size = some_size();
	struct oc_msg msg = {
		.length = world_random(2) ? size : some_size(), .op = ch->rx_op,
		.flags = OC_MSG_RESPONSE, .sequence = ch->rx_sequence,
	};

	write_header(&msg);
	poke(LOC_F, size);
}

void trouble_strike(void)
{
	if (world.plan.trouble <= TROUBLE_TWIN)
		return;
	if (!world_random(6))
		ask_in_vain();
	if (!world_random(3))
		lie_to_server();
	else if (!world_random(2))
		lie_to_client(&sim_clients[world_random(2) ? CLIENT : NEIGHBOUR].channel);
	for (uint32_t n = world_random(world_random(2) ? 7 : 2); n; n--) {
		uint8_t loc = some_location();

		poke(loc, some_value(loc));
	}
	/* It rings as it likes, too. */
	world_ring(world_random(ACTORS));
}

/* Nobody is left who wrote what he should not; what he wrote is. */
void trouble_ends(void)
{
	if (world.plan.trouble == TROUBLE_NONE)
		return;
	world_trace("the trouble ends");
	fate_reset_client();
	fate_kill(NEIGHBOUR);
	machine_halt(&world.machine, &world.actors[NEIGHBOUR].cpu);
	if (world.plan.trouble == TROUBLE_ANYBODY) {
		/* By hand: nothing that SW says may be believed. PROTOCOL.md, section 8. */
		fate_kill(SERVER);
		machine_halt(&world.machine, &world.actors[SERVER].cpu);
		machine_poke(&world.machine, LOC_SW, 0);
	}
	world.free_by_hand = world.plan.trouble == TROUBLE_CLIENT;
	world.wild = false;
	world_ring(SERVER);
}
