// SPDX-License-Identifier: MIT
/*
 * server.c: requests in, responses out
 *
 * The pairs of the hand-over are listed in channel.c. Everything that a client
 * writes is read once, into a local, and checked before it is used; a length is
 * all that is ever taken from it, and 32768 bounds that.
 */
#include "server_priv.h"

/* An answer of our own; it needs no memory of the caller's. */
static void answer(struct oc_server *sv, int status)
{
	struct oc_refusal *r = &sv->refusal;

	r->msg = (struct oc_msg) {
		.length = sizeof(*r),
		.op = sv->rx_op,
		.flags = OC_MSG_RESPONSE,
		.session = sv->rx_session,
		.sequence = sv->rx_sequence,
		.status = status,
	};
	r->body = (struct oc_error_body) {
		.index = OC_NONE, .table = OC_NONE, .column = OC_NONE,
	};
	sv->tx = (const uint8_t *)r;
	sv->tx_left = sizeof(*r);
	sv->rx_total = 0;
	sv->state = OC_SV_REFUSE;
}

static enum oc_server_event refuse(struct oc_server *sv, int status)
{
	answer(sv, status);
	sv->error = status;
	return OC_SERVER_BAD_REQUEST;
}

/*
 * Its first packets came, and no others will. One that stands goes back unread, with
 * the answer: respond:ACQ comes between our look at client_word and that at size_to_tfs.
 */
static enum oc_server_event take_back(struct oc_server *sv)
{
	answer(sv, OC_ECANCELLED);
	return OC_SERVER_CANCELLED;
}

static bool request_valid(const struct oc_msg *msg, uint32_t n)
{
	return msg->length >= n && msg->length % 8 == 0 && msg->length <= OC_MESSAGE_MAX &&
	       !msg->flags && !msg->status && !msg->reserved;
}

static bool packet_size_valid(const struct oc_server *sv, uint32_t n)
{
	return n <= OC_PACKET_MAX && n % 8 == 0 &&
	       (sv->rx_total || n >= sizeof(struct oc_msg));
}

/* The first packet: its header says how long the message is. */
static int take_first(struct oc_server *sv, uint32_t n)
{
	struct oc_msg msg;

	oc_copy_in(&msg, sv->k_buffer, sizeof(msg));
	sv->rx_op = msg.op;
	sv->rx_session = msg.session;
	sv->rx_sequence = msg.sequence;
	if (!request_valid(&msg, n))
		return OC_EPROTOCOL;
	sv->rx_total = msg.length;
	sv->rx_length = n;
	if (msg.length > sv->rx_size) {
		sv->state = OC_SV_DRAIN;
		return OC_OK;
	}
	memcpy(sv->rx, &msg, sizeof(msg));
	oc_copy_in(sv->rx + sizeof(msg), sv->k_buffer + sizeof(msg), n - sizeof(msg));
	return OC_OK;
}

static int take_next(struct oc_server *sv, uint32_t n)
{
	if (n > sv->rx_total - sv->rx_length)
		return OC_EPROTOCOL;
	if (sv->state == OC_SV_RECEIVE)
		oc_copy_in(sv->rx + sv->rx_length, sv->k_buffer, n);
	sv->rx_length += n;
	return OC_OK;
}

static int take_packet(struct oc_server *sv, uint32_t n)
{
	if (!packet_size_valid(sv, n))
		return OC_EPROTOCOL;
	return sv->rx_total ? take_next(sv, n) : take_first(sv, n);
}

static enum oc_server_event receive_packet(struct oc_server *sv, uint32_t n)
{
	bool whole;
	int status;

	/* receive:ACQ. Without it we could read what lay there before the request. */
	oc_acquire();
	if (!sv->rx_total) {
		sv->rx_op = 0;
		sv->rx_session = 0;
		sv->rx_sequence = 0;
	}
	status = take_packet(sv, n);
	whole = status == OC_OK && sv->rx_length == sv->rx_total;
	if (!whole) {
		/* receive:LS. Without it the client could overwrite what we have yet to copy. */
		oc_acquire();
		oc_store(&sv->k_header->size_to_tfs, 0);
		oc_server_ring(sv, false);
	}
	if (status == OC_OK && !whole)
		return OC_SERVER_PACKET;
	sv->rx_total = 0;
	if (status != OC_OK)
		return refuse(sv, status);
	/* Its sender would not have listened before: every packet waits for the last. */
	if (sv->state == OC_SV_DRAIN)
		return refuse(sv, OC_ETOOBIG);
	sv->state = OC_SV_WORK;
	return OC_SERVER_REQUEST;
}

/* Of a response of which a part has left, no more comes. */
static enum oc_server_event cut(struct oc_server *sv)
{
	oc_store(&sv->k_header->size_from_tfs, OC_PACKET_CUT);
	oc_server_ring(sv, false);
	sv->tx = NULL;
	sv->state = OC_SV_RECEIVE;
	return OC_SERVER_CANCELLED;
}

static enum oc_server_event send_packet(struct oc_server *sv)
{
	uint32_t n = sv->tx_left < sv->max_packet ? sv->tx_left : sv->max_packet;
	struct tfs_shm_poll_header *k = sv->k_header;
	bool refusal = sv->state == OC_SV_REFUSE;

	if (oc_load(&k->size_from_tfs))
		return OC_SERVER_IDLE;
	/*
	 * respond:ACQ. Without it we could write into a buffer that is still being read,
	 * give back a request's last packet before we have copied it, or leave one standing
	 * that was sent before its request was taken back.
	 */
	oc_acquire();
	if (sv->answered && !refusal && oc_server_taken_back(sv))
		return cut(sv);
	oc_copy_out(sv->k_buffer, sv->tx, n);
	/* respond:REL. Without it the client could read the buffer before our data is there. */
	oc_release();
	if (oc_load(&k->size_to_tfs))
		oc_store_sizes(k, 0, n);
	else
		oc_store(&k->size_from_tfs, n);
	sv->answered = true;
	oc_server_ring(sv, false);

	sv->tx += n;
	sv->tx_left -= n;
	if (sv->tx_left)
		return OC_SERVER_PACKET;
	sv->tx = NULL;
	sv->state = OC_SV_RECEIVE;
	return refusal ? OC_SERVER_PACKET : OC_SERVER_SENT;
}

enum oc_server_event oc_server_poll(struct oc_server *sv)
{
	enum oc_server_event event = OC_SERVER_IDLE;
	uint32_t n;

	if (sv->state == OC_SV_SEND || sv->state == OC_SV_REFUSE) {
		event = send_packet(sv);
	} else if (sv->flags & OC_SW_GRANTED && sv->state != OC_SV_WORK) {
		n = oc_load(&sv->k_header->size_to_tfs);
		if (n)
			event = receive_packet(sv, n);
		else if (sv->rx_total && oc_server_taken_back(sv))
			event = take_back(sv);
	}
	return event == OC_SERVER_IDLE ? oc_server_look(sv) : event;
}

void oc_server_respond(struct oc_server *sv, struct oc_msg *response)
{
	response->flags = OC_MSG_RESPONSE;
	response->op = sv->rx_op;
	response->sequence = sv->rx_sequence;
	response->reserved = 0;
	sv->tx = (const uint8_t *)response;
	sv->tx_left = response->length;
	sv->answered = false;
	sv->state = OC_SV_SEND;
}

bool oc_server_cancelled(const struct oc_server *sv)
{
	return sv->state == OC_SV_WORK && (oc_server_taken_back(sv) || oc_server_left(sv));
}

void oc_server_set_max_packet(struct oc_server *sv, uint32_t bytes)
{
	sv->max_packet = bytes;
}
