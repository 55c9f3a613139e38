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

static int step(struct oc_channel *ch)
{
	if (ch->state > OC_CH_IDLE)
		return oc_channel_request_step(ch);
	return oc_channel_attempts(ch) ? oc_channel_attach_step(ch) : OC_EDETACHED;
}

int oc_channel_wait(struct oc_channel *ch, int32_t timeout_ms)
{
	uint32_t turns = 0, now;
	int status;

	ch->turn = 0;
	ch->from_us = 0;
	for (;;) {
		status = step(ch);
		if (status != OC_PENDING)
			return status;
		if (!timeout_ms)
			return OC_ETIMEOUT;
		if (timeout_ms != OC_FOREVER && ++turns % TURNS_PER_CLOCK == 0) {
			now = ch->port->now_us(ch->port->ctx);
			if (turns == TURNS_PER_CLOCK)
				ch->from_us = now;
			if (now - ch->from_us >= (uint32_t)timeout_ms * 1000)
				return OC_ETIMEOUT;
		}
		/* If something went over, turn is 0: wait eagerly again, but not for longer. */
		if (ch->port->pause && ch->port->pause(ch->port->ctx, ch->turn++))
			return OC_EABANDONED;
	}
}
