// SPDX-License-Identifier: GPL-2.0-only
#include <stddef.h>

#include "starve.h"

#define LOW	1
#define HIGH	2
#define CALL_MS	10000

static const uint32_t tables[] = { TURNS_TABLE_TURNS };

static bool good(const struct starve *starve, const char *what, int status)
{
	if (status)
		starve->os->fail(what, status);
	return !status;
}

static bool attach(struct starve *starve, struct starve_session *session, void *base,
		   const struct oc_port *port, uint32_t owner)
{
	session->channel = &session->own;
	return good(starve, "attach",
		    oc_channel_attach(&session->own, base, port, owner, CALL_MS));
}

static bool open_session(struct starve *starve, struct starve_session *session, uint32_t id)
{
	return good(starve, "open", oc_db_open(&session->db, session->channel, "turns",
					       &turns_schema, session->memory,
					       sizeof(session->memory), id));
}

bool starve_open(struct starve *starve, void *low, void *high,
		 const struct oc_port *low_port, const struct oc_port *high_port)
{
	if (!attach(starve, &starve->low, low, low_port, LOW) ||
	    (high && !attach(starve, &starve->high, high, high_port, HIGH)))
		return false;
	if (!high)
		starve->high.channel = starve->low.channel;
	return open_session(starve, &starve->low, LOW) &&
	       open_session(starve, &starve->high, HIGH);
}

bool starve_close(struct starve *starve)
{
	bool low = good(starve, "low: close", oc_db_close(&starve->low.db));
	bool high = good(starve, "high: close", oc_db_close(&starve->high.db));

	oc_channel_detach(&starve->low.own);
	oc_channel_detach(&starve->high.own);
	return low && high;
}

/* The library does this when it was refused. */
int starve_sleep(void *ctx, uint32_t us)
{
	struct starve *starve = ctx;

	starve->asks++;
	return starve->os->sleep(NULL, us);
}

static bool insert(struct starve *starve, struct starve_session *session, int32_t task)
{
	const struct turns_turns row = { .task = task };
	int64_t rowid = oc_db_insert(&session->db, TURNS_TABLE_TURNS, &row, sizeof(row));

	return good(starve, "insert", rowid < 0 ? (int)rowid : OC_OK);
}

static bool read_table(struct starve *starve)
{
	struct turns_turns row;
	int status = oc_db_get(&starve->low.db, TURNS_TABLE_TURNS, INT64_MAX, &row, sizeof(row));

	return good(starve, "low: get", status == OC_ENOTFOUND ? OC_OK : status);
}

/*
 * Wakes the high task while it has the lock, and keeps it until that was refused once.
 * If it gets the processor at all. Reads meanwhile: on a channel that both share, the
 * one who waits for the table does not keep it from that.
 */
void starve_low(struct starve *starve)
{
	struct oc_db *db = &starve->low.db;
	int i;

	if (!good(starve, "low: start_update", oc_db_start_update(db, tables, 1, NULL, 0)))
		return;
	starve->locked = true;
	starve->os->wake();
	while (!starve->asks)
		starve->steps++;
	for (i = 0; i < STARVE_ROWS; i++, starve->steps++)
		if (!insert(starve, &starve->low, LOW) || !read_table(starve))
			return;
	if (!good(starve, "low: end", oc_db_end(db)))
		return;
	starve->locked = false;
	while (!starve->done)
		starve->steps++;
}

/* What a caller does who has never heard of lower priorities. */
static int ask_and_ask(struct starve *starve)
{
	int status = oc_db_set_timeout(&starve->high.db, 0);

	if (status != OC_OK)
		return status;
	do {
		status = oc_db_start_update(&starve->high.db, tables, 1, NULL, 0);
		starve->asks++;
	} while (status == OC_EUNAVAILABLE && starve->asks < STARVE_ASKS);
	return status;
}

static int ask(struct starve *starve)
{
	return starve->polite ? oc_db_start_update(&starve->high.db, tables, 1, NULL, 0)
			      : ask_and_ask(starve);
}

static void want_the_table(struct starve *starve)
{
	int status = ask(starve);

	starve->starved = status == OC_EUNAVAILABLE && starve->locked && !starve->steps;
	if (status == OC_EUNAVAILABLE)
		return;
	starve->got = good(starve, "high: start_update", status) &&
		      insert(starve, &starve->high, HIGH) &&
		      good(starve, "high: end", oc_db_end(&starve->high.db));
}

/* A wait inside the library, for an answer that does not come. */
static void wait_in_vain(struct starve *starve)
{
	uint32_t steps = starve->steps;
	int status = oc_channel_attach(&starve->nobody, starve->silent,
				       starve->high.channel->port, HIGH, STARVE_SILENT_MS);

	starve->silent_steps = starve->steps - steps;
	if (status != OC_ETIMEOUT)
		starve->os->fail("attach where no server is", status);
}

void starve_high(struct starve *starve)
{
	starve->os->wait();
	want_the_table(starve);
	while (starve->locked)
		starve->os->sleep(NULL, 1000);
	wait_in_vain(starve);
	starve->done = true;
}
