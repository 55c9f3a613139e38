// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening: creating, opening again, and every refusal with its words
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store_fixture.h"

#define CHECK_N "CHECK (typeof(n) = 'integer')"
#define ONE_COLUMN "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL " CHECK_N ")"

/* Fails with exactly this status, and with these words somewhere in its text. */
static void must_fail(struct fixture *f, int status, const char *words)
{
	assert_status(fixture_open(f), status);
	if (!strstr(f->error.text, words))
		fail_msg("\"%s\" does not say \"%s\"", f->error.text, words);
}

static void must_fail_named(struct fixture *f, const char *words, uint32_t table, uint32_t column)
{
	must_fail(f, OC_ESCHEMA, words);
	assert_non_null(strstr(f->error.text, f->file));
	assert_int_equal(f->error.table, table);
	assert_int_equal(f->error.column, column);
}

static void test_create_and_reopen(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row = kinds_row(1), got;
	struct store_change change = kinds_change(&row, 1);
	uint64_t ticket;

	fixture_must_open(f);
	assert_int_equal(store_schema(f->store)->ntables, 3);
	assert_ptr_not_equal(store_config(f->store)->file, f->file);
	assert_string_equal(store_config(f->store)->file, f->file);
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	assert_status(fixture_close(f), OC_OK);
	/* Closed well: nothing but the database is left. */
	assert_int_equal(access(f->wal, F_OK), -1);
	fixture_must_open(f);
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 1, &got, &f->error), OC_OK);
	assert_memory_equal(&got, &row, sizeof(row));
}

/* A server that was killed: its log is still there, with what it had acknowledged. */
static void test_open_after_kill(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row = kinds_row(9), got;
	struct store_change change = kinds_change(&row, 9);
	uint64_t ticket;
	int status;
	pid_t pid = fork();

	if (!pid) {
		fixture_must_open(f);
		status = fixture_commit(f, &change, 1, &ticket);
		_exit(status ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(access(f->wal, F_OK), 0);
	fixture_must_open(f);
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 9, &got, &f->error), OC_OK);
	assert_memory_equal(&got, &row, sizeof(row));
}

static void test_no_directory(void **state)
{
	struct fixture *f = *state;

	f->config.file = "/nonexistent/tfs/test.db";
	must_fail(f, OC_ESTORE, "/nonexistent/tfs/test.db: its directory /nonexistent/tfs: "
				"No such file or directory");
}

static void test_directory_is_file(void **state)
{
	struct fixture *f = *state;
	char path[96];

	fixture_schema(f, ONE_COLUMN);
	snprintf(path, sizeof(path), "%s/test.db", f->sql);
	f->config.file = path;
	must_fail(f, OC_ESTORE, "is no directory");
}

/* root may write anywhere but here. */
static void test_directory_takes_no_files(void **state)
{
	struct fixture *f = *state;

	f->config.file = "/proc/tfs-test.db";
	must_fail(f, OC_ESTORE, "/proc/tfs-test.db: ");
}

/* Opens as somebody without rights; in a process of its own, since there is no way back. */
static void must_fail_as_nobody(struct fixture *f, const char *words)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (!getuid() && (setgid(65534) || setuid(65534)))
			_exit(2);
		if (fixture_open(f) != OC_ESTORE)
			_exit(3);
		if (!strstr(f->error.text, words))
			fprintf(stderr, "# \"%s\" does not say \"%s\"\n", f->error.text, words);
		_exit(strstr(f->error.text, words) ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_unwritable_directory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(chmod(f->dir, 0555), 0);
	must_fail_as_nobody(f, "must be writable for the log beside the database: "
				"Permission denied");
	assert_int_equal(chmod(f->dir, 0777), 0);
	assert_int_equal(access(f->file, F_OK), -1);
}

static void test_unwritable_file(void **state)
{
	struct fixture *f = *state;

	fixture_must_open(f);
	assert_status(fixture_close(f), OC_OK);
	assert_int_equal(chmod(f->dir, 0777), 0);
	assert_int_equal(chmod(f->file, 0444), 0);
	must_fail_as_nobody(f, "test.db: must be readable and writable: Permission denied");
}

static void test_no_regular_file(void **state)
{
	struct fixture *f = *state;

	f->config.file = "/dev/null";
	must_fail(f, OC_ESTORE, "/dev/null: not a regular file");
	f->config.file = f->dir;
	must_fail(f, OC_ESTORE, "not a regular file");
}

