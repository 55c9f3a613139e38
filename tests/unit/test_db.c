// SPDX-License-Identifier: GPL-2.0-only
/*
 * The database client against a server that answers what the test tells it to
 */
#include <stdlib.h>

#include <oc/db.h>

#include "pair.h"
#include "unit.h"

struct row {
	_Alignas(8) int64_t value;
	uint16_t text_length;
	char text[6];
};

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

static const struct oc_schema schema = { .tables = tables, .ntables = 2 };

/* header 24, open 8, name 8, and two times 16 + 8 + 8 */
#define OPEN_SIZE	104
#define MEM_MIN		OC_DB_MEM_MIN(2, sizeof(struct row), OPEN_SIZE)

enum { SESSION = 77 };

/* What the next answers are; each operation has one. */
static struct {
	int status[16];
	uint32_t length[16];		/* 0: the right one */
	int64_t next_rowid;
	int64_t stored[8];		/* rowids in the server's table, ascending, 0 ends */
	uint32_t session;
	uint32_t max_message;
	uint32_t last_changes;
	uint32_t ops[64], nops;
	bool text;
} script;

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

struct fixture {
	struct pair *pair;
	struct oc_db db;
	uint64_t mem[(MEM_MIN + 400) / 8];
	uint64_t guard;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	memset(&script, 0, sizeof(script));
	script.next_rowid = 10;
	script.session = SESSION;
	script.max_message = 1 << 20;
	script.text = true;
	f->guard = 0xccccccccccccccccu;
	f->pair = pair_new_attached();
	f->pair->answer = answer;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_true(f->guard == 0xccccccccccccccccu);
	pair_free(f->pair);
	free(f);
	return 0;
}

static int open_db(struct fixture *f)
{
	return oc_db_open(&f->db, &f->pair->client, "data", &schema, f->mem, sizeof(f->mem), 5);
}

static void start(struct fixture *f)
{
	static const uint32_t write[] = { 0 };

	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_start_update(&f->db, write, 1, NULL, 0), OC_OK);
}

static void test_message_counts(void **state)
{
	struct fixture *f = *state;
	static const uint32_t ops[] = {
		OC_OP_LOGIN, OC_OP_OPEN, OC_OP_START_UPDATE, OC_OP_END, OC_OP_CLOSE, OC_OP_LOGOUT,
	};
	struct row row = { .value = 1 };

	start(f);
	assert_int_equal(oc_db_insert(&f->db, 0, &row, sizeof(row)), 10);
	assert_int_equal(oc_db_insert(&f->db, 0, &row, sizeof(row)), 11);
	assert_status(oc_db_end(&f->db), OC_OK);
	assert_int_equal(script.last_changes, 2);
	assert_status(oc_db_close(&f->db), OC_OK);
	assert_int_equal(script.nops, 6);
	assert_memory_equal(script.ops, ops, sizeof(ops));
}

static void test_open_arguments(void **state)
{
	struct fixture *f = *state;
	struct oc_channel *ch = &f->pair->client;
	char longest[OC_NAME_MAX + 2];

	memset(longest, 'x', sizeof(longest));
	longest[OC_NAME_MAX + 1] = 0;
	assert_status(oc_db_open(&f->db, ch, "", &schema, f->mem, sizeof(f->mem), 0), OC_EINVAL);
	assert_status(oc_db_open(&f->db, ch, longest, &schema, f->mem, sizeof(f->mem), 0),
		      OC_EINVAL);
	assert_status(oc_db_open(&f->db, ch, "data", &schema, (char *)f->mem + 4, 512, 0),
		      OC_EINVAL);
	assert_status(oc_db_open(&f->db, ch, "data", &schema, f->mem, MEM_MIN - 8, 0), OC_ENOMEM);
	assert_int_equal(script.nops, 0);
	assert_status(oc_db_open(&f->db, ch, "data", &schema, f->mem, MEM_MIN, 0), OC_OK);
}

/* A refused open logs out again, and its reason survives that. */
static void test_refused_open(void **state)
{
	struct fixture *f = *state;
	const struct oc_db_error *error = oc_db_error(&f->db);

	script.status[OC_OP_OPEN] = OC_ESCHEMA;
	assert_status(open_db(f), OC_ESCHEMA);
	assert_status(error->status, OC_ESCHEMA);
	assert_int_equal(error->table, 1);
	assert_int_equal(error->column, 0);
	assert_int_equal(error->text_length, 5);
	assert_memory_equal(error->text, "two.v", 5);
	assert_int_equal(script.ops[2], OC_OP_LOGOUT);
	assert_status(oc_db_end(&f->db), OC_ENOTOPEN);
}

