// SPDX-License-Identifier: GPL-2.0-only
/*
 * world.c: the scheduler
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "actors.h"
#include "world.h"

struct world world;

#define CPUS	(ACTORS + 1)

/* The client's former incarnation is the last. */
static struct processor *const cpus[CPUS] = {
	&world.actors[SERVER].cpu, &world.actors[CLIENT].cpu, &world.actors[NEIGHBOUR].cpu,
	&world.ghost,
};

static const char *const names[CPUS] = { "server", "client", "neighbour", "former client" };

const char *world_name(const struct processor *cpu)
{
	for (int i = 0; i < CPUS; i++)
		if (cpus[i] == cpu)
			return names[i];
	return "nobody";
}

void world_print(const char *format, ...)
{
	const struct actor *actor = world.current;
	va_list args;

	printf("%5u  ", world.steps);
	if (actor)
		printf("%s %u: ", names[actor - world.actors], actor->incarnation);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

void world_fail(const char *format, ...)
{
	va_list args;

	if (!world.failed) {
		va_start(args, format);
		vsnprintf(world.failure, sizeof(world.failure), format, args);
		va_end(args);
		world_trace("BUG: %s", world.failure);
	}
	world.failed = true;
	while (world.current)
		coroutine_pause(&world.current->co);
}

/* A sleep may end by its timeout while there is an adversary, never when it is calm. */
static bool may_run(struct actor *actor)
{
	if (actor->state != ALIVE || actor->paused_until > world.steps)
		return false;
	if (actor->blocked && !world.calm && !world_random(32)) {
		actor->blocked = false;
		actor->gave_up_waiting = true;
	}
	return !actor->blocked;
}

/* Who makes how many steps: one draw for both. */
static struct actor *choose(void)
{
	uint64_t draw = world_random64();
	uint32_t first = (draw & 0xffff) * ACTORS >> 16;

	world.left = 1 + ((draw >> 32) * world.plan.turn >> 32);
	for (uint32_t i = 0; i < ACTORS; i++) {
		struct actor *actor = &world.actors[first];

		if (may_run(actor))
			return actor;
		first = first == ACTORS - 1 ? 0 : first + 1;
	}
	return NULL;
}

/* The turn of @self is over. Who is next goes on at once, without the scheduler. */
static void next_turn(struct actor *self)
{
	struct actor *next = choose();

	if (!next) {
		coroutine_pause(&self->co);
	} else if (next != self) {
		world.current = next;
		coroutine_hand_over(&self->co, &next->co);
	}
}

void world_step(void)
{
	struct actor *self = world.current;

	world.steps++;
	world.clock_us += world.plan.us_per_step;
	if (world.steps >= world.machine.due) {
		world.current = NULL;
		machine_run(&world.machine, cpus, CPUS);
		world.current = self;
	}
	if (world.steps >= world.next_event_step)
		coroutine_pause(&self->co);
	else if (--world.left == 0)
		next_turn(self);
}

void world_ring(enum actor_id to)
{
	world_trace("rings %s", names[to]);
	world.actors[to].bell = true;
	world.actors[to].blocked = false;
}

bool world_block(void)
{
	struct actor *self = world.current;

	self->gave_up_waiting = false;
	if (!self->bell) {
		world_trace("sleeps");
		self->blocked = true;
		coroutine_pause(&self->co);
		world_trace(self->bell ? "wakes up" : "its sleep times out");
	}
	self->bell = false;
	/* Waking up is an interrupt or a system call: nothing is older than that. */
	machine_sees_now(&world.machine, &self->cpu);
	return !self->gave_up_waiting;
}

static void turn_of(struct actor *actor)
{
	world.current = actor;
	coroutine_resume(&actor->co);
	world.current = NULL;
}

static uint32_t sooner(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Nobody can go on: time passes until something arrives, happens, or is over. */
static void let_time_pass(void)
{
	uint32_t until = sooner(world.machine.due, world.next_event_step);

	if (world.calm && world.machine.due == UINT32_MAX)
		world_fail("deadlock: everybody sleeps");
	for (int i = 0; i < ACTORS; i++) {
		const struct actor *actor = &world.actors[i];

		if (actor->state == ALIVE && actor->paused_until > world.steps)
			until = sooner(until, actor->paused_until);
		/* One that sleeps may wake up at any time (may_run). */
		else if (actor->state == ALIVE && !world.calm)
			until = sooner(until, world.steps + 16);
	}
	world.steps = until > world.steps ? until : world.steps + 1;
	if (world.steps >= world.machine.due)
		machine_run(&world.machine, cpus, CPUS);
}

static bool finished(void)
{
	for (int i = CLIENT; i < ACTORS; i++)
		if (world.actors[i].state == ALIVE ||
		    (i == CLIENT && world.actors[i].state == DEAD))
			return false;
	return true;
}

static void begin(uint64_t seed, bool trace)
{
	uint32_t words[MACHINE_WORDS];

	/* Everything but the stacks. */
	for (int i = 0; i < ACTORS; i++) {
		world.actors[i].state = ABSENT;
		world.actors[i].incarnation = 0;
		world.actors[i].cpu.stores = 0;
		world.actors[i].cpu.loads = 0;
	}
	world.ghost.stores = 0;
	world.ghost.loads = 0;
	world.seed = seed;
	world.rng = seed * 0x9fb21c651e98df25;
	world.steps = 0;
	world.nonces = 0;
	world.near_ids = 0;
	world.next_event_step = 0;
	world.clock_us = world_random64();
	world.calm = false;
	world.failed = false;
	world.stop_server = false;
	world.neighbour_died = false;
	world.marked = true;
	world.free_by_hand = false;
	world.trace = trace;
	world.current = NULL;
	plan_make(&world.plan, &world.machine.weather);
	world.wild = world.plan.trouble != TROUBLE_NONE;
	plan_memory(words);
	machine_reset(&world.machine, words, world_random64());
	actors_reset();
	for (int i = 0; i < ACTORS; i++)
		if (i != NEIGHBOUR || world.plan.neighbour)
			fate_start(i);
}

bool world_run(uint64_t seed, bool trace)
{
	struct actor *actor;

	begin(seed, trace);
	while (!world.failed && !finished()) {
		if (world.steps >= world.next_event_step)
			fate_strike();
		if (world.failed)
			break;
		actor = choose();
		if (actor)
			turn_of(actor);
		else
			let_time_pass();
	}
	return !world.failed;
}
