// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of a database in use: of one state of it, whole or not at all
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/tfsd/store_backup.h"
#include "faulty_vfs.h"
#include "store_fixture.h"

struct backup {
	struct fixture *f;
	struct store_backup *backup;
	char path[64];
	char part[72];
};

static int setup(void **state)
{
	struct backup *b = calloc(1, sizeof(*b));
	void *f = NULL;

	faulty_reset();
	if (fixture_make_open(&f))
		return -1;
	b->f = f;
	snprintf(b->path, sizeof(b->path), "%s/copy.db", b->f->dir);
	snprintf(b->part, sizeof(b->part), "%s.part", b->path);
	other_program(b->f, "WITH c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 24000) "
		      "INSERT INTO kinds (small, num, big, whole, single, wide, words, bytes) "
		      "SELECT 1, i, 3, 4, 5.0, 6.0, 'seven', x'080808' FROM c", "");
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct backup *b = *state;
	void *f = b->f;

	faulty_reset();
	if (b->backup)
		store_backup_abandon(b->backup);
	unlink(b->path);
	free(b);
	/* It removes the folder, so nothing else may be left. */
	return fixture_remove(&f);
}

static int begin(struct backup *b)
{
	return store_backup_start(&b->backup, b->f->store, b->path, &b->f->error);
}

static int step(struct backup *b, bool *done)
{
	return store_backup_step(b->backup, done, &b->f->error);
}

static int finish(struct backup *b)
{
	struct store_backup *backup = b->backup;

	b->backup = NULL;
	return store_backup_finish(backup, &b->f->error);
}

static void abandon(struct backup *b)
{
	store_backup_abandon(b->backup);
	b->backup = NULL;
}

static int copy_all(struct backup *b)
{
	bool done = false;
	int status = begin(b);

	while (!status && !done)
		status = step(b, &done);
	if (!status)
		return finish(b);
	if (b->backup)
		abandon(b);
	return status;
}

static void expect_in_copy(struct backup *b, const char *sql, const char *answer)
{
	struct program p;

	assert_int_equal(access(b->path, F_OK), 0);
	program_start(&p, b->path);
	program_must(&p, "PRAGMA integrity_check", "ok");
	program_must(&p, "PRAGMA journal_mode", "delete");
	program_must(&p, sql, answer);
	program_stop(&p);
}

static void expect_nothing(struct backup *b)
{
	assert_int_not_equal(access(b->path, F_OK), 0);
	assert_int_not_equal(access(b->part, F_OK), 0);
}

static void commit_order(struct backup *b, int64_t rowid)
{
	struct kinds_order row = { .group_has_value = 0 };
	struct store_change change = { KINDS_TABLE_ORDER, rowid, &row };
	int status = OC_PENDING;
	uint64_t ticket;

	while (status == OC_PENDING) {
		oc_latch_reset(&b->f->wake);
		status = fixture_commit(b->f, &change, 1, &ticket);
		if (status == OC_PENDING)
			assert_status(oc_latch_wait(&b->f->wake, 20000000000), OC_OK);
	}
	assert_status(status, OC_OK);
}

static void test_copy(void **state)
{
	struct backup *b = *state;
	struct stat of_copy, of_file;

	assert_int_equal(chmod(b->f->file, 0640), 0);
	assert_status(copy_all(b), OC_OK);
	expect_in_copy(b, "SELECT count(*), sum(num), (SELECT count(*) FROM flags) FROM kinds",
		       "24000|288012000|0");
	assert_int_not_equal(access(b->part, F_OK), 0);
	assert_int_equal(stat(b->path, &of_copy), 0);
	assert_int_equal(stat(b->f->file, &of_file), 0);
	assert_int_equal(of_copy.st_mode, of_file.st_mode);
}

/* tfsd serves it like any other database. */
static void test_serve_copy(void **state)
{
	struct backup *b = *state;
	struct kinds_kinds row;
	char wal[80], shm[80];

	assert_status(copy_all(b), OC_OK);
	assert_status(fixture_close(b->f), OC_OK);
	b->f->config.file = b->path;
	fixture_must_open(b->f);
	assert_status(store_get(b->f->conn, KINDS_TABLE_KINDS, 5999, &row, &b->f->error), OC_OK);
	assert_int_equal(row.num, 5999);
	assert_status(fixture_close(b->f), OC_OK);
	snprintf(wal, sizeof(wal), "%s-wal", b->path);
	snprintf(shm, sizeof(shm), "%s-shm", b->path);
	unlink(wal);
	unlink(shm);
}

/*
 * Commits and checkpoints between all steps, by the store and by another program: the copy
 * is of what was there at the start, and made in one go.
 */
