// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other programs that use the file meanwhile: locks, writes, ALTERs
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_fixture.h"

static void test_writer_holds_lock(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 }, got;
	struct store_change change = flag_change(&flag, 1);
	struct program p;
	uint64_t ticket;

	program_start(&p, f->file);
	program_must(&p, "BEGIN IMMEDIATE; INSERT INTO flags VALUES (50, 50)", "");
	for (int i = 0; i < 3; i++) {
		assert_status(fixture_commit(f, &change, 1, &ticket), OC_EUNAVAILABLE);
		assert_int_equal(ticket, 0);
		assert_true(sqlite3_get_autocommit(to_sqlite_conn(f->conn)->db));
	}
	/* Reading goes on, and sees nothing of what is not committed. */
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 50, &got, &f->error), OC_ENOTFOUND);
	program_must(&p, "COMMIT", "");
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	assert_int_equal(ticket, 1);
	program_must(&p, "SELECT count(*) FROM flags", "2");
	program_stop(&p);
}

/* A reader does not hold up commits, and keeps what it began with. */
static void test_reader_holds_snapshot(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 };
	struct store_change change = flag_change(&flag, 1);
	struct program p;
	uint64_t ticket;

	program_start(&p, f->file);
	program_must(&p, "BEGIN; SELECT count(*) FROM flags", "0");
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	program_must(&p, "SELECT count(*) FROM flags", "0");
	program_must(&p, "COMMIT; SELECT count(*) FROM flags", "1");
	program_stop(&p);
}

/* An exclusive lock keeps even readers out. */
static void test_exclusive_lock(void **state)
{
	struct fixture *f = *state;
	struct program p;
	uint32_t version;
	int64_t rowid = -7;

	program_start(&p, f->file);
	program_must(&p, "BEGIN EXCLUSIVE", "");
	/* In WAL mode it is a writer's lock like any other. */
	assert_status(store_version(f->conn, &version), OC_OK);
	assert_status(store_next_rowid(f->conn, KINDS_TABLE_FLAGS, &rowid, &f->error), OC_OK);
	assert_int_equal(rowid, 1);
	program_stop(&p);
}

static int commit_at(struct fixture *f, const struct store_change *change, uint32_t version)
{
	struct array array;
	uint64_t ticket;

	array_changes(&array, change, 1);
	return store_commit(f->conn, &array.changes, version, &ticket, &f->error);
}

static void test_conflict(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 }, other = { .flag = 2 };
	struct store_change change = flag_change(&flag, 0), free_one = flag_change(&other, 9);
	uint32_t version, now;

	assert_status(store_version(f->conn, &version), OC_OK);
	assert_status(store_next_rowid(f->conn, KINDS_TABLE_FLAGS, &change.rowid, &f->error),
		      OC_OK);
	other_program(f, "INSERT INTO flags VALUES (1, 77)", "");
	assert_status(commit_at(f, &change, version), OC_ECONFLICT);
	assert_int_equal(f->error.index, 0);
	assert_int_equal(f->error.table, KINDS_TABLE_FLAGS);
	assert_string_equal(f->error.text, "flags: another program has taken rowid 1");
	assert_status(store_version(f->conn, &now), OC_OK);
	assert_int_not_equal(now, version);
	/* The same with the version of now is the client's own mistake. */
	assert_status(commit_at(f, &change, now), OC_ECONSTRAINT);
	/* A rowid that is still free is no conflict; a value that is taken is another thing. */
	assert_status(commit_at(f, &free_one, version), OC_OK);
	other.flag = 77;
	free_one.rowid = 10;
	assert_status(commit_at(f, &free_one, version), OC_ECONSTRAINT);
	other_program(f, "SELECT id, flag FROM flags ORDER BY id", "1|77\n9|2");
}

static void test_own_commits_keep_version(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 };
	struct store_change change = flag_change(&flag, 1);
	uint32_t before, after;
	uint64_t ticket;

	assert_status(store_version(f->conn, &before), OC_OK);
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	assert_status(fixture_wait_durable(f, ticket), OC_OK);
	assert_status(store_version(f->conn, &after), OC_OK);
	assert_int_equal(before, after);
	other_program(f, "DELETE FROM flags", "");
	assert_status(store_version(f->conn, &after), OC_OK);
	assert_int_not_equal(before, after);
}

/* The sqlite3 program itself, which is what people use. */
static void test_sqlite3_program(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 }, got;
	struct store_change change = flag_change(&flag, 1);
	char command[256], line[64] = "";
	uint64_t ticket;
	FILE *out;

	if (system("command -v sqlite3 >/dev/null"))
		skip();
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	snprintf(command, sizeof(command), "sqlite3 %s 'PRAGMA wal_autocheckpoint = 0' "
		 "'INSERT INTO flags VALUES (2, 22)' 'SELECT count(*), sum(flag) FROM flags'",
		 f->file);
	out = popen(command, "r");
	assert_non_null(out);
	assert_non_null(fgets(line, sizeof(line), out));
	assert_string_equal(line, "0\n");
	assert_non_null(fgets(line, sizeof(line), out));
	assert_string_equal(line, "2|23\n");
	assert_int_equal(pclose(out), 0);
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 2, &got, &f->error), OC_OK);
	assert_int_equal(got.flag, 22);
}

