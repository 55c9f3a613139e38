// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several connections to one store, in one thread and in several
 */
#include <pthread.h>
#include <string.h>

#include "store_fixture.h"

#define THREADS		4
#define COMMITS		60
#define PATIENCE_NS	20000000000	/* whoever sleeps for so long was forgotten */

struct other {
	struct store_conn *conn;
	struct oc_latch wake;
};

static void other_connect(struct fixture *f, struct other *other)
{
	assert_status(oc_latch_init(&other->wake), OC_OK);
	assert_status(store_connect(&other->conn, f->store, &other->wake, &f->error), OC_OK);
}

static void other_disconnect(struct other *other)
{
	store_disconnect(other->conn);
	oc_latch_close(&other->wake);
}

static int commit_flag(struct store_conn *conn, int64_t rowid, uint64_t *ticket)
{
	struct kinds_flags flag = { .flag = (int16_t)rowid };
	struct store_change change = flag_change(&flag, rowid);
	struct store_error error;
	struct array array;

	return store_commit(conn, array_changes(&array, &change, 1), 0, ticket, &error);
}

static void commit_patiently(struct store_conn *conn, struct oc_latch *wake, int64_t rowid)
{
	int status = OC_PENDING;
	uint64_t ticket;

	while (status == OC_PENDING) {
		oc_latch_reset(wake);
		status = commit_flag(conn, rowid, &ticket);
		if (status == OC_PENDING)
			assert_status(oc_latch_wait(wake, PATIENCE_NS), OC_OK);
	}
	assert_status(status, OC_OK);
}

/* What one has committed the other reads at once; only another program is somebody else. */
static void test_two_see_each_other(void **state)
{
	struct fixture *f = *state;
	uint32_t before, after;
	struct kinds_flags got;
	struct other other;
	uint64_t ticket;
	int64_t rowid;

	other_connect(f, &other);
	assert_status(store_version(other.conn, &before), OC_OK);
	assert_status(commit_flag(f->conn, 1, &ticket), OC_OK);
	assert_status(store_version(other.conn, &after), OC_OK);
	assert_int_equal(before, after);
	assert_status(store_get(other.conn, KINDS_TABLE_FLAGS, 1, &got, &f->error), OC_OK);
	assert_status(store_next_rowid(other.conn, KINDS_TABLE_FLAGS, &rowid, &f->error), OC_OK);
	assert_int_equal(rowid, 2);
	assert_status(commit_flag(other.conn, rowid, &ticket), OC_OK);
	assert_int_equal(ticket, 2);
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 2, &got, &f->error), OC_OK);
	/* A ticket may be asked about by anybody. */
	assert_status(fixture_wait_durable(f, ticket), OC_OK);
	assert_status(store_durable(other.conn, ticket), OC_OK);
	assert_status(store_version(other.conn, &after), OC_OK);
	assert_int_equal(before, after);
	other_disconnect(&other);
}

/*
 * Another program's commits among ours and the checkpoints' are told apart, also by one
 * who has not committed since, and on the connection that was not asked before.
 */
static void test_version(void **state)
{
	struct fixture *f = *state;
	uint32_t version[2], before;
	struct other other;
	struct program p;
	int64_t rowid = 1;

	f->config.checkpoint_pages = 4;
	fixture_must_open(f);
	other_connect(f, &other);
	program_start(&p, f->file);
	assert_status(store_version(f->conn, &before), OC_OK);
	for (int i = 1; i < 200; i++) {
		struct store_conn *conn = i & 1 ? f->conn : other.conn;
		bool foreign = i % 7 == 0;

		if (foreign)
			program_must(&p, "INSERT INTO \"order\" DEFAULT VALUES", "");
		if (i % 3)
			commit_patiently(conn, i & 1 ? &f->wake : &other.wake, rowid++);
		assert_status(store_version(i & 2 ? f->conn : other.conn, &version[0]), OC_OK);
		assert_status(store_version(i & 2 ? other.conn : f->conn, &version[1]), OC_OK);
		assert_int_equal(version[0], version[1]);
		assert_int_equal(version[0], before + foreign);
		before = version[0];
	}
	program_stop(&p);
	other_disconnect(&other);
}

