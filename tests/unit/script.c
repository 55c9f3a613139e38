// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "script.h"
#include "unit.h"

static const struct oc_column columns[] = {
	{ .name = "value", .hash = 1, .offset = 0, .has_value = OC_NOT_NULL,
	  .type = OC_TYPE_BIGINT },
	{ .name = "text", .hash = 2, .offset = 8, .has_value = OC_NOT_NULL, .max_length = 6,
	  .type = OC_TYPE_VARCHAR },
};

static const struct oc_table tables[] = {
	{ .name = "one", .columns = columns, .hash = 11, .row_size = sizeof(struct row),
	  .ncolumns = 2 },
	{ .name = "two", .columns = columns, .hash = 12, .row_size = 8, .ncolumns = 1 },
};

const struct oc_schema schema = { .tables = tables, .ntables = 2 };

struct script script;

static void answer_read(const struct oc_msg *request, struct oc_msg *response)
{
	const struct oc_read_request *read = (const void *)(request + 1);
	struct oc_read_response *body = (void *)(response + 1);
	uint8_t *to = (uint8_t *)(body + 1);
	int64_t after = read->after;
	uint32_t max = read->max_rows > 2 ? 2 : read->max_rows;

	*body = (struct oc_read_response) { .flags = OC_READ_END };
	for (int i = 0; script.stored[i]; i++) {
		struct row row = { .value = -script.stored[i] };

		if (script.stored[i] <= after)
			continue;
		if (body->nrows == max) {
			body->flags = 0;
			break;
		}
		memcpy(to, &script.stored[i], 8);
		memcpy(to + 8, &row, sizeof(row));
		to += 8 + sizeof(row);
		body->nrows++;
	}
	response->length = to - (uint8_t *)response;
}

static void answer_ok(struct pair *pair, const struct oc_msg *request, struct oc_msg *response)
{
	const struct oc_msg *end = (const void *)pair->rx;
	int64_t rowids[2] = { script.next_rowid, 100 };

	switch (request->op) {
	case OC_OP_LOGIN:
		*(struct oc_login_response *)(response + 1) = (struct oc_login_response) {
			.major = OC_WIRE_MAJOR, .minor = 0, .max_packet = OC_PACKET_MAX,
			.max_message = script.max_message,
		};
		response->length += sizeof(struct oc_login_response);
		response->session = script.session;
		break;
	case OC_OP_START_UPDATE:
		memcpy(response + 1, rowids, sizeof(rowids));
		response->length +=
			8 * ((const struct oc_start_update_request *)(request + 1))->nwrite;
		break;
	case OC_OP_END:
		script.last_changes = ((const struct oc_end_request *)(end + 1))->nchanges;
		break;
	case OC_OP_GET:
		*(struct row *)(response + 1) = (struct row) { .value = 4711 };
		response->length += sizeof(struct row);
		break;
	case OC_OP_READ:
		answer_read(request, response);
		break;
	}
}

static void answer_error(struct oc_msg *response)
{
	struct oc_error_body *body = (void *)(response + 1);

	*body = (struct oc_error_body) {
		.index = 3, .table = 1, .column = 0, .text_length = script.text ? 5 : 1000,
	};
	memcpy(body + 1, "two.v\0\0", 8);
	response->length += sizeof(*body) + 8;
}

static void answer(struct pair *pair, const struct oc_msg *request, struct oc_msg *response)
{
	struct oc_msg copy[8];

	memcpy(copy, request, request->length < sizeof(copy) ? request->length : sizeof(copy));
	script.ops[script.nops++ % 64] = request->op;
	response->length = sizeof(*response);
	response->status = script.status[request->op];
	if (response->status)
		answer_error(response);
	else
		answer_ok(pair, copy, response);
	if (script.length[request->op])
		response->length = script.length[request->op];
}

int script_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	memset(&script, 0, sizeof(script));
	script.next_rowid = 10;
	script.session = SCRIPT_SESSION;
	script.max_message = 1 << 20;
	script.text = true;
	f->guard = 0xccccccccccccccccu;
	f->pair = pair_new_attached();
	f->pair->answer = answer;
	*state = f;
	return 0;
}

int script_teardown(void **state)
{
	struct fixture *f = *state;

	assert_true(f->guard == 0xccccccccccccccccu);
	pair_free(f->pair);
	free(f);
	return 0;
}

int open_db(struct fixture *f)
{
	return oc_db_open(&f->db, &f->pair->client, "data", &schema, f->mem, sizeof(f->mem), 5);
}

void start(struct fixture *f)
{
	static const uint32_t write[] = { 0 };

	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_start_update(&f->db, write, 1, NULL, 0), OC_OK);
}

void insert_own(struct fixture *f, int n)
{
	for (int i = 0; i < n; i++) {
		struct row row = { .value = f->db.next[0] };

		assert_true(oc_db_insert(&f->db, 0, &row, sizeof(row)) > 0);
	}
}
