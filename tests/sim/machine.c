// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "machine.h"
#include "world.h"

#define NEVER	UINT32_MAX

const char *const machine_names[MACHINE_LOCATIONS] = {
	"T", "F", "S[0]", "S[1]", "S[2]", "S[3]", "C[0]", "C[1]", "C[2]", "C[3]",
	"G[0]", "G[1]", "G[2]", "G[3]", "SW", "CW",
	"buffer[0]", "buffer[8]", "buffer[16]", "buffer[24]", "buffer[32]", "buffer[40]",
	"buffer[48]", "buffer[56]", "buffer[64]", "buffer[72]", "buffer[80]", "buffer[88]",
	"buffer[96]", "buffer[104]", "buffer[112]", "buffer[120]",
};

void machine_reset(struct machine *m, const uint32_t words[MACHINE_WORDS], uint64_t fill)
{
	m->now = 1;
	m->due = NEVER;
	for (uint8_t loc = 0; loc < MACHINE_LOCATIONS; loc++) {
		m->loc[loc].value[0] = loc < MACHINE_WORDS ? words[loc] : fill;
		m->loc[loc].since[0] = 0;
		m->loc[loc].n = 1;
	}
}

void machine_boot(struct machine *m, struct processor *cpu)
{
	cpu->stores = 0;
	cpu->loads = 0;
	cpu->group = 0;
	cpu->floor = m->now;
	cpu->seen_until = m->now;
	cpu->drained = m->now;
	for (uint8_t loc = 0; loc < MACHINE_LOCATIONS; loc++)
		cpu->seen[loc] = m->loc[loc].n - 1;
}

void machine_sees_now(struct machine *m, struct processor *cpu)
{
	cpu->floor = m->now;
	cpu->seen_until = m->now;
}

uint64_t machine_peek(const struct machine *m, uint8_t loc)
{
	return m->loc[loc].value[(m->loc[loc].n - 1) % MACHINE_HISTORY];
}

void machine_poke(struct machine *m, uint8_t loc, uint64_t value)
{
	struct location *l = &m->loc[loc];

	l->value[l->n % MACHINE_HISTORY] = value;
	l->since[l->n % MACHINE_HISTORY] = ++m->now;
	l->n++;
}

/* The oldest value that may be seen ended after @floor, and is no older than one seen. */
static uint64_t see(struct machine *m, struct processor *cpu, uint8_t loc, uint32_t floor)
{
	const struct location *l = &m->loc[loc];
	uint32_t i = l->n - 1, oldest = l->n > MACHINE_HISTORY ? l->n - MACHINE_HISTORY : 0;

	if (oldest < cpu->seen[loc])
		oldest = cpu->seen[loc];
	while (i > oldest && l->since[i % MACHINE_HISTORY] > floor &&
	       world_chance(m->weather.stale))
		i--;
	cpu->seen[loc] = i;
	if (cpu->seen_until < l->since[i % MACHINE_HISTORY])
		cpu->seen_until = l->since[i % MACHINE_HISTORY];
	return l->value[i % MACHINE_HISTORY];
}

/* The own store to @loc that has not reached memory yet, or NULL. */
static const struct pending_store *own_store(const struct processor *cpu, uint8_t loc)
{
	for (uint32_t i = cpu->stores; i > 0; i--)
		if (cpu->store[i - 1].loc == loc)
			return &cpu->store[i - 1];
	return NULL;
}

uint64_t machine_load(struct machine *m, struct processor *cpu, uint8_t loc)
{
	const struct pending_store *own = own_store(cpu, loc);

	return own ? own->value : see(m, cpu, loc, cpu->floor);
}

static void satisfy(struct machine *m, struct processor *cpu, uint32_t i)
{
	struct pending_load load = cpu->load[i];
	uint64_t value = see(m, cpu, load.loc, load.floor);

	cpu->load[i] = cpu->load[--cpu->loads];
	memcpy(load.to, &value, sizeof(value));
	world_trace("%s is copied out as %016llx", machine_names[load.loc],
		    (unsigned long long)value);
}

void machine_load_late(struct machine *m, struct processor *cpu, uint8_t loc, void *to)
{
	uint32_t due = world_steps() + 1 + world_random(m->weather.load_delay);

	if (own_store(cpu, loc)) {
		memcpy(to, &own_store(cpu, loc)->value, 8);
		return;
	}
	if (cpu->loads == MACHINE_GRANULES)
		satisfy(m, cpu, 0);
	cpu->load[cpu->loads++] = (struct pending_load) {
		.to = to, .due = due, .floor = cpu->floor, .loc = loc,
	};
	if (due < m->due)
		m->due = due;
}