static void test_no_database(void **state)
{
	struct fixture *f = *state;
	FILE *out = fopen(f->file, "w");

	for (int i = 0; i < 100; i++)
		fputs("date,precipitation,temp_max\n", out);
	assert_int_equal(fclose(out), 0);
	must_fail(f, OC_ESTORE, "test.db: not an SQLite database");
}

static void test_no_schema_file(void **state)
{
	struct fixture *f = *state;

	f->config.schema_file = "/nonexistent/schema.sql";
	must_fail(f, OC_ESCHEMA, "/nonexistent/schema.sql: No such file or directory");
	assert_int_equal(access(f->file, F_OK), -1);
}

static void test_wrong_schema_file(void **state)
{
	struct fixture *f = *state;

	fixture_schema(f, "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)");
	must_fail(f, OC_ESCHEMA, "test.sql: t.n: the CHECK for bigint is missing; "
				 "add to the column: CHECK (typeof(n) = 'integer')");
}

/* The file was made by @made, the schema is @schema. */
static void make_and_open(struct fixture *f, const char *made, const char *schema)
{
	unlink(f->file);
	other_program(f, made, "");
	fixture_schema(f, schema);
}

static const struct {
	const char *made;
	const char *words;
	uint32_t table, column;
} differences[] = {
	{ "CREATE TABLE other (id INTEGER PRIMARY KEY)",
	  ": t: no such table in the file", 0, OC_NONE },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL "
	  "CHECK (typeof(n) = 'integer' AND n BETWEEN -2147483648 AND 2147483647))",
	  ": t.n: int in the file, bigint in the schema", 0, 0 },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, "
	  "n INTEGER CHECK (n IS NULL OR (typeof(n) = 'integer')))",
	  ": t.n: bigint null in the file, bigint in the schema", 0, 0 },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, "
	  "m INTEGER NOT NULL CHECK (typeof(m) = 'integer'))",
	  ": t.n: missing in the file, which has m at this place", 0, 0 },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL " CHECK_N ", "
	  "m INTEGER NOT NULL CHECK (typeof(m) = 'integer'))",
	  ": t.m: in the file, not in the schema", 0, OC_NONE },
	{ "CREATE TABLE t (key INTEGER PRIMARY KEY, n INTEGER NOT NULL " CHECK_N ")",
	  ": t.id: the file's INTEGER PRIMARY KEY is key", 0, OC_NONE },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)",
	  ": t.n: the CHECK for bigint is missing", OC_NONE, OC_NONE },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL /* " CHECK_N " */)",
	  ": t.n: the CHECK for bigint is missing", OC_NONE, OC_NONE },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL " CHECK_N ") STRICT",
	  ": t: STRICT knows no SMALLINT", OC_NONE, OC_NONE },
};

static void test_differences(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
		make_and_open(f, differences[i].made, ONE_COLUMN);
		must_fail_named(f, differences[i].words, differences[i].table,
				differences[i].column);
	}
}

static void test_missing_column(void **state)
{
	struct fixture *f = *state;

	make_and_open(f, ONE_COLUMN,
		      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL " CHECK_N ", "
		      "m INTEGER NOT NULL CHECK (typeof(m) = 'integer'))");
	must_fail_named(f, ": t.m: missing in the file", 0, 1);
}

/* More in the file than the schema has, and another case, are no harm. */
static void test_more_in_the_file(void **state)
{
	struct fixture *f = *state;

	make_and_open(f, "CREATE TABLE other (x TEXT); "
			 "CREATE TABLE \"T\" (ID integer primary key, N Integer not null "
			 "check(TYPEOF(n)='integer') CHECK (n < 5)); CREATE INDEX i ON t (n)",
		      ONE_COLUMN);
	fixture_must_open(f);
	assert_int_equal(store_schema(f->store)->ntables, 1);
	assert_string_equal(store_schema(f->store)->tables[0].def.name, "t");
}

static void test_other_encoding(void **state)
{
	struct fixture *f = *state;

	make_and_open(f, "PRAGMA encoding = 'UTF-16le'; " ONE_COLUMN, ONE_COLUMN);
	must_fail(f, OC_ESTORE, "its encoding is UTF-16le; it must be UTF-8");
}

