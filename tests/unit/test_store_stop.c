// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of the store that are ended before they are done: whether at the first look or
 * at a later one, nothing has changed, and the store works on
 */
#include <string.h>

#include "store_fixture.h"

#define ROWS	3000

struct pair {
	int64_t rowid;
	struct kinds_flags flag;
};

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

static void insert_flags(struct fixture *f)
{
	other_program(f, "WITH c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000) "
		      "INSERT INTO flags SELECT i, i FROM c", "");
}

static int read_all(struct fixture *f, uint32_t *nrows)
{
	static struct pair pairs[ROWS + 1];
	bool end;

	return store_read(f->conn, KINDS_TABLE_FLAGS, 0, ROWS + 1, pairs, sizeof(pairs), nrows,
			  &end, &f->error);
}

static void test_read(void **state)
{
	struct fixture *f = *state;
	struct patience patience;
	unsigned int stopped = 0;
	uint32_t nrows = 0;
	int status;

	insert_flags(f);
	do {
		patience = (struct patience) { .no = stopped };
		store_watch(f->conn, is_over, &patience);
		status = read_all(f, &nrows);
		if (status != OC_OK)
			assert_status(status, OC_ECANCELLED);
		stopped += status != OC_OK;
		/* No snapshot is left behind: all of the log is copied, nobody is in the way. */
		other_program(f, "PRAGMA wal_checkpoint(TRUNCATE)", "0|0|0");
	} while (status != OC_OK);
	assert_true(stopped > 10);
	assert_int_equal(nrows, ROWS);
	store_watch(f->conn, NULL, NULL);
	assert_status(read_all(f, &nrows), OC_OK);
}

static int commit_flags(struct fixture *f, int64_t first, size_t n)
{
	static struct kinds_flags flags[ROWS];
	static struct store_change changes[ROWS];
	uint64_t ticket;

	for (size_t i = 0; i < n; i++) {
		flags[i].flag = first + i;
		changes[i] = flag_change(&flags[i], first + i);
	}
	return fixture_commit(f, changes, n, &ticket);
}

static void test_commit(void **state)
{
	struct fixture *f = *state;
	struct patience patience;
	unsigned int stopped = 0;
	int status;

	do {
		patience = (struct patience) { .no = stopped };
		store_watch(f->conn, is_over, &patience);
		status = commit_flags(f, 1, ROWS);
		if (status != OC_OK) {
			assert_status(status, OC_ECANCELLED);
			assert_int_equal(fixture_count(f, "flags"), 0);
			stopped++;
		}
	} while (status != OC_OK);
	assert_true(stopped > 10);
	assert_int_equal(fixture_count(f, "flags"), ROWS);
}

/*
 * SQLite asks at the end of a COMMIT, too, as soon as that statement has run through so
 * many instructions in all its runs: a yes must not hide that the commit was made.
 */
static void test_never_behind_a_commit(void **state)
{
	struct fixture *f = *state;
	int64_t rowid = 1;

	while (rowid <= 2500) {
		/* Mostly the look right before the commit says no, and any that follows yes. */
		struct patience patience = { .no = 1 };
		int status;

		store_watch(f->conn, is_over, &patience);
		status = commit_flags(f, rowid, 1);
		if (status == OC_OK)
			rowid++;
		else if (status != OC_PENDING)	/* a checkpoint */
			assert_status(status, OC_ECANCELLED);
	}
	assert_int_equal(fixture_count(f, "flags"), rowid - 1);
}

/* Never asked where nothing works. */
static void test_at_once(void **state)
{
	struct fixture *f = *state;
	struct patience patience = { .no = 0 };
	int64_t rowid;

	store_watch(f->conn, is_over, &patience);
	assert_status(commit_flags(f, 1, 1), OC_ECANCELLED);
	assert_int_equal(fixture_count(f, "flags"), 0);
	/* Short enough that nobody looks. */
	assert_status(store_next_rowid(f->conn, KINDS_TABLE_FLAGS, &rowid, &f->error), OC_OK);
	assert_int_equal(rowid, 1);
	store_watch(f->conn, NULL, NULL);
	assert_status(commit_flags(f, 1, 1), OC_OK);
	assert_int_equal(patience.asked, 1);
}

#define ENDLESS \
	"CREATE TRIGGER endless AFTER INSERT ON flags BEGIN " \
	"SELECT count(*) FROM (WITH RECURSIVE c(i) AS " \
	"(SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c); END"

/* Nothing else ends this one. */
static void test_endless_trigger(void **state)
{
	struct fixture *f = *state;
	struct patience patience = { .no = 100 };

	other_program(f, ENDLESS, "");
	store_watch(f->conn, is_over, &patience);
	assert_status(commit_flags(f, 1, 2), OC_ECANCELLED);
	assert_int_equal(patience.asked, 101);
	store_watch(f->conn, NULL, NULL);
	other_program(f, "DROP TRIGGER endless", "");
	assert_status(commit_flags(f, 1, 2), OC_OK);
	assert_int_equal(fixture_count(f, "flags"), 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read, fixture_make_open, fixture_remove),
		cmocka_unit_test_setup_teardown(test_commit, fixture_make_open, fixture_remove),
		cmocka_unit_test_setup_teardown(test_never_behind_a_commit, fixture_make_open,
						fixture_remove),
		cmocka_unit_test_setup_teardown(test_at_once, fixture_make_open, fixture_remove),
		cmocka_unit_test_setup_teardown(test_endless_trigger, fixture_make_open,
						fixture_remove),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
