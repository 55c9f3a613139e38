// SPDX-License-Identifier: GPL-2.0-only
/*
 * Durability and checkpoints of a whole store, with a sync that the test holds back
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_fixture.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;	/* a sync needs it */
static bool broken;						/* under it */

static int gated_sync(int fd)
{
	bool fails;

	pthread_mutex_lock(&gate);
	fails = broken;
	pthread_mutex_unlock(&gate);
	if (fails)
		errno = EIO;
	return fails ? -1 : fdatasync(fd);
}

static void open_gated(struct fixture *f)
{
	const struct sqlite_seams seams = { .sync = gated_sync };

	broken = false;
	assert_status(fixture_open_with(f, &seams), OC_OK);
}

static int commit_flag(struct fixture *f, int n, uint64_t *ticket)
{
	struct kinds_flags flag = { .flag = (int16_t)n };
	struct store_change change = flag_change(&flag, n);

	return fixture_commit(f, &change, 1, ticket);
}

/* Visible at once; durable when the sync is over; then the reactor is woken. */
static void test_full(void **state)
{
	struct fixture *f = *state;
	uint64_t first, second;

	open_gated(f);
	pthread_mutex_lock(&gate);
	assert_status(commit_flag(f, 1, &first), OC_OK);
	assert_status(store_durable(f->conn, first), OC_PENDING);
	assert_status(commit_flag(f, 2, &second), OC_OK);
	assert_int_equal(fixture_count(f, "flags"), 2);
	usleep(120000);
	assert_status(store_durable(f->conn, first), OC_PENDING);
	assert_false(fixture_was_woken(f));
	pthread_mutex_unlock(&gate);
	assert_status(fixture_wait_durable(f, second), OC_OK);
	assert_status(store_durable(f->conn, first), OC_OK);
	assert_true(fixture_was_woken(f));
}

static void test_panic(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag;
	uint64_t good, lost, none;

	open_gated(f);
	assert_status(commit_flag(f, 1, &good), OC_OK);
	assert_status(fixture_wait_durable(f, good), OC_OK);
	pthread_mutex_lock(&gate);
	broken = true;
	pthread_mutex_unlock(&gate);
	assert_status(commit_flag(f, 2, &lost), OC_OK);
	assert_status(fixture_wait_durable(f, lost), OC_EWRITEPANIC);
	assert_status(store_durable(f->conn, good), OC_OK);
	assert_true(fixture_logged(f, "test.db: Input/output error; no update is taken"));
	/* A disk that seems well again changes nothing. */
	pthread_mutex_lock(&gate);
	broken = false;
	pthread_mutex_unlock(&gate);
	assert_status(commit_flag(f, 3, &none), OC_EWRITEPANIC);
	assert_int_equal(none, 0);
	assert_non_null(strstr(f->error.text, "test.db: a sync has failed; no update is taken"));
	assert_status(store_durable(f->conn, lost), OC_EWRITEPANIC);
	/* Reads go on. */
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 1, &flag, &f->error), OC_OK);
	assert_status(fixture_close(f), OC_EWRITEPANIC);
	/* A new start takes updates again. */
	fixture_must_open(f);
	assert_status(commit_flag(f, 3, &good), OC_OK);
}

/* Close makes lazy commits durable, or says that it could not. */
static void test_close(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	open_gated(f);
	assert_status(commit_flag(f, 1, &ticket), OC_OK);
	assert_status(fixture_close(f), OC_OK);
	open_gated(f);
	assert_status(commit_flag(f, 2, &ticket), OC_OK);
	pthread_mutex_lock(&gate);
	broken = true;
	pthread_mutex_unlock(&gate);
	assert_status(fixture_close(f), OC_EWRITEPANIC);
	assert_int_equal(access(f->wal, F_OK), 0);
}

