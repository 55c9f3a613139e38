// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * request_session.c: ping, login and logout, open and close
 */
#include <stdlib.h>
#include <string.h>

#include "request.h"

int handle_ping(struct channel *channel, struct body *body)
{
	uint32_t size = body->left;
	void *echo = response_body(channel, size);

	memcpy(echo, body_take(body, size), size);
	return OC_OK;
}

static uint16_t lower_minor(uint16_t theirs, uint16_t ours)
{
	return theirs < ours ? theirs : ours;
}

static int answer_login(struct channel *channel, uint16_t minor)
{
	struct oc_login_response *response = response_body(channel, sizeof(*response));

	*response = (struct oc_login_response) {
		.major = OC_WIRE_MAJOR,
		.minor = minor,
		.max_packet = OC_PACKET_MAX,
		.max_message = channel->config->max_message,
	};
	return OC_OK;
}

static int check_login(struct channel *channel, const struct oc_login_request *login)
{
	if (login->magic == __builtin_bswap32(OC_WIRE_MAGIC))
		return OC_EARCH;
	if (login->magic != OC_WIRE_MAGIC)
		return request_fail(channel, OC_EPROTOCOL, OC_NONE, "magic 0x%08x", login->magic);
	if (login->major != OC_WIRE_MAJOR) {
		answer_login(channel, OC_WIRE_MINOR);
		return OC_EVERSION;
	}
	if (login->max_packet < OC_PACKET_MIN || login->max_packet > OC_PACKET_MAX ||
	    login->max_packet % 8)
		return request_fail(channel, OC_EINVAL, OC_NONE, "largest packet of %u bytes",
				    login->max_packet);
	if (login->max_message < sizeof(struct oc_msg) + sizeof(struct oc_error_body) ||
	    login->max_message % 8)
		return request_fail(channel, OC_EINVAL, OC_NONE, "largest message of %u bytes",
				    login->max_message);
	return OC_OK;
}

/* All threads take theirs from one counter; 0 is none's. */
static uint32_t next_id(const struct channel *channel)
{
	uint32_t id;

	do {
		id = __atomic_fetch_add(channel->next_session, 1, __ATOMIC_RELAXED);
	} while (!id);
	return id;
}

int handle_login(struct channel *channel, struct body *body)
{
	const struct oc_login_request *login = body_take(body, sizeof(*login));
	struct activity_session *activity;
	struct session *session;
	uint32_t id;
	int status;

	if (!login || body->left)
		return OC_EPROTOCOL;
	status = check_login(channel, login);
	if (status != OC_OK)
		return status;
	if (channel->draining)
		return OC_ESHUTDOWN;
	if (channel->nsessions >= channel->config->max_sessions)
		return request_fail(channel, OC_ELIMIT, OC_NONE, "%u sessions on this channel",
				    channel->nsessions);
	id = next_id(channel);
	activity = activity_session_begin(&channel->activity, id, login->client_id);
	if (!activity)
		return OC_ENOMEM;
	session = session_new(id, activity);
	if (!session) {
		activity_session_end(&channel->activity, activity);
		return OC_ENOMEM;
	}
	session->client_id = login->client_id;
	session->max_message = login->max_message;
	session->next = channel->sessions;
	channel->sessions = session;
	channel->nsessions++;
	activity_add(&channel->counters.logins, 1);
	oc_server_set_max_packet(&channel->server, login->max_packet);
	channel->request.response->session = session->id;
	channel_log(channel, LOG_LEVEL_INFO, "session %u, client 0x%llx", session->id,
		    (unsigned long long)session->client_id);
	return answer_login(channel, lower_minor(login->minor, OC_WIRE_MINOR));
}

int handle_logout(struct channel *channel, struct body *body)
{
	if (body->left)
		return OC_EPROTOCOL;
	channel_end_session(channel, channel->request.session);
	channel->request.session = NULL;
	return OC_OK;
}

/* One table of an OPEN as it came, its parts still in the request. */
struct wanted_table {
	const struct oc_open_table *head;
	const uint32_t *hashes;
	const char *name;
};

