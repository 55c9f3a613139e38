// SPDX-License-Identifier: MIT
/*
 * channel_cancel.c: taking a request back, and the call that does so when it times out
 *
 * client_word carries the low bits of the sequence that is taken back; the server looks
 * at it at its safe points. Whatever it does, something comes: CANCELLED, a cut in the
 * place of the rest of a response, or the response all the same. PROTOCOL.md,
 * "Cancelling".
 */
#include "channel_priv.h"

void oc_channel_tell(const struct oc_channel *ch)
{
	oc_channel_write_word(ch);
	oc_channel_ring(ch);
}

/* A request that is in flight, and not yet taken back. */
static int take_back(struct oc_channel *ch)
{
	const uint8_t state = ch->state;

	/* Nothing of it has left. */
	if (state == OC_CH_START || state == OC_CH_DROP) {
		ch->state = state - 1;
		ch->rx_size = 0;
		return OC_ECANCELLED;
	}
	ch->state = OC_CH_DRAIN;
	/* If it is not ours any more, the next look tells why. */
	if (oc_channel_mine(ch)) {
		/* cancel:REL. Without it a packet of ours could arrive behind the server's look. */
		oc_release();
		ch->cancel = ch->rx_sequence;
		oc_channel_tell(ch);
	}
	return OC_PENDING;
}

int oc_channel_cancel(struct oc_channel *ch)
{
	if (ch->state <= OC_CH_IDLE)
		return oc_channel_unfit(ch);
	return ch->state == OC_CH_DRAIN ? OC_PENDING : take_back(ch);
}

void oc_channel_give_up(struct oc_channel *ch)
{
	oc_channel_cancel(ch);
	ch->rx_size = 0;
}

bool oc_channel_draining(const struct oc_channel *ch)
{
	return ch->state >= OC_CH_DRAIN;
}

int oc_channel_call(struct oc_channel *ch, struct oc_msg *request, void *response, uint32_t size)
{
	int status = oc_channel_start(ch, request, response, size);
	int end;

	if (status != OC_OK)
		return status;
	status = oc_channel_wait(ch, ch->timeout_ms);
	if (ch->state <= OC_CH_IDLE)
		return status;
	end = take_back(ch);
	if (end == OC_PENDING)
		end = oc_channel_wait(ch, oc_channel_drain_ms(ch));
	/* What may come yet has no place in the caller's memory any more. */
	ch->rx_size = 0;
	return end == OC_ECANCELLED ? status : end;
}
