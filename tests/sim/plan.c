// SPDX-License-Identifier: GPL-2.0-only
/*
 * plan.c: what a seed chooses before the run begins
 */
#include <string.h>

#include "actors.h"
#include "world.h"

static uint32_t one_of(const uint32_t *values, uint32_t n)
{
	return values[world_random(n)];
}

#define ONE_OF(...)							\
	one_of((const uint32_t[]){ __VA_ARGS__ },			\
	       sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static enum event_kind event_kind(const struct plan *plan)
{
	static const enum event_kind often[] = {
		EVENT_KILL_SERVER, EVENT_KILL_SERVER, EVENT_KILL_SERVER, EVENT_KILL_CLIENT,
		EVENT_KILL_CLIENT, EVENT_KILL_CLIENT, EVENT_PAUSE, EVENT_PAUSE, EVENT_PAUSE,
		EVENT_PAUSE, EVENT_TIME, EVENT_STOP_SERVER, EVENT_STOP_SERVER,
		EVENT_KILL_NEIGHBOUR,
	};

	/* Who is held up finds that its twin has the channel. */
	if (plan->trouble != TROUBLE_NONE && world_random(2))
		return plan->trouble == TROUBLE_TWIN ? EVENT_PAUSE : EVENT_TROUBLE;
	return often[world_random(sizeof(often) / sizeof(often[0]))];
}

static void plan_events(struct plan *plan)
{
	plan->n_events = world_random(EVENTS_MAX + 1);
	plan->next_event = 0;
	for (uint32_t i = 0; i < plan->n_events; i++) {
		struct event event = { world_random(plan->calm_at), event_kind(plan) };
		uint32_t k = i;

		for (; k > 0 && plan->events[k - 1].step > event.step; k--)
			plan->events[k] = plan->events[k - 1];
		plan->events[k] = event;
	}
}

void plan_make(struct plan *plan, struct weather *weather)
{
	plan->calm_at = ONE_OF(300, 600, 1200, 2400);
	plan->turn = ONE_OF(1, 3, 8, 30);
	plan->us_per_step = ONE_OF(1, 10, 50);
	plan->trouble = ONE_OF(TROUBLE_NONE, TROUBLE_NONE, TROUBLE_NONE, TROUBLE_NONE,
			       TROUBLE_NONE, TROUBLE_NONE, TROUBLE_NONE, TROUBLE_NONE,
			       TROUBLE_TWIN, TROUBLE_TWIN, TROUBLE_CLIENT, TROUBLE_ANYBODY);
	plan->neighbour = plan->trouble == TROUBLE_TWIN || world_random(2);
	plan->dies_asking = world_random(2) ? 0 : 1 + world_random(16);
	plan->driver = world_random(2);
	plan->bells = !world_random(plan->dies_asking ? 2 : 4);
	plan->abandon = ONE_OF(0, 0, 8, 40);
	plan->timeout_ms = ONE_OF(1, 3, 10, 100);
	plan->answer_late = ONE_OF(0, 0, 1, 4);
	plan_events(plan);

	weather->store_delay = ONE_OF(1, 4, 16, 40);
	weather->store_long = ONE_OF(0, 4, 16);
	weather->stale = ONE_OF(0, 64, 128, 220);
	weather->load_delay = ONE_OF(1, 8, 40, 300);
}

/*
 * Never used, used by something else, or left by servers long gone; nobody holds it. In
 * one kind an old DETACHED lies there with the tag of the first grant.
 */
void plan_memory(uint32_t words[MACHINE_WORDS])
{
	uint32_t kind = world_random(4);

	for (uint32_t i = 0; i < MACHINE_WORDS; i++)
		words[i] = kind ? world_random64() : 0;
	if (kind == 1) {
		/* Neither ours nor, turned round, that of the other byte order. */
		words[LOC_SW] &= ~(TFS_SHM_POLL_SW_MAGIC_MASK | TFS_SHM_POLL_SW_MAGIC_MASK >> 24);
		words[LOC_CW] = 1u << TFS_SHM_POLL_CW_TAG_SHIFT | TFS_SHM_POLL_CW_DETACHED;
	}
	if (kind > 1)
		words[LOC_SW] = TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR |
				(0xfffdu + world_random(6)) % 0x10000
				<< TFS_SHM_POLL_SW_EPOCH_SHIFT;
}
