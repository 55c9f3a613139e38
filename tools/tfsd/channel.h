/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * channel.h: a channel as tfsd serves it - its memory, sessions and one request
 *
 * channel_turn() does what can be done now and waits for nobody (store.h says when it
 * waits for the disk), so one reactor serves any number of channels. A request that
 * cannot be answered yet stays with its channel and is asked again at the next turn:
 *
 *	NONE	the client's turn
 *	RUN	being worked on: for a commit, the store's writer or its sync is awaited, for
 *		SQL a worker. A client that comes or goes waits until the worker has stopped
 *	SEND	the response leaves
 */
#ifndef TFSD_CHANNEL_H
#define TFSD_CHANNEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <oc/interrupts.h>
#include <oc/bell.h>
#include <oc/region.h>
#include <oc/server.h>

#include "activity.h"
#include "config.h"
#include "database.h"
#include "log.h"
#include "session.h"

struct job;
struct oc_latch;
struct statements;

enum request_state {
	REQUEST_NONE = 0,
	REQUEST_RUN,
	REQUEST_SEND,
};

/**
 * struct request - the one request that a channel may have
 * @state:    see above
 * @session:  who asks; NULL for PING and LOGIN
 * @msg:      its header; the body follows in the channel's rx
 * @response: what is sent: header and body, in the channel's tx
 * @busy_since_ms: when another program was first found to have the file locked, on
 *            the monotonic clock; 0: it has not been
 * @wait:     OC_PENDING: what it waits for
 * @cancelled: an administrator takes it back
 * @killed:   and ends its session
 * @job:      what a worker does for it: while that is pending, the worker has rx, tx and
 *            what of the session it needs
 * @applied:  END: committed; @ticket tells the store which commit must be durable
 * @error:    what a refusal is about, with the client's table numbers
 */
struct request {
	enum request_state state;
	struct session *session;
	const struct oc_msg *msg;
	struct oc_msg *response;
	uint64_t busy_since_ms;
	enum activity_wait wait;
	bool cancelled;
	bool killed;
	struct job *job;
	bool applied;
	uint64_t ticket;
	struct store_error error;
};

/**
 * struct channel_counters - since tfsd started
 * @requests:     answered, whatever the answer
 * @failed:       of them, with a status that is an error
 * @cancelled:    taken back in time, by the client or an administrator: before they were
 *                whole, while they were worked on, or with a part of the response gone
 * @bad_requests: refused because they break the protocol
 * @grants:       clients that were given the channel
 * @logins:       sessions that began
 * @commits:      transactions that ended with changes
 * @inserts:      rows that they inserted
 * @rollbacks:    transactions that ended without, whoever ended them
 * @reads:        rows that were read
 *
 * Written as activity.h says.
 */
struct channel_counters {
	uint64_t requests;
	uint64_t failed;
	uint64_t cancelled;
	uint64_t bad_requests;
	uint64_t grants;
	uint64_t logins;
	uint64_t commits;
	uint64_t inserts;
	uint64_t rollbacks;
	uint64_t reads;
};

/**
 * struct channel_log - keeps a client from filling the log
 * @second:     that @lines and @suppressed count in
 * @lines:      written
 * @suppressed: not written
 */
struct channel_log {
	uint64_t second;
	unsigned int lines;
	unsigned int suppressed;
};

struct channel {
	unsigned int number;
	struct oc_interrupts *interrupts;	/* of the thread that serves it */
	enum oc_wait wait;
	enum config_doorbell doorbell;
	const struct config *config;
	const struct database_conns *databases;
	struct oc_region region;
	struct oc_bell bell;		/* fd is -1: there is none */
	struct oc_sleeper sleeper;
	bool rung;			/* and not asked yet whether that meant a death */
	struct oc_port port;
	struct oc_server server;
	struct session *sessions;
	uint32_t nsessions;
	uint32_t *next_session;		/* the id of the next login, shared by all channels */
	bool draining;
	enum oc_server_event awaited;	/* a client that waits for a worker to stop; else IDLE */
	struct statements *statements;	/* NULL: no SQL is served */
	struct oc_latch *latch;		/* of the thread that takes its turns; workers set it */
	const atomic_bool *leaving;	/* its reactor's; NULL: never */
	uint8_t *rx;
	uint8_t *tx;
	struct request request;
	struct channel_counters counters;
	struct activity_channel activity;
	struct channel_log log;
};

/*
 * @databases: connections of the thread that takes its turns. @next_session is shared by
 * all channels; ids of sessions count on from it.
 */
void channel_init(struct channel *channel, unsigned int number, const struct config *config,
		  const struct database_conns *databases, uint32_t *next_session);

/* Before its first turn: who runs its SQL, and the latch of its thread. */
void channel_set_statements(struct channel *channel, struct statements *statements,
			    struct oc_latch *latch);

/* Opens the memory in the server's role and starts serving. The log says what failed. */
int channel_open(struct channel *channel);

/* Starts serving at @base, memory that the caller opened and closes. */
int channel_start(struct channel *channel, void *base, const uint32_t random[4]);

/* One turn. True if anything happened: then the next turn should come at once. */
bool channel_turn(struct channel *channel);

/* Does what an administrator wants of its sessions (order.h). Its thread only. */
void channel_obey(struct channel *channel);

/* What the new configuration says of it. The old one is not used any more. */
void channel_configure(struct channel *channel, const struct config *config);

/* No new client, login or transaction from now on. */
void channel_drain(struct channel *channel);

/* Nothing that has not been carried out already will be: it is refused. */
bool channel_is_leaving(const struct channel *channel);

/* channel_bell.c */

/* As its configuration says. OC_OK, or OC_ESYSTEM: there is none, and must be; that is logged. */
int channel_open_bell(struct channel *channel, const struct oc_uri *uri);

/*
 * Before its thread blocks: from here on clients ring. Then the thread must take another
 * turn; and after it has blocked, channel_awake().
 */
void channel_sleep(struct channel *channel);
void channel_awake(struct channel *channel);

/*
 * For how long the thread may block, as far as this channel is concerned: -1, for ever;
 * or less, because somebody may not ring; @ns where what he does is awaited at any moment.
 */
int64_t channel_patience(const struct channel *channel, int64_t ns);

/* Its bell is readable. False: it is gone, and must not be waited for. */
bool channel_take_ring(struct channel *channel);

/* After a ring that was for nothing else: OC_SERVER_DETACH if the client has died, or IDLE. */
enum oc_server_event channel_ask_death(struct channel *channel);

/* What happens next is the client's doing, in the channel's header. */
bool channel_awaits_client(const struct channel *channel);

/* No request is being worked on and no response waits for the client. */
bool channel_quiet(const struct channel *channel);

/* The same, no transaction is active, and of no SQL statement more may be asked for. */
bool channel_finished(const struct channel *channel);

/* Logs "channel N: ..."; what a client causes is bounded. */
void channel_log(struct channel *channel, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Ends all sessions, leaves the channel without a server, unmaps. Waits for its job to stop. */
void channel_close(struct channel *channel);

#endif /* TFSD_CHANNEL_H */
