// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk that is full or breaks, at each write and sync of a commit in turn: all of
 * it is stored or none, and only what is durable is called durable
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "faulty_vfs.h"
#include "store_fixture.h"

#define NROWS 400	/* several pages */

static int setup(void **state)
{
	faulty_reset();
	return fixture_make_open(state);
}

static int teardown(void **state)
{
	faulty_reset();
	return fixture_remove(state);
}

static int commit_rows(struct fixture *f, int64_t first, uint64_t *ticket)
{
	static struct kinds_kinds rows[NROWS];
	struct store_change changes[NROWS];

	for (int i = 0; i < NROWS; i++) {
		rows[i] = kinds_row((int)first + i);
		changes[i] = kinds_change(&rows[i], first + i);
	}
	return fixture_commit(f, changes, NROWS, ticket);
}

/* Whether the rows from @first on are all there, or none. */
static bool are_there(struct fixture *f, int64_t first)
{
	struct kinds_kinds row;
	int found = 0;

	for (int i = 0; i < NROWS; i++)
		found += !store_get(f->conn, KINDS_TABLE_KINDS, first + i, &row, &f->error);
	assert_true(found == 0 || found == NROWS);
	return found;
}

/* Fails the n-th write, for each n until a commit needs no more. */
static void fail_each_write(struct fixture *f, int error, int status)
{
	uint64_t ticket, last = 0;
	int64_t first = 1;
	int got, n;

	for (n = 0; ; n++) {
		faulty.writes_left = n;
		faulty.write_error = error;
		got = commit_rows(f, first, &ticket);
		faulty.write_error = 0;
		if (got == OC_OK)
			break;
		assert_status(got, status);
		assert_int_equal(ticket, 0);
		assert_true(sqlite3_get_autocommit(to_sqlite_conn(f->conn)->db));
		assert_false(are_there(f, first));
		/* And the next one is well. */
		assert_status(commit_rows(f, first + NROWS, &ticket), OC_OK);
		assert_true(are_there(f, first + NROWS));
		assert_true(ticket > last);
		last = ticket;
		first += 2 * NROWS;
	}
	assert_true(n >= 3);
	assert_true(are_there(f, first));
	assert_int_equal(fixture_count(f, "kinds"), (n + 1) * NROWS);
}

static void test_disk_full(void **state)
{
	struct fixture *f = *state;

	fail_each_write(f, SQLITE_FULL, OC_EFULL);
	faulty.write_error = SQLITE_FULL;
	assert_status(commit_rows(f, 1, &(uint64_t){ 0 }), OC_EFULL);
	assert_non_null(strstr(f->error.text, "test.db: the disk is full"));
}

static void test_write_error(void **state)
{
	struct fixture *f = *state;

	fail_each_write(f, SQLITE_IOERR_WRITE, OC_ESTORE);
	assert_true(fixture_logged(f, "test.db: disk I/O error"));
	assert_false(fixture_logged(f, "no update is taken"));
}

/* Creating the tables on a full disk: no half a schema. */
static void test_disk_full_at_open(void **state)
{
	struct fixture *f = *state;

	assert_status(fixture_close(f), OC_OK);
	unlink(f->file);
	faulty.write_error = SQLITE_FULL;
	faulty.writes_left = 4;
	assert_status(fixture_open(f), OC_EFULL);
	assert_non_null(strstr(f->error.text, "the disk is full"));
	faulty.write_error = 0;
	fixture_must_open(f);
}

static void reset_log(struct fixture *f)
{
	int rc = sqlite3_wal_checkpoint_v2(to_sqlite_conn(f->conn)->db, NULL,
					   SQLITE_CHECKPOINT_RESTART, NULL, NULL);

	assert_int_equal(rc, SQLITE_OK);
}

static int commit_patiently(struct fixture *f, int64_t first, uint64_t *ticket)
{
	int status = commit_rows(f, first, ticket);

	while (status == OC_PENDING) {
		assert_status(oc_latch_wait(&f->wake, 20000000000), OC_OK);
		oc_latch_reset(&f->wake);
		status = commit_rows(f, first, ticket);
	}
	return status;
}