void machine_use(struct machine *m, struct processor *cpu)
{
	while (cpu->loads)
		satisfy(m, cpu, world_random(cpu->loads));
}

static uint32_t store_due(const struct machine *m)
{
	if (m->weather.store_long && !world_random(m->weather.store_long))
		return world_steps() + world_random(500);
	return world_steps() + 1 + world_random(m->weather.store_delay);
}

void machine_store(struct machine *m, struct processor *cpu, uint8_t loc, uint64_t value)
{
	uint32_t due = store_due(m);

	/* A load that comes before a store to the same place does not see it. */
	for (uint32_t i = 0; i < cpu->loads; i++)
		if (cpu->load[i].loc == loc)
			satisfy(m, cpu, i--);
	if (cpu->stores == MACHINE_PENDING)
		machine_drain_one(m, cpu);
	cpu->store[cpu->stores++] = (struct pending_store) {
		.value = value, .due = due, .group = cpu->group, .loc = loc,
	};
	if (due < m->due)
		m->due = due;
}

void machine_release(struct processor *cpu)
{
	cpu->group++;
}

void machine_acquire(struct machine *m, struct processor *cpu)
{
	machine_use(m, cpu);
	if (cpu->floor < cpu->seen_until)
		cpu->floor = cpu->seen_until;
}

void machine_full(struct machine *m, struct processor *cpu)
{
	machine_acquire(m, cpu);
	if (cpu->floor < cpu->drained)
		cpu->floor = cpu->drained;
	cpu->group++;
}

static void drain(struct machine *m, struct processor *cpu, uint32_t i)
{
	struct pending_store store = cpu->store[i];
	uint64_t old = machine_peek(m, store.loc);

	cpu->stores--;
	memmove(&cpu->store[i], &cpu->store[i + 1], (cpu->stores - i) * sizeof(store));
	machine_poke(m, store.loc, store.value);
	/* What its processor loads from there is this store, or a later one. */
	cpu->seen[store.loc] = m->loc[store.loc].n - 1;
	cpu->drained = m->now;
	world_trace("memory: %s = %llx, of %s", machine_names[store.loc],
		    (unsigned long long)store.value, world_name(cpu));
	if (store.loc >= LOC_S && store.loc <= LOC_SW)
		world_arrived(store.loc, old);
}

/* No store before it has to come first: the one at @i of the oldest group. */
static bool may_drain(const struct processor *cpu, uint32_t i)
{
	if (cpu->store[i].group != cpu->store[0].group)
		return false;
	for (uint32_t k = 0; k < i; k++)
		if (cpu->store[k].loc == cpu->store[i].loc)
			return false;
	return true;
}

void machine_drain_one(struct machine *m, struct processor *cpu)
{
	uint32_t n = 1, i;

	while (n < cpu->stores && cpu->store[n].group == cpu->store[0].group)
		n++;
	i = world_random(n);
	while (!may_drain(cpu, i))
		i--;
	drain(m, cpu, i);
}

static void run_one(struct machine *m, struct processor *cpu)
{
	uint32_t now = world_steps();

	for (uint32_t i = 0; i < cpu->loads; i++) {
		if (cpu->load[i].due <= now)
			satisfy(m, cpu, i--);
		else if (cpu->load[i].due < m->due)
			m->due = cpu->load[i].due;
	}
	for (uint32_t i = 0; i < cpu->stores; i++) {
		if (cpu->store[i].group != cpu->store[0].group)
			break;
		if (cpu->store[i].due <= now && may_drain(cpu, i))
			drain(m, cpu, i--);
	}
	/* The next step that may matter, at worst too early. */
	for (uint32_t i = 0; i < cpu->stores && cpu->store[i].group == cpu->store[0].group; i++)
		if (cpu->store[i].due < m->due)
			m->due = cpu->store[i].due;
}

void machine_run(struct machine *m, struct processor *const cpus[], int n)
{
	m->due = NEVER;
	for (int i = 0; i < n; i++)
		if (cpus[i]->stores || cpus[i]->loads)
			run_one(m, cpus[i]);
}

void machine_halt(struct machine *m, struct processor *cpu)
{
	uint32_t keep = world_random(cpu->stores + 1);

	if (world_random(2))
		keep = cpu->stores;
	while (keep--)
		machine_drain_one(m, cpu);
	if (cpu->stores)
		world_trace("%u stores of %s are lost", cpu->stores, world_name(cpu));
	cpu->stores = 0;
	cpu->loads = 0;
}
