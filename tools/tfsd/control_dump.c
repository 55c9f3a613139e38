// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * control_dump.c: all that is known of what tfsd does, as tables
 *
 * A table has a line with a "#", its name and its columns, and then a line a row, which
 * begins with that name; between columns there is a tab. Columns may be added at the end
 * of a table, and none goes away. What is not there is "-", times are milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <oc/wire.h>

#include "activity_thread.h"
#include "control_verbs.h"

static const char *const op_names[] = {
	[OC_OP_PING] = "PING",
	[OC_OP_LOGIN] = "LOGIN",
	[OC_OP_LOGOUT] = "LOGOUT",
	[OC_OP_OPEN] = "OPEN",
	[OC_OP_CLOSE] = "CLOSE",
	[OC_OP_START_UPDATE] = "START_UPDATE",
	[OC_OP_END] = "END",
	[OC_OP_ROLLBACK] = "ROLLBACK",
	[OC_OP_GET] = "GET",
	[OC_OP_READ] = "READ",
	[OC_OP_SQL] = "SQL",
	[OC_OP_SQL_NEXT] = "SQL_NEXT",
	[OC_OP_SQL_END] = "SQL_END",
};

#define NOPS	(sizeof(op_names) / sizeof(op_names[0]))

/* A file's name may have anything in it. */
static void put_text(FILE *out, const char *text)
{
	if (!text || !text[0])
		text = "-";
	fputc('\t', out);
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' ? '?' : *text, out);
}

static void put_number(FILE *out, uint64_t number)
{
	fprintf(out, "\t%llu", (unsigned long long)number);
}

static void put_wait(FILE *out, uint32_t wait)
{
	put_text(out, activity_wait_name(wait)->type);
	put_text(out, activity_wait_name(wait)->name);
}

/* A client may send any number. */
static void put_op(FILE *out, const struct activity_request *request)
{
	if (!request->active)
		put_text(out, NULL);
	else if (request->op < NOPS && op_names[request->op])
		put_text(out, op_names[request->op]);
	else
		put_number(out, request->op);
}

/* How long ago; a clock that is some milliseconds late may have been read after ours. */
static void put_age(FILE *out, uint64_t since_ms)
{
	uint64_t now = activity_now_ms();

	if (since_ms)
		put_number(out, now > since_ms ? now - since_ms : 0);
	else
		put_text(out, NULL);
}

static void dump_server(FILE *out, const struct control_verbs *verbs)
{
	fputs("#server\tpid\tup\tchannels\tdatabases\n", out);
	fprintf(out, "server\t%ld\t%llu\t%u\t%u\n", (long)getpid(),
		(unsigned long long)((oc_clock_ns() - verbs->started_ns) / LOOP_MS),
		verbs->channels->count, verbs->databases->count);
}

static void dump_backup(FILE *out, const struct backup *backup)
{
	static const char *const states[] = {
		[BACKUP_IDLE] = "idle", [BACKUP_COPY] = "copy", [BACKUP_COMMAND] = "command",
	};

	fputs("#backup\tstate\tdatabase\tage\tdone\tfailed\tlast\nbackup", out);
	put_text(out, states[backup->state]);
	put_text(out, backup->database ? backup->database->name : NULL);
	put_age(out, backup->counters.since_ms);
	put_number(out, backup->counters.done);
	put_number(out, backup->counters.failed);
	put_age(out, backup->counters.last_ms);
	fputc('\n', out);
}

static void dump_thread(void *ctx, const struct activity_thread_view *view)
{
	FILE *out = ctx;

	fputs("thread", out);
	put_text(out, view->name);
	put_wait(out, view->wait);
	put_age(out, view->since_ms);
	if (view->cpu_ms == UINT64_MAX)
		put_text(out, NULL);
	else
		put_number(out, view->cpu_ms);
	fputc('\n', out);
}

static void dump_threads(FILE *out)
{
	fputs("#thread\tname\twait_type\twait\tage\tcpu\n", out);
	activity_threads(dump_thread, out);
}

static void dump_database(FILE *out, const struct database *database)
{
	const struct store_config *config = store_config(database->store);

	fprintf(out, "database\t%s\t%s\t%u\n", database->name,
		config->durability == STORE_FULL ? "full" : "lazy",
		store_schema(database->store)->ntables);
}

