// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * control_verbs.c: what tfsd does for a control client
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <oc/latch.h>

#include "control_verbs.h"
#include "log.h"
#include "order.h"

static void dump(struct control_verbs *verbs, struct control_client *client)
{
	size_t size = 0;
	char *table = control_dump(verbs, &size);

	control_answer(client, table, size, table ? NULL : "out of memory");
}

/* Whose record it is; NULL: nobody's. */
static struct activity_session *find_session(const struct control_verbs *verbs, uint32_t id,
					     struct channel **channel)
{
	struct activity_session copy;

	for (unsigned int i = 0; i < verbs->channels->count; i++) {
		*channel = &verbs->channels->list[i];
		for (struct activity_session *s = activity_session_first(&(*channel)->activity);
		     s; s = activity_session_next(s))
			if (activity_session_read(s, &copy) && copy.id == id)
				return s;
	}
	return NULL;
}

static void refuse(struct control_client *client, uint32_t session, const char *why)
{
	char text[64];

	snprintf(text, sizeof(text), "session %u %s", session, why);
	control_answer(client, NULL, 0, text);
}

static void order(struct control_verbs *verbs, struct control_client *client, enum order what,
		  uint32_t id)
{
	struct activity_request request;
	struct activity_session *session;
	struct channel *channel;

	session = find_session(verbs, id, &channel);
	if (!session) {
		refuse(client, id, "is not there");
		return;
	}
	activity_channel_read(&channel->activity, &request);
	if (what == ORDER_CANCEL && (!request.active || request.session != id)) {
		refuse(client, id, "has no request");
		return;
	}
	log_info("control: %s: %s session %u", control_client_name(client),
		 what == ORDER_CANCEL ? "cancel the request of" : "kill", id);
	order_give(session, what, id, request.serial);
	oc_interrupts_raise(channel->interrupts, OC_INTERRUPT_CANCEL);
	control_answer(client, NULL, 0, NULL);
}

/* What is wrong is a line for each. */
static void reload(struct control_verbs *verbs, struct control_client *client)
{
	char *why;

	log_info("control: %s: reload", control_client_name(client));
	if (!reload_begin(verbs->reload)) {
		control_answer(client, NULL, 0, NULL);
		return;
	}
	why = strdup(verbs->reload->why);
	control_answer(client, why, why ? strlen(why) : 0, "the old configuration stays");
}

/* If he has gone, the log knows it as well. */
static void backup_done(void *ctx, uint64_t id, const struct backup_outcome *outcome)
{
	struct control_verbs *verbs = ctx;
	struct control_client *client = *verbs->control ? control_find(*verbs->control, id) : NULL;

	if (client && !outcome->error) {
		control_answer(client, outcome->table, outcome->size, NULL);
		return;
	}
	free(outcome->table);
	if (client)
		control_answer(client, NULL, 0, outcome->error);
}

static void backup(struct control_verbs *verbs, struct control_client *client, const char *name)
{
	const char *error;

	log_info("control: %s: backup%s%s", control_client_name(client), *name ? " " : "", name);
	error = backup_order(verbs->backup, *name ? name : NULL, backup_done, verbs,
			     control_client_id(client));
	if (error)
		control_answer(client, NULL, 0, error);
}

static void cancel_backup(struct control_verbs *verbs, struct control_client *client)
{
	bool cancelled = backup_cancel(verbs->backup);

	log_info("control: %s: cancel the backup", control_client_name(client));
	control_answer(client, NULL, 0, cancelled ? NULL : "there is no backup under way");
}

static void handle(struct control_handler *handler, struct control_client *client,
		   const struct control_request *request)
{
	struct control_verbs *verbs = container_of(handler, struct control_verbs, handler);

	switch (request->verb) {
	case CONTROL_BACKUP:
		backup(verbs, client, request->database);
		break;
	case CONTROL_DUMP:
		dump(verbs, client);
		break;
	case CONTROL_CANCEL:
		if (request->session)
			order(verbs, client, ORDER_CANCEL, request->session);
		else
			cancel_backup(verbs, client);
		break;
	case CONTROL_KILL:
		order(verbs, client, ORDER_KILL, request->session);
		break;
	case CONTROL_RELOAD:
		reload(verbs, client);
		break;
	case CONTROL_VERBS:
		break;
	}
}

void control_verbs_init(struct control_verbs *verbs)
{
	verbs->handler.handle = handle;
	verbs->started_ns = oc_clock_ns();
}