static void test_text_that_lies_about_its_length(void **state)
{
	struct fixture *f = *state;

	script.text = false;
	script.status[OC_OP_OPEN] = OC_ESCHEMA;
	assert_status(open_db(f), OC_ESCHEMA);
	assert_null(oc_db_error(&f->db)->text);
}

static void test_cache_full(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 1 };
	int64_t rowid;
	int rows = 0;

	start(f);
	while ((rowid = oc_db_insert(&f->db, 0, &row, sizeof(row))) > 0)
		rows++;
	assert_status(rowid, OC_ECACHE_FULL);
	assert_true(rows > 3);
	assert_status(oc_db_insert(&f->db, 0, &row, sizeof(row)), OC_ECACHE_FULL);
	assert_status(oc_db_end(&f->db), OC_OK);
	assert_int_equal(script.last_changes, rows);
}

static void test_server_takes_less_than_the_cache(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 1 };
	uint32_t bytes = sizeof(struct oc_msg) + sizeof(struct oc_end_request);

	script.max_message = OC_PACKET_MIN;
	start(f);
	while (oc_db_insert(&f->db, 0, &row, sizeof(row)) > 0)
		bytes += sizeof(struct oc_change) + sizeof(row);
	assert_true(bytes <= OC_PACKET_MIN);
	assert_true(bytes > OC_PACKET_MIN - sizeof(struct oc_change) - sizeof(row));
}

static void test_insert_refusals(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 1 };

	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_insert(&f->db, 0, &row, sizeof(row)), OC_ENOTRANSACTION);
	assert_status(oc_db_end(&f->db), OC_ENOTRANSACTION);
	assert_status(oc_db_rollback(&f->db), OC_ENOTRANSACTION);
	assert_status(oc_db_close(&f->db), OC_OK);
	start(f);
	assert_status(oc_db_insert(&f->db, 0, &row, sizeof(row) - 1), OC_EROWSIZE);
	assert_status(oc_db_insert(&f->db, 2, &row, sizeof(row)), OC_ENOTABLE);
	assert_status(oc_db_insert(&f->db, 1, &row, 8), OC_ENOTLOCKED);
	assert_int_equal(oc_db_error(&f->db)->table, 1);
	assert_int_equal(oc_db_insert(&f->db, 0, &row, sizeof(row)), 10);
}

static void test_no_rowid_left(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 1 };

	script.next_rowid = INT64_MAX - 1;
	start(f);
	assert_true(oc_db_insert(&f->db, 0, &row, sizeof(row)) == INT64_MAX - 1);
	assert_status(oc_db_insert(&f->db, 0, &row, sizeof(row)), OC_EFULL);
}

static void test_start_refusals(void **state)
{
	struct fixture *f = *state;
	static const uint32_t bad[] = { 2 }, twice[] = { 0, 0 }, one[] = { 0 };

	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_start_update(&f->db, NULL, 0, NULL, 0), OC_EINVAL);
	assert_status(oc_db_start_update(&f->db, bad, 1, NULL, 0), OC_EINVAL);
	assert_status(oc_db_start_update(&f->db, twice, 2, NULL, 0), OC_EINVAL);
	assert_status(oc_db_start_update(&f->db, one, 1, one, 1), OC_EINVAL);
	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_EUNAVAILABLE);
	script.status[OC_OP_START_UPDATE] = OC_OK;
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_OK);
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_ETRACTIVE);
}

static void test_failed_end_is_over(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 1 };

	start(f);
	oc_db_insert(&f->db, 0, &row, sizeof(row));
	script.status[OC_OP_END] = OC_ECONSTRAINT;
	assert_status(oc_db_end(&f->db), OC_ECONSTRAINT);
	assert_int_equal(oc_db_error(&f->db)->index, 3);
	assert_status(oc_db_end(&f->db), OC_ENOTRANSACTION);
}

