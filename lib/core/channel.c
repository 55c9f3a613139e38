// SPDX-License-Identifier: MIT
/*
 * channel.c: requests out, responses in
 *
 * A size word hands the buffer over: data first, then the size; size first, then
 * the data. The pairs, with the labels of the model in tests/model/:
 *
 *	client				server
 *	send:REL (data, size_to_tfs)	receive:ACQ (size_to_tfs, data)
 *	send:ACQ (size_to_tfs == 0)	receive:LS (copy out, size_to_tfs = 0)
 *	receive:ACQ (size_from_tfs)	respond:REL (data, size_from_tfs)
 *	receive:LS (copy out, = 0)	respond:ACQ (size_from_tfs == 0)
 *	cancel:REL (size_to_tfs, client_word)	respond:ACQ (client_word, size_to_tfs)
 *
 * The last packet of a message is given back with the answer to it, by one store of
 * both sizes: while there is nothing else to send, giving it back would be a second
 * change of the line that both sides look at. send:ACQ and respond:ACQ order the
 * copy out then. Either side writes 0 only where it read another value: a 0 that is
 * on its way to a word that is 0 already could come down on the other side's next size.
 */
#include "channel_priv.h"

uint32_t oc_channel_behind(const struct oc_channel *ch)
{
	const uint32_t flags = OC_SW_READY | OC_SW_GRANTED;
	const uint32_t sw = oc_load(&ch->k_header->server_word);

	return oc_sw(ch->epoch, flags) -
	       (sw & (OC_SW_VERSION_MASK | TFS_SHM_POLL_SW_EPOCH_MASK | flags));
}

/*
 * ring:FULL. Pairs with the server's sleep:FULL, between setting SLEEPING and its second
 * look: either it sees our news there, or we see SLEEPING here.
 */
void oc_channel_ring(const struct oc_channel *ch)
{
	const struct oc_port *port = ch->port;
	void (*ring)(void *ctx) = port->ring;

	if (!ring)
		return;
	oc_full();
	if (oc_load(&ch->k_header->server_word) & OC_SW_SLEEPING)
		ring(port->ctx);
}

/* The grant is not ours any more: find out why, and write nothing. */
static void find_loss(struct oc_channel *ch)
{
	uint32_t sw = oc_load(&ch->k_header->server_word);
	uint32_t server;

	/* lost:ACQ. A new server's UUID is there before its READY: the barrier keeps that order. */
	oc_acquire();
	server = oc_load(&ch->k_header->server_uuid[TFS_SHM_POLL_UUID_ID]);
	if (ch->state == OC_CH_DROP)		/* nothing of the next request has left */
		ch->tx_left = sizeof(struct oc_msg);
	ch->state = OC_CH_LOST;
	ch->lost = OC_ESERVER_RESTARTED;
	if (oc_sw_ready(sw) && server == ch->server_id)
		ch->lost = OC_EINTERFERENCE;
}

static inline int lost(struct oc_channel *ch)
{
	find_loss(ch);
	return ch->lost;
}

static int broken(struct oc_channel *ch)
{
	oc_channel_detach(ch);
	return OC_EPROTOCOL;
}

static int send_packet(struct oc_channel *ch)
{
	struct tfs_shm_poll_header *k = ch->k_header;
	uint32_t n = oc_load(&k->size_to_tfs), answer;

	/*
	 * send:ACQ. Without it we could write into a buffer that is still being read; and
	 * give back a response's last packet before we have copied it.
	 */
	oc_acquire();
	if (!oc_channel_mine(ch))
		return lost(ch);
	if (n)
		return OC_PENDING;
	answer = oc_load(&k->size_from_tfs);
	if (answer && ch->state == OC_CH_SEND)	/* to a request that is not there yet */
		return broken(ch);

	n = ch->tx_left < ch->max_packet ? ch->tx_left : ch->max_packet;
	oc_copy_out(oc_channel_buffer(ch), ch->tx, n);
	/* send:REL. Without it the server could read the buffer before our data is there. */
	oc_release();
	if (answer)
		oc_store_sizes(k, n, 0);
	else
		oc_store(&k->size_to_tfs, n);
	oc_channel_ring(ch);

	ch->tx += n;
	ch->tx_left -= n;
	ch->turn = 0;
	ch->state = ch->tx_left ? OC_CH_SEND : OC_CH_RECEIVE;
	return OC_PENDING;
}

/* The request at tx is what goes next, and its response what comes. */
static void begin_request(struct oc_channel *ch)
{
	const struct oc_msg *request = (const void *)ch->tx;

	ch->tx_left = request->length;
	ch->rx_length = 0;
	ch->rx_total = 0;
	ch->rx_sequence = ch->sequence;
	ch->rx_op = request->op | (uint32_t)OC_MSG_RESPONSE << 16;
}

