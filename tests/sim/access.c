// SPDX-License-Identifier: GPL-2.0-only
/*
 * access.c: what the library does to shared memory, and asks of its port, is a step
 *
 * Stores are also held against PROTOCOL.md, section 3: whoever writes a word that it may
 * not write now is found here at once, also where it would have done no harm.
 */
#include <string.h>

#include "channel_priv.h"

#include "actors.h"

uint8_t *sim_base;

static uint8_t location(const void *address)
{
	uintptr_t offset = (uintptr_t)address - (uintptr_t)sim_base;

	if (offset < TFS_SHM_POLL_HEADER_SIZE && offset % 4 == 0)
		return offset / 4;
	offset -= TFS_SHM_POLL_HEADER_SIZE;
	if (offset < MACHINE_BUFFER && offset % 8 == 0)
		return LOC_BUFFER + offset / 8;
	world_fail("access outside of the channel, or not aligned: offset %ld",
		   (long)(offset + TFS_SHM_POLL_HEADER_SIZE));
	return 0;
}

static enum actor_id self(void)
{
	return world.current - world.actors;
}

static bool server_may(uint8_t loc, uint64_t value)
{
	if (loc == LOC_T)
		return value == 0;
	return loc != LOC_CW && (loc < LOC_C || loc >= LOC_G);
}

/* 4.2: after a look that showed the grant; 4.5: and while its epoch lasts. */
static bool client_word_may(const struct client *client)
{
	const struct oc_channel *ch = &client->channel;

	if (oc_channel_attached(ch) || ch->state == OC_CH_LOST)
		return oc_sw_epoch(client->sw) == ch->epoch;
	return client->sw & OC_SW_GRANTED;
}

/* 5.2: there is an answer to a request that is not there as a whole. */
static bool refused_already(const struct client *client)
{
	return client->f && client->channel.state == OC_CH_SEND;
}

static bool client_may(struct client *client, uint8_t loc, uint64_t value)
{
	if (loc >= LOC_C && loc < LOC_G) {
		client->detached = false;
		return true;
	}
	if (client->detached)
		return false;
	if (loc == LOC_CW && value & TFS_SHM_POLL_CW_DETACHED)
		client->detached = true;
	if (loc == LOC_CW && !client_word_may(client))
		return false;
	/* 5.2: T is 0, then still mine, then the packet. */
	if ((loc == LOC_T || loc >= LOC_BUFFER) && (!client->looked || refused_already(client)))
		return false;
	return loc == LOC_CW || (loc == LOC_T && value) || (loc == LOC_F && !value) ||
	       loc >= LOC_BUFFER;
}

/* S changes while there is no READY, G while nothing is granted; a grant finds no packet. */
void world_arrived(uint8_t loc, uint32_t old)
{
	uint32_t sw = machine_peek(&world.machine, LOC_SW);
	uint32_t flag = loc < LOC_C ? TFS_SHM_POLL_SW_READY : TFS_SHM_POLL_SW_GRANTED;

	if (!history_in_order() || (loc >= LOC_C && loc < LOC_G))
		return;
	if (loc != LOC_SW && (sw & OC_SW_VERSION_MASK) == OC_SW_VERSION && sw & flag)
		world_fail("%s changes while SW is %08x", machine_names[loc], sw);
	if (loc == LOC_SW && sw & OC_SW_GRANTED && oc_sw_epoch(sw) != oc_sw_epoch(old) &&
	    (machine_peek(&world.machine, LOC_T) || machine_peek(&world.machine, LOC_F)))
		world_fail("the new grant's T or F is not 0");
}

static void store(uint8_t loc, uint64_t value)
{
	enum actor_id id = self();

	world_trace("%s = %llx", machine_names[loc], (unsigned long long)value);
	if (!(id == SERVER ? server_may(loc, value) : client_may(&sim_clients[id], loc, value)))
		world_fail("%s may not be written now", machine_names[loc]);
	world_first_store();
	machine_store(&world.machine, &world.current->cpu, loc, value);
	if (id == NEIGHBOUR && loc >= LOC_C && loc < LOC_G)
		fate_asks();
	world_step();
}

static uint64_t load(uint8_t loc)
{
	uint64_t value;

	world_step();
	value = machine_load(&world.machine, &world.current->cpu, loc);
	if (loc == LOC_T || loc == LOC_SW)
		sim_clients[self()].looked = loc == LOC_SW;
	if (loc == LOC_SW)
		sim_clients[self()].sw = value;
	if (loc == LOC_F)
		sim_clients[self()].f = value;
	if (loc == LOC_CW && self() == SERVER)
		server_sees_cw(value);
	world_trace("%s is %llx%s", machine_names[loc], (unsigned long long)value,
		    value == machine_peek(&world.machine, loc) ? "" : " to it");
	return value;
}

