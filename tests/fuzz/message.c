// SPDX-License-Identifier: GPL-2.0-only
#include "kinds.h"
#include "message.h"

#define TABLES	3

/* The body of a request as it grows. */
struct body {
	uint8_t *at;
	uint32_t n;
};

static void put(struct body *body, const void *from, uint32_t n)
{
	memcpy(body->at + body->n, from, n);
	memset(body->at + body->n + n, 0, oc_pad8(n) - n);
	body->n += oc_pad8(n);
}

static void make_raw(struct client *client, struct input *in, struct body *body)
{
	uint32_t n = input_u16(in) % (MESSAGE_MAX - sizeof(struct oc_msg) + 1) & ~7u;
	size_t some;

	(void)client;
	some = input_bytes(in, body->at, n < in->left ? n : in->left);
	memset(body->at + some, 0, n - some);
	body->n = n;
}

static void make_login(struct client *client, struct input *in, struct body *body)
{
	static const uint32_t messages[] = { 8192, 40, 168, 64, 256, 1 << 20, 32, 0xfffffff8 };
	static const uint32_t packets[] = { 32768, 256, 4096, 264 };
	uint8_t choice = input_u8(in);
	struct oc_login_request login = {
		.magic = OC_WIRE_MAGIC, .major = OC_WIRE_MAJOR,
		.max_packet = packets[choice >> 3 & 3],
		.max_message = messages[choice & 7],
	};

	client->max_message = login.max_message;
	client->max_packet = login.max_packet;
	put(body, &login, sizeof(login));
}

static void put_table(struct body *body, const struct oc_table *table)
{
	const struct oc_open_table head = {
		.hash = table->hash,
		.row_size = table->row_size,
		.ncolumns = table->ncolumns,
		.name_length = strlen(table->name),
	};
	uint32_t hashes[32];

	for (uint32_t c = 0; c < table->ncolumns; c++)
		hashes[c] = table->columns[c].hash;
	put(body, &head, sizeof(head));
	put(body, hashes, 4 * table->ncolumns);
	put(body, table->name, head.name_length);
}

static void make_open(struct client *client, struct input *in, struct body *body)
{
	struct oc_open_request head = { .name_length = 5, .ntables = 1 + input_u8(in) % 4 };

	(void)client;
	put(body, &head, sizeof(head));
	put(body, "kinds", 5);
	for (uint32_t i = 0; i < head.ntables; i++)
		put_table(body, &kinds_tables[(i + input_u8(in)) % TABLES]);
}

static void make_start(struct client *client, struct input *in, struct body *body)
{
	uint8_t counts = input_u8(in);
	struct oc_start_update_request head = { .nwrite = 1 + counts % 3, .nread = counts / 3 % 3 };
	uint32_t tables[6];

	for (uint32_t i = 0; i < head.nwrite + head.nread; i++)
		tables[i] = (input_u8(in) + i) % 4;
	client->nstart = head.nwrite;
	memcpy(client->start, tables, sizeof(client->start));
	put(body, &head, sizeof(head));
	put(body, tables, 4 * (head.nwrite + head.nread));
}

static void make_end(struct client *client, struct input *in, struct body *body)
{
	struct oc_end_request head = { .nchanges = input_u8(in) % 32 };
	int64_t next[TABLES];
	uint8_t row[256];

	memcpy(next, client->next, sizeof(next));
	put(body, &head, sizeof(head));
	for (uint32_t i = 0; i < head.nchanges; i++) {
		uint8_t choice = input_u8(in);
		struct oc_change change = { .kind = OC_CHANGE_INSERT, .table = choice % TABLES };

		change.rowid = next[change.table]++ + (choice & 0x40 ? (int8_t)input_u8(in) : 0);
		put(body, &change, sizeof(change));
		input_bytes(in, row, choice & 0x80 ? sizeof(row) : choice >> 2 & 15);
		memset(row + (choice & 0x80 ? sizeof(row) : choice >> 2 & 15), 0,
		       choice & 0x80 ? 0 : sizeof(row) - (choice >> 2 & 15));
		put(body, row, kinds_tables[change.table].row_size);
	}
}

static void make_get(struct client *client, struct input *in, struct body *body)
{
	uint8_t choice = input_u8(in);
	struct oc_get_request get = { .table = choice % 4, .rowid = choice / 4 };

	(void)client;
	put(body, &get, sizeof(get));
}

static void make_read(struct client *client, struct input *in, struct body *body)
{
	uint8_t choice = input_u8(in);
	struct oc_read_request read = {
		.table = choice % 4, .max_rows = choice / 4 % 8, .after = choice / 32,
	};

	(void)client;
	if (read.max_rows == 7)
		read.max_rows = UINT32_MAX;
	put(body, &read, sizeof(read));
}

static void make_nothing(struct client *client, struct input *in, struct body *body)
{
	(void)client;
	(void)in;
	(void)body;
}

static const struct {
	uint16_t op;
	bool no_session;
	void (*make)(struct client *client, struct input *in, struct body *body);
} makers[] = {
	{ OC_OP_LOGIN, true, make_login },
	{ OC_OP_OPEN, false, make_open },
	{ OC_OP_START_UPDATE, false, make_start },
	{ OC_OP_END, false, make_end },
	{ OC_OP_GET, false, make_get },
	{ OC_OP_READ, false, make_read },
	{ OC_OP_CLOSE, false, make_nothing },
	{ OC_OP_LOGOUT, false, make_nothing },
	{ OC_OP_ROLLBACK, false, make_nothing },
	{ OC_OP_PING, true, make_raw },
	{ OC_OP_END, false, make_raw },
	{ OC_OP_OPEN, false, make_raw },
	{ 11, false, make_raw },
};

#define MAKERS	(sizeof(makers) / sizeof(makers[0]))

/* A few bytes anywhere, also in the header. */
static void damage(struct client *client, struct input *in, uint32_t n)
{
	for (uint8_t i = input_u8(in) & 3; i; i--) {
		uint32_t at = input_u16(in) % n;

		((uint8_t *)client->message)[at] = input_u8(in);
	}
}

uint32_t message_make(struct client *client, struct input *in)
{
	struct oc_msg *msg = (void *)client->message;
	struct body body = { .at = (uint8_t *)(msg + 1) };
	uint8_t choice = input_u8(in);
	unsigned int maker = choice % 16 % MAKERS;

	*msg = (struct oc_msg) {
		.op = makers[maker].op,
		.session = makers[maker].no_session ? 0
						    : client->sessions[choice >> 4 & 3],
		.sequence = ++client->sequence,
	};
	makers[maker].make(client, in, &body);
	msg->length = sizeof(*msg) + body.n;
	if (choice & 0x80)
		damage(client, in, sizeof(*msg) + body.n);
	return sizeof(*msg) + body.n;
}

void message_answered(struct client *client, const struct oc_msg *response)
{
	const int64_t *rowids = (const void *)(response + 1);

	if (response->status != OC_OK)
		return;
	if (response->op == OC_OP_LOGIN) {
		memmove(client->sessions + 1, client->sessions,
			sizeof(client->sessions) - sizeof(client->sessions[0]));
		client->sessions[0] = response->session;
	}
	if (response->op != OC_OP_START_UPDATE)
		return;
	for (uint32_t i = 0; i < client->nstart && i < (response->length - 24) / 8; i++)
		if (client->start[i] < TABLES)
			client->next[client->start[i]] = rowids[i];
}
