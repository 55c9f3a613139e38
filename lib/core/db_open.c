// SPDX-License-Identifier: MIT
/*
 * db_open.c: login and open, close and logout
 */
#include "db_priv.h"

static uint32_t name_length(const char *name)
{
	uint32_t n = 0;

	while (n <= OC_NAME_MAX && name[n])
		n++;
	return n;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t open_table_size(const struct oc_table *table)
{
	return sizeof(struct oc_open_table) + oc_pad8(4 * table->ncolumns) +
	       oc_pad8(name_length(table->name));
}

static uint32_t open_size(const struct oc_schema *schema, const char *name)
{
	uint32_t size = sizeof(struct oc_msg) + sizeof(struct oc_open_request) +
			oc_pad8(name_length(name));

	for (uint32_t t = 0; t < schema->ntables; t++)
		size += open_table_size(&schema->tables[t]);
	return size;
}

static uint32_t max_row_size(const struct oc_schema *schema)
{
	uint32_t size = 0;

	for (uint32_t t = 0; t < schema->ntables; t++)
		size = max32(size, schema->tables[t].row_size);
	return size;
}

/* A quarter of what lies above the minimum goes to responses, the rest to changes. */
static int divide_memory(struct oc_db *db, const char *name, void *mem, uint32_t size)
{
	uint32_t row = max_row_size(db->schema);
	uint32_t next = 8 * db->schema->ntables;
	uint32_t rx = OC_DB_RESPONSE_MIN(db->schema->ntables, row);
	uint32_t request = OC_DB_REQUEST_MIN(row, open_size(db->schema, name));
	uint32_t spare;

	size &= ~7u;
	if (size < next + rx + request)
		return OC_ENOMEM;
	spare = size - next - rx - request;
	rx += spare / 4 & ~7u;

	db->next = mem;
	db->rx = (uint8_t *)mem + next;
	db->rx_size = rx;
	db->cache = db->rx + rx;
	db->cache_size = size - next - rx;
	memset(db->next, 0, next);
	return OC_OK;
}

struct login_message {
	struct oc_msg msg;
	struct oc_login_request body;
};

static int login(struct oc_db *db, uint64_t client_id)
{
	struct login_message request = {
		.msg = { .length = sizeof(request), .op = OC_OP_LOGIN },
		.body = {
			.magic = OC_WIRE_MAGIC,
			.major = OC_WIRE_MAJOR,
			.minor = OC_WIRE_MINOR,
			.max_packet = OC_PACKET_MAX,
			.max_message = db->rx_size,
			.client_id = client_id,
		},
	};
	const struct oc_login_response *body = oc_db_body(db);
	int status = oc_db_call(db, &request.msg);

	if (status != OC_OK)
		return status;
	if (oc_db_body_size(db) != sizeof(*body) || body->major != OC_WIRE_MAJOR ||
	    body->minor > OC_WIRE_MINOR || body->max_message < OC_PACKET_MIN ||
	    oc_db_set_max_packet(db, body->max_packet) != OC_OK)
		return oc_db_protocol_error(db);
	/* A transaction must not gather more than the server takes in one message. */
	if (db->cache_size > body->max_message)
		db->cache_size = body->max_message & ~7u;
	db->session = ((const struct oc_msg *)(const void *)db->rx)->session;
	return db->session ? OC_OK : oc_db_protocol_error(db);
}

/* Appends @length bytes and zeroes up to the next multiple of 8. */
static uint8_t *put(uint8_t *to, const void *from, uint32_t length)
{
	memcpy(to, from, length);
	memset(to + length, 0, oc_pad8(length) - length);
	return to + oc_pad8(length);
}

static uint8_t *put_table(uint8_t *to, const struct oc_table *table)
{
	struct oc_open_table head = {
		.hash = table->hash,
		.row_size = table->row_size,
		.ncolumns = table->ncolumns,
		.name_length = name_length(table->name),
	};

	to = put(to, &head, sizeof(head));
	for (uint32_t c = 0; c < table->ncolumns; c++)
		memcpy(to + 4 * c, &table->columns[c].hash, 4);
	if (table->ncolumns % 2)
		memset(to + 4 * table->ncolumns, 0, 4);
	to += oc_pad8(4 * table->ncolumns);
	return put(to, table->name, head.name_length);
}

static int open_database(struct oc_db *db, const char *name)
{
	struct oc_msg *msg = (void *)db->cache;
	struct oc_open_request body = {
		.name_length = name_length(name),
		.ntables = db->schema->ntables,
	};
	uint8_t *to = db->cache + sizeof(*msg);
	int status;

	to = put(to, &body, sizeof(body));
	to = put(to, name, body.name_length);
	for (uint32_t t = 0; t < body.ntables; t++)
		to = put_table(to, &db->schema->tables[t]);
	*msg = (struct oc_msg) { .length = to - db->cache, .op = OC_OP_OPEN };

	status = oc_db_call(db, msg);
	if (status == OC_OK && oc_db_body_size(db))
		return oc_db_protocol_error(db);
	return status;
}

static bool schema_valid(const struct oc_schema *schema)
{
	if (!schema || schema->ntables > OC_TABLES_MAX)
		return false;
	for (uint32_t t = 0; t < schema->ntables; t++) {
		const struct oc_table *table = &schema->tables[t];

		if (!table->ncolumns || table->ncolumns > OC_COLUMNS_MAX ||
		    !table->row_size || table->row_size % 8 || table->row_size > OC_ROW_MAX)
			return false;
	}
	return true;
}

/*
 * What the refusal said lies in rx, where it must stay. The answer to this is of no
 * use: without one, the session ends with the channel's grant.
 */
static void leave_refused_session(struct oc_db *db)
{
	struct oc_msg logout = { .length = sizeof(logout), .op = OC_OP_LOGOUT };
	struct oc_msg answer;

	oc_db_exchange(db, &logout, &answer, sizeof(answer));
}

int oc_db_open(struct oc_db *db, struct oc_channel *ch, const char *name,
	       const struct oc_schema *schema, void *mem, uint32_t size, uint64_t client_id)
{
	int status;

	*db = (struct oc_db) {
		.channel = ch, .schema = schema, .lock_timeout_s = OC_DB_LOCK_TIMEOUT_S,
	};
	if (!schema_valid(schema) || !mem || (uintptr_t)mem % 8 || !name ||
	    !name_length(name) || name_length(name) > OC_NAME_MAX)
		return oc_db_fail(db, OC_EINVAL);
	if (divide_memory(db, name, mem, size) != OC_OK)
		return oc_db_fail(db, OC_ENOMEM);

	status = login(db, client_id);
	if (status == OC_OK)
		status = open_database(db, name);
	if (status == OC_OK) {
		db->cache_used = OC_DB_CACHE_EMPTY;
		db->state = OC_DB_OPEN;
		return OC_OK;
	}
	if (db->session && db->state != OC_DB_BROKEN)
		leave_refused_session(db);
	db->state = OC_DB_CLOSED;
	return status;
}

int oc_db_close(struct oc_db *db)
{
	int status = oc_db_usable(db);
	int logout;

	if (status == OC_OK && db->state == OC_DB_UPDATE)
		db->state = OC_DB_UNSURE;
	if (status == OC_OK)
		status = oc_db_make_sure(db);
	if (status == OC_OK)
		status = oc_db_call_empty(db, OC_OP_CLOSE);
	/* Whatever went wrong before: a server that still listens ends the session. */
	if (oc_db_usable(db) == OC_OK) {
		logout = oc_db_call_empty(db, OC_OP_LOGOUT);
		if (status == OC_OK)
			status = logout;
	}
	db->state = OC_DB_CLOSED;
	return oc_db_fail(db, status);
}
