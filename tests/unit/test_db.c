// SPDX-License-Identifier: GPL-2.0-only
/*
 * The database client against a server that answers what the test tells it to
 */
#include <stdlib.h>

#include "script.h"
#include "unit.h"

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

/* The answer to the LOGOUT of a refused open finds no room where the cache was. */
static void test_logout_that_is_too_long(void **state)
{
	struct fixture *f = *state;
	uint64_t *mem = malloc(MEM_MIN);

	assert_non_null(mem);
	script.status[OC_OP_OPEN] = OC_ESCHEMA;
	script.length[OC_OP_LOGOUT] = 4096;
	assert_status(oc_db_open(&f->db, &f->pair->client, "data", &schema, mem, MEM_MIN, 0),
		      OC_ESCHEMA);
	assert_int_equal(oc_db_error(&f->db)->text_length, 5);
	free(mem);
}

/* Somebody else's request is in flight on the channel: END was never sent. */
static void test_end_that_was_not_sent(void **state)
{
	static const uint32_t one[] = { 0 };
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING }, answer;
	struct fixture *f = *state;
	struct row row = { .value = 1 };

	start(f);
	assert_true(oc_db_insert(&f->db, 0, &row, sizeof(row)) > 0);
	assert_status(oc_channel_start(&f->pair->client, &ping, &answer, sizeof(answer)), OC_OK);
	assert_status(oc_db_end(&f->db), OC_EINVAL);
	assert_status(oc_db_end(&f->db), OC_ENOTRANSACTION);
	while (oc_channel_poll(&f->pair->client) == OC_PENDING)
		pair_serve(f->pair);
	script.nops = 0;
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_OK);
	assert_int_equal(script.ops[0], OC_OP_ROLLBACK);
	assert_int_equal(script.ops[1], OC_OP_START_UPDATE);
}

/* A CLOSE that is refused does not keep the session alive. */
static void test_close_logs_out_whatever_happens(void **state)
{
	struct fixture *f = *state;

	start(f);
	script.nops = 0;
	script.status[OC_OP_CLOSE] = OC_ESTORE;
	assert_status(oc_db_close(&f->db), OC_ESTORE);
	assert_int_equal(script.ops[0], OC_OP_ROLLBACK);
	assert_int_equal(script.ops[1], OC_OP_CLOSE);
	assert_int_equal(script.ops[2], OC_OP_LOGOUT);
}

static void test_version_is_no_error_body(void **state)
{
	struct fixture *f = *state;

	script.status[OC_OP_LOGIN] = OC_EVERSION;
	assert_status(open_db(f), OC_EVERSION);
	assert_true(oc_db_error(&f->db)->table == OC_NONE);
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

static void test_rowids_below_one(void **state)
{
	static const uint32_t one[] = { 0 };
	struct fixture *f = *state;

	script.next_rowid = 0;
	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_EPROTOCOL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPT_TEST(test_message_counts),
		SCRIPT_TEST(test_open_arguments),
		SCRIPT_TEST(test_refused_open),
		SCRIPT_TEST(test_text_that_lies_about_its_length),
		SCRIPT_TEST(test_logout_that_is_too_long),
		SCRIPT_TEST(test_end_that_was_not_sent),
		SCRIPT_TEST(test_close_logs_out_whatever_happens),
		SCRIPT_TEST(test_version_is_no_error_body),
		SCRIPT_TEST(test_cache_full),
		SCRIPT_TEST(test_server_takes_less_than_the_cache),
		SCRIPT_TEST(test_insert_refusals),
		SCRIPT_TEST(test_no_rowid_left),
		SCRIPT_TEST(test_start_refusals),
		SCRIPT_TEST(test_failed_end_is_over),
		SCRIPT_TEST(test_restart_ends_the_session),
		SCRIPT_TEST(test_timeout_is_made_sure_of),
		SCRIPT_TEST(test_responses_of_wrong_length),
		SCRIPT_TEST(test_rowids_below_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
