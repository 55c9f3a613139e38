// SPDX-License-Identifier: MIT
/*
 * channel_wait.c: the one loop in which the core waits
 */
#include "channel_priv.h"

/*
 * Every so many turns the clock is read, so a quick answer never pays for it, and a
 * wait exceeds its timeout by twice as many pauses at most.
 */
#define TURNS_PER_CLOCK		8u

struct deadline {
	int32_t timeout_ms;
	uint32_t from_us;
	uint32_t turns;
};

static bool has_passed(struct deadline *deadline, const struct oc_channel *ch)
{
	uint32_t now, turns = ++deadline->turns;

	if (!deadline->timeout_ms)
		return true;
	if (deadline->timeout_ms == OC_FOREVER || turns % TURNS_PER_CLOCK)
		return false;
	now = ch->port->now_us(ch->port->ctx);
	if (turns == TURNS_PER_CLOCK)
		deadline->from_us = now;
	return now - deadline->from_us >= (uint32_t)deadline->timeout_ms * 1000;
}

int oc_channel_wait(struct oc_channel *ch, int (*poll)(struct oc_channel *ch),
		    int32_t timeout_ms)
{
	const struct oc_port *port = ch->port;
	struct deadline deadline = { .timeout_ms = timeout_ms };
	uint32_t turn = 0;
	int status;

	for (;;) {
		ch->moved = false;
		status = poll(ch);
		if (status != OC_PENDING)
			return status;
		if (has_passed(&deadline, ch))
			return OC_ETIMEOUT;
		/* Something went over: wait eagerly again, but not for longer. */
		if (ch->moved)
			turn = 0;
		if (port->pause && port->pause(port->ctx, turn))
			return OC_EABANDONED;
		turn++;
	}
}
