// SPDX-License-Identifier: MIT
/*
 * channel_attach.c: how a client gets a channel, and gives it back
 *
 * The client writes who it is into client_uuid, stamped with the server it asks
 * (server_uuid[0]) and the epoch it saw; the server answers by copying that UUID
 * to granted_uuid and stepping the epoch. A UUID is four words that nobody writes
 * at once: the check word makes a torn one "nobody", the stamp makes an old one
 * void. PROTOCOL.md, "Attach".
 */
#include "channel_priv.h"

#define JITTER_MIN_US		0x3ff	/* doubled at each void attempt, until 0xffff */

static bool timeout_valid(int32_t timeout_ms)
{
	return timeout_ms >= OC_FOREVER && timeout_ms <= OC_TIMEOUT_MAX;
}

int oc_channel_set_timeout(struct oc_channel *ch, int32_t timeout_ms)
{
	if (!timeout_valid(timeout_ms))
		return OC_EINVAL;
	ch->timeout_ms = timeout_ms;
	return OC_OK;
}

/*
 * A request of this attempt may be granted yet, also one that was written over: its UUID
 * is forgotten when the attempt ends.
 */
static bool has_asked(const struct oc_channel *ch)
{
	return ch->uuid[TFS_SHM_POLL_UUID_CHECK];
}

/* What is not set here is before it is read. */
static void begin_attempt(struct oc_channel *ch, void *base, uint32_t owner)
{
	ch->k_header = base;
	ch->uuid[TFS_SHM_POLL_UUID_OWNER] = owner;
	ch->cw_flags = 0;
	ch->cancel = 0;
	ch->rung = false;
	ch->jitter_us = 0;
	ch->seen = 0;
	ch->sequence = 0;
	ch->state = OC_CH_LOOK;
}

int oc_channel_attach_start(struct oc_channel *ch, void *base, const struct oc_port *port,
			    uint32_t owner, int32_t timeout_ms)
{
	if (!base || (uintptr_t)base % 8 || !port || !port->now_us || !timeout_valid(timeout_ms))
		return OC_EINVAL;
	if (ch->k_header != base || ch->uuid[TFS_SHM_POLL_UUID_OWNER] != owner) {
		/* A request of ours may be granted: it is not to be forgotten. */
		if (has_asked(ch))
			return OC_EINVAL;
		ch->state = OC_CH_DETACHED;
	}
	if (!oc_channel_attempts(ch))
		begin_attempt(ch, base, owner);
	/* Sessions that share the channel read this to find their mutex. */
	if (ch->port != port)
		ch->port = port;
	ch->timeout_ms = timeout_ms;
	ch->max_packet = OC_PACKET_MAX;
	return OC_OK;
}

/*
 * A request that lost waits a random while, so that two clients do not meet for ever.
 * The check of its UUID is as random as its nonce, and another client's is another one.
 */
static int attach_again(struct oc_channel *ch)
{
	ch->jitter_us = ch->jitter_us << 1 | JITTER_MIN_US;
	ch->wait_until = ch->port->now_us(ch->port->ctx) +
			 (ch->uuid[TFS_SHM_POLL_UUID_CHECK] & ch->jitter_us);
	ch->state = OC_CH_JITTER;
	return OC_PENDING;
}

/* Another owner has the channel; wait for server_word to change before asking again. */
static bool held_by_another(const struct oc_channel *ch, uint32_t sw, uint32_t seen)
{
	return sw & OC_SW_HELD &&
	       (sw == seen ||
		oc_load(&ch->k_header->granted_uuid[TFS_SHM_POLL_UUID_OWNER]) !=
		ch->uuid[TFS_SHM_POLL_UUID_OWNER]);
}

/* No server that we could talk to. One of another kind says so by magic and READY. */
static int not_ready(struct oc_channel *ch, uint32_t sw)
{
	int status;

	if (sw >> OC_SW_MAGIC_SHIFT == TFS_SHM_POLL_SW_MAGIC >> OC_SW_MAGIC_SHIFT &&
	    sw & OC_SW_READY)
		status = OC_EVERSION;
	else if (oc_sw_ready(__builtin_bswap32(sw)))
		status = OC_EARCH;
	else
		return OC_PENDING;
	oc_channel_detach(ch);
	return status;
}

