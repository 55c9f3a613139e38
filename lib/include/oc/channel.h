/* SPDX-License-Identifier: MIT */
/*
 * oc/channel.h: the client's side of a channel
 *
 * A request goes to the server, a response comes back. Memory is the caller's
 * throughout; nothing is allocated, and nothing here knows what messages mean.
 *
 *	static struct oc_channel ch;			(zeroed before its first attach)
 *
 *	status = oc_channel_attach(&ch, (void *)0x55800000, &port, 0x1001, 1000);
 *	if (status == OC_OK)
 *		status = oc_channel_call(&ch, request, response, sizeof(response));
 *	oc_channel_detach(&ch);
 *
 * Every wait is bounded by the timeout given at attach, and 16 turns of the port's
 * pause(); a call that times out takes its request back, which may take as long again,
 * and 100 ms at most. A loop that may not wait uses the _start, _poll and _cancel
 * functions, of which the waiting ones are made.
 *
 * A channel object has one user at a time. Sessions of several tasks may share one:
 * oc_db_...() and oc_channel_attach_again() take the port's mutex, the other functions
 * here do not. Nothing may be called from an interrupt.
 */
#ifndef OC_CHANNEL_H
#define OC_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/port.h>
#include <oc/status.h>
#include <oc/wire.h>

struct tfs_shm_poll_header;

#define OC_FOREVER		(-1)
#define OC_TIMEOUT_MAX		2000000		/* ms; the port's clock wraps at 71 minutes */

/**
 * struct oc_channel - a client's end; every field is private
 *
 * The two pointers named k_ lead into shared memory, where the other side may
 * change anything at any time; all else is the client's own.
 */
struct oc_channel {
	const struct oc_port *port;
	uint32_t grant;		/* how many there have been: sessions belong to one */
	int lost;		/* why the last one ended, and not by us; else OC_OK */

	/* What is below belongs to one attempt to attach, and to its grant. */
	struct tfs_shm_poll_header *k_header;
	uint8_t cw_flags;	/* these three are client_word, as it lies in memory */
	uint8_t cancel;		/* low bits of a sequence */
	uint16_t epoch;		/* of our grant, and before it of the one that we ask for */
	uint8_t state;
	bool rung;		/* the server has, so it can */
	uint16_t jitter_us;	/* the bound of the last wait for another attempt */
	uint32_t wait_until;	/* its end */
	int32_t timeout_ms;

	uint32_t server_id;	/* server_uuid[0] when we attached */
	uint32_t uuid[4];	/* our client_uuid; its check is 0 while none may be granted */
	uint32_t seen;		/* server_word while we wait for it to change */

	uint32_t sequence;	/* of the last request of this grant */
	uint32_t max_packet;

	const uint8_t *tx;	/* request: what is still to be sent */
	uint32_t tx_left;
	uint8_t *rx;		/* response: where it goes */
	uint32_t rx_size;
	uint32_t rx_length;	/* received so far */
	uint32_t rx_total;	/* its length, 0 before the first packet */
	uint32_t rx_sequence;	/* the request that it answers, and its operation */
	uint32_t rx_op;		/* (and the flags behind it in the header) */
	int32_t rx_status;	/* what it says, or that it was cut */
	uint32_t turn;		/* turns of a wait since something went over */
	uint32_t from_us;	/* when the wait began; 0: nobody has looked yet */
};

/*
 * Asks for the channel at @base (64-byte header, then the buffer; aligned to 8)
 * and waits until the server grants it. @owner is a number that at most one live
 * client uses at a time and that stays the same across its resets: a firmware
 * image's id. A channel that this owner holds already, from before a reset, is
 * taken over at once.
 *
 * @timeout_ms: 0 looks once, OC_FOREVER, or at most OC_TIMEOUT_MAX; it also bounds
 * every later call on the channel until oc_channel_set_timeout().
 *
 * OC_OK: granted.
 * OC_ETIMEOUT: no server answered. The attempt stays pending: call again with the
 *	same arguments to go on with it.
 * OC_EBUSY: another owner holds the channel and did not give it back in time.
 * OC_EVERSION, OC_EARCH: the server's channel version, or its byte order, is another
 *	one. Memory that nobody has cleared may look like that until a server starts.
 * OC_EABANDONED: pause() said so; as OC_ETIMEOUT.
 * OC_EINVAL: @base is NULL or not aligned to 8, @port has no clock, @timeout_ms is
 *	out of range, or another attempt of this object is pending.
 */
int oc_channel_attach(struct oc_channel *ch, void *base, const struct oc_port *port,
		      uint32_t owner, int32_t timeout_ms);