#define RENAME "ALTER TABLE flags RENAME COLUMN "
#define ADD "ALTER TABLE flags ADD COLUMN more "
#define DROP "ALTER TABLE flags DROP COLUMN more"

static const struct {
	const char *alter;
	const char *back;
	const char *words;
	uint32_t table, column;
} alters[] = {
	{ RENAME "flag TO mark", RENAME "mark TO flag",
	  "flags.flag: missing in the file, which has mark at this place", KINDS_TABLE_FLAGS, 0 },
	{ ADD "INTEGER CHECK (more IS NULL OR (typeof(more) = 'integer'))", DROP,
	  "flags.more: in the file, not in the schema", KINDS_TABLE_FLAGS, OC_NONE },
	{ ADD "TEXT", DROP,
	  "flags.more: TEXT: unknown type; use VARCHAR(n): a row has a fixed size",
	  OC_NONE, OC_NONE },
	{ "ALTER TABLE flags RENAME TO banners", "ALTER TABLE banners RENAME TO flags",
	  "flags: no such table in the file", KINDS_TABLE_FLAGS, OC_NONE },
};

static void must_be_altered(struct fixture *f, size_t i, int status)
{
	assert_status(status, OC_ESCHEMA);
	assert_string_equal(f->error.text, alters[i].words);
	assert_int_equal(f->error.table, alters[i].table);
	assert_int_equal(f->error.column, alters[i].column);
}

static int call_commit(struct fixture *f)
{
	struct kinds_flags flag = { .flag = 2 };
	struct store_change change = flag_change(&flag, 2);
	uint64_t ticket;

	return fixture_commit(f, &change, 1, &ticket);
}

static int call_get(struct fixture *f)
{
	struct kinds_flags flag;

	return store_get(f->conn, KINDS_TABLE_FLAGS, 1, &flag, &f->error);
}

static int call_next_rowid(struct fixture *f)
{
	int64_t rowid;

	return store_next_rowid(f->conn, KINDS_TABLE_FLAGS, &rowid, &f->error);
}

static int call_read(struct fixture *f)
{
	uint64_t pair[2];
	uint32_t n;
	bool end;

	return store_read(f->conn, KINDS_TABLE_FLAGS, 0, 1, pair, sizeof(pair), &n, &end,
			  &f->error);
}

/* Each kind of call is the first to meet an ALTER once, and all refuse after that. */
static void test_alter(void **state)
{
	static int (*const calls[4])(struct fixture *f) = {
		call_commit, call_get, call_next_rowid, call_read,
	};
	struct fixture *f = *state;

	other_program(f, "INSERT INTO flags VALUES (1, 1)", "");
	for (size_t i = 0; i < 4 * sizeof(alters) / sizeof(alters[0]); i++) {
		size_t a = i / 4;

		other_program(f, alters[a].alter, "");
		for (size_t call = i; call < i + 4; call++)
			must_be_altered(f, a, calls[call % 4](f));
		assert_true(sqlite3_get_autocommit(to_sqlite_conn(f->conn)->db));
		assert_true(fixture_logged(f, alters[a].words));
		other_program(f, alters[a].back, "");
		assert_status(calls[1 + i % 3](f), OC_OK);
		assert_int_equal(fixture_count(f, "flags"), 1);
	}
	assert_true(fixture_logged(f, "test.db: fits its schema again"));
}

/* Indexes, views and other tables change the file's schema, not ours. */
static void test_harmless_changes(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 };
	struct store_change change = flag_change(&flag, 1);
	uint64_t ticket;

	other_program(f, "CREATE INDEX i ON kinds (num); CREATE VIEW v AS SELECT * FROM flags; "
			 "CREATE TABLE other (x)", "");
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 1, &flag, &f->error), OC_OK);
}

/* The file is written anew, page by page, under our eyes. */
static void test_vacuum(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 7 }, got;
	struct store_change changes[] = { flag_change(&flag, 5), flag_change(&flag, 6) };
	uint64_t ticket;

	assert_status(fixture_commit(f, changes, 1, &ticket), OC_OK);
	other_program(f, "DELETE FROM kinds; VACUUM", "");
	assert_status(store_get(f->conn, KINDS_TABLE_FLAGS, 5, &got, &f->error), OC_OK);
	assert_int_equal(got.flag, 7);
	flag.flag = 8;
	assert_status(fixture_commit(f, changes + 1, 1, &ticket), OC_OK);
	other_program(f, "PRAGMA integrity_check; SELECT sum(flag) FROM flags", "ok\n15");
}

/* A trigger that no longer works is the file's fault, and fails the commit only. */
static void test_broken_trigger(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 };
	struct store_change change = flag_change(&flag, 1);
	uint64_t ticket;

	other_program(f, "CREATE TRIGGER broken AFTER INSERT ON flags "
			 "BEGIN INSERT INTO gone VALUES (1); END", "");
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_ESTORE);
	assert_non_null(strstr(f->error.text, "no such table: main.gone"));
	other_program(f, "DROP TRIGGER broken", "");
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_make_open, fixture_remove)
		TEST(test_writer_holds_lock),
		TEST(test_reader_holds_snapshot),
		TEST(test_exclusive_lock),
		TEST(test_conflict),
		TEST(test_own_commits_keep_version),
		TEST(test_sqlite3_program),
		TEST(test_alter),
		TEST(test_harmless_changes),
		TEST(test_vacuum),
		TEST(test_broken_trigger),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
