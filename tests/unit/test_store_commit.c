// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commits: all or nothing, explicit rowids, every refusal of a row
 */
#include <math.h>
#include <string.h>

#include "store_fixture.h"

/* The ends of each type's range. */
static void fill_nullable(struct kinds_kinds *row)
{
	row->n_small_has_value = 1;
	row->n_small = INT16_MIN;
	row->n_num_has_value = 1;
	row->n_num = INT32_MIN;
	row->n_big_has_value = 1;
	row->n_big = INT64_MIN;
	row->n_whole_has_value = 1;
	row->n_whole = INT64_MAX;
	row->n_single_has_value = 1;
	row->n_single = 3.4028234663852886e38f;
	row->n_wide_has_value = 1;
	row->n_wide = -INFINITY;
	row->n_words_has_value = 1;
	row->n_words_length = 9;
	memcpy(row->n_words, "123456789", 9);
	row->n_bytes_has_value = 1;
}

static void test_commit_and_get(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds rows[2] = { kinds_row(1), kinds_row(2) }, got;
	struct store_change changes[] = { kinds_change(&rows[0], 7), kinds_change(&rows[1], 3) };
	uint64_t ticket;

	fill_nullable(&rows[1]);
	assert_status(fixture_commit(f, changes, 2, &ticket), OC_OK);
	assert_int_equal(ticket, 1);
	for (int i = 0; i < 2; i++) {
		memset(&got, 0xa5, sizeof(got));
		assert_status(store_get(f->conn, KINDS_TABLE_KINDS, changes[i].rowid, &got,
					&f->error), OC_OK);
		assert_memory_equal(&got, &rows[i], sizeof(got));
	}
}

/* What other programs see is what the row said, in SQL's terms. */
static void test_stored_values(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row = kinds_row(4);
	struct store_change change = kinds_change(&row, 4);
	uint64_t ticket;

	row.single = 0.1f;
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	other_program(f, "SELECT key, small, num, big, whole, "
		      "single = 0.100000001490116119384765625, wide = 0.4, words, hex(bytes), n_small, n_bytes, typeof(single) FROM kinds",
		      "4|-4|4000|-5000000004|9223372036854775803|1|1|caf\xc3\xa9|00FF04|"
		      "NULL|NULL|real");
}

static void test_empty_commit(void **state)
{
	struct fixture *f = *state;
	uint64_t ticket;

	assert_status(fixture_commit(f, NULL, 0, &ticket), OC_OK);
	assert_int_equal(ticket, 0);
	assert_status(store_durable(f->conn, ticket), OC_OK);
}

/* The third of four fails: none is there, and the next commit works. */
static void test_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flags[] = { { .flag = 1 }, { .flag = 2 }, { .flag = 1 }, { .flag = 4 } };
	struct store_change changes[] = {
		flag_change(&flags[0], 1), flag_change(&flags[1], 2),
		flag_change(&flags[2], 3), flag_change(&flags[3], 4),
	};
	uint64_t ticket;

	assert_status(fixture_commit(f, changes, 4, &ticket), OC_ECONSTRAINT);
	assert_int_equal(ticket, 0);
	assert_int_equal(f->error.index, 2);
	assert_int_equal(f->error.table, KINDS_TABLE_FLAGS);
	assert_int_equal(f->error.column, 0);
	assert_string_equal(f->error.text, "flags.flag: UNIQUE constraint failed: flags.flag");
	assert_int_equal(fixture_count(f, "flags"), 0);
	assert_status(fixture_commit(f, changes, 2, &ticket), OC_OK);
	assert_int_equal(fixture_count(f, "flags"), 2);
}

static void test_taken_rowid(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flags[] = { { .flag = 1 }, { .flag = 2 } };
	struct store_change changes[] = { flag_change(&flags[0], 5), flag_change(&flags[1], 5) };
	uint64_t ticket;

	assert_status(fixture_commit(f, changes, 2, &ticket), OC_ECONSTRAINT);
	assert_int_equal(f->error.index, 1);
	assert_int_equal(f->error.table, KINDS_TABLE_FLAGS);
	assert_int_equal(f->error.column, OC_NONE);
	assert_int_equal(fixture_count(f, "flags"), 0);
}