/* Somebody has removed the log: its syncs succeed and keep nothing. */
static void test_unlinked_log(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	fixture_must_open(f);
	assert_int_equal(unlink(f->wal), 0);
	assert_status(commit_flag(f, 1, &ticket), OC_OK);
	assert_status(fixture_wait_durable(f, ticket), OC_EWRITEPANIC);
	assert_status(fixture_close(f), OC_EWRITEPANIC);
}

static off_t log_size(struct fixture *f)
{
	struct stat st;

	assert_int_equal(stat(f->wal, &st), 0);
	return st.st_size;
}

static int commit_patiently(struct fixture *f, int n, int *pending)
{
	uint64_t ticket;
	int status = OC_PENDING;

	for (int i = 0; i < 5000 && status == OC_PENDING; i++) {
		status = commit_flag(f, n, &ticket);
		if (status == OC_PENDING) {
			++*pending;
			usleep(1000);
		}
	}
	return status;
}

/* 10 pages a checkpoint: the log stays below twice that, however slow a sync is. */
static void test_log_is_reset(void **state)
{
	struct fixture *f = *state;
	off_t largest = 0;
	int pending = 0;

	f->config.checkpoint_pages = 10;
	fixture_must_open(f);
	for (int i = 1; i <= 300; i++) {
		assert_status(commit_patiently(f, i, &pending), OC_OK);
		if (log_size(f) > largest)
			largest = log_size(f);
	}
	assert_in_range(largest, 4096, 25 * 4096);
	assert_int_equal(fixture_count(f, "flags"), 300);
}

/* What a checkpoint says of itself: the thread's patience stands on it. */
static void test_checkpoint_figures(void **state)
{
	struct fixture *f = *state;
	unsigned int pages = 99, left = 99;
	struct program p;
	uint64_t ticket;

	fixture_must_open(f);
	assert_status(commit_flag(f, 1, &ticket), OC_OK);
	program_start(&p, f->file);
	program_must(&p, "BEGIN; SELECT count(*) FROM flags", "1");
	assert_status(commit_flag(f, 2, &ticket), OC_OK);
	assert_status(sqlite_checkpoint(to_sqlite(f->store), &pages, &left), OC_OK);
	assert_int_equal(pages, to_sqlite_conn(f->conn)->wal_pages);
	assert_in_range(left, 1, pages - 1);
	program_must(&p, "COMMIT", "");
	program_stop(&p);
	assert_status(sqlite_checkpoint(to_sqlite(f->store), &pages, &left), OC_OK);
	assert_int_equal(left, 0);
}

/*
 * Somebody reads an old state for long: commits go on, checkpoints are few, the log
 * grows. When he is done it is reset, and cut to its limit.
 */
static void test_held_snapshot(void **state)
{
	struct fixture *f = *state;
	struct program p;
	int pending = 0;
	off_t grown;

	f->config.checkpoint_pages = 10;
	fixture_must_open(f);
	assert_status(commit_patiently(f, 1000, &pending), OC_OK);
	program_start(&p, f->file);
	program_must(&p, "BEGIN; SELECT count(*) FROM flags", "1");
	for (int i = 1; i <= 200; i++)
		assert_status(commit_patiently(f, i, &pending), OC_OK);
	program_must(&p, "SELECT count(*) FROM flags", "1");
	grown = log_size(f);
	assert_true(grown > 200 * 4096);
	program_must(&p, "COMMIT; SELECT count(*) FROM flags", "201");
	program_stop(&p);
	/* The log may double before it is looked at again. */
	for (int i = 201; i <= 1000 - 1 && log_size(f) >= grown; i++)
		assert_status(commit_patiently(f, i, &pending), OC_OK);
	assert_true(log_size(f) < grown / 4);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_make, fixture_remove)
		TEST(test_full),
		TEST(test_panic),
		TEST(test_close),
		TEST(test_unlinked_log),
		TEST(test_log_is_reset),
		TEST(test_checkpoint_figures),
		TEST(test_held_snapshot),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
