// SPDX-License-Identifier: GPL-2.0-only
/*
 * A log that begins anew: which commit would wait for the disk is known beforehand, and
 * the thread that commits never does
 */
#include <stdlib.h>
#include <string.h>

#include "faulty_vfs.h"
#include "store_fixture.h"

static int setup(void **state)
{
	faulty_reset();
	return fixture_make_open(state);
}

/* As a commit of the store, but it goes on whatever it finds. Returns what it found. */
static bool commit_whatever(struct fixture *f, int *syncs)
{
	struct sqlite_conn *c = to_sqlite_conn(f->conn);
	bool begins;

	faulty.own_syncs = 0;
	assert_int_equal(sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL), 0);
	begins = sqlite_log_begins(c->log);
	assert_int_equal(sqlite3_exec(c->db, "INSERT INTO flags (flag) "
				      "SELECT 1 + ifnull(max(flag), 0) FROM flags; COMMIT",
				      NULL, NULL, NULL), 0);
	*syncs = faulty.own_syncs;
	return begins;
}

/* What other programs do to the log: copy it, with and without readers in the way. */
static const char *const deeds[] = {
	"SELECT 1", "PRAGMA wal_checkpoint", "PRAGMA wal_checkpoint(FULL)",
	"PRAGMA wal_checkpoint(RESTART)", "PRAGMA wal_checkpoint(TRUNCATE)",
	"BEGIN; SELECT count(*) FROM kinds", "COMMIT", "INSERT INTO \"order\" DEFAULT VALUES",
};

#define DEEDS	(sizeof(deeds) / sizeof(deeds[0]))

static void test_no_is_certain(void **state)
{
	struct fixture *f = *state;
	int syncs, yes = 0, in_vain = 0;
	struct program programs[2];
	uint32_t random = 1;

	for (int i = 0; i < 2; i++)
		program_start(&programs[i], f->file);
	for (int i = 0; i < 600; i++) {
		random = random * 1664525 + 1013904223;
		program_run(&programs[random >> 16 & 1], deeds[(random >> 20) % DEEDS]);
		if (!commit_whatever(f, &syncs)) {
			assert_int_equal(syncs, 0);
			continue;
		}
		yes++;
		in_vain += !syncs;
	}
	for (int i = 0; i < 2; i++)
		program_stop(&programs[i]);
	/* Neither always nor never yes, and mostly right. */
	assert_in_range(yes, 20, 400);
	assert_true(in_vain < yes / 2);
}

static int commit_flag(struct fixture *f, int n)
{
	struct kinds_flags flag = { .flag = (int16_t)n };
	struct store_change change = flag_change(&flag, n);
	int status = OC_PENDING;
	uint64_t ticket;

	while (status == OC_PENDING) {
		oc_latch_reset(&f->wake);
		status = fixture_commit(f, &change, 1, &ticket);
		if (status == OC_PENDING)
			assert_status(oc_latch_wait(&f->wake, 20000000000), OC_OK);
	}
	return status;
}

/* After a checkpoint of ours, or of another program, or right after opening. */
static void test_never_waits(void **state)
{
	struct fixture *f = *state;
	struct program p;

	assert_status(fixture_close(f), OC_OK);
	f->config.checkpoint_pages = 10;
	fixture_must_open(f);
	faulty.own_syncs = 0;
	program_start(&p, f->file);
	for (int i = 1; i <= 300; i++) {
		if (i > 150)
			program_run(&p, deeds[1 + (i >> 3) % 4]);
		assert_status(commit_flag(f, i), OC_OK);
	}
	assert_int_equal(faulty.own_syncs, 0);
	/* They were made elsewhere. */
	assert_true(faulty.syncs > 50);
	program_must(&p, "SELECT count(*) FROM flags; PRAGMA integrity_check", "300\nok");
	program_stop(&p);
}

/* What the store writes to begin a log changes nothing that anybody could see. */
static void test_nothing_is_changed(void **state)
{
	struct fixture *f = *state;

	other_program(f, "PRAGMA user_version = -1234567", "");
	other_program(f, "PRAGMA wal_checkpoint(TRUNCATE)", "0|0|0");
	assert_status(commit_flag(f, 1), OC_OK);
	other_program(f, "PRAGMA user_version; PRAGMA integrity_check", "-1234567\nok");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, fixture_remove)
		TEST(test_no_is_certain),
		TEST(test_never_waits),
		TEST(test_nothing_is_changed),
	};

	if (argc == 3 && !strcmp(argv[1], "--program"))
		return program_main(argv[2]);
	faulty_install();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