static void nan_single(struct kinds_kinds *row) { row->single = NAN; }
static void nan_wide(struct kinds_kinds *row) { row->wide = NAN; }
static void inf_single(struct kinds_kinds *row) { row->single = INFINITY; }
static void long_words(struct kinds_kinds *row) { row->words_length = 10; }
static void longest_words(struct kinds_kinds *row) { row->words_length = 65535; }
static void bad_words(struct kinds_kinds *row) { row->words[3] = '\xff'; }
static void cut_words(struct kinds_kinds *row) { row->words_length = 4; }
static void zero_words(struct kinds_kinds *row) { row->words[0] = '\0'; }
static void long_bytes(struct kinds_kinds *row) { row->bytes_length = 8; }
static void odd_small(struct kinds_kinds *row) { row->n_small_has_value = 2; }
static void odd_bytes(struct kinds_kinds *row) { row->n_bytes_has_value = 255; }

static void inf_n_single(struct kinds_kinds *row)
{
	row->n_single_has_value = 1;
	row->n_single = -INFINITY;
}

static void long_n_words(struct kinds_kinds *row)
{
	row->n_words_has_value = 1;
	row->n_words_length = 10;
}

/* A row of kinds with one thing wrong, and the column that the error names. */
static const struct {
	const char *column;
	const char *words;
	void (*spoil)(struct kinds_kinds *row);
} bad_rows[] = {
	{ "single", "kinds.single: NaN in a NOT NULL column", nan_single },
	{ "wide", "kinds.wide: NaN in a NOT NULL column", nan_wide },
	{ "single", "kinds.single: CHECK constraint failed: ", inf_single },
	{ "n_single", "kinds.n_single: CHECK constraint failed: ", inf_n_single },
	{ "words", "kinds.words: 10 bytes, at most 9", long_words },
	{ "words", "kinds.words: 65535 bytes, at most 9", longest_words },
	{ "words", "kinds.words: not UTF-8", bad_words },
	{ "words", "kinds.words: not UTF-8", cut_words },
	{ "words", "kinds.words: a zero byte in a text", zero_words },
	{ "bytes", "kinds.bytes: 8 bytes, at most 7", long_bytes },
	{ "n_words", "kinds.n_words: 10 bytes, at most 9", long_n_words },
	{ "n_small", "kinds.n_small: has_value is 2, neither 0 nor 1", odd_small },
	{ "n_bytes", "kinds.n_bytes: has_value is 255, neither 0 nor 1", odd_bytes },
};

static void test_bad_rows(void **state)
{
	struct fixture *f = *state;
	const struct schema_table *table = &store_schema(f->store)->tables[KINDS_TABLE_KINDS];
	uint64_t ticket;

	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		struct kinds_kinds good = kinds_row(1), bad = kinds_row(2);
		struct store_change changes[] = { kinds_change(&good, 1), kinds_change(&bad, 2) };
		const char *name = bad_rows[i].column, *words = bad_rows[i].words;

		bad_rows[i].spoil(&bad);
		assert_status(fixture_commit(f, changes, 2, &ticket), OC_ECONSTRAINT);
		assert_int_equal(f->error.index, 1);
		assert_int_equal(f->error.table, KINDS_TABLE_KINDS);
		assert_int_equal(f->error.column,
				 schema_find_column(table, name, strlen(name)));
		assert_memory_equal(f->error.text, words, strlen(words));
	}
	assert_int_equal(fixture_count(f, "kinds"), 0);
}

