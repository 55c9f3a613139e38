// SPDX-License-Identifier: MIT
/*
 * server_grant.c: who has the channel - start, grant, free, stop
 *
 * The epoch in server_word steps at every grant and every release, never at a
 * start, so a client sees by one load whether a grant is still its own, and a
 * request that was written for an older epoch never counts. PROTOCOL.md, "Server
 * start", "Grant", "Free".
 */
#include "server_priv.h"

/* server_uuid[0] values of successive servers differ by at least this much. */
#define SERVER_ID_DISTANCE	0x10000u

void oc_server_reset(struct oc_server *sv)
{
	sv->state = OC_SV_RECEIVE;
	sv->rx_length = 0;
	sv->rx_total = 0;
	sv->tx = NULL;
	sv->tx_left = 0;
	sv->max_packet = OC_PACKET_MAX;
}

/*
 * Stamps are server_uuid[0] + epoch; the distance keeps those of the old server's
 * 65536 epochs apart from those of the new one.
 */
static void make_uuid(struct oc_server *sv, const uint32_t random[4])
{
	uint32_t old = oc_load(&sv->k_header->server_uuid[TFS_SHM_POLL_UUID_ID]);

	memcpy(sv->uuid, random, sizeof(sv->uuid));
	if (sv->uuid[TFS_SHM_POLL_UUID_ID] - old + SERVER_ID_DISTANCE <= 2 * SERVER_ID_DISTANCE)
		sv->uuid[TFS_SHM_POLL_UUID_ID] += 0x40000000;
	sv->uuid[TFS_SHM_POLL_UUID_CHECK] = oc_uuid_check(sv->uuid);
}

/*
 * A DETACHED that lies there with the tag of an epoch to come, from before the memory
 * lost its magic, would be taken for that of the client who gets that epoch, until it
 * has written client_word itself. Nobody has the channel: the epoch begins there.
 */
static uint16_t past_farewell(const struct oc_server *sv)
{
	uint32_t cw = oc_load(&sv->k_header->client_word);
	uint16_t ahead = oc_cw_tag(cw) - sv->epoch;

	return cw & OC_CW_DETACHED && ahead < 0x8000 ? oc_cw_tag(cw) : sv->epoch;
}

int oc_server_start(struct oc_server *sv, void *base, const struct oc_port *port,
		    const uint32_t random[4], void *rx, uint32_t rx_size)
{
	struct tfs_shm_poll_header *k = base;
	uint32_t sw;

	if (!base || (uintptr_t)base % 8 || !port || !rx || (uintptr_t)rx % 8 ||
	    rx_size < OC_PACKET_MIN || rx_size % 8)
		return OC_EINVAL;
	*sv = (struct oc_server) {
		.k_header = k,
		.k_buffer = (uint8_t *)base + TFS_SHM_POLL_HEADER_SIZE,
		.port = port,
		.rx = rx,
		.rx_size = rx_size,
	};
	oc_server_reset(sv);

	/* Role or lock have ordered what our predecessor did: nothing changes behind us. */
	sw = oc_load(&k->server_word);
	/* Another major's READY would not count, but its epoch must not come again. */
	if ((sw & TFS_SHM_POLL_SW_MAGIC_MASK) == TFS_SHM_POLL_SW_MAGIC) {
		sv->epoch = oc_sw_epoch(sw);
		sv->flags = sw & (OC_SW_HELD | OC_SW_GRANTED) ? OC_SW_HELD : 0;
	}
	if (!(sv->flags & OC_SW_HELD))
		sv->epoch = past_farewell(sv);
	if (sv->flags & OC_SW_HELD)
		sv->holder = oc_load(&k->granted_uuid[TFS_SHM_POLL_UUID_OWNER]);
	make_uuid(sv, random);

	/* start:REL. Nobody may take the UUID that we are about to change for a live server's. */
	oc_server_write_word(sv);
	oc_release();
	oc_store_uuid(k->server_uuid, sv->uuid);
	/* ready:REL. READY says that the UUID is there. */
	oc_release();
	sv->flags |= OC_SW_READY;
	oc_server_write_word(sv);
	oc_server_ring(sv, true);
	return OC_OK;
}

