// SPDX-License-Identifier: GPL-2.0-only
/*
 * world.c: the scheduler
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "actors.h"
#include "world.h"

/* Steps in which everybody has to finish when it is calm; measured need: README.md. */
#define CALM_LIMIT	30000u

struct world world;

static struct processor *const cpus[ACTORS] = {
	&world.actors[SERVER].cpu, &world.actors[CLIENT].cpu, &world.actors[NEIGHBOUR].cpu,
};

static const char *const names[ACTORS] = { "server", "client", "neighbour" };

const char *world_name(const struct processor *cpu)
{
	for (int i = 0; i < ACTORS; i++)
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

void world_step(void)
{
	struct actor *self = world.current;

	world.steps++;
	world.clock_us += world.plan.us_per_step;
	if (world.steps >= world.machine.due) {
		world.current = NULL;
		machine_run(&world.machine, cpus, ACTORS);
		world.current = self;
	}
	if (--world.left == 0 || world.steps >= world.next_event_step)
		coroutine_pause(&self->co);
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

/* Until when somebody who has gone stays away. */
static uint32_t absence(void)
{
	return world.steps + (world.calm ? 0 : world_random(world_random(2) ? 8 : 200));
}

void world_exit(void)
{
	struct actor *self = world.current;

	world_trace("has finished");
	self->state = DONE;
	if (self == &world.actors[SERVER]) {
		/* Nothing of an orderly end is lost. */
		self->state = DEAD;
		self->returns_at = absence();
		world.marked = false;
		world.stop_server = false;
	}
	for (;;)
		coroutine_pause(&self->co);
}

static void start_actor(enum actor_id id)
{
	struct actor *actor = &world.actors[id];

	machine_halt(&world.machine, &actor->cpu);
	machine_boot(&world.machine, &actor->cpu);
	actor->state = ALIVE;
	actor->incarnation++;
	actor->paused_until = 0;
	actor->blocked = false;
	actor->bell = false;
	coroutine_start(&actor->co, actor_programs[id], actor);
	world_trace("%s %u starts", names[id], actor->incarnation);
}

static void kill_actor(enum actor_id id)
{
	struct actor *actor = &world.actors[id];

	if (actor->state != ALIVE)
		return;
	world_trace("%s %u is killed", names[id], actor->incarnation);
	actor->state = DEAD;
	actor->returns_at = absence();
	if (id == SERVER) {
		world.marked = false;
		world.stop_server = false;
	}
	if (id == NEIGHBOUR) {
		/* What it had on its way has happened or not before anybody is told. */
		machine_halt(&world.machine, &actor->cpu);
		world.neighbour_died = true;
		world_ring(SERVER);
	}
}

/* The device's driver when the server's last descriptor has gone. PROTOCOL.md, 4.7. */
static void driver_marks(void)
{
	uint32_t sw, held = TFS_SHM_POLL_SW_HELD | TFS_SHM_POLL_SW_GRANTED;

	machine_halt(&world.machine, &world.actors[SERVER].cpu);
	sw = machine_peek(&world.machine, LOC_SW);
	if ((sw & TFS_SHM_POLL_SW_MAGIC_MASK) != TFS_SHM_POLL_SW_MAGIC)
		sw = 0;
	sw = TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR | (sw & TFS_SHM_POLL_SW_EPOCH_MASK) |
	     (sw & held ? TFS_SHM_POLL_SW_HELD : 0);
	machine_poke(&world.machine, LOC_SW, sw);
	world_trace("driver: SW = %08x", sw);
	world.marked = true;
	world_ring(CLIENT);
	world_ring(NEIGHBOUR);
}

static void pause_somebody(void)
{
	struct actor *actor = &world.actors[world_random(ACTORS)];

	actor->paused_until = world.steps + world_random(world_random(4) ? 60 : 600);
	world_trace("%s is held up until step %u", names[actor - world.actors],
		    actor->paused_until);
}

static void happen(enum event_kind kind)
{
	switch (kind) {
	case EVENT_KILL_SERVER:
		kill_actor(SERVER);
		break;
	case EVENT_KILL_CLIENT:
		kill_actor(CLIENT);
		break;
	case EVENT_KILL_NEIGHBOUR:
		kill_actor(NEIGHBOUR);
		break;
	case EVENT_PAUSE:
		pause_somebody();
		break;
	case EVENT_TIME:
		world.clock_us += world_random(100000);
		world_trace("time jumps");
		break;
	case EVENT_STOP_SERVER:
		world.stop_server = true;
		world_ring(SERVER);
		break;
	default:
		break;
	}
}

static uint32_t at_most(uint32_t value, uint32_t limit)
{
	return value < limit ? value : limit;
}

/* Stores and loads are still reordered, but all of it goes on. */
static void calm_down(void)
{
	struct weather *weather = &world.machine.weather;

	world_trace("it is calm from here on");
	world.calm = true;
	weather->store_long = 0;
	weather->store_delay = at_most(weather->store_delay, 4);
	weather->load_delay = at_most(weather->load_delay, 4);
	weather->stale = at_most(weather->stale, 128);
	world.plan.answer_late = 0;
	for (int i = 0; i < ACTORS; i++)
		world.actors[i].paused_until = 0;
}

/* What is planned for this step, and the dead that come back. */
static void world_events(void)
{
	const struct plan *plan = &world.plan;
	uint32_t next = UINT32_MAX;

	while (world.plan.next_event < plan->n_events &&
	       plan->events[plan->next_event].step <= world.steps)
		happen(plan->events[world.plan.next_event++].kind);
	if (!world.calm && world.steps >= plan->calm_at)
		calm_down();
	if (plan->next_event < plan->n_events)
		next = plan->events[plan->next_event].step;
	if (!world.calm && plan->calm_at < next)
		next = plan->calm_at;

	for (int i = 0; i < NEIGHBOUR; i++) {
		struct actor *actor = &world.actors[i];

		if (actor->state != DEAD)
			continue;
		if (!world.calm && actor->returns_at > world.steps) {
			if (actor->returns_at < next)
				next = actor->returns_at;
			continue;
		}
		if (i == SERVER && plan->driver && !world.marked) {
			driver_marks();
			actor->returns_at = absence();
			i--;
			continue;
		}
		start_actor(i);
	}
	world.next_event_step = next;
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

static struct actor *choose(void)
{
	uint32_t first = world_random(ACTORS);

	for (uint32_t i = 0; i < ACTORS; i++) {
		struct actor *actor = &world.actors[(first + i) % ACTORS];

		if (may_run(actor))
			return actor;
	}
	return NULL;
}

static void turn_of(struct actor *actor)
{
	world.left = 1 + world_random(world.plan.turn);
	world.current = actor;
	coroutine_resume(&actor->co);
	world.current = NULL;
}

/* Nobody can go on: time passes, and what is on its way arrives. */
static void let_time_pass(void)
{
	bool due = world.machine.due != UINT32_MAX;

	world.steps++;
	if (world.steps >= world.machine.due)
		machine_run(&world.machine, cpus, ACTORS);
	if (world.calm && !due)
		world_fail("deadlock: everybody sleeps");
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
	world.seed = seed;
	world.rng = seed * 0x9fb21c651e98df25;
	world.steps = 0;
	world.nonces = 0;
	world.near_ids = 0;
	world.clock_us = world_random64();
	world.calm = world.failed = world.stop_server = world.neighbour_died = false;
	world.marked = true;
	world.trace = trace;
	world.current = NULL;
	plan_make(&world.plan, &world.machine.weather);
	plan_memory(words);
	machine_reset(&world.machine, words, world_random64());
	actors_reset();
	for (int i = 0; i < ACTORS; i++)
		if (i != NEIGHBOUR || world.plan.neighbour)
			start_actor(i);
}

bool world_run(uint64_t seed, bool trace)
{
	struct actor *actor;

	begin(seed, trace);
	while (!world.failed && !finished()) {
		world_events();
		actor = choose();
		if (actor)
			turn_of(actor);
		else
			let_time_pass();
		if (!world.failed && world.steps > world.plan.calm_at + CALM_LIMIT)
			world_fail("no end within %u steps of calm", CALM_LIMIT);
	}
	return !world.failed;
}
