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

void oc_channel_write_word(const struct oc_channel *ch)
{
	oc_store(&ch->k_header->client_word, oc_cw(ch->epoch, ch->cancel, ch->cw_flags));
}

void oc_channel_tell(const struct oc_channel *ch)
{
	oc_channel_write_word(ch);
	oc_channel_ring(ch);
}

/* Nothing of the request has left. */
static int drop(struct oc_channel *ch, enum oc_channel_state state)
{
	ch->rx_size = 0;
	ch->state = state;
	return OC_ECANCELLED;
}

int oc_channel_cancel(struct oc_channel *ch)
{
	if (ch->state <= OC_CH_IDLE)
		return oc_channel_unfit(ch);
	if (ch->state == OC_CH_DROP)
		return drop(ch, OC_CH_DRAIN);
	if (ch->state == OC_CH_START)
		return drop(ch, OC_CH_IDLE);
	/* If it is not ours any more, the next look tells why. */
	if (ch->state != OC_CH_DRAIN && oc_channel_mine(ch)) {
		/* cancel:REL. Without it a packet of ours could arrive behind the server's look. */
		oc_release();
		ch->cancel = ch->rx_sequence;
		oc_channel_tell(ch);
	}
	ch->state = OC_CH_DRAIN;
	return OC_PENDING;
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

	if (status == OC_OK)
		status = oc_channel_wait(ch, oc_channel_poll, ch->timeout_ms);
	if (status != OC_ETIMEOUT && status != OC_EABANDONED)
		return status;
	end = oc_channel_cancel(ch);
	if (end == OC_PENDING)
		end = oc_channel_wait(ch, oc_channel_poll, oc_channel_drain_ms(ch));
	/* What may come yet has no place in the caller's memory any more. */
	ch->rx_size = 0;
	return end == OC_ECANCELLED ? status : end;
}