uint32_t oc_load(const __le32 *k_word)
{
	return load(location(k_word));
}

void oc_store(__le32 *k_word, uint32_t value)
{
	store(location(k_word), value);
}

/* Two locations, no barrier between: they arrive in either order. */
void oc_store_sizes(struct tfs_shm_poll_header *k, uint32_t to_tfs, uint32_t from_tfs)
{
	oc_store(&k->size_to_tfs, to_tfs);
	oc_store(&k->size_from_tfs, from_tfs);
}

void oc_load_uuid(uint32_t uuid[4], const __le32 k_uuid[4])
{
	for (int i = 0; i < 4; i++)
		uuid[i] = load(location(&k_uuid[i]));
}

void oc_store_uuid(__le32 k_uuid[4], const uint32_t uuid[4])
{
	for (int i = 0; i < 4; i++)
		store(location(&k_uuid[i]), uuid[i]);
}

/* Of the buffer only the beginning is simulated. Who scribbles makes a side read the rest. */
static bool beyond_machine(const uint8_t *k_from, uint8_t *to)
{
	size_t offset = k_from - sim_base - TFS_SHM_POLL_HEADER_SIZE;
	uint64_t value;

	if (offset < MACHINE_BUFFER || offset > TFS_SHM_POLL_BUFFER_SIZE - 8 || history_in_order())
		return false;
	value = world_random64();
	memcpy(to, &value, sizeof(value));
	return true;
}

/*
 * What goes to a local variable is judged at once: branches depend on it, and so do
 * the stores behind them. What goes to the caller's memory nobody looks at yet.
 */
void oc_copy_in(void *to, const uint8_t *k_from, size_t n)
{
	struct actor *actor = world.current;
	bool now = coroutine_owns(&actor->co, to);

	if (n % 8)
		world_fail("a piece of %zu bytes is copied", n);
	if (!now && !(self() == SERVER ? server_receives(to, n) : client_receives(self(), to, n)))
		world_fail("%zu bytes are copied beyond the memory for them", n);
	for (size_t i = 0; i < n; i += 8) {
		uint8_t loc;

		if (beyond_machine(k_from + i, (uint8_t *)to + i))
			continue;
		loc = location(k_from + i);

		if (now) {
			uint64_t value = load(loc);

			memcpy((uint8_t *)to + i, &value, 8);
		} else {
			world_step();
			machine_load_late(&world.machine, &actor->cpu, loc, (uint8_t *)to + i);
		}
	}
}

void oc_copy_out(uint8_t *k_to, const void *from, size_t n)
{
	uint64_t value;

	for (size_t i = 0; i < n; i += 8) {
		memcpy(&value, (const uint8_t *)from + i, 8);
		store(location(k_to + i), value);
	}
}

void oc_release(void)
{
	world_trace("release");
	machine_release(&world.current->cpu);
	world_step();
}

void oc_acquire(void)
{
	world_trace("acquire");
	machine_acquire(&world.machine, &world.current->cpu);
	world_step();
}

void oc_full(void)
{
	struct processor *cpu = &world.current->cpu;

	while (cpu->stores) {
		machine_drain_one(&world.machine, cpu);
		world_step();
	}
	world_trace("full");
	machine_full(&world.machine, cpu);
	world_step();
}

/* --- the port ------------------------------------------------------------------------- */

static uint32_t port_now_us(void *ctx)
{
	(void)ctx;
	world_step();
	return world.clock_us;
}

/* Nonces differ within a run: their last bits count. */
static uint32_t port_random(void *ctx)
{
	(void)ctx;
	return (uint32_t)world_random64() << 8 | (++world.nonces & 0xff);
}

static void port_ring(void *ctx)
{
	const struct actor *actor = ctx;

	world_step();
	if (actor != &world.actors[SERVER]) {
		world_ring(SERVER);
		return;
	}
	world_ring(CLIENT);
	world_ring(NEIGHBOUR);
}

struct oc_port sim_port(enum actor_id id)
{
	return (struct oc_port) {
		.now_us = port_now_us,
		.pause = id == SERVER ? NULL : client_pause,
		.ring = world.plan.bells ? port_ring : NULL,
		.random = port_random,
		.ctx = &world.actors[id],
	};
}