/* In a nullable column NaN is no error: it is NULL. */
static void test_nan_is_null(void **state)
{
	struct fixture *f = *state;
	struct kinds_kinds row = kinds_row(1), got;
	struct store_change change = kinds_change(&row, 1);
	uint64_t ticket;

	row.n_single_has_value = 1;
	row.n_single = NAN;
	row.n_wide_has_value = 1;
	row.n_wide = NAN;
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_OK);
	assert_status(store_get(f->conn, KINDS_TABLE_KINDS, 1, &got, &f->error), OC_OK);
	assert_int_equal(got.n_single_has_value, 0);
	assert_int_equal(got.n_wide_has_value, 0);
	other_program(f, "SELECT n_single, n_wide FROM kinds", "NULL|NULL");
}

static void test_bad_changes(void **state)
{
	struct fixture *f = *state;
	struct kinds_flags flag = { .flag = 1 };
	struct store_change change = flag_change(&flag, 0);
	uint64_t ticket;

	assert_status(fixture_commit(f, &change, 1, &ticket), OC_EINVAL);
	assert_int_equal(f->error.index, 0);
	change.rowid = INT64_MIN;
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_EINVAL);
	change = (struct store_change){ 3, 1, &flag };
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_ENOTABLE);
	change = (struct store_change){ OC_NONE, 1, &flag };
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_ENOTABLE);
	assert_int_equal(f->error.table, OC_NONE);
	assert_int_equal(fixture_count(f, "flags"), 0);
}

static const char family[] =
	"CREATE TABLE parent (id INTEGER PRIMARY KEY,\n"
	"  n INTEGER NOT NULL CHECK (typeof(n) = 'integer'));\n"
	"CREATE TABLE child (id INTEGER PRIMARY KEY,\n"
	"  parent INTEGER NOT NULL REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED\n"
	"    CHECK (typeof(parent) = 'integer'),\n"
	"  CONSTRAINT small CHECK (parent < 100));\n"
	"CREATE TABLE log (id INTEGER PRIMARY KEY,\n"
	"  Word VARCHAR(4) UNIQUE ON CONFLICT IGNORE NOT NULL\n"
	"    CHECK (typeof(word) = 'text' AND length(CAST(word AS BLOB)) <= 4));\n"
	"CREATE TRIGGER t1 BEFORE INSERT ON log WHEN new.word = 'skip'\n"
	"  BEGIN SELECT RAISE(IGNORE); END;\n"
	"CREATE TRIGGER t2 AFTER INSERT ON log WHEN new.word = 'all'\n"
	"  BEGIN SELECT RAISE(ROLLBACK, 'all must go'); END;\n"
	"CREATE TRIGGER t3 AFTER INSERT ON log WHEN new.word = 'chld'\n"
	"  BEGIN INSERT INTO child VALUES (1, 200); END;\n"
	"CREATE TRIGGER t4 AFTER INSERT ON log WHEN new.word = 'late'\n"
	"  BEGIN SELECT RAISE(IGNORE); END;\n";

struct number {
	int64_t n;
};

struct word {
	_Alignas(8) uint16_t length;
	char text[4];
	uint8_t pad[2];
};

/* Fails at COMMIT, which leaves SQLite's transaction open. */
static void test_deferred_foreign_key(void **state)
{
	struct fixture *f = *state;
	struct number orphan = { 42 }, parent = { 7 };
	struct store_change changes[] = { { 1, 1, &orphan }, { 0, 42, &parent } };
	uint64_t ticket;

	fixture_schema(f, family);
	fixture_must_open(f);
	assert_status(fixture_commit(f, changes, 1, &ticket), OC_ECONSTRAINT);
	assert_int_equal(f->error.index, OC_NONE);
	assert_string_equal(f->error.text, "FOREIGN KEY constraint failed");
	assert_true(sqlite3_get_autocommit(to_sqlite_conn(f->conn)->db));
	other_program(f, "BEGIN IMMEDIATE; SELECT count(*) FROM child; COMMIT;", "0");
	/* With the parent after the child it is one good transaction. */
	assert_status(fixture_commit(f, changes, 2, &ticket), OC_OK);
	assert_int_equal(fixture_count(f, "child"), 1);
}