/* The log is begun anew, which takes a sync inside SQLite. */
static void test_failed_sync_in_commit(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	assert_status(commit_rows(f, 1, &ticket), OC_OK);
	assert_status(fixture_wait_durable(f, ticket), OC_OK);
	reset_log(f);
	faulty.sync_error = SQLITE_IOERR_FSYNC;
	assert_status(commit_rows(f, 1000, &ticket), OC_PENDING);
	assert_status(commit_patiently(f, 1000, &ticket), OC_EWRITEPANIC);
	faulty.sync_error = 0;
	assert_false(are_there(f, 1000));
	assert_status(commit_rows(f, 1000, &ticket), OC_EWRITEPANIC);
	assert_status(store_durable(f->conn, 1), OC_OK);
	assert_true(are_there(f, 1));
	assert_true(fixture_logged(f, "a sync of the log's header failed; no update is taken"));
	assert_status(fixture_close(f), OC_EWRITEPANIC);
	fixture_must_open(f);
	assert_true(are_there(f, 1));
}

/* Not for want of a thread to do it: the commit tries, and says what is wrong. */
static void test_disk_full_at_new_log(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	assert_status(commit_rows(f, 1, &ticket), OC_OK);
	assert_status(fixture_wait_durable(f, ticket), OC_OK);
	reset_log(f);
	faulty.write_error = SQLITE_FULL;
	for (int i = 0; i < 3; i++)
		assert_status(commit_patiently(f, 1000, &ticket), OC_EFULL);
	faulty.write_error = 0;
	assert_status(commit_patiently(f, 1000, &ticket), OC_OK);
	assert_true(are_there(f, 1000));
	assert_status(fixture_wait_durable(f, ticket), OC_OK);
}

static void test_failed_sync_in_checkpoint(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 };
	struct store_change probe = flag_change(&flag, 0);	/* refused, if not for the panic */
	uint64_t ticket;
	int status = OC_EINVAL;

	assert_status(fixture_close(f), OC_OK);
	f->config.checkpoint_pages = 1;
	fixture_must_open(f);
	faulty.syncs_left = 1;		/* the log's header, in the commit */
	faulty.sync_error = SQLITE_IOERR_FSYNC;
	assert_status(commit_rows(f, 1, &ticket), OC_OK);
	for (int i = 0; i < 5000 && status != OC_EWRITEPANIC; i++) {
		usleep(1000);
		status = fixture_commit(f, &probe, 1, &ticket);
	}
	assert_status(status, OC_EWRITEPANIC);
	faulty.sync_error = 0;
	assert_true(fixture_logged(f, "test.db: a sync in a checkpoint failed"));
	assert_status(fixture_close(f), OC_EWRITEPANIC);
	/* The log is left as it was, and read again. */
	assert_int_equal(access(f->wal, F_OK), 0);
	fixture_must_open(f);
	assert_true(are_there(f, 1));
}

/* Pages of garbage behind a good first one. */
static void test_corrupt_file(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row;
	char garbage[4096];
	uint64_t ticket;
	FILE *file;

	assert_status(commit_rows(f, 1, &ticket), OC_OK);
	assert_status(fixture_close(f), OC_OK);
	memset(garbage, 0xa5, sizeof(garbage));
	file = fopen(f->file, "r+");
	assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(fwrite(garbage, sizeof(garbage), 1, file), 1);
	assert_int_equal(fclose(file), 0);
	fixture_must_open(f);
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 1, &row, &f->error), OC_ESTORE);
	assert_non_null(strstr(f->error.text, "database disk image is malformed"));
	assert_status(commit_rows(f, 1000, &ticket), OC_ESTORE);
	assert_int_equal(ticket, 0);
	assert_true(fixture_logged(f, "database disk image is malformed"));
}

static void test_no_wal(void **state)
{
	struct fixture *f = *state;

	assert_status(fixture_close(f), OC_OK);
	unlink(f->file);
	faulty.no_shared_memory = true;
	assert_status(fixture_open(f), OC_ESTORE);
	assert_non_null(strstr(f->error.text,
			       "test.db: its file system cannot hold a write-ahead log"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		TEST(test_disk_full),
		TEST(test_write_error),
		TEST(test_disk_full_at_open),
		TEST(test_failed_sync_in_commit),
		TEST(test_disk_full_at_new_log),
		TEST(test_failed_sync_in_checkpoint),
		TEST(test_corrupt_file),
		TEST(test_no_wal),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	faulty_install();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