/* While one writes the other is told to wait, then woken; not who asks for nothing. */
static void test_turns(void **state)
{
	struct fixture *f = *state;
	struct store_sync *sync = to_sqlite(f->store)->sync;
	struct sqlite_conn *first = to_sqlite_conn(f->conn);
	struct other second, third;
	uint64_t ticket = 77;

	other_connect(f, &second);
	other_connect(f, &third);
	assert_status(store_sync_begin(sync, &first->waiter), OC_OK);
	assert_status(commit_flag(second.conn, 1, &ticket), OC_PENDING);
	assert_int_equal(ticket, 0);
	assert_false(oc_latch_is_set(&second.wake));
	store_sync_end(sync, false, 0);
	assert_true(oc_latch_is_set(&second.wake));
	assert_status(commit_flag(second.conn, 1, &ticket), OC_OK);
	assert_false(oc_latch_is_set(&third.wake));
	assert_false(fixture_was_woken(f));
	/* A place that is given back is the next one's. */
	assert_status(store_sync_begin(sync, &first->waiter), OC_OK);
	assert_status(commit_flag(second.conn, 2, &ticket), OC_PENDING);
	assert_status(commit_flag(third.conn, 2, &ticket), OC_PENDING);
	store_forget(second.conn);
	store_sync_end(sync, false, 0);
	assert_true(oc_latch_is_set(&third.wake));
	/* So is that of one who goes. */
	assert_status(store_sync_begin(sync, &first->waiter), OC_OK);
	assert_status(commit_flag(second.conn, 2, &ticket), OC_PENDING);
	oc_latch_reset(&second.wake);
	other_disconnect(&third);
	store_sync_end(sync, false, 0);
	assert_true(oc_latch_is_set(&second.wake));
	other_disconnect(&second);
	assert_int_equal(fixture_count(f, "flags"), 1);
}

/* Each finds out by itself; the log has it once, and what was done is there. */
static void test_alter(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags got;
	struct other other, late;

	other_connect(f, &other);
	other_program(f, "ALTER TABLE flags RENAME COLUMN flag TO mark", "");
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 1, &got, &f->error), OC_ESCHEMA);
	assert_status(store_get(other.conn, KINDS_TABLE_FLAGS, 1, &got, &f->error), OC_ESCHEMA);
	assert_int_equal(fixture_count_logged(f, "altered by another program"), 1);
	/* Who comes now cannot even prepare his statements. */
	late.conn = f->conn;
	assert_status(oc_latch_init(&late.wake), OC_OK);
	assert_status(store_connect(&late.conn, f->store, &late.wake, &f->error), OC_ESCHEMA);
	assert_null(late.conn);
	assert_non_null(strstr(f->error.text, "flags.flag: missing in the file"));
	oc_latch_close(&late.wake);
	other_program(f, "ALTER TABLE flags RENAME COLUMN mark TO flag", "");
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 1, &got, &f->error), OC_ENOTFOUND);
	assert_status(store_get(other.conn, KINDS_TABLE_FLAGS, 1, &got, &f->error), OC_ENOTFOUND);
	assert_int_equal(fixture_count_logged(f, "fits its schema again"), 1);
	other_disconnect(&other);
}

/* A column more keeps no statement from being prepared. */
static void test_altered_before_connecting(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags got;
	struct other other;

	other_program(f, "ALTER TABLE flags ADD COLUMN more INTEGER "
			 "CHECK (more IS NULL OR (typeof(more) = 'integer'))", "");
	other_connect(f, &other);
	assert_status(store_get(other.conn, KINDS_TABLE_FLAGS, 1, &got, &f->error), OC_ESCHEMA);
	other_disconnect(&other);
}

struct client {
	struct other other;
	pthread_t thread;
	int number;
	int status;
};

static int sleep_well(struct other *other)
{
	return oc_latch_wait(&other->wake, PATIENCE_NS) == OC_OK ? OC_OK : OC_ETIMEOUT;
}

static int commit_and_wait(struct other *other, int64_t rowid)
{
	uint64_t ticket = 0;
	int status = OC_PENDING;

	while (status == OC_PENDING) {
		oc_latch_reset(&other->wake);
		if (!ticket)
			status = commit_flag(other->conn, rowid, &ticket);
		if (ticket)
			status = store_durable(other->conn, ticket);
		if (status == OC_PENDING && sleep_well(other))
			return OC_ETIMEOUT;
	}
	return status;
}

static void *commit_all(void *arg)
{
	struct client *client = arg;
	struct store_error error;
	struct kinds_flags got;

	for (int i = 0; i < COMMITS && !client->status; i++) {
		int64_t rowid = 1 + client->number + (int64_t)i * THREADS;

		client->status = commit_and_wait(&client->other, rowid);
		if (!client->status)
			client->status = store_get(client->other.conn, KINDS_TABLE_FLAGS, rowid,
						   &got, &error);
	}
	return NULL;
}

/* Checkpoints come in between, as soon as there are ten pages in the log. */
static void test_threads(void **state)
{
	struct fixture *f = *state;
	struct client clients[THREADS];

	f->config.checkpoint_pages = 10;
	fixture_must_open(f);
	for (int i = 0; i < THREADS; i++) {
		clients[i] = (struct client){ .number = i };
		other_connect(f, &clients[i].other);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&clients[i].thread, NULL, commit_all,
						&clients[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(clients[i].thread, NULL), 0);
		assert_status(clients[i].status, OC_OK);
		other_disconnect(&clients[i].other);
	}
	other_program(f, "SELECT count(*), min(id), max(id) FROM flags; PRAGMA integrity_check",
		      "240|1|240\nok");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_make_open, fixture_remove)
		TEST(test_two_see_each_other),
		cmocka_unit_test_setup_teardown(test_version, fixture_make, fixture_remove),
		TEST(test_turns),
		TEST(test_alter),
		TEST(test_altered_before_connecting),
		cmocka_unit_test_setup_teardown(test_threads, fixture_make, fixture_remove),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
