// SPDX-License-Identifier: MIT
/*
 * db_lock.c: waiting for a table that another session has locked
 *
 * The server does not wait: it refuses at once. Between two questions the channel is
 * free for the sessions that share it, and the processor for tasks of lower priority,
 * one of which may well be the holder. The pauses grow: most holders are quick, and
 * who waits for long need not ask often.
 */
#include "db_priv.h"
#include "mutex.h"

#define PAUSE_MIN_US	125u
#define PAUSE_MAX_US	8000u

int oc_db_set_timeout(struct oc_db *db, int32_t seconds)
{
	if (seconds < OC_FOREVER || seconds > OC_TIMEOUT_MAX / 1000)
		return oc_db_fail(db, OC_EINVAL);
	db->lock_timeout_s = seconds;
	return oc_db_fail(db, OC_OK);
}

/* A port's clock may keep what it saw last; whoever reads it has the mutex. */
static uint32_t now_us(const struct oc_port *port)
{
	uint32_t now;

	oc_lock(port);
	now = port->now_us(port->ctx);
	oc_unlock(port);
	return now;
}

static int let_others_run(const struct oc_port *port, uint32_t us)
{
	uint32_t from, turn = 0;
	int status = 0;

	if (port->sleep)
		return port->sleep(port->ctx, us);
	from = now_us(port);
	do {
		if (port->pause)
			status = port->pause(port->ctx, turn++);
	} while (!status && now_us(port) - from < us);
	return status;
}

static bool has_passed(const struct oc_db *db, uint32_t waited_us)
{
	return db->lock_timeout_s != OC_FOREVER &&
	       waited_us >= (uint32_t)db->lock_timeout_s * 1000000;
}

/* A lock that is free costs no look at the clock. */
int oc_db_call_for_lock(struct oc_db *db, struct oc_msg *msg)
{
	const struct oc_port *port = db->channel->port;
	int status = oc_db_call(db, msg);
	uint32_t from, us = PAUSE_MIN_US;

	if (status != OC_EUNAVAILABLE || !db->lock_timeout_s)
		return status;
	from = now_us(port);
	do {
		if (let_others_run(port, us))
			return oc_db_fail(db, OC_EABANDONED);
		if (us < PAUSE_MAX_US)
			us *= 2;
		status = oc_db_call(db, msg);
	} while (status == OC_EUNAVAILABLE && !has_passed(db, now_us(port) - from));
	return status;
}