static bool may_have_it(const struct oc_server *sv, const uint32_t client[4])
{
	uint32_t stamp = sv->uuid[TFS_SHM_POLL_UUID_ID] + sv->epoch;

	return oc_uuid_valid(client) && client[TFS_SHM_POLL_UUID_STAMP] == stamp &&
	       (!(sv->flags & OC_SW_HELD) || client[TFS_SHM_POLL_UUID_OWNER] == sv->holder);
}

/*
 * What was looked at once and refused is refused until it changes: a torn UUID becomes
 * whole only by a store that we will see, and nobody stamps for an epoch to come. The
 * client whose request has just been written over may sleep: it is rung.
 */
enum oc_server_event oc_server_look(struct oc_server *sv)
{
	uint32_t client[4];

	oc_load_uuid(client, sv->k_header->client_uuid);
	if (memcmp(client, sv->seen, sizeof(client))) {
		memcpy(sv->seen, client, sizeof(client));
		if (!sv->draining && may_have_it(sv, client)) {
			memcpy(sv->asked, client, sizeof(client));
			return OC_SERVER_ATTACH;
		}
		oc_server_ring(sv, true);
	}
	if (sv->flags & OC_SW_HELD && oc_server_left(sv))
		return OC_SERVER_DETACH;
	return OC_SERVER_IDLE;
}

void oc_server_grant(struct oc_server *sv)
{
	struct tfs_shm_poll_header *k = sv->k_header;

	oc_server_reset(sv);
	if (sv->flags & OC_SW_GRANTED) {
		/* revoke:REL. The old client must see its loss before we use the channel. */
		sv->flags &= ~OC_SW_GRANTED;
		oc_server_write_word(sv);
		oc_release();
	}
	oc_store(&k->size_to_tfs, 0);
	oc_store(&k->size_from_tfs, 0);
	oc_store_uuid(k->granted_uuid, sv->asked);
	/* grant:REL. The new client finds cleared sizes and its own UUID, or no grant. */
	oc_release();
	sv->epoch++;
	sv->holder = sv->asked[TFS_SHM_POLL_UUID_OWNER];
	sv->flags |= OC_SW_HELD | OC_SW_GRANTED;
	oc_server_write_word(sv);
	oc_server_ring(sv, true);
}

void oc_server_free(struct oc_server *sv)
{
	oc_server_reset(sv);
	sv->epoch++;
	sv->flags &= ~(OC_SW_HELD | OC_SW_GRANTED);
	/* What we wrote for the old client is there before the next one's grant. */
	oc_server_write_word(sv);
	oc_server_ring(sv, true);
}

/*
 * Of a dead client's request a part may have arrived. The next client's words would
 * complete it, for all requests for an epoch bear the same stamp: the epoch steps.
 */
enum oc_server_event oc_server_died(struct oc_server *sv, uint32_t owner)
{
	const __le32 *k_asks = &sv->k_header->client_uuid[TFS_SHM_POLL_UUID_OWNER];
	uint32_t concerned = sv->flags & OC_SW_HELD ? sv->holder : oc_load(k_asks);

	return concerned == owner ? OC_SERVER_DETACH : OC_SERVER_IDLE;
}

void oc_server_drain(struct oc_server *sv)
{
	sv->draining = true;
	sv->flags |= OC_SW_DRAINING;
	oc_server_write_word(sv);
	oc_server_ring(sv, true);
}

void oc_server_stop(struct oc_server *sv)
{
	sv->flags = sv->flags & (OC_SW_HELD | OC_SW_GRANTED) ? OC_SW_HELD : 0;
	/* stop:REL. A response that was handed over is there before the server is gone. */
	oc_release();
	oc_server_write_word(sv);
	oc_server_ring(sv, true);
}

bool oc_server_granted(const struct oc_server *sv)
{
	return sv->flags & OC_SW_GRANTED;
}
