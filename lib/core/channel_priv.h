/* SPDX-License-Identifier: MIT */
/*
 * channel_priv.h: the states of a client's end
 *
 * DETACHED	no grant. Nothing of ours is written.
 *		attach -> LOOK
 * LOOK		looks for a server that would have us. The only state in which an
 *		attempt may be given up.
 *		request written -> ASKED
 * ASKED	our client_uuid stands, the server decides.
 *		granted -> IDLE; void -> JITTER
 * JITTER	a random wait before the next look; the old request is void.
 *		time is up -> LOOK
 * LOST		the grant is not ours any more, and nothing of ours is written. Only if
 *		the epoch stands still, because a new server found us as the holder,
 *		may a detach say that we are gone.
 *		detach -> DETACHED; attach -> LOOK
 * IDLE		granted. size_to_tfs, the buffer (while both sizes are 0) and
 *		client_word are ours to write.
 *		start -> START
 * START	a request waits to go out, and nothing of it has left.
 *		the first packet is out -> SEND; cancelled -> IDLE
 * SEND		more packets of it go out, each after we read size_to_tfs == 0.
 *		the last one is out -> RECEIVE; cancelled -> DRAIN
 * RECEIVE	packets of its response come in.
 *		the last one is in -> IDLE; cancelled -> DRAIN
 * DRAIN	the request was taken back, and no packet of it goes out any more. What
 *		comes in is its end: CANCELLED, a cut, or the response all the same.
 *		the last packet is in -> IDLE; start -> DROP
 * DROP		the same, while the next request waits, and nothing is kept.
 *		the last packet is in -> START; cancelled -> DRAIN
 *
 * From IDLE on every state falls back to LOST, writing nothing, when server_word no
 * longer says that the grant is ours.
 */
#ifndef OC_CHANNEL_PRIV_H
#define OC_CHANNEL_PRIV_H

#include <oc/channel.h>

#include "words.h"

#define OC_DRAIN_MS	100

enum oc_channel_state {
	OC_CH_DETACHED = 0,
	OC_CH_LOOK,
	OC_CH_ASKED,
	OC_CH_JITTER,
	OC_CH_LOST,
	OC_CH_IDLE,
	OC_CH_START,
	OC_CH_SEND,
	OC_CH_RECEIVE,
	OC_CH_DRAIN,
	OC_CH_DROP,
};

/* A start is one state on, and where nothing has left, taking it back is one state back. */
_Static_assert(OC_CH_START == OC_CH_IDLE + 1 && OC_CH_DROP == OC_CH_DRAIN + 1, "");

static inline uint8_t *oc_channel_buffer(const struct oc_channel *ch)
{
	return (uint8_t *)ch->k_header + TFS_SHM_POLL_HEADER_SIZE;
}

static inline bool oc_channel_attached(const struct oc_channel *ch)
{
	return ch->state >= OC_CH_IDLE;
}

/* An attempt that a timeout left pending goes on; anything else begins anew. */
static inline bool oc_channel_attempts(const struct oc_channel *ch)
{
	return ch->state >= OC_CH_LOOK && ch->state <= OC_CH_JITTER;
}

/* What a function returns that this state has no use for. */
static inline int oc_channel_unfit(const struct oc_channel *ch)
{
	return oc_channel_attached(ch) ? OC_EINVAL : OC_EDETACHED;
}

/*
 * What server_word lacks to be that of our grant: 0 while the grant is ours. One load says
 * so: the epoch steps at every grant and release, READY goes with the server. As the
 * flags stand lowest, oc_sw_epoch() of this is by how many epochs it lies behind.
 */
uint32_t oc_channel_behind(const struct oc_channel *ch);

static inline bool oc_channel_mine(const struct oc_channel *ch)
{
	return !oc_channel_behind(ch);
}

/*
 * Rings after news, if the server sleeps. Without a bell there is nobody to wake.
 */
void oc_channel_ring(const struct oc_channel *ch);

/* client_word is the granted client's; after DETACHED it is not written again. */
static inline void oc_channel_write_word(const struct oc_channel *ch)
{
	oc_store(&ch->k_header->client_word, oc_cw(ch->epoch, ch->cancel, ch->cw_flags));
}

/* The same, for news: rings. */
void oc_channel_tell(const struct oc_channel *ch);

static inline uint32_t oc_channel_random(const struct oc_channel *ch)
{
	return ch->port->random ? ch->port->random(ch->port->ctx)
				: ch->port->now_us(ch->port->ctx);
}

/*
 * How long a call waits for the end of the request that it took back. OC_FOREVER is the
 * largest there is.
 */
static inline int32_t oc_channel_drain_ms(const struct oc_channel *ch)
{
	return (uint32_t)ch->timeout_ms < OC_DRAIN_MS ? ch->timeout_ms : OC_DRAIN_MS;
}

/* One look each: of an attempt, from LOOK to JITTER, and of a request, from START on. */
int oc_channel_attach_step(struct oc_channel *ch);
int oc_channel_request_step(struct oc_channel *ch);

/* The one or the other until it is done, pausing in between, for @timeout_ms at most. */
int oc_channel_wait(struct oc_channel *ch, int32_t timeout_ms);

#endif /* OC_CHANNEL_PRIV_H */
