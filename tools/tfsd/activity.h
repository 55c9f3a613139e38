/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * activity.h: what channels, sessions and threads do and wait for, for who asks
 *
 * Each record has one writer, the thread that does what it tells, and any number of
 * readers. The writer never waits for them, and a request costs it a few plain stores:
 * the clock is read where the store is needed anyway, or when there is nothing to do.
 * So a reader may see a record between two stores; what must fit together is one word
 * (what a channel works on), or is looked at twice (whose record it is).
 *
 *	reactor						main
 *	activity_session_begin(&channel, id, client)
 *	activity_request_begin(&channel, session, op)	activity_channel_read(&channel, &out)
 *	activity_request_wait(&channel, ACTIVITY_...)
 *	activity_request_end(&channel)
 *	activity_settle(&channel)	nothing to do
 *
 * Records of sessions are used again, and freed only with their channel: a reader may
 * walk the list at any time before that. activity_thread.h has what threads wait for.
 */
#ifndef TFSD_ACTIVITY_H
#define TFSD_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum activity_wait - what is waited for; activity_wait_name() names it
 *
 * Sessions wait for their client, or for what keeps their request from being answered;
 * threads for something to do, or for what they need to do it.
 */
enum activity_wait {
	ACTIVITY_NOTHING = 0,
	/* Client */
	ACTIVITY_CLIENT_READ,	/* the next request, or the rest of one */
	ACTIVITY_CLIENT_WRITE,	/* the client has yet to take the response */
	/* Lock */
	ACTIVITY_TABLE_LOCK,	/* another session has locked a table; the client asks again */
	ACTIVITY_WRITER_TOKEN,	/* another commit or a checkpoint of the database */
	ACTIVITY_FILE_LOCK,	/* another program has locked the database's file */
	/* IO */
	ACTIVITY_WAL_SYNC,	/* the write-ahead log gets to the disk */
	ACTIVITY_CHECKPOINT,	/* the log is copied into the database */
	ACTIVITY_BACKUP,	/* a copy of the database is written */
	/* IPC */
	ACTIVITY_WORKER,	/* a worker that is free */
	ACTIVITY_SQL,		/* a worker that runs the session's statement */
	/* Activity: threads with nothing to do */
	ACTIVITY_DOORBELL,	/* a reactor, all of whose clients ring */
	ACTIVITY_TIMER,		/* a reactor, until it looks at its channels again */
	ACTIVITY_JOB,		/* a worker */
	ACTIVITY_COMMIT,	/* a database's thread for syncs and checkpoints */
	ACTIVITY_WAITS
};

struct activity_wait_name {
	const char *type;
	const char *name;
};

/* Two empty names for nothing, and for what is none of them. */
const struct activity_wait_name *activity_wait_name(uint32_t wait);

/* The monotonic clock in milliseconds, some milliseconds late, for 5 nanoseconds. */
uint64_t activity_now_ms(void);

static inline void activity_set(uint32_t *field, uint32_t value)
{
	__atomic_store_n(field, value, __ATOMIC_RELAXED);
}

static inline uint32_t activity_get(const uint32_t *field)
{
	return __atomic_load_n(field, __ATOMIC_RELAXED);
}

static inline void activity_set64(uint64_t *field, uint64_t value)
{
	__atomic_store_n(field, value, __ATOMIC_RELAXED);
}

static inline uint64_t activity_get64(const uint64_t *field)
{
	return __atomic_load_n(field, __ATOMIC_RELAXED);
}

/* A counter has one writer: no read-modify-write is needed. */
static inline void activity_add(uint64_t *counter, uint64_t n)
{
	activity_set64(counter, activity_get64(counter) + n);
}

/**
 * struct activity_session - one session's record
 * @next:           in the channel's list, of which nothing is ever taken out
 * @id:             0: the record is free
 * @wait:           between two requests: CLIENT_READ, or why the last one was refused
 * @client_id:      from LOGIN
 * @database:       its name, which lives as long as the databases; NULL: none is open
 * @transaction_ms: when its transaction began; 0: there is none
 * @since_ms:       when its last request ended, or it logged in
 * @requests:       that came
 * @order:          order.h; main writes it
 */