static bool take_table(struct body *body, struct wanted_table *want)
{
	want->head = body_take(body, sizeof(*want->head));
	if (!want->head || !want->head->ncolumns || want->head->ncolumns > OC_COLUMNS_MAX ||
	    !want->head->name_length || want->head->name_length > OC_NAME_MAX)
		return false;
	want->hashes = body_take_padded(body, 4 * want->head->ncolumns);
	want->name = body_take_padded(body, want->head->name_length);
	return want->hashes && want->name;
}

/* The hashes differ: find the first column that does, and name it. */
static int schema_differs(struct channel *channel, uint32_t number,
			  const struct wanted_table *want, const struct oc_table *have)
{
	uint32_t n = want->head->ncolumns;

	for (uint32_t c = 0; c < have->ncolumns || c < n; c++) {
		if (c < have->ncolumns && c < n && want->hashes[c] == have->columns[c].hash)
			continue;
		channel->request.error.column = c;
		if (c < have->ncolumns)
			return request_fail(channel, OC_ESCHEMA, number, "%s.%s", have->name,
					    have->columns[c].name);
		return request_fail(channel, OC_ESCHEMA, number, "%s: no column number %u",
				    have->name, c);
	}
	return request_fail(channel, OC_ESCHEMA, number, "%s", have->name);
}

static int match_table(struct channel *channel, const struct schema *schema, uint32_t number,
		       const struct wanted_table *want, struct session_table *out)
{
	uint32_t table = schema_find_table(schema, want->name, want->head->name_length);
	const struct oc_table *have;

	if (table == OC_NONE)
		return request_fail(channel, OC_ENOTABLE, number, "%.*s",
				    want->head->name_length, want->name);
	have = &schema->tables[table].def;
	if (want->head->hash != have->hash || want->head->row_size != have->row_size ||
	    want->head->ncolumns != have->ncolumns)
		return schema_differs(channel, number, want, have);
	*out = (struct session_table) { .table = table, .row_size = have->row_size };
	return OC_OK;
}

static bool named_twice(const struct session_table *tables, uint32_t number)
{
	for (uint32_t i = 0; i < number; i++)
		if (tables[i].table == tables[number].table)
			return true;
	return false;
}

static int match_tables(struct channel *channel, struct body *body, const struct schema *schema,
			struct session_table *tables, uint32_t ntables)
{
	struct wanted_table want;
	int status;

	for (uint32_t i = 0; i < ntables; i++) {
		if (!take_table(body, &want))
			return OC_EPROTOCOL;
		status = match_table(channel, schema, i, &want, &tables[i]);
		if (status != OC_OK)
			return status;
		if (named_twice(tables, i))
			return request_fail(channel, OC_EINVAL, i, "table named twice");
	}
	return body->left ? OC_EPROTOCOL : OC_OK;
}

int handle_open(struct channel *channel, struct body *body)
{
	const struct oc_open_request *open = body_take(body, sizeof(*open));
	struct session *session = channel->request.session;
	struct session_table *tables;
	struct database *database;
	const char *name;
	int status;

	if (!open || !open->name_length || open->name_length > OC_NAME_MAX ||
	    open->ntables > OC_TABLES_MAX)
		return OC_EPROTOCOL;
	name = body_take_padded(body, open->name_length);
	if (!name)
		return OC_EPROTOCOL;
	if (session->database)
		return request_fail(channel, OC_EINVAL, OC_NONE, "a database is open already");
	database = databases_find(channel->databases->databases, name, open->name_length);
	if (!database)
		return request_fail(channel, OC_ENODATABASE, OC_NONE, "%.*s",
				    (int)open->name_length, name);
	tables = calloc(open->ntables + 1, sizeof(*tables));	/* NULL means no memory */
	if (!tables)
		return OC_ENOMEM;
	status = match_tables(channel, body, store_schema(database->store), tables, open->ntables);
	if (status != OC_OK) {
		free(tables);
		return status;
	}
	session_open(session, database, database_conn(channel->databases, database), tables,
		     open->ntables);
	return OC_OK;
}

int handle_close(struct channel *channel, struct body *body)
{
	struct session *session = channel->request.session;

	if (body->left)
		return OC_EPROTOCOL;
	if (session->updating)
		return OC_ETRACTIVE;
	session_close(session);
	return OC_OK;
}