static void test_named_check(void **state)
{
	struct fixture *f = *state;
	struct number n = { 100 };
	struct store_change change = { 1, 1, &n };
	uint64_t ticket;

	fixture_schema(f, family);
	fixture_must_open(f);
	assert_status(fixture_commit(f, &change, 1, &ticket), OC_ECONSTRAINT);
	assert_int_equal(f->error.index, 0);
	assert_int_equal(f->error.table, 1);
	assert_int_equal(f->error.column, OC_NONE);
	assert_string_equal(f->error.text, "child: CHECK constraint failed: small");
}

/* After a good row, so that there is something to take back. */
static int commit_words(struct fixture *f, const char *word)
{
	struct word rows[2] = { { .length = 4, .text = "good" } };
	struct store_change changes[] = { { 2, 1, &rows[0] }, { 2, 2, &rows[1] } };
	uint64_t ticket;

	rows[1].length = (uint16_t)strlen(word);
	memcpy(rows[1].text, word, strlen(word));
	return fixture_commit(f, changes, 2, &ticket);
}

/* What SQLite would drop without a word: a schema's ON CONFLICT, a trigger's IGNORE. */
static void test_dropped_rows(void **state)
{
	struct fixture *f = *state;

	fixture_schema(f, family);
	fixture_must_open(f);
	assert_status(commit_words(f, "good"), OC_ECONSTRAINT);
	assert_int_equal(f->error.index, 1);
	assert_int_equal(f->error.column, 0);
	assert_string_equal(f->error.text, "log.word: UNIQUE constraint failed: log.Word");
	assert_status(commit_words(f, "skip"), OC_ECONSTRAINT);
	assert_int_equal(f->error.index, 1);
	assert_string_equal(f->error.text, "log: a trigger has ignored the row");
	assert_int_equal(fixture_count(f, "log"), 0);
	/* After the insert it ignores nothing but the rest of the trigger. */
	assert_status(commit_words(f, "late"), OC_OK);
	assert_int_equal(fixture_count(f, "log"), 2);
}

/* SQLite has rolled back by itself: nothing may be left, nor committed twice. */
static void test_trigger_rolls_back(void **state)
{
	struct fixture *f = *state;

	fixture_schema(f, family);
	fixture_must_open(f);
	assert_status(commit_words(f, "all"), OC_ECONSTRAINT);
	assert_int_equal(f->error.index, 1);
	assert_string_equal(f->error.text, "log: all must go");
	assert_int_equal(fixture_count(f, "log"), 0);
	assert_status(commit_words(f, "fine"), OC_OK);
	assert_int_equal(fixture_count(f, "log"), 2);
}

static void test_trigger_fails_elsewhere(void **state)
{
	struct fixture *f = *state;

	fixture_schema(f, family);
	fixture_must_open(f);
	assert_status(commit_words(f, "chld"), OC_ECONSTRAINT);
	assert_int_equal(f->error.index, 1);
	assert_int_equal(f->error.column, OC_NONE);
	assert_string_equal(f->error.text, "log: CHECK constraint failed: small");
	assert_int_equal(fixture_count(f, "log"), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define OPEN(test) cmocka_unit_test_setup_teardown(test, fixture_make_open, fixture_remove)
#define MAKE(test) cmocka_unit_test_setup_teardown(test, fixture_make, fixture_remove)
		OPEN(test_commit_and_get),
		OPEN(test_stored_values),
		OPEN(test_empty_commit),
		OPEN(test_all_or_nothing),
		OPEN(test_taken_rowid),
		OPEN(test_bad_rows),
		OPEN(test_nan_is_null),
		OPEN(test_bad_changes),
		MAKE(test_deferred_foreign_key),
		MAKE(test_named_check),
		MAKE(test_dropped_rows),
		MAKE(test_trigger_rolls_back),
		MAKE(test_trigger_fails_elsewhere),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