static void test_own_rows(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 42, .text_length = 1, .text = "x" }, got;

	start(f);
	oc_db_insert(&f->db, 0, &row, sizeof(row));
	memset(&got, 0xcc, sizeof(got));
	assert_status(oc_db_get(&f->db, 0, 10, &got, sizeof(got)), OC_OK);
	assert_memory_equal(&got, &row, sizeof(row));
	assert_int_equal(script.nops, 3);	/* no message for it */
	assert_status(oc_db_get(&f->db, 0, 9, &got, sizeof(got)), OC_OK);
	assert_int_equal(got.value, 4711);
	assert_status(oc_db_get(&f->db, 0, 0, &got, sizeof(got)), OC_ENOTFOUND);
	assert_status(oc_db_get(&f->db, 0, 9, &got, 8), OC_EROWSIZE);
	assert_status(oc_db_rollback(&f->db), OC_OK);
	assert_status(oc_db_get(&f->db, 0, 10, &got, sizeof(got)), OC_OK);
	assert_int_equal(got.value, 4711);
}

static void expect_rows(struct oc_cursor *cursor, const int64_t *rowids)
{
	struct row row;
	int64_t rowid;

	for (; *rowids; rowids++) {
		rowid = oc_cursor_next(cursor, &row, sizeof(row));
		assert_int_equal(rowid, *rowids);
		assert_int_equal(row.value, rowid < 10 ? -rowid : rowid);
	}
	assert_int_equal(oc_cursor_next(cursor, &row, sizeof(row)), 0);
}

static void insert_own(struct fixture *f, int n)
{
	for (int i = 0; i < n; i++) {
		struct row row = { .value = f->db.next[0] };

		assert_true(oc_db_insert(&f->db, 0, &row, sizeof(row)) > 0);
	}
}

static void store(int n)
{
	for (int i = 0; i < n; i++)
		script.stored[i] = i + 1;
	script.stored[n] = 0;
}

static void test_cursor(void **state)
{
	static const int64_t five[] = { 1, 2, 3, 4, 5, 0 }, none[] = { 0 };
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row;

	store(5);
	assert_status(open_db(f), OC_OK);
	assert_status(oc_cursor_open(&cursor, &f->db, 2), OC_ENOTABLE);
	assert_status(oc_cursor_open(&cursor, &f->db, 0), OC_OK);
	assert_status(oc_cursor_next(&cursor, &row, 8), OC_EROWSIZE);
	expect_rows(&cursor, five);
	expect_rows(&cursor, none);
	store(6);	/* committed by somebody meanwhile: the cursor goes on */
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 6);
}

static void test_cursors_share_the_batch(void **state)
{
	struct fixture *f = *state;
	struct oc_cursor a, b;
	struct row row;

	store(5);
	assert_status(open_db(f), OC_OK);
	oc_cursor_open(&a, &f->db, 0);
	oc_cursor_open(&b, &f->db, 0);
	for (int64_t i = 1; i <= 5; i++) {
		assert_int_equal(oc_cursor_next(&a, &row, sizeof(row)), i);
		assert_int_equal(oc_cursor_next(&b, &row, sizeof(row)), i);
		assert_int_equal(row.value, -i);
	}
	assert_int_equal(oc_cursor_next(&a, &row, sizeof(row)), 0);
	assert_int_equal(oc_cursor_next(&b, &row, sizeof(row)), 0);
}

static void test_cursor_sees_own_rows(void **state)
{
	static const int64_t all[] = { 1, 2, 3, 10, 11, 0 }, more[] = { 12, 0 };
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row;

	store(3);
	start(f);
	insert_own(f, 2);
	oc_cursor_open(&cursor, &f->db, 0);
	expect_rows(&cursor, all);
	insert_own(f, 1);
	expect_rows(&cursor, more);
	assert_status(oc_db_end(&f->db), OC_OK);
	script.stored[3] = 13;
	script.stored[4] = 0;
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 13);
}

/* Another program took rowid 10: within the transaction, our own row counts. */
static void test_cursor_hides_conflicting_rows(void **state)
{
	static const int64_t all[] = { 1, 10, 0 };
	struct fixture *f = *state;
	struct oc_cursor cursor;

	script.stored[0] = 1;
	script.stored[1] = 10;
	script.stored[2] = 11;
	start(f);
	insert_own(f, 1);
	oc_cursor_open(&cursor, &f->db, 0);
	expect_rows(&cursor, all);
}

