/* SPDX-License-Identifier: MIT */
/*
 * server_priv.h: the states of a server's end
 *
 * READY is in server_word from start to stop. Whether the channel is held and
 * granted is in sv->flags, our half of that word.
 *
 * RECEIVE	a request may come, packet by packet (only while granted).
 *		the last packet is in -> WORK; a bad one, or cancelled -> REFUSE
 * DRAIN	the rest of a request that is too long comes and is thrown away.
 *		the last packet is in, or cancelled -> REFUSE
 * WORK		the request is the caller's, who may ask whether it was cancelled.
 *		respond -> SEND
 * SEND		the caller's response leaves packet by packet, each after we read
 *		size_from_tfs == 0.
 *		the last packet has left, or, behind the first, a cut -> RECEIVE
 * REFUSE	the same with our own answer to a request that is bad or was cancelled.
 *
 * A grant or a release ends all of them: back to RECEIVE.
 */
#ifndef OC_SERVER_PRIV_H
#define OC_SERVER_PRIV_H

#include <oc/server.h>

#include "words.h"

enum oc_server_state {
	OC_SV_RECEIVE = 0,
	OC_SV_DRAIN,
	OC_SV_WORK,
	OC_SV_SEND,
	OC_SV_REFUSE,
};

/*
 * ring:FULL. Rings after news. A client with a grant says in client_word whether it
 * sleeps; pairs with its sleep:FULL, between setting that and its second look.
 *
 * news:FULL. A client without a grant has no word to say it in: news of a start, a
 * grant or a release always rings, and is there before the ring.
 */
static inline void oc_server_ring(const struct oc_server *sv, bool always)
{
	uint32_t cw;

	if (!sv->port->ring)
		return;
	oc_full();
	cw = oc_load(&sv->k_header->client_word);
	if (always || (oc_cw_tag(cw) == sv->epoch && cw & OC_CW_SLEEPING))
		sv->port->ring(sv->port->ctx);
}

static inline void oc_server_write_word(struct oc_server *sv)
{
	oc_store(&sv->k_header->server_word, oc_sw(sv->epoch, sv->flags));
}

/* The client takes back the request whose first packet we have read. */
static inline bool oc_server_taken_back(const struct oc_server *sv)
{
	uint32_t cw = oc_load(&sv->k_header->client_word);

	return oc_cw_tag(cw) == sv->epoch && oc_cw_cancel(cw) == (uint8_t)sv->rx_sequence;
}

/* The client has given the channel back. */
static inline bool oc_server_left(const struct oc_server *sv)
{
	uint32_t cw = oc_load(&sv->k_header->client_word);

	return oc_cw_tag(cw) == sv->epoch && cw & OC_CW_DETACHED;
}

/* Looks at client_uuid and client_word: OC_SERVER_ATTACH, _DETACH or _IDLE. */
enum oc_server_event oc_server_look(struct oc_server *sv);

/* Forgets what was being received or sent. */
void oc_server_reset(struct oc_server *sv);

#endif /* OC_SERVER_PRIV_H */
