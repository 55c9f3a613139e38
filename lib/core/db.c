// SPDX-License-Identifier: MIT
/*
 * db.c: one call of the database client - request, response, what went wrong
 */
#include "db_priv.h"
#include "mutex.h"

int oc_db_fail_at(struct oc_db *db, int status, uint32_t index, uint32_t table)
{
	db->error = (struct oc_db_error) {
		.status = status,
		.index = index,
		.table = table,
		.column = OC_NONE,
		.on_write = db->on_write,
	};
	return status;
}

int oc_db_fail(struct oc_db *db, int status)
{
	return oc_db_fail_at(db, status, OC_NONE, OC_NONE);
}

const struct oc_db_error *oc_db_error(const struct oc_db *db)
{
	return &db->error;
}

static int session_lost(struct oc_db *db, int status)
{
	db->broken = status;
	db->state = OC_DB_BROKEN;
	return oc_db_fail(db, status);
}

int oc_db_protocol_error(struct oc_db *db)
{
	return session_lost(db, OC_EPROTOCOL);
}

int oc_db_usable(struct oc_db *db)
{
	switch (db->state) {
	case OC_DB_CLOSED:
		return oc_db_fail(db, OC_ENOTOPEN);
	case OC_DB_BROKEN:
		return oc_db_fail(db, db->broken);
	default:
		return oc_db_fail(db, OC_OK);
	}
}

/* The channel gave no response. Which statuses leave the session as it was? */
static int transport_failed(struct oc_db *db, uint16_t op, int status)
{
	switch (status) {
	case OC_ECANCELLED:
		return oc_db_fail(db, status);
	case OC_ETIMEOUT:
	case OC_EABANDONED:
	case OC_ETOOBIG:
	case OC_EINVAL:
		/* It may be executed all the same, or not at all; reading changes nothing. */
		if (db->state != OC_DB_CLOSED && op != OC_OP_GET && op != OC_OP_READ)
			db->state = OC_DB_UNSURE;
		return oc_db_fail(db, status);
	default:
		return session_lost(db, status);
	}
}

/* The server says no; the body says about what, in numbers that are only shown. */
static int server_refused(struct oc_db *db, int status)
{
	const struct oc_error_body *body = oc_db_body(db);
	uint32_t size = oc_db_body_size(db);

	if (status == OC_ENOSESSION)
		return session_lost(db, status);
	oc_db_fail(db, status);
	/* OC_EVERSION comes with the server's version instead. */
	if (size < sizeof(*body) || status == OC_EVERSION)
		return status;
	db->error.index = body->index;
	db->error.table = body->table;
	db->error.column = body->column;
	if (body->text_length <= size - sizeof(*body)) {
		db->error.text = (const char *)(body + 1);
		db->error.text_length = body->text_length;
	}
	return status;
}

/* The grant under which we have logged in is over: none of its sessions is left. */
static bool session_ended(const struct oc_db *db)
{
	return db->session && db->grant != db->channel->grant;
}

/* The channel has no grant, whoever saw that first: each session of it is told why. */
static int why_detached(struct oc_db *db)
{
	const struct oc_channel *ch = db->channel;

	db->on_write = true;
	return db->session && ch->lost ? ch->lost : OC_EDETACHED;
}

static int exchange(struct oc_db *db, struct oc_msg *msg, void *response, uint32_t size)
{
	struct oc_channel *ch = db->channel;
	int status;

	if (session_ended(db))
		return OC_ENOSESSION;
	db->grant = ch->grant;
	msg->session = db->session;
	status = oc_channel_call(ch, msg, response, size);
	if (status == OC_EDETACHED)
		return why_detached(db);
	db->on_write = oc_channel_lost_on_write(ch);
	/* Time was over, and the request was taken back: as if it had never been sent. */
	if ((status == OC_ETIMEOUT || status == OC_EABANDONED) && !oc_channel_draining(ch))
		return OC_ECANCELLED;
	return status;
}

int oc_db_exchange(struct oc_db *db, struct oc_msg *msg, void *response, uint32_t size)
{
	const struct oc_port *port = db->channel->port;
	int status;

	if (!port)
		return OC_EDETACHED;
	oc_lock(port);
	status = exchange(db, msg, response, size);
	oc_unlock(port);
	return status;
}

/* If the channel has been attached anew meanwhile, the number says nothing about it. */
int oc_db_set_max_packet(struct oc_db *db, uint32_t bytes)
{
	struct oc_channel *ch = db->channel;
	int status = OC_OK;

	oc_lock(ch->port);
	if (db->grant == ch->grant)
		status = oc_channel_set_max_packet(ch, bytes);
	oc_unlock(ch->port);
	return status;
}

int oc_db_call(struct oc_db *db, struct oc_msg *msg)
{
	const struct oc_msg *response = (const void *)db->rx;
	int status;

	db->batch = NULL;
	status = oc_db_exchange(db, msg, db->rx, db->rx_size);
	if (status != OC_OK)
		return transport_failed(db, msg->op, status);
	if (response->session != db->session && db->session)
		return oc_db_protocol_error(db);
	if (response->status != OC_OK)
		return server_refused(db, response->status);
	return oc_db_fail(db, OC_OK);
}

int oc_db_call_empty(struct oc_db *db, uint16_t op)
{
	struct oc_msg msg = { .length = sizeof(msg), .op = op };
	int status = oc_db_call(db, &msg);

	if (status == OC_OK && oc_db_body_size(db))
		return oc_db_protocol_error(db);
	return status;
}

const struct oc_table *oc_db_table(struct oc_db *db, uint32_t number, uint32_t size, int *status)
{
	if (number >= db->schema->ntables) {
		*status = oc_db_fail_at(db, OC_ENOTABLE, OC_NONE, number);
		return NULL;
	}
	if (size != db->schema->tables[number].row_size) {
		*status = oc_db_fail_at(db, OC_EROWSIZE, OC_NONE, number);
		return NULL;
	}
	return &db->schema->tables[number];
}
