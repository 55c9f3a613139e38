// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * channel.c: one channel's turn
 */
#include <stdlib.h>

#include "channel.h"
#include "request.h"
#include "statement.h"

void channel_end_session(struct channel *channel, struct session *session)
{
	struct session **link = &channel->sessions;

	while (*link != session)
		link = &(*link)->next;
	*link = session->next;
	channel->nsessions--;
	channel_log(channel, LOG_LEVEL_DEBUG, "session %u ends", session->id);
	if (session->updating)
		activity_add(&channel->counters.rollbacks, 1);
	activity_session_end(&channel->activity, session->activity);
	session_free(session);
}

/*
 * The client is gone, or another takes its place: nothing of it remains. A commit
 * whose answer was awaited keeps its place in the store; only nobody is told.
 */
static void end_sessions(struct channel *channel, const char *why)
{
	if (channel->nsessions)
		channel_log(channel, LOG_LEVEL_INFO, "%s, %u sessions end", why,
			    channel->nsessions);
	while (channel->sessions)
		channel_end_session(channel, channel->sessions);
	channel->request = (struct request) { .state = REQUEST_NONE };
	activity_request_end(&channel->activity);
}

static struct session *find_session(const struct channel *channel, uint32_t id)
{
	for (struct session *s = channel->sessions; s; s = s->next)
		if (s->id == id)
			return s;
	return NULL;
}

static void begin_request(struct channel *channel)
{
	const struct oc_msg *msg = (const void *)channel->rx;

	channel->request = (struct request) {
		.state = REQUEST_RUN,
		.session = find_session(channel, msg->session),
		.msg = msg,
		.response = (void *)channel->tx,
	};
	activity_request_begin(&channel->activity, channel->request.session ?
			       channel->request.session->activity : NULL, msg->op);
}

static void count_bad_request(struct channel *channel)
{
	activity_add(&channel->counters.bad_requests, 1);
	channel_log(channel, LOG_LEVEL_WARNING, "bad request: %s",
		    oc_status_text(channel->server.error));
}

/* Its last packets do not come, or those of its response do not leave. */
static void end_request(struct channel *channel)
{
	activity_add(&channel->counters.cancelled, 1);
	channel_log(channel, LOG_LEVEL_DEBUG, "a request was taken back, its %s cut",
		    channel->request.state == REQUEST_SEND ? "response" : "packets");
	if (channel->request.state == REQUEST_SEND)
		request_undo(channel);
	channel->request.state = REQUEST_NONE;
	activity_request_end(&channel->activity);
}

static void count_request(struct channel *channel, int status)
{
	activity_add(&channel->counters.requests, 1);
	if (status < 0)
		activity_add(&channel->counters.failed, 1);
	if (status == OC_ECANCELLED)
		activity_add(&channel->counters.cancelled, 1);
}

static bool run_request(struct channel *channel)
{
	int status = request_run(channel);

	if (status == OC_PENDING) {
		activity_request_wait(&channel->activity, channel->request.wait);
		return false;
	}
	count_request(channel, status);
	if (channel->request.killed && channel->request.session) {
		channel_end_session(channel, channel->request.session);
		channel->request.session = NULL;
	}
	channel->request.state = REQUEST_SEND;
	oc_server_respond(&channel->server, channel->request.response);
	return true;
}

/*
 * A client that comes or goes ends all sessions, and with a new one others use the memory:
 * not before a worker lets go of it. Until then the channel is as one that has yet to look.
 */
static enum oc_server_event next_event(struct channel *channel)
{
	enum oc_server_event event = channel->awaited;

	if (event == OC_SERVER_IDLE)
		event = oc_server_poll(&channel->server);
	if (event == OC_SERVER_IDLE && channel->rung)
		event = channel_ask_death(channel);
	if (event != OC_SERVER_ATTACH && event != OC_SERVER_DETACH)
		return event;
	channel->awaited = request_stop(channel) ? OC_SERVER_IDLE : event;
	return channel->awaited == OC_SERVER_IDLE ? event : OC_SERVER_IDLE;
}

static bool server_turn(struct channel *channel)
{
	switch (next_event(channel)) {
	case OC_SERVER_IDLE:
		activity_settle(&channel->activity);
		return false;
	case OC_SERVER_ATTACH:
		end_sessions(channel, "a client attaches");
		activity_add(&channel->counters.grants, 1);
		oc_server_grant(&channel->server);
		activity_set(&channel->activity.granted, true);
		channel_log(channel, LOG_LEVEL_DEBUG, "granted");
		break;
	case OC_SERVER_DETACH:
		end_sessions(channel, "its client has gone");
		oc_server_free(&channel->server);
		activity_set(&channel->activity.granted, false);
		channel_log(channel, LOG_LEVEL_DEBUG, "free");
		break;
	case OC_SERVER_REQUEST:
		begin_request(channel);
		break;
	case OC_SERVER_BAD_REQUEST:
		count_bad_request(channel);
		break;
	case OC_SERVER_SENT:
		channel->request.state = REQUEST_NONE;
		activity_request_end(&channel->activity);
		break;
	case OC_SERVER_CANCELLED:
		end_request(channel);
		break;
	case OC_SERVER_PACKET:
		break;
	}
	return true;
}

bool channel_turn(struct channel *channel)
{
	bool moved = server_turn(channel);

	if (channel->awaited == OC_SERVER_IDLE && channel->request.state == REQUEST_RUN &&
	    run_request(channel)) {
		server_turn(channel);
		if (channel->request.state == REQUEST_SEND)
			activity_request_wait(&channel->activity, ACTIVITY_CLIENT_WRITE);
		return true;
	}
	return moved;
}

void channel_drain(struct channel *channel)
{
	channel->draining = true;
	oc_server_drain(&channel->server);
}

/* Asked in the middle of work: the order has not been taken by its thread yet. */
bool channel_is_leaving(const struct channel *channel)
{
	return channel->leaving && atomic_load_explicit(channel->leaving, memory_order_relaxed);
}

bool channel_awaits_client(const struct channel *channel)
{
	return channel->request.state != REQUEST_RUN;
}

bool channel_quiet(const struct channel *channel)
{
	return channel->request.state == REQUEST_NONE;
}

bool channel_finished(const struct channel *channel)
{
	for (const struct session *s = channel->sessions; s; s = s->next)
		if (s->updating || (s->statement && statement_is_open(s->statement)))
			return false;
	return channel_quiet(channel);
}

/* Its thread has ended, so that its latch is free for us. */
static void finish_job(struct channel *channel)
{
	struct job *job = channel->request.job;

	if (job)
		worker_finish(channel->statements->workers, job, channel->latch);
}

void channel_close(struct channel *channel)
{
	finish_job(channel);
	end_sessions(channel, "the server stops");
	oc_server_stop(&channel->server);
	activity_channel_free(&channel->activity);
	free(channel->tx);
	free(channel->rx);
	oc_bell_close(&channel->bell);
	if (channel->region.base)
		oc_region_close(&channel->region);
}
