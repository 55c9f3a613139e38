// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hostile SQL, of any length: it is refused or stopped while it is compiled or run, within
 * bounds of memory, and the store does not notice
 */
#include <stdlib.h>
#include <string.h>

#include "../../tools/tfsd/store_sql.h"
#include "store_fixture.h"

#define TEXT_MAX	(1 << 20)

struct sql {
	struct fixture *f;
	struct store_sql *sql;
	char *text;
};

static int setup(void **state)
{
	struct sql *s = calloc(1, sizeof(*s));
	void *f = NULL;

	if (fixture_make_open(&f))
		return -1;
	s->f = f;
	s->text = malloc(TEXT_MAX + 64);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sql *s = *state;
	void *f = s->f;

	if (s->sql)
		store_sql_close(s->sql);
	free(s->text);
	free(s);
	return fixture_remove(&f);
}

/* Says no @no times, then yes. */
struct patience {
	unsigned int no;
	unsigned int asked;
};

static bool is_over(void *ctx)
{
	struct patience *patience = ctx;

	return patience->asked++ >= patience->no;
}

static int run(struct sql *s, const char *text, size_t length, struct patience *patience)
{
	bool row = true;
	int status = store_sql_open(&s->sql, s->f->store, text, (uint32_t)length,
				    patience ? is_over : NULL, patience, &s->f->error);

	if (status) {
		s->sql = NULL;
		return status;
	}
	while (!status && row)
		status = store_sql_step(s->sql, &row, &s->f->error);
	store_sql_close(s->sql);
	s->sql = NULL;
	return status;
}

static int run_text(struct sql *s, const char *text)
{
	return run(s, text, strlen(text), NULL);
}

/* Nothing is left behind: the store commits, and its log can be cut. */
static void expect_well(struct sql *s)
{
	struct kinds_flags flag = { .flag = 1 };
	struct store_change change = flag_change(&flag, 1);
	uint64_t ticket;

	assert_status(fixture_commit(s->f, &change, 1, &ticket), OC_OK);
	other_program(s->f, "DELETE FROM flags; PRAGMA integrity_check", "ok");
	other_program(s->f, "PRAGMA wal_checkpoint(TRUNCATE)", "0|0|0");
}

/* Two of each of the one before: each more doubles what has to be compiled. */
static const char *doubled(struct sql *s, int times)
{
	int n = sprintf(s->text, "WITH c0 AS (SELECT 1 AS x)");

	for (int i = 1; i <= times; i++)
		n += sprintf(s->text + n, ", c%d AS (SELECT a.x FROM c%d AS a, c%d AS b)", i,
			     i - 1, i - 1);
	sprintf(s->text + n, " SELECT * FROM c%d", times);
	return s->text;
}

static void test_bomb(void **state)
{
	struct sql *s = *state;

	assert_status(run_text(s, doubled(s, 8)), OC_OK);
	for (int times = 20; times < 200; times += 60) {
		assert_status(run_text(s, doubled(s, times)), OC_ESQL);
		assert_string_equal(s->f->error.text,
				    "the statement takes more than 64 MiB of memory");
	}
	expect_well(s);
}

/* It is compiled in one call, which ends all the same when nobody wants it any more. */
static void test_bomb_is_stopped(void **state)
{
	struct sql *s = *state;

	for (unsigned int no = 0; no < 20; no++) {
		struct patience patience = { .no = no };

		doubled(s, 30);
		assert_status(run(s, s->text, strlen(s->text), &patience), OC_ECANCELLED);
		assert_true(patience.asked > no);
	}
	expect_well(s);
}

static void test_endless(void **state)
{
	static const char text[] = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
				   "FROM c) SELECT max(x) FROM c";
	struct sql *s = *state;

	for (unsigned int no = 0; no < 300; no += 7) {
		struct patience patience = { .no = no };

		assert_status(run(s, text, strlen(text), &patience), OC_ECANCELLED);
		assert_true(patience.asked > no);
	}
	expect_well(s);
}

/* 80 MB, which go to temporary files, so it is neither refused nor in memory. */
static void test_large_sort(void **state)
{
	struct sql *s = *state;

	assert_status(run_text(s, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
			       "FROM c LIMIT 80) SELECT x, randomblob(1000000) AS b FROM c "
			       "ORDER BY b LIMIT 1"), OC_OK);
	expect_well(s);
}

/* The longest there is, of each kind, and one byte more. */
static void test_long_texts(void **state)
{
	struct sql *s = *state;
	size_t n = (size_t)sprintf(s->text, "SELECT 1 /*");

	memset(s->text + n, 'x', TEXT_MAX - n - 2);
	memcpy(s->text + TEXT_MAX - 2, "*/", 2);
	assert_status(run(s, s->text, TEXT_MAX, NULL), OC_OK);
	s->text[TEXT_MAX] = ' ';
	assert_status(run(s, s->text, TEXT_MAX + 1, NULL), OC_ESQL);
	/* A hundred thousands of values, terms, parentheses, statements. */
	n = (size_t)sprintf(s->text, "SELECT 1 WHERE 1 IN (1");
	while (n < TEXT_MAX - 2)
		n += (size_t)sprintf(s->text + n, ",1");
	s->text[n++] = ')';
	assert_status(run(s, s->text, n, NULL), OC_ESQL);
	memset(s->text, '(', TEXT_MAX);
	memcpy(s->text, "SELECT ", 7);
	assert_status(run(s, s->text, TEXT_MAX, NULL), OC_ESQL);
	memset(s->text, ';', TEXT_MAX);
	memcpy(s->text, "SELECT 1", 8);
	assert_status(run(s, s->text, TEXT_MAX, NULL), OC_OK);
	memcpy(s->text + TEXT_MAX - 8, "SELECT 1", 8);
	assert_status(run(s, s->text, TEXT_MAX, NULL), OC_ESQL);
	expect_well(s);
}

static void test_zeros(void **state)
{
	static const char texts[][24] = { "SELECT 1\0", "SELECT 1\0; DROP", "\0SELECT 1",
					  "SELECT '\0'" };
	struct sql *s = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_status(run(s, texts[i], sizeof(texts[i]), NULL), OC_ESQL);
		assert_non_null(strstr(s->f->error.text, "zero byte"));
	}
}

static void test_files(void **state)
{
	static const char *const texts[] = {
		"VACUUM INTO '%s'", "ATTACH '%s' AS x", "SELECT writefile('%s', 'x')",
		"SELECT load_extension('%s')", "CREATE TABLE x AS SELECT '%s' AS y",
		"PRAGMA temp_store_directory = '%s'", "SELECT * FROM pragma_journal_mode('%s')",
	};
	struct sql *s = *state;
	char path[64], text[160];

	snprintf(path, sizeof(path), "%s/out", s->f->dir);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), texts[i], path);
#pragma GCC diagnostic pop
		assert_int_not_equal(run_text(s, text), OC_OK);
	}
	/* The folder is removed at the end, so nothing more may be in it. */
	expect_well(s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		TEST(test_bomb),
		TEST(test_bomb_is_stopped),
		TEST(test_endless),
		TEST(test_large_sort),
		TEST(test_long_texts),
		TEST(test_zeros),
		TEST(test_files),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