static void test_locked(void **state)
{
	struct fixture *f = *state;
	struct program p;

	program_start(&p, f->file);
	program_must(&p, "CREATE TABLE x (y); BEGIN EXCLUSIVE; INSERT INTO x VALUES (1)", "");
	f->config.busy_timeout_ms = 30;
	must_fail(f, OC_EUNAVAILABLE, "test.db: another program has it locked");
	program_must(&p, "ROLLBACK; DROP TABLE x", "");
	program_stop(&p);
	fixture_must_open(f);
}

static void *unlock_later(void *arg)
{
	const struct timespec pause = { .tv_nsec = 50000000 };

	nanosleep(&pause, NULL);
	program_run(arg, "COMMIT");
	return NULL;
}

static void test_lock_that_is_freed(void **state)
{
	struct fixture *f = *state;
	struct program p;
	pthread_t thread;

	program_start(&p, f->file);
	program_must(&p, "BEGIN EXCLUSIVE; CREATE TABLE other (y)", "");
	f->config.busy_timeout_ms = 5000;
	fixture_schema(f, ONE_COLUMN);
	assert_int_equal(pthread_create(&thread, NULL, unlock_later, &p), 0);
	/* It waited, and then saw what was committed meanwhile. */
	must_fail(f, OC_ESCHEMA, "test.db: t: no such table in the file");
	pthread_join(thread, NULL);
	program_stop(&p);
}

/* A schema that fails half way leaves no table behind. */
static void test_create_is_one_transaction(void **state)
{
	struct fixture *f = *state;

	fixture_schema(f, ONE_COLUMN ";\nINSERT INTO t VALUES (1, 'one');\n");
	must_fail(f, OC_ESCHEMA, "test.sql:2: CHECK constraint failed");
	fixture_schema(f, ONE_COLUMN ";\nINSERT INTO t VALUES (1, 1);\n");
	fixture_must_open(f);
	assert_int_equal(fixture_count(f, "t"), 1);
	assert_status(fixture_close(f), OC_OK);
	/* The rows of a schema are for a new file only. */
	fixture_must_open(f);
	assert_int_equal(fixture_count(f, "t"), 1);
}

static int sync_fails(int fd)
{
	(void)fd;
	errno = EIO;
	return -1;
}

static void test_first_sync_fails(void **state)
{
	const struct sqlite_seams seams = { .sync = sync_fails };
	struct fixture *f = *state;

	assert_status(fixture_open_with(f, &seams), OC_ESTORE);
	assert_null(f->store);
	assert_non_null(strstr(f->error.text, "test.db-wal: cannot be synced: Input/output error"));
}

/* The rules that each of our connections keeps. */
static void test_connection_settings(void **state)
{
	static const struct {
		const char *sql;
		int value;
	} settings[] = {
		{ "PRAGMA synchronous", 1 }, { "PRAGMA wal_autocheckpoint", 0 },
		{ "PRAGMA foreign_keys", 1 }, { "PRAGMA trusted_schema", 0 },
		{ "PRAGMA secure_delete", 0 }, { "PRAGMA busy_timeout", 0 },
	};
	struct fixture *f = *state;

	fixture_must_open(f);
	for (size_t i = 0; i < 2 * sizeof(settings) / sizeof(settings[0]); i++) {
		sqlite3 *db = i % 2 ? to_sqlite_conn(f->conn)->db : to_sqlite(f->store)->db;
		sqlite3_stmt *stmt = NULL;
		int value = -1;

		sqlite3_prepare_v2(db, settings[i / 2].sql, -1, &stmt, NULL);
		assert_int_equal(sqlite_integer(stmt, &value), SQLITE_OK);
		assert_int_equal(value, settings[i / 2].value);
		sqlite3_finalize(stmt);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_make, fixture_remove)
		TEST(test_create_and_reopen),
		TEST(test_open_after_kill),
		TEST(test_no_directory),
		TEST(test_directory_is_file),
		TEST(test_directory_takes_no_files),
		TEST(test_unwritable_directory),
		TEST(test_unwritable_file),
		TEST(test_no_regular_file),
		TEST(test_no_database),
		TEST(test_no_schema_file),
		TEST(test_wrong_schema_file),
		TEST(test_differences),
		TEST(test_missing_column),
		TEST(test_more_in_the_file),
		TEST(test_other_encoding),
		TEST(test_locked),
		TEST(test_lock_that_is_freed),
		TEST(test_create_is_one_transaction),
		TEST(test_first_sync_fails),
		TEST(test_connection_settings),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
