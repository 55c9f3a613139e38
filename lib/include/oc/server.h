/* SPDX-License-Identifier: MIT */
/*
 * oc/server.h: the server's side of a channel
 *
 * One object a channel; oc_server_poll() looks at the channel once and says what
 * there is to do. Nothing waits.
 *
 *	oc_server_start(&sv, base, &port, random, rx, sizeof(rx));
 *	for (;;)
 *		switch (oc_server_poll(&sv)) {
 *		case OC_SERVER_ATTACH:	end all sessions; oc_server_grant(&sv);	break;
 *		case OC_SERVER_DETACH:	end all sessions; oc_server_free(&sv);	break;
 *		case OC_SERVER_REQUEST:	answer = handle(rx);
 *					oc_server_respond(&sv, answer);		break;
 *		...
 *		}
 *
 * The caller makes sure that there is no other server on the channel: by the
 * driver's role, or a lock on the memory file.
 */
#ifndef OC_SERVER_H
#define OC_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/port.h>
#include <oc/status.h>
#include <oc/wire.h>

struct tfs_shm_poll_header;

enum oc_server_event {
	OC_SERVER_IDLE,		/* nothing new */
	OC_SERVER_ATTACH,	/* a client may have the channel: end its sessions, then grant */
	OC_SERVER_DETACH,	/* the client has gone: end its sessions, then free */
	OC_SERVER_PACKET,	/* a part of a request came, or a part of a response left */
	OC_SERVER_REQUEST,	/* a whole request lies in rx: respond to it, now or later */
	OC_SERVER_BAD_REQUEST,	/* it was refused already; sv->error says why */
	OC_SERVER_SENT,		/* the response has left; its memory is the caller's again */
	OC_SERVER_CANCELLED,	/* taken back: a request in part, or the rest of a response */
};

struct oc_refusal {
	struct oc_msg msg;
	struct oc_error_body body;
};

/**
 * struct oc_server - the server's end; fields are private but for the marked ones
 */
struct oc_server {
	struct tfs_shm_poll_header *k_header;
	uint8_t *k_buffer;
	const struct oc_port *port;

	uint32_t uuid[4];	/* our server_uuid */
	uint32_t asked[4];	/* client_uuid of the request that is to be granted */
	uint32_t seen[4];	/* client_uuid that was looked at already */
	uint32_t holder;	/* owner that holds the channel */
	uint16_t epoch;
	uint8_t flags;		/* our half of server_word */
	uint8_t state;
	bool draining;

	uint8_t *rx;		/* caller's memory for requests */
	uint32_t rx_size;
	uint32_t rx_length;	/* public while a request is there: its length */
	uint32_t rx_total;	/* 0 before a request's first packet */
	uint32_t rx_session;	/* of the request's header, for its answer */
	uint32_t rx_sequence;
	uint16_t rx_op;

	const uint8_t *tx;
	uint32_t tx_left;
	bool answered;		/* the response's first packet has left */
	uint32_t max_packet;	/* what the client takes */

	struct oc_refusal refusal;	/* the answer to a bad request */
	int error;		/* public: its status */
};

/*
 * Takes over the channel at @base, keeping who holds it from an earlier server,
 * and rings. @random: 16 bytes, from libuuid or as good. @rx: aligned to 8, for
 * requests of up to @rx_size bytes (a multiple of 8, at least OC_PACKET_MIN).
 */
int oc_server_start(struct oc_server *sv, void *base, const struct oc_port *port,
		    const uint32_t random[4], void *rx, uint32_t rx_size);

enum oc_server_event oc_server_poll(struct oc_server *sv);

/* After OC_SERVER_ATTACH, when no session of the channel is left. */
void oc_server_grant(struct oc_server *sv);

/* After OC_SERVER_DETACH: the channel is free for anybody, and older requests are void. */
void oc_server_free(struct oc_server *sv);

/*
 * The client with this @owner is known to be dead, and its stores have arrived or never
 * will: a full barrier has come after the report, and nobody has its role meanwhile.
 * OC_SERVER_DETACH: it has the channel, or a request of its stands; OC_SERVER_IDLE.
 */
enum oc_server_event oc_server_died(struct oc_server *sv, uint32_t owner);

/*
 * Answers the request, at the next polls. @response: length, session and status are
 * the caller's, the rest of its header is filled in here. It stays untouched until
 * OC_SERVER_SENT, or until a grant or a release drops it.
 */
void oc_server_respond(struct oc_server *sv, struct oc_msg *response);

/*
 * Between OC_SERVER_REQUEST and oc_server_respond(): whether the client has taken the
 * request back, or has detached. One load; ask at every point where work can be stopped
 * and undone. Whoever stops responds with OC_ECANCELLED, which says that nothing was
 * done; whoever cannot stop any more, with the answer. After OC_SERVER_CANCELLED in the
 * place of OC_SERVER_SENT the client knows no answer, and what was done is undone where
 * it can be.
 */
bool oc_server_cancelled(const struct oc_server *sv);

/*
 * Before the caller blocks on a bell, with all channels that it serves: says in the header
 * that the server sleeps. Then look again at everything (oc_server_poll(), and what else
 * is awaited), and block only if there is nothing; afterwards oc_server_awake().
 */
void oc_server_sleep(struct oc_server *sv);
void oc_server_awake(struct oc_server *sv);

/*
 * Whether the client that has the channel may hand something over without a ring: it has
 * no bell, or has not said yet. Then look from time to time. Without a client only the
 * configuration can know whether the next one rings.
 */
bool oc_server_client_is_silent(const struct oc_server *sv);

/* Largest packet that the client takes, from its LOGIN; a multiple of 8. */
void oc_server_set_max_packet(struct oc_server *sv, uint32_t bytes);

/* No new client from now on; the header says so. */
void oc_server_drain(struct oc_server *sv);

/* Clean end: the channel has no server, its holder is kept. */
void oc_server_stop(struct oc_server *sv);

/* Whether a client has the channel now. */
bool oc_server_granted(const struct oc_server *sv);

#endif /* OC_SERVER_H */
