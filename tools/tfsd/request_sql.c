// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * request_sql.c: one SQL statement, batch by batch
 *
 * A batch is a job: a worker puts its rows where they will be sent from. Until it is done
 * the handler is asked again, and finds the job in the request.
 */
#include "request.h"
#include "statement.h"

static int begin_batch(struct channel *channel)
{
	struct request *request = &channel->request;
	struct statement *st = request->session->statement;
	struct oc_sql_response *response = (void *)(request->response + 1);

	statement_fetch(st, response + 1, response_room(channel) - sizeof(*response),
			channel->latch);
	request->job = &st->job;
	request->wait = ACTIVITY_WORKER;
	return OC_PENDING;
}

static void answer_batch(struct channel *channel, const struct statement *st)
{
	struct oc_sql_response *response = response_body(channel, sizeof(*response) + st->used);

	*response = (struct oc_sql_response) {
		.statement = st->end ? 0 : st->number,
		.ncolumns = st->ncolumns,
		.nrows = st->nrows,
	};
}

static int finish_batch(struct channel *channel)
{
	struct request *request = &channel->request;
	struct session *session = request->session;
	struct statement *st = session->statement;
	int status = st->status;

	request->job = NULL;
	if (status == OC_OK)
		answer_batch(channel, st);
	else
		request->error = st->error;
	if (status != OC_OK || st->end)
		session_end_statement(session);
	else
		statement_park(st);
	return status;
}

static const char *take_text(struct body *body, uint32_t *length)
{
	const struct oc_sql_request *sql = body_take(body, sizeof(*sql));
	const char *text;

	if (!sql || !sql->text_length || sql->flags || sql->nvalues || sql->reserved)
		return NULL;
	text = body_take_padded(body, sql->text_length);
	*length = sql->text_length;
	return body->left ? NULL : text;
}

int handle_sql(struct channel *channel, struct body *body)
{
	struct session *session = channel->request.session;
	const char *text;
	uint32_t length;
	int status;

	if (!channel->statements)
		return request_fail(channel, OC_EOPERATION, OC_NONE, "no workers");
	if (channel->request.job)
		return finish_batch(channel);
	text = take_text(body, &length);
	if (!text)
		return OC_EPROTOCOL;
	if (session->updating)
		return request_fail(channel, OC_ETRACTIVE, OC_NONE, "no SQL in an update");
	if (channel->draining)
		return OC_ESHUTDOWN;
	session_end_statement(session);
	if (!++session->last_statement)
		session->last_statement++;
	session->statement = statement_new(channel->statements, session->database->store,
					   session->last_statement, &status);
	if (status == OC_ELIMIT)
		return request_fail(channel, OC_ELIMIT, OC_NONE, "%u statements are open",
				    channel->statements->max);
	if (status != OC_OK)
		return status;
	statement_begin(session->statement, text, length);
	return begin_batch(channel);
}

/* The statement that is meant is the session's; OC_EPROTOCOL, OC_ENOSTATEMENT. */
static int find_statement(struct channel *channel, struct body *body)
{
	const struct oc_sql_next_request *next = body_take(body, sizeof(*next));
	const struct session *session = channel->request.session;

	if (!next || next->reserved || body->left)
		return OC_EPROTOCOL;
	if (!session->statement || session->statement->number != next->statement)
		return request_fail(channel, OC_ENOSTATEMENT, OC_NONE, "statement %u",
				    next->statement);
	return OC_OK;
}

int handle_sql_next(struct channel *channel, struct body *body)
{
	struct session *session = channel->request.session;
	int status;

	if (channel->request.job)
		return finish_batch(channel);
	status = find_statement(channel, body);
	if (status != OC_OK)
		return status;
	if (statement_resume(session->statement))
		return begin_batch(channel);
	session_end_statement(session);
	return request_fail(channel, OC_ENOSTATEMENT, OC_NONE,
			    "nobody has asked about it for too long");
}

int handle_sql_end(struct channel *channel, struct body *body)
{
	int status = find_statement(channel, body);

	if (status == OC_OK)
		session_end_statement(channel->request.session);
	return status;
}
