// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * request.c: from a request to its handler, from a status to a response
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "request.h"
#include "statement.h"

/**
 * struct operation - how a request is handled
 * @session:  it needs a session
 * @database: it needs an open database
 */
struct operation {
	int (*handle)(struct channel *channel, struct body *body);
	bool session;
	bool database;
};

static const struct operation operations[] = {
	[OC_OP_PING]         = { handle_ping, false, false },
	[OC_OP_LOGIN]        = { handle_login, false, false },
	[OC_OP_LOGOUT]       = { handle_logout, true, false },
	[OC_OP_OPEN]         = { handle_open, true, false },
	[OC_OP_CLOSE]        = { handle_close, true, true },
	[OC_OP_START_UPDATE] = { handle_start_update, true, true },
	[OC_OP_END]          = { handle_end, true, true },
	[OC_OP_ROLLBACK]     = { handle_rollback, true, true },
	[OC_OP_GET]          = { handle_get, true, true },
	[OC_OP_READ]         = { handle_read, true, true },
	[OC_OP_SQL]          = { handle_sql, true, true },
	[OC_OP_SQL_NEXT]     = { handle_sql_next, true, true },
	[OC_OP_SQL_END]      = { handle_sql_end, true, true },
};

const void *body_take(struct body *body, uint32_t size)
{
	const void *at = body->at;

	if (size > body->left)
		return NULL;
	body->at += size;
	body->left -= size;
	return at;
}

const void *body_take_padded(struct body *body, uint32_t size)
{
	const void *at = body->at;

	/* A message's length is a multiple of 8, so @left is one wherever padding may be. */
	if (size > body->left || !body_take(body, oc_pad8(size)))
		return NULL;
	return at;
}

/* A client that has not said what it takes gets at most what it sent, or an error. */
uint32_t response_room(const struct channel *channel)
{
	const struct request *request = &channel->request;
	uint32_t room = request->msg->length;

	if (request->session)
		room = request->session->max_message;
	else if (room < OC_PACKET_MIN)
		room = OC_PACKET_MIN;
	if (room > channel->config->max_message)
		room = channel->config->max_message;
	return (room & ~7u) - sizeof(struct oc_msg);
}

void *response_body(struct channel *channel, uint32_t size)
{
	struct request *request = &channel->request;

	if (size > response_room(channel))
		return NULL;
	request->response->length = sizeof(struct oc_msg) + oc_pad8(size);
	memset((uint8_t *)(request->response + 1) + size, 0, oc_pad8(size) - size);
	return request->response + 1;
}

int request_fail(struct channel *channel, int status, uint32_t table, const char *format, ...)
{
	struct store_error *error = &channel->request.error;
	va_list args;

	error->table = table;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return status;
}

static bool is_patient(struct request *request)
{
	const struct store *store = request->session->database->store;
	uint64_t now = clock_ms();

	if (!request->busy_since_ms)
		request->busy_since_ms = now;
	return now - request->busy_since_ms < store_config(store)->busy_timeout_ms;
}

int request_store_result(struct channel *channel, int status)
{
	struct request *request = &channel->request;
	struct store_error *error = &request->error;

	if (status == OC_EUNAVAILABLE && is_patient(request)) {
		request->wait = ACTIVITY_FILE_LOCK;
		return OC_PENDING;
	}
	if (error->table != OC_NONE)
		error->table = session_table_number(request->session, error->table);
	return status;
}

static void respond_error(struct channel *channel, int status)
{
	const struct store_error *error = &channel->request.error;
	uint32_t room = response_room(channel) - sizeof(struct oc_error_body);
	uint32_t length = strnlen(error->text, sizeof(error->text));
	struct oc_error_body *body;

	if (length > room)
		length = room;
	body = response_body(channel, sizeof(*body) + length);
	*body = (struct oc_error_body) {
		.index = error->index,
		.table = error->table,
		.column = error->column,
		.text_length = length,
	};
	memcpy(body + 1, error->text, length);
	channel_log(channel, LOG_LEVEL_DEBUG, "%s%s%s", oc_status_text(status),
		    length ? ": " : "", error->text);
}