static void test_restart_ends_the_session(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 1 };

	start(f);
	oc_db_insert(&f->db, 0, &row, sizeof(row));
	pair_start_server(f->pair);
	assert_status(oc_db_end(&f->db), OC_ESERVER_RESTARTED);
	assert_status(oc_db_insert(&f->db, 0, &row, sizeof(row)), OC_ESERVER_RESTARTED);
	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_ESERVER_RESTARTED);
	assert_status(oc_db_close(&f->db), OC_ESERVER_RESTARTED);
	assert_status(oc_db_end(&f->db), OC_ENOTOPEN);
	assert_status(pair_attach(f->pair, &f->pair->client, PAIR_OWNER, 100), OC_OK);
	assert_status(open_db(f), OC_OK);
}

/* The server may hold the locks of a start whose answer nobody waited for. */
static void test_timeout_is_made_sure_of(void **state)
{
	static const uint32_t one[] = { 0 };
	struct fixture *f = *state;

	assert_status(open_db(f), OC_OK);
	oc_channel_set_timeout(&f->pair->client, 20);
	f->pair->mute = true;
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_ETIMEOUT);
	f->pair->mute = false;
	script.nops = 0;
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_OK);
	assert_int_equal(script.ops[0], OC_OP_START_UPDATE);
	assert_int_equal(script.ops[1], OC_OP_ROLLBACK);
	assert_int_equal(script.ops[2], OC_OP_START_UPDATE);

	insert_own(f, 1);
	f->pair->mute = true;
	assert_status(oc_db_end(&f->db), OC_ETIMEOUT);
	f->pair->mute = false;
	assert_status(oc_db_end(&f->db), OC_ENOTRANSACTION);
	script.status[OC_OP_ROLLBACK] = OC_ENOTRANSACTION;
	assert_status(oc_db_close(&f->db), OC_OK);
}

static void test_responses_of_wrong_length(void **state)
{
	static const uint16_t ops[] = {
		OC_OP_OPEN, OC_OP_START_UPDATE, OC_OP_END, OC_OP_GET, OC_OP_READ,
	};
	struct fixture *f = *state;
	static const uint32_t one[] = { 0 };

	for (unsigned int i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct oc_cursor cursor;
		struct row row;
		int status;

		script.length[ops[i]] = 120;
		status = open_db(f);
		if (status == OC_OK)
			status = oc_db_start_update(&f->db, one, 1, NULL, 0);
		if (status == OC_OK && ops[i] == OC_OP_GET)
			status = oc_db_get(&f->db, 0, 1, &row, sizeof(row));
		if (status == OC_OK && ops[i] == OC_OP_READ) {
			oc_cursor_open(&cursor, &f->db, 0);
			status = oc_cursor_next(&cursor, &row, sizeof(row));
		}
		if (status == OC_OK)
			status = oc_db_end(&f->db);
		assert_status(status, OC_EPROTOCOL);
		assert_status(oc_db_close(&f->db),
			      ops[i] == OC_OP_OPEN ? OC_ENOTOPEN : OC_EPROTOCOL);
		script.length[ops[i]] = 0;
	}
}

static void test_rowids_that_go_back(void **state)
{
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row;

	script.stored[0] = 5;
	script.stored[1] = 5;
	assert_status(open_db(f), OC_OK);
	oc_cursor_open(&cursor, &f->db, 0);
	assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), 5);
	assert_status(oc_cursor_next(&cursor, &row, sizeof(row)), OC_EPROTOCOL);
}

static void test_rowids_below_one(void **state)
{
	static const uint32_t one[] = { 0 };
	struct fixture *f = *state;

	script.next_rowid = 0;
	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_EPROTOCOL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_message_counts),
		TEST(test_open_arguments),
		TEST(test_refused_open),
		TEST(test_text_that_lies_about_its_length),
		TEST(test_cache_full),
		TEST(test_server_takes_less_than_the_cache),
		TEST(test_insert_refusals),
		TEST(test_no_rowid_left),
		TEST(test_start_refusals),
		TEST(test_failed_end_is_over),
		TEST(test_own_rows),
		TEST(test_cursor),
		TEST(test_cursors_share_the_batch),
		TEST(test_cursor_sees_own_rows),
		TEST(test_cursor_hides_conflicting_rows),
		TEST(test_restart_ends_the_session),
		TEST(test_timeout_is_made_sure_of),
		TEST(test_responses_of_wrong_length),
		TEST(test_rowids_that_go_back),
		TEST(test_rowids_below_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