static void dump_databases(FILE *out, const struct databases *databases)
{
	fputs("#database\tname\tdurability\ttables\n", out);
	for (unsigned int i = 0; i < databases->count; i++)
		dump_database(out, &databases->list[i]);
}

static unsigned int count_sessions(const struct activity_channel *channel)
{
	struct activity_session copy;
	unsigned int n = 0;

	for (struct activity_session *s = activity_session_first(channel); s;
	     s = activity_session_next(s))
		n += activity_session_read(s, &copy);
	return n;
}

static void put_counters(FILE *out, const struct channel_counters *counters)
{
	put_number(out, activity_get64(&counters->requests));
	put_number(out, activity_get64(&counters->failed));
	put_number(out, activity_get64(&counters->cancelled));
	put_number(out, activity_get64(&counters->bad_requests));
	put_number(out, activity_get64(&counters->grants));
	put_number(out, activity_get64(&counters->logins));
	put_number(out, activity_get64(&counters->commits));
	put_number(out, activity_get64(&counters->rollbacks));
	put_number(out, activity_get64(&counters->inserts));
	put_number(out, activity_get64(&counters->reads));
}

static void dump_channel(FILE *out, const struct channel *channel)
{
	const struct activity_channel *activity = &channel->activity;
	bool granted = activity_get(&activity->granted);
	struct activity_request request;

	activity_channel_read(activity, &request);
	if (!request.active && granted)
		request.wait = ACTIVITY_CLIENT_READ;
	fputs("channel", out);
	put_number(out, channel->number);
	put_text(out, granted ? "granted" : "free");
	put_number(out, count_sessions(activity));
	put_op(out, &request);
	put_wait(out, request.wait);
	put_age(out, request.since_ms);
	put_counters(out, &channel->counters);
	fputc('\n', out);
}

static void dump_channels(FILE *out, const struct channels *channels)
{
	fputs("#channel\tnumber\tstate\tsessions\top\twait_type\twait\tage\trequests\tfailed"
	      "\tcancelled\tbad_requests\tgrants\tlogins\tcommits\trollbacks\tinserts\treads\n",
	      out);
	for (unsigned int i = 0; i < channels->count; i++)
		dump_channel(out, &channels->list[i]);
}

static const char *state_of(const struct activity_session *session, bool active)
{
	if (active)
		return "active";
	return session->transaction_ms ? "idle in transaction" : "idle";
}

/* @request: the channel's, which may be another session's. */
static void dump_session(FILE *out, const struct activity_session *session, unsigned int number,
			 const struct activity_request *request)
{
	static const struct activity_request none = { .active = false };
	bool active = request->active && request->session == session->id;

	fprintf(out, "session\t%u\t%u\t0x%llx", session->id, number,
		(unsigned long long)session->client_id);
	put_text(out, session->database);
	put_text(out, state_of(session, active));
	put_op(out, active ? request : &none);
	put_wait(out, active ? request->wait : session->wait);
	put_age(out, active ? request->since_ms : session->since_ms);
	put_age(out, session->transaction_ms);
	put_number(out, session->requests);
	fputc('\n', out);
}

static void dump_sessions_of(FILE *out, const struct channel *channel)
{
	struct activity_request request;
	struct activity_session copy;

	for (struct activity_session *s = activity_session_first(&channel->activity); s;
	     s = activity_session_next(s)) {
		activity_channel_read(&channel->activity, &request);
		if (activity_session_read(s, &copy))
			dump_session(out, &copy, channel->number, &request);
	}
}

static void dump_sessions(FILE *out, const struct channels *channels)
{
	fputs("#session\tid\tchannel\tclient\tdatabase\tstate\top\twait_type\twait\tage"
	      "\ttransaction\trequests\n", out);
	for (unsigned int i = 0; i < channels->count; i++)
		dump_sessions_of(out, &channels->list[i]);
}

char *control_dump(const struct control_verbs *verbs, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	bool failed;

	if (!out)
		return NULL;
	dump_server(out, verbs);
	dump_backup(out, verbs->backup);
	dump_threads(out);
	dump_databases(out, verbs->databases);
	dump_channels(out, verbs->channels);
	dump_sessions(out, verbs->channels);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(text);
		return NULL;
	}
	return text;
}
