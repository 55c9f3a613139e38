// SPDX-License-Identifier: GPL-2.0-only
/*
 * fate.c: who dies, comes back, is held up, and when
 */
#include "actors.h"
#include "world.h"

/* Steps in which everybody has to finish when it is calm; measured need: README.md. */
#define CALM_LIMIT	30000u

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
		world.next_event_step = world.steps;
	}
	for (;;)
		coroutine_pause(&self->co);
}

static void haunt(struct actor *actor)
{
	machine_halt(&world.machine, &world.ghost);
	world.ghost = actor->cpu;
	world.ghost.loads = 0;
	actor->cpu.stores = 0;
	actor->cpu.loads = 0;
}

void world_first_store(void)
{
	if (world.current == &world.actors[CLIENT] && world.ghost.stores)
		machine_halt(&world.machine, &world.ghost);
}

void fate_start(enum actor_id id)
{
	struct actor *actor = &world.actors[id];

	/* A client's last stores may arrive until its successor's first (world_first_store). */
	if (id == CLIENT)
		haunt(actor);
	machine_halt(&world.machine, &actor->cpu);
	machine_boot(&world.machine, &actor->cpu);
	actor->state = ALIVE;
	actor->incarnation++;
	actor->paused_until = 0;
	actor->blocked = false;
	actor->bell = false;
	coroutine_start(&actor->co, actor_programs[id], actor);
	world_trace("%s %u starts", world_name(&actor->cpu), actor->incarnation);
}

void fate_kill(enum actor_id id)
{
	struct actor *actor = &world.actors[id];

	if (actor->state != ALIVE)
		return;
	world_trace("%s %u is killed", world_name(&actor->cpu), actor->incarnation);
	actor->state = DEAD;
	actor->returns_at = absence();
	if (id == SERVER) {
		history_killed();
		world.marked = false;
		world.stop_server = false;
	}
	if (id == NEIGHBOUR) {
		/* What it had on its way has happened or not before anybody is told. */
		machine_halt(&world.machine, &actor->cpu);
		/* Its owner is alive all the same if that is the client's, too. */
		world.neighbour_died = owner_of(NEIGHBOUR) != owner_of(CLIENT);
		world_ring(SERVER);
	}
}

void fate_reset_client(void)
{
	fate_kill(CLIENT);
	machine_halt(&world.machine, &world.actors[CLIENT].cpu);
	machine_halt(&world.machine, &world.ghost);
	world.actors[CLIENT].state = DEAD;
	sim_clients[CLIENT].rounds = 1;
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
	world_trace("%s is held up until step %u", world_name(&actor->cpu),
		    actor->paused_until);
}

static void happen(enum event_kind kind)
{
	switch (kind) {
	case EVENT_KILL_SERVER:
		fate_kill(SERVER);
		break;
	case EVENT_KILL_CLIENT:
		fate_kill(CLIENT);
		break;
	case EVENT_KILL_NEIGHBOUR:
		fate_kill(NEIGHBOUR);
		break;
	case EVENT_PAUSE:
		pause_somebody();
		break;
	case EVENT_TIME:
		world.clock_us += world_random(100000);
		world_trace("time jumps");
		break;
	case EVENT_TROUBLE:
		trouble_strike();
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
	trouble_ends();
}

void fate_asks(void)
{
	if (world.calm || !world.plan.dies_asking || --world.plan.dies_asking)
		return;
	fate_kill(NEIGHBOUR);
	coroutine_pause(&world.actors[NEIGHBOUR].co);
}

void fate_strike(void)
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
	if (!world.calm)
		next = at_most(next, plan->calm_at);
	else if (world.steps >= plan->calm_at + CALM_LIMIT)
		world_fail("no end within %u steps of calm", CALM_LIMIT);
	else
		next = plan->calm_at + CALM_LIMIT;

	for (int i = 0; i < NEIGHBOUR; i++) {
		struct actor *actor = &world.actors[i];

		if (actor->state != DEAD)
			continue;
		if (!world.calm && actor->returns_at > world.steps) {
			if (actor->returns_at < next)
				next = actor->returns_at;
			continue;
		}
		/* Not before the server has freed what nobody has. */
		if (i == CLIENT && world.free_by_hand) {
			next = world.steps + 8;
			continue;
		}
		if (i == SERVER && plan->driver && !world.marked) {
			driver_marks();
			actor->returns_at = absence();
			i--;
			continue;
		}
		fate_start(i);
	}
	world.next_event_step = next;
}