/* Of a request that was sent in part nothing comes but that it is taken back. */
static bool response_valid(const struct oc_channel *ch, const struct oc_msg *msg)
{
	return msg->length % 8 == 0 && msg->length <= OC_MESSAGE_MAX &&
	       (msg->op | (uint32_t)msg->flags << 16) == ch->rx_op &&
	       msg->sequence == ch->rx_sequence && msg->status <= 0 &&
	       (!ch->tx_left || msg->status == OC_ECANCELLED);
}

/* In the place of a packet of a response that began: no more of it comes. */
static bool take_cut(struct oc_channel *ch, uint32_t n)
{
	if (n != OC_PACKET_CUT || ch->state < OC_CH_DRAIN || !ch->rx_total)
		return false;
	ch->rx_status = OC_ECANCELLED;
	ch->rx_length = ch->rx_total;
	return true;
}

/*
 * Copies a packet of @n bytes. The header is read from shared memory once, into a
 * local: what was checked is what is used.
 */
static bool take_packet(struct oc_channel *ch, uint32_t n)
{
	const uint8_t *k_from = oc_channel_buffer(ch);
	struct oc_msg msg;
	uint32_t head = 0;

	if (n % 8 || n > OC_PACKET_MAX)
		return take_cut(ch, n);
	if (!ch->rx_total) {
		head = sizeof(msg);
		oc_copy_in(&msg, k_from, head);
		if (n < head || !response_valid(ch, &msg))
			return false;
		ch->rx_total = msg.length;
		ch->rx_status = msg.status;
	}
	if (n > ch->rx_total - ch->rx_length)
		return false;
	if (ch->state != OC_CH_DROP && ch->rx_total <= ch->rx_size) {
		uint8_t *to = ch->rx + ch->rx_length;

		memcpy(to, &msg, head);
		oc_copy_in(to + head, k_from + head, n - head);
	}
	ch->rx_length += n;
	return true;
}

static int receive_packet(struct oc_channel *ch)
{
	struct tfs_shm_poll_header *k = ch->k_header;
	uint32_t n = oc_load(&k->size_from_tfs);
	bool good;

	if (!n) {
		if (oc_channel_mine(ch))
			return OC_PENDING;
		/* last:ACQ. A server that stopped gave its last response before: look once more. */
		oc_acquire();
		n = oc_load(&k->size_from_tfs);
		if (!n)
			return lost(ch);
	}
	/* receive:ACQ. Without it we could read what lay there before the response. */
	oc_acquire();
	good = take_packet(ch, n);
	/*
	 * receive:LS. Without it the server could overwrite what we have yet to copy; and
	 * the epoch would not say whose response it was that we copied. A client that has
	 * taken over leaves its responses in the buffer.
	 */
	oc_acquire();
	if (oc_sw_epoch(oc_load(&k->server_word)) != ch->epoch)
		return lost(ch);
	if (!good)
		return broken(ch);
	ch->turn = 0;
	if (ch->rx_length < ch->rx_total) {
		oc_store(&k->size_from_tfs, 0);
		oc_channel_ring(ch);
		return OC_PENDING;
	}
	if (ch->state == OC_CH_DROP) {
		ch->state = OC_CH_START;
		return OC_PENDING;
	}
	ch->state = OC_CH_IDLE;
	if (ch->rx_status == OC_ECANCELLED)
		return OC_ECANCELLED;
	return ch->rx_total <= ch->rx_size ? OC_OK : OC_ETOOBIG;
}

int oc_channel_start(struct oc_channel *ch, struct oc_msg *request, void *response, uint32_t size)
{
	const uint8_t state = ch->state;
	uint32_t sequence;

	if (!oc_channel_attached(ch))
		return OC_EDETACHED;
	if ((state != OC_CH_IDLE && state != OC_CH_DRAIN) || request->length < sizeof(*request) ||
	    request->length % 8 || request->length > OC_MESSAGE_MAX || (!response && size))
		return OC_EINVAL;

	/* 256 requests ago one that looks alike may have been taken back: leave it out. */
	sequence = ch->sequence + 1;
	if ((uint8_t)sequence == ch->cancel)
		sequence++;
	ch->sequence = sequence;
	request->flags = 0;
	request->sequence = sequence;
	request->status = 0;
	request->reserved = 0;
	ch->tx = (const uint8_t *)request;
	ch->rx = response;
	ch->rx_size = size;
	ch->state = state + 1;
	return OC_OK;
}

int oc_channel_request_step(struct oc_channel *ch)
{
	if (ch->state == OC_CH_START)
		begin_request(ch);
	return ch->state < OC_CH_RECEIVE ? send_packet(ch) : receive_packet(ch);
}

int oc_channel_poll(struct oc_channel *ch)
{
	return ch->state > OC_CH_IDLE ? oc_channel_request_step(ch) : oc_channel_unfit(ch);
}

int oc_channel_set_max_packet(struct oc_channel *ch, uint32_t bytes)
{
	if (bytes < OC_PACKET_MIN || bytes > OC_PACKET_MAX || bytes % 8)
		return OC_EINVAL;
	ch->max_packet = bytes;
	return OC_OK;
}
