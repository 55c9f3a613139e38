// SPDX-License-Identifier: MIT
/* channel_sleep.c: a client that blocks on a bell, for ports that have one. PROTOCOL.md, 6 */
#include "channel_priv.h"

/*
 * The second look, which poll() would act upon: a size that moved, or a grant that is
 * lost. Of what the server does all else rings anyway.
 */
static bool has_news(const struct oc_channel *ch)
{
	const struct tfs_shm_poll_header *k = ch->k_header;

	if (!oc_channel_mine(ch))
		return true;
	if (ch->state < OC_CH_RECEIVE)
		return !oc_load(&k->size_to_tfs);
	return oc_load(&k->size_from_tfs);
}

/* Of the wait that runs, in microseconds; @us while nobody has looked at the clock. */
static uint32_t time_left(const struct oc_channel *ch, uint32_t us)
{
	int32_t ms = ch->state == OC_CH_DRAIN ? oc_channel_drain_ms(ch) : ch->timeout_ms;
	uint32_t most = (uint32_t)ms * 1000;
	uint32_t waited;

	if (ms == OC_FOREVER)
		return UINT32_MAX;
	if (!ch->from_us)
		return us;
	waited = ch->port->now_us(ch->port->ctx) - ch->from_us;
	return waited < most ? most - waited : 0;
}

uint32_t oc_channel_sleep(struct oc_channel *ch, uint32_t us)
{
	uint32_t left;

	/* No grant, no client_word: what comes is looked for from time to time. */
	if (!oc_channel_attached(ch))
		return us;
	if (!oc_channel_mine(ch))
		return 0;
	ch->cw_flags |= OC_CW_SLEEPING;
	oc_channel_write_word(ch);
	/*
	 * sleep:FULL. Pairs with the server's ring:FULL, between its news and its look at
	 * SLEEPING: either this second look sees the news, or the server rings.
	 */
	oc_full();
	if (has_news(ch))
		return 0;
	left = time_left(ch, us);
	return ch->rung || left < us ? left : us;
}

void oc_channel_awake(struct oc_channel *ch, bool rung)
{
	if (!(ch->cw_flags & OC_CW_SLEEPING))
		return;
	ch->cw_flags &= ~OC_CW_SLEEPING;
	ch->rung |= rung;
	if (oc_channel_mine(ch))
		oc_channel_write_word(ch);
}