static int attach_look(struct oc_channel *ch)
{
	const uint32_t sw = oc_load(&ch->k_header->server_word);
	const uint32_t seen = ch->seen;

	ch->seen = 0;
	if (!oc_sw_ready(sw))
		return not_ready(ch, sw);
	/*
	 * look:ACQ. granted_uuid and server_uuid belong to this server_word: without
	 * it we could judge by the owner before the last grant, or stamp our request
	 * for the server before the last restart.
	 */
	oc_acquire();
	if (held_by_another(ch, sw, seen)) {
		ch->seen = sw;
		return OC_PENDING;
	}

	/* One word, and there before READY: no need for the UUID's check. */
	ch->server_id = oc_load(&ch->k_header->server_uuid[TFS_SHM_POLL_UUID_ID]);
	ch->epoch = oc_sw_epoch(sw) + 1;
	ch->uuid[TFS_SHM_POLL_UUID_ID] = oc_channel_random(ch);
	ch->uuid[TFS_SHM_POLL_UUID_STAMP] = ch->server_id + oc_sw_epoch(sw);
	ch->uuid[TFS_SHM_POLL_UUID_CHECK] = oc_uuid_check(ch->uuid);

	/*
	 * look:REL. Stores of this client's past - an earlier grant's size or
	 * client_word - must not arrive after the server acted on this request.
	 */
	oc_release();
	oc_store_uuid(ch->k_header->client_uuid, ch->uuid);
	oc_channel_ring(ch);
	ch->state = OC_CH_ASKED;
	return OC_PENDING;
}

static bool uuid_is_ours(const struct oc_channel *ch, const __le32 k_uuid[4])
{
	int i = 4;

	while (i-- && oc_load(&k_uuid[i]) == ch->uuid[i])
		;
	return i < 0;
}

static int attach_accept(struct oc_channel *ch)
{
	ch->grant++;
	ch->lost = OC_OK;
	ch->uuid[TFS_SHM_POLL_UUID_CHECK] = 0;
	/* Nothing is taken back: 0 is the number before the first. */
	if (ch->port->ring)
		ch->cw_flags = OC_CW_CAN_RING;
	oc_channel_write_word(ch);
	ch->state = OC_CH_IDLE;
	return OC_OK;
}

static int attach_asked(struct oc_channel *ch)
{
	struct tfs_shm_poll_header *k = ch->k_header;
	const uint32_t behind = oc_channel_behind(ch);

	/*
	 * asked:ACQ. The UUIDs, and once it is granted the sizes, belong to this word or
	 * a later one: else a grant would look void.
	 */
	oc_acquire();
	if (!behind && uuid_is_ours(ch, k->granted_uuid))
		return attach_accept(ch);
	if (oc_sw_epoch(behind) != 1 ||
	    oc_load(&k->server_uuid[TFS_SHM_POLL_UUID_ID]) != ch->server_id ||
	    !uuid_is_ours(ch, k->client_uuid))
		return attach_again(ch);
	return OC_PENDING;
}

int oc_channel_attach_step(struct oc_channel *ch)
{
	if (ch->state == OC_CH_ASKED)
		return attach_asked(ch);
	if (ch->state == OC_CH_JITTER) {
		if ((int32_t)(ch->port->now_us(ch->port->ctx) - ch->wait_until) < 0)
			return OC_PENDING;
		ch->state = OC_CH_LOOK;
	}
	return attach_look(ch);
}

int oc_channel_attach_poll(struct oc_channel *ch)
{
	if (oc_channel_attempts(ch))
		return oc_channel_attach_step(ch);
	return oc_channel_attached(ch) ? OC_OK : OC_EDETACHED;
}

int oc_channel_attach(struct oc_channel *ch, void *base, const struct oc_port *port,
		      uint32_t owner, int32_t timeout_ms)
{
	int status = oc_channel_attach_start(ch, base, port, owner, timeout_ms);

	if (status == OC_OK)
		status = oc_channel_wait(ch, ch->timeout_ms);
	/* Held by another, and nothing of ours stands: this attempt may end. */
	if (status == OC_ETIMEOUT && ch->seen) {
		oc_channel_detach(ch);
		status = OC_EBUSY;
	}
	return status;
}

/*
 * While the epoch is ours client_word is, with a server or without: one that starts
 * later finds there that its holder has gone. In another epoch it may be another
 * client's, and our tag would count for nothing.
 */
static bool client_word_is_ours(const struct oc_channel *ch)
{
	return ch->state >= OC_CH_LOST && !oc_sw_epoch(oc_channel_behind(ch));
}

void oc_channel_detach(struct oc_channel *ch)
{
	/* What we asked for cannot be taken back, but it may be granted by now. */
	if (has_asked(ch))
		attach_asked(ch);
	if (client_word_is_ours(ch)) {
		/*
		 * detach:REL. After this store the channel may be another's: nothing
		 * of ours later.
		 */
		oc_release();
		ch->cancel = 0;
		ch->cw_flags = OC_CW_DETACHED;
		oc_channel_tell(ch);
	}
	ch->uuid[TFS_SHM_POLL_UUID_CHECK] = 0;
	ch->state = OC_CH_DETACHED;
}