struct activity_session {
	struct activity_session *next;
	uint32_t id;
	uint32_t wait;
	uint64_t client_id;
	const char *database;
	uint64_t transaction_ms;
	uint64_t since_ms;
	uint64_t requests;
	uint64_t order;
};

/**
 * struct activity_channel - one channel's record
 * @request:  what is being worked on: session << 32 | op << 16 | wait << 8 | there is one
 * @since_ms: when that began, or when the last one ended
 * @serial:   counts requests, so that an order can mean one of them
 * @granted:  a client has the channel
 * @sessions: all records, free ones too
 * @current:  whose request it is; this and @stale are the writer's alone
 * @stale:    a request has ended since the clock was read
 */
struct activity_channel {
	uint64_t request;
	uint64_t since_ms;
	uint32_t serial;
	uint32_t granted;
	struct activity_session *sessions;
	struct activity_session *current;
	bool stale;
};

/* NULL: no memory. */
struct activity_session *activity_session_begin(struct activity_channel *channel, uint32_t id,
						uint64_t client_id);

/* The record is free. */
void activity_session_end(struct activity_channel *channel, struct activity_session *session);

/* @name is not copied; NULL: it is closed. */
void activity_session_database(struct activity_session *session, const char *name);

/* It has a transaction from now on, or none. */
void activity_session_transaction(struct activity_session *session, bool active);

/* The current session's request was refused because of @wait: it will ask again. */
void activity_session_wait(struct activity_channel *channel, enum activity_wait wait);

/* In activity_channel.request. */
#define ACTIVITY_REQUEST	1u
#define ACTIVITY_WAIT_SHIFT	8
#define ACTIVITY_OP_SHIFT	16
#define ACTIVITY_SESSION_SHIFT	32

void activity_settle_now(struct activity_channel *channel);

/* Nothing is to be done at the moment. */
static inline void activity_settle(struct activity_channel *channel)
{
	if (__builtin_expect(channel->stale, 0))
		activity_settle_now(channel);
}

/* @session: NULL for who has none. Does not read the clock. */
static inline void activity_request_begin(struct activity_channel *channel,
					  struct activity_session *session, uint16_t op)
{
	uint64_t id = session ? session->id : 0;

	activity_settle(channel);
	channel->current = session;
	if (session) {
		activity_set(&session->wait, ACTIVITY_CLIENT_READ);
		activity_add(&session->requests, 1);
	}
	/* Release, twice: a reader that finds one serial before and after finds its request. */
	__atomic_store_n(&channel->serial, channel->serial + 1, __ATOMIC_RELEASE);
	__atomic_store_n(&channel->request, id << ACTIVITY_SESSION_SHIFT |
			 (uint64_t)op << ACTIVITY_OP_SHIFT | ACTIVITY_REQUEST, __ATOMIC_RELEASE);
}

/* It will take some microseconds at least: the clock is read. */
void activity_request_works(struct activity_channel *channel);

static inline void activity_request_wait(struct activity_channel *channel, enum activity_wait wait)
{
	uint64_t others = activity_get64(&channel->request) & ~(0xffull << ACTIVITY_WAIT_SHIFT);

	activity_set64(&channel->request, others | (uint64_t)wait << ACTIVITY_WAIT_SHIFT);
}

/* Answered, and the response has left; or dropped. */
static inline void activity_request_end(struct activity_channel *channel)
{
	activity_set64(&channel->request, 0);
	channel->stale = true;
}

/* When nobody reads any more. */
void activity_channel_free(struct activity_channel *channel);

/**
 * struct activity_request - what a channel works on, as it was read
 * @active:  there is a request; else all but @serial and @since_ms is 0
 * @session: 0: none
 * @op:      of oc/wire.h, or whatever the client wrote
 */
struct activity_request {
	bool active;
	uint32_t session;
	uint32_t serial;
	uint16_t op;
	uint8_t wait;
	uint64_t since_ms;
};

void activity_channel_read(const struct activity_channel *channel, struct activity_request *out);

/* A copy; false: the record is free, or changes hands. Its @next is as it was. */
bool activity_session_read(const struct activity_session *session, struct activity_session *out);

/* The first record of the list; the others by activity_session_next(). */
struct activity_session *activity_session_first(const struct activity_channel *channel);
struct activity_session *activity_session_next(const struct activity_session *session);

#endif /* TFSD_ACTIVITY_H */