static void test_writers(void **state)
{
	struct backup *b = *state;
	unsigned int copied = 0, all = 0, before;
	bool done = false;
	struct program p;
	int64_t n;

	program_start(&p, b->f->file);
	commit_order(b, 1);
	assert_status(begin(b), OC_OK);
	for (n = 2; !done; n++) {
		commit_order(b, n);
		program_run(&p, "UPDATE kinds SET num = -1; PRAGMA wal_checkpoint");
		before = copied;
		assert_status(step(b, &done), OC_OK);
		store_backup_progress(b->backup, &copied, &all);
		assert_true(copied > before && copied <= all);
	}
	assert_int_equal(copied, all);
	assert_true(n > 3);	/* between two steps at least */
	assert_status(finish(b), OC_OK);
	expect_in_copy(b, "SELECT (SELECT count(*) FROM \"order\"), count(*), sum(num) FROM kinds",
		       "1|24000|288012000");
	/* The log is free again. */
	program_must(&p, "PRAGMA wal_checkpoint(TRUNCATE)", "0|0|0");
	program_stop(&p);
}

static void *commit_on(void *arg)
{
	struct backup *b = arg;

	for (int64_t n = 1; n <= 100; n++)
		commit_order(b, n);
	return NULL;
}

/* The same on a thread of its own, which is what a worker is. */
static void test_beside_a_thread(void **state)
{
	struct backup *b = *state;
	struct store_error error;
	struct store_backup *backup;
	bool done = false;
	pthread_t thread;

	b->f->config.checkpoint_pages = 10;
	assert_status(fixture_close(b->f), OC_OK);
	fixture_must_open(b->f);
	assert_int_equal(pthread_create(&thread, NULL, commit_on, b), 0);
	assert_status(store_backup_start(&backup, b->f->store, b->path, &error), OC_OK);
	while (!done)
		assert_status(store_backup_step(backup, &done, &error), OC_OK);
	assert_status(store_backup_finish(backup, &error), OC_OK);
	assert_int_equal(pthread_join(thread, NULL), 0);
	expect_in_copy(b, "SELECT count(*) = ifnull(max(id), 0) FROM \"order\"", "1");
	assert_int_equal(fixture_count(b->f, "order"), 100);
}

static void test_abandoned(void **state)
{
	struct backup *b = *state;
	bool done;

	assert_status(begin(b), OC_OK);
	abandon(b);
	expect_nothing(b);
	assert_status(begin(b), OC_OK);
	assert_status(step(b, &done), OC_OK);
	assert_false(done);
	assert_int_equal(access(b->part, F_OK), 0);
	assert_int_not_equal(access(b->path, F_OK), 0);
	abandon(b);
	expect_nothing(b);
	other_program(b->f, "PRAGMA wal_checkpoint(TRUNCATE)", "0|0|0");
	assert_status(copy_all(b), OC_OK);
}

/* At each of its writes in turn: the copy is whole, or there is none. */
static void test_disk_full(void **state)
{
	struct backup *b = *state;
	int status = OC_EFULL;
	int n;

	for (n = 0; status != OC_OK; n += n < 4 ? 1 : 97) {
		faulty.write_error = SQLITE_FULL;
		faulty.writes_left = n;
		status = copy_all(b);
		faulty.write_error = 0;
		if (status == OC_OK)
			break;
		assert_status(status, OC_EFULL);
		assert_non_null(strstr(b->f->error.text, "copy.db.part: the disk is full"));
		expect_nothing(b);
	}
	assert_true(n > 100);
	expect_in_copy(b, "SELECT count(*) FROM kinds", "24000");
	/* The database has not noticed. */
	commit_order(b, 1);
}

static void put_file(const char *path, const char *words)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(words, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void expect_file(const char *path, const char *words)
{
	char line[64] = "";
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	fclose(in);
	assert_string_equal(line, words);
}

/* Nothing is replaced: neither what is there at the start, nor what has come since. */
static void test_target_exists(void **state)
{
	struct backup *b = *state;
	bool done = false;

	put_file(b->path, "precious");
	assert_status(copy_all(b), OC_EINVAL);
	assert_non_null(strstr(b->f->error.text, "copy.db: is there already"));
	expect_file(b->path, "precious");
	unlink(b->path);
	assert_status(begin(b), OC_OK);
	while (!done)
		assert_status(step(b, &done), OC_OK);
	put_file(b->path, "precious");
	assert_status(finish(b), OC_EINVAL);
	expect_file(b->path, "precious");
	assert_int_not_equal(access(b->part, F_OK), 0);
}

/* What one that was killed has left: not taken for a part of this one. */
static void test_left_overs(void **state)
{
	struct backup *b = *state;
	char path[96];

	put_file(b->part, "left over");
	snprintf(path, sizeof(path), "%s-journal", b->part);
	put_file(path, "left over");
	snprintf(path, sizeof(path), "%s-wal", b->part);
	put_file(path, "left over");
	assert_status(copy_all(b), OC_OK);
	expect_in_copy(b, "SELECT count(*) FROM kinds", "24000");
}

static void test_no_folder(void **state)
{
	struct backup *b = *state;

	strcpy(b->path, "/nonexistent/tfs/copy.db");
	assert_status(begin(b), OC_ESTORE);
	assert_null(b->backup);
	assert_string_equal(b->f->error.text,
			    "/nonexistent/tfs/copy.db.part: No such file or directory");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		TEST(test_copy),
		TEST(test_serve_copy),
		TEST(test_writers),
		TEST(test_beside_a_thread),
		TEST(test_abandoned),
		TEST(test_disk_full),
		TEST(test_target_exists),
		TEST(test_left_overs),
		TEST(test_no_folder),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	faulty_install();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
