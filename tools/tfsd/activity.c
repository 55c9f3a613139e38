// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * activity.c: what channels and sessions do
 */
#include <stdlib.h>
#include <time.h>

#include "activity.h"

static const struct activity_wait_name activity_wait_names[ACTIVITY_WAITS] = {
	[ACTIVITY_NOTHING]        = { "", "" },
	[ACTIVITY_CLIENT_READ]    = { "Client", "ClientRead" },
	[ACTIVITY_CLIENT_WRITE]   = { "Client", "ClientWrite" },
	[ACTIVITY_TABLE_LOCK]     = { "Lock", "TableLock" },
	[ACTIVITY_WRITER_TOKEN]   = { "Lock", "WriterToken" },
	[ACTIVITY_FILE_LOCK]      = { "Lock", "FileLock" },
	[ACTIVITY_WAL_SYNC]       = { "IO", "WalSync" },
	[ACTIVITY_CHECKPOINT]     = { "IO", "Checkpoint" },
	[ACTIVITY_BACKUP]         = { "IO", "Backup" },
	[ACTIVITY_WORKER]         = { "IPC", "Worker" },
	[ACTIVITY_SQL]            = { "IPC", "Sql" },
	[ACTIVITY_DOORBELL]       = { "Activity", "Doorbell" },
	[ACTIVITY_TIMER]          = { "Activity", "Timer" },
	[ACTIVITY_JOB]            = { "Activity", "Job" },
	[ACTIVITY_COMMIT]         = { "Activity", "Commit" },
};

uint64_t activity_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct activity_session *find_free(struct activity_channel *channel)
{
	struct activity_session *session = channel->sessions;

	while (session && session->id)
		session = session->next;
	return session;
}

static struct activity_session *add_record(struct activity_channel *channel)
{
	struct activity_session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->next = channel->sessions;
	/* Release: who finds the record finds its link. */
	__atomic_store_n(&channel->sessions, session, __ATOMIC_RELEASE);
	return session;
}

struct activity_session *activity_session_begin(struct activity_channel *channel, uint32_t id,
						uint64_t client_id)
{
	struct activity_session *session = find_free(channel);

	if (!session)
		session = add_record(channel);
	if (!session)
		return NULL;
	/* Whoever sees any of these stores looks at the id again, and finds it changed. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	activity_set64(&session->client_id, client_id);
	__atomic_store_n(&session->database, NULL, __ATOMIC_RELAXED);
	activity_set(&session->wait, ACTIVITY_CLIENT_READ);
	activity_set64(&session->transaction_ms, 0);
	activity_set64(&session->since_ms, activity_now_ms());
	activity_set64(&session->requests, 0);
	__atomic_store_n(&session->id, id, __ATOMIC_RELEASE);
	return session;
}

void activity_session_end(struct activity_channel *channel, struct activity_session *session)
{
	if (channel->current == session)
		channel->current = NULL;
	activity_set(&session->id, 0);
}

void activity_session_database(struct activity_session *session, const char *name)
{
	__atomic_store_n(&session->database, name, __ATOMIC_RELAXED);
}

void activity_session_transaction(struct activity_session *session, bool active)
{
	activity_set64(&session->transaction_ms, active ? activity_now_ms() : 0);
}

void activity_session_wait(struct activity_channel *channel, enum activity_wait wait)
{
	if (channel->current)
		activity_set(&channel->current->wait, wait);
}

void activity_request_works(struct activity_channel *channel)
{
	activity_set64(&channel->since_ms, activity_now_ms());
}

void activity_settle_now(struct activity_channel *channel)
{
	uint64_t now = activity_now_ms();

	channel->stale = false;
	activity_set64(&channel->since_ms, now);
	if (channel->current)
		activity_set64(&channel->current->since_ms, now);
}

void activity_channel_free(struct activity_channel *channel)
{
	struct activity_session *session;

	while ((session = channel->sessions)) {
		channel->sessions = session->next;
		free(session);
	}
	channel->current = NULL;
}

void activity_channel_read(const struct activity_channel *channel, struct activity_request *out)
{
	uint32_t serial;
	uint64_t word;

	do {
		serial = __atomic_load_n(&channel->serial, __ATOMIC_ACQUIRE);
		word = __atomic_load_n(&channel->request, __ATOMIC_ACQUIRE);
	} while (activity_get(&channel->serial) != serial);
	*out = (struct activity_request) {
		.serial = serial,
		.since_ms = activity_get64(&channel->since_ms),
	};
	if (!(word & ACTIVITY_REQUEST))
		return;
	out->active = true;
	out->session = word >> ACTIVITY_SESSION_SHIFT;
	out->op = word >> ACTIVITY_OP_SHIFT & 0xffff;
	out->wait = word >> ACTIVITY_WAIT_SHIFT & 0xff;
}

bool activity_session_read(const struct activity_session *session, struct activity_session *out)
{
	uint32_t id = __atomic_load_n(&session->id, __ATOMIC_ACQUIRE);

	*out = (struct activity_session) {
		.next = session->next,
		.id = id,
		.wait = activity_get(&session->wait),
		.client_id = activity_get64(&session->client_id),
		.database = __atomic_load_n(&session->database, __ATOMIC_RELAXED),
		.transaction_ms = activity_get64(&session->transaction_ms),
		.since_ms = activity_get64(&session->since_ms),
		.requests = activity_get64(&session->requests),
	};
	/* Pairs with the fence before a record's first store: what was read is the id's. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return id && activity_get(&session->id) == id;
}

struct activity_session *activity_session_first(const struct activity_channel *channel)
{
	return __atomic_load_n(&channel->sessions, __ATOMIC_ACQUIRE);
}

struct activity_session *activity_session_next(const struct activity_session *session)
{
	return session->next;
}

const struct activity_wait_name *activity_wait_name(uint32_t wait)
{
	return &activity_wait_names[wait < ACTIVITY_WAITS ? wait : ACTIVITY_NOTHING];
}
