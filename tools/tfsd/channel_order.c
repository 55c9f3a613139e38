// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * channel_order.c: what an administrator wants of a channel's sessions
 */
#include "order.h"
#include "request.h"

/* At once, unless it has a request that is worked on: then when that is over. */
static void kill_session(struct channel *channel, struct session *session)
{
	struct request *request = &channel->request;

	if (request->session == session && request->state == REQUEST_RUN) {
		request->cancelled = true;
		request->killed = true;
		return;
	}
	if (request->session == session)
		request->session = NULL;
	channel_end_session(channel, session);
}

static void obey(struct channel *channel, struct session *session)
{
	struct request *request = &channel->request;

	switch (order_take(session->activity, channel->activity.serial)) {
	case ORDER_NONE:
		break;
	case ORDER_CANCEL:
		if (request->session == session && request->state == REQUEST_RUN)
			request->cancelled = true;
		break;
	case ORDER_KILL:
		kill_session(channel, session);
		break;
	}
}

void channel_obey(struct channel *channel)
{
	struct session *next;

	for (struct session *s = channel->sessions; s; s = next) {
		next = s->next;
		obey(channel, s);
	}
}

bool request_cancelled(struct channel *channel)
{
	struct request *request = &channel->request;

	if (request->session)
		obey(channel, request->session);
	return request->cancelled || channel_is_leaving(channel) ||
	       oc_server_cancelled(&channel->server);
}
