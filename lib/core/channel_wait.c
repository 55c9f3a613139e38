// SPDX-License-Identifier: MIT
/*
 * channel_wait.c: the one loop in which the core waits
 */
#include "channel_priv.h"

/* Turns that pass before the clock is first read: a quick answer never pays for it. */
#define TURNS_WITHOUT_CLOCK	64u

int oc_channel_wait(struct oc_channel *ch, int (*poll)(struct oc_channel *ch))
{
	const struct oc_port *port = ch->port;
	uint32_t from = 0, turn = 0;
	bool timed = false;
	int status;

	for (;;) {
		ch->moved = false;
		status = poll(ch);
		if (status != OC_PENDING)
			return status;
		if (ch->moved)
			turn = 0;
		if (!ch->timeout_ms)
			return OC_ETIMEOUT;
		if (timed && ch->timeout_ms != OC_FOREVER &&
		    port->now_us(port->ctx) - from >= (uint32_t)ch->timeout_ms * 1000)
			return OC_ETIMEOUT;
		if (!timed && turn >= TURNS_WITHOUT_CLOCK) {
			from = port->now_us(port->ctx);
			timed = true;
		}
		if (port->pause && port->pause(port->ctx, turn))
			return OC_EABANDONED;
		turn++;
	}
}