/* The same without waiting: start, then poll until it is not OC_PENDING. */
int oc_channel_attach_start(struct oc_channel *ch, void *base, const struct oc_port *port,
			    uint32_t owner, int32_t timeout_ms);
int oc_channel_attach_poll(struct oc_channel *ch);

/*
 * For sessions that share @ch, once it is lost: attaches again as it was attached last,
 * or finds that another session has done so by now, and leaves its grant alone. Takes
 * the port's mutex, and keeps it while it waits.
 *
 * OC_EDETACHED: it never was attached. Otherwise as oc_channel_attach().
 */
int oc_channel_attach_again(struct oc_channel *ch);

/*
 * After OC_EINTERFERENCE and OC_ESERVER_RESTARTED: true if the loss was seen on a
 * write, so the request was not sent as a whole and is never executed; false if on a
 * read, while the response was awaited: it may have been executed.
 */
static inline bool oc_channel_lost_on_write(const struct oc_channel *ch)
{
	return ch->tx_left;
}

/* OC_EINVAL if out of range, as above. */
int oc_channel_set_timeout(struct oc_channel *ch, int32_t timeout_ms);

/*
 * Sends @request (its length field says how long it is; flags, sequence, status
 * and reserved are filled in here) and receives the response into @response, both
 * aligned to 8. The request must stay unchanged until the call returns.
 *
 * OC_OK: the response is there, checked for length, operation and sequence; its
 *	status field is the server's answer.
 *	It may have come while the request was being taken back.
 * OC_ETIMEOUT: the time was over, and the request was taken back. If
 *	oc_channel_draining() says no, it is as if it had never been sent, and the
 *	channel is clean. If yes, the server is silent: nobody knows whether it was
 *	executed, and the next call first waits, within its own timeout, for its end.
 * OC_EABANDONED: pause() ended the wait; as OC_ETIMEOUT.
 * OC_ECANCELLED: the server took it back by itself; as if it had never been sent.
 * OC_ESERVER_RESTARTED, OC_EINTERFERENCE, OC_EPROTOCOL: the channel is detached.
 * OC_ETOOBIG: the response did not fit @size; it is dropped, the channel is fine.
 * OC_EDETACHED, OC_EINVAL.
 */
int oc_channel_call(struct oc_channel *ch, struct oc_msg *request, void *response, uint32_t size);

/*
 * The same without waiting. start returns OC_OK, OC_EDETACHED, or OC_EINVAL (also
 * when a request is in flight); poll returns OC_PENDING until it has one of the
 * results above, but for OC_ETIMEOUT and OC_EABANDONED.
 */
int oc_channel_start(struct oc_channel *ch, struct oc_msg *request, void *response, uint32_t size);
int oc_channel_poll(struct oc_channel *ch);

/*
 * Takes the request in flight back. OC_ECANCELLED: nothing of it had left, and that is
 * all. OC_PENDING: poll on. The result is OC_ECANCELLED - as if it had never been
 * sent -, or what came first: OC_OK with the response, or an error. The request's
 * memory is the caller's again at once, the response's at that result, at give_up or
 * at the next start. OC_EINVAL: no request is in flight. OC_EDETACHED.
 */
int oc_channel_cancel(struct oc_channel *ch);

/*
 * Cancels, and wants no response any more: its memory is the caller's at once. Who
 * polls on all the same gets OC_ETOOBIG for a response that came and was dropped.
 */
void oc_channel_give_up(struct oc_channel *ch);

/*
 * A request that was taken back has not ended yet. It need not be waited for: the next
 * request may be started, and is sent behind its end.
 */
bool oc_channel_draining(const struct oc_channel *ch);

/*
 * For a port whose pause() blocks on a bell that remembers rings: around that, so that the
 * server rings. @us: for how long it would block without a bell. oc_channel_sleep() returns
 * for how long it may, in microseconds: what is left of the wait, once the server has
 * proved that it rings, or @us; 0: not at all, there is something to look at.
 * @rung: the bell has rung. Waits that are not the library's own have no end.
 */
uint32_t oc_channel_sleep(struct oc_channel *ch, uint32_t us);
void oc_channel_awake(struct oc_channel *ch, bool rung);

/* Largest packet to send: OC_PACKET_MIN..OC_PACKET_MAX, a multiple of 8; set after LOGIN. */
int oc_channel_set_max_packet(struct oc_channel *ch, uint32_t bytes);

/*
 * Gives the channel back. A request in flight is given up. Never waits. An attach
 * that is pending cannot be taken back: if the server grants it later, the channel
 * is held by nobody, and other owners are kept out until this one comes again. Who
 * cares finishes the attach first.
 */
void oc_channel_detach(struct oc_channel *ch);

#endif /* OC_CHANNEL_H */