static int handle(struct channel *channel)
{
	const struct request *request = &channel->request;
	const struct oc_msg *msg = request->msg;
	struct body body = {
		.at = (const uint8_t *)(msg + 1),
		.left = msg->length - sizeof(*msg),
	};
	const struct operation *op;

	if (msg->op >= sizeof(operations) / sizeof(operations[0]) || !operations[msg->op].handle)
		return request_fail(channel, OC_EOPERATION, OC_NONE, "operation %u", msg->op);
	op = &operations[msg->op];
	if (op->session && !request->session)
		return request_fail(channel, OC_ENOSESSION, OC_NONE, "session %u", msg->session);
	if (!op->session && msg->session)
		return request_fail(channel, OC_EPROTOCOL, OC_NONE,
				    "operation %u takes no session", msg->op);
	if (op->database && !request->session->database)
		return OC_ENOTOPEN;
	if (op->database && request->wait == ACTIVITY_NOTHING)
		activity_request_works(&channel->activity);
	return op->handle(channel, &body);
}

static bool is_cancelled(void *ctx)
{
	return request_cancelled(ctx);
}

/* The store asks as well, as long as it works on this request. */
static int handle_watched(struct channel *channel)
{
	struct session *session = channel->request.session;
	struct store_conn *conn = session ? session->conn : NULL;
	int status;

	if (conn)
		store_watch(conn, is_cancelled, channel);
	status = handle(channel);	/* which may end the session */
	if (conn)
		store_watch(conn, NULL, NULL);
	return status;
}

bool request_stop(struct channel *channel)
{
	struct job *job = channel->request.job;

	if (!job || !job_pending(job))
		return true;
	if (worker_recall(channel->statements->workers, job))
		return true;
	job_cancel(job);
	return false;
}

/* A worker has it. If it is not wanted, the worker is told, and comes to its end soon. */
static bool is_away(struct channel *channel)
{
	const struct job *job = channel->request.job;

	if (!job || !job_pending(job))
		return false;
	channel->request.wait = job_running(job) ? ACTIVITY_SQL : ACTIVITY_WORKER;
	return !request_cancelled(channel) || !request_stop(channel);
}

int request_run(struct channel *channel)
{
	struct request *request = &channel->request;
	struct oc_msg *response = request->response;
	int status;

	if (is_away(channel))
		return OC_PENDING;
	request->error = (struct store_error) {
		.index = OC_NONE, .table = OC_NONE, .column = OC_NONE,
	};
	*response = (struct oc_msg) {
		.length = sizeof(*response),
		.session = request->msg->session,
	};
	/* What a worker has done is for the handler to tell. */
	if (!request->applied && !request->job && is_cancelled(channel))
		status = OC_ECANCELLED;
	else
		status = handle_watched(channel);
	if (status == OC_PENDING)
		return OC_PENDING;
	if (status == OC_ECANCELLED && request->session && request->session->conn)
		store_forget(request->session->conn);
	if (status == OC_ECANCELLED && request->killed)
		status = OC_ENOSESSION;
	else if (status == OC_ECANCELLED && channel_is_leaving(channel))
		status = OC_ESHUTDOWN;
	if (status != OC_OK && response->length == sizeof(*response))
		respond_error(channel, status);
	response->status = status;
	return status;
}

void request_undo(struct channel *channel)
{
	struct request *request = &channel->request;

	if (request->response->status != OC_OK || !request->session)
		return;
	if (request->msg->op == OC_OP_START_UPDATE)
		session_end_update(request->session);
	if (request->msg->op == OC_OP_SQL || request->msg->op == OC_OP_SQL_NEXT)
		session_end_statement(request->session);
}
