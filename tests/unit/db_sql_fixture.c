// SPDX-License-Identifier: GPL-2.0-only
#include "db_sql_fixture.h"

struct sql_server server;

const struct batch one_two = {
	.statement = STATEMENT, .ncolumns = 1, .nrows = 2,
	.values = { 1, 8, 11, 0, 1, 8, 12, 0 }, .nwords = 8,
}, three = {
	.ncolumns = 1, .nrows = 1, .values = { 1, 8, 13, 0 }, .nwords = 4,
};

static void put_batch(struct oc_msg *response)
{
	const struct batch *b = &server.batches[server.next++];
	struct oc_sql_response body = {
		.statement = b->statement, .ncolumns = b->ncolumns, .nrows = b->nrows,
		.flags = b->flags,
	};

	memcpy(response + 1, &body, sizeof(body));
	memcpy((uint8_t *)(response + 1) + sizeof(body), b->values, 4 * b->nwords);
	response->length = sizeof(*response) + sizeof(body) + 4 * b->nwords;
}

static void answer(struct pair *pair, const struct oc_msg *request, struct oc_msg *response)
{
	const struct oc_sql_request *sql = (const void *)(request + 1);
	const struct oc_sql_next_request *next = (const void *)(request + 1);
	uint16_t op = request->op;

	if (op == OC_OP_SQL) {
		server.length = request->length;
		assert_true(sql->text_length < sizeof(server.text));
		memcpy(server.text, sql + 1, sql->text_length);
	} else if (op == OC_OP_SQL_NEXT) {
		server.asked[server.nasked++ % 4] = next->statement;
	} else if (op == OC_OP_SQL_END) {
		server.ended = next->statement;
	}
	server.answer(pair, request, response);
	if ((op == OC_OP_SQL || op == OC_OP_SQL_NEXT) && !script.status[op] &&
	    !script.length[op])
		put_batch(response);
}

int sql_setup(void **state)
{
	struct fixture *f;
	int failed = script_setup(state);

	f = *state;
	memset(&server, 0, sizeof(server));
	server.answer = f->pair->answer;
	f->pair->answer = answer;
	return failed;
}

int take_row(void *ctx, const struct oc_sql_row *row)
{
	struct seen *seen = ctx;

	assert_int_equal(row->ncolumns, 1);
	assert_int_equal(row->values->type, OC_SQL_INTEGER);
	seen->integers[seen->rows++ % 8] = oc_sql_integer(row->values);
	return (int)seen->rows == seen->at ? seen->result : 0;
}

int run(struct fixture *f, struct seen *seen)
{
	seen->f = f;
	return oc_db_sql(&f->db, SELECT, strlen(SELECT), take_row, seen);
}
