// SPDX-License-Identifier: GPL-2.0-only
/*
 * The writer token: who has it when the log needs a checkpoint
 */
#include <errno.h>
#include <unistd.h>

#include "sync_disk.h"

/* A checkpoint has the token from its beginning to its end. */
static void test_checkpoint_token(void **state)
{
	struct bench *b = *state;

	disk_close(true);
	assert_int_equal(bench_commit(b, 10), 1);
	/* What is committed is synced first. */
	assert_true(disk_reached(&disk.syncs, 1));
	assert_status(bench_begin(b), OC_PENDING);
	assert_int_equal(disk_count(&disk.checkpoints), 0);
	disk_close(false);
	assert_true(disk_reached(&disk.checkpoints, 1));
	assert_status(bench_durable(b, 1), OC_OK);
}

static void test_checkpoint_wakes(void **state)
{
	struct bench *b = *state;

	assert_status(bench_wait_durable(b, bench_commit(b, 1)), OC_OK);
	bench_was_woken(b);
	disk_close(true);
	assert_int_equal(bench_commit(b, 10), 2);
	assert_true(disk_reached(&disk.syncs, 2));
	assert_status(bench_begin(b), OC_PENDING);
	assert_false(bench_was_woken(b));
	disk_close(false);
	for (int i = 0; i < 5000 && bench_begin(b) == OC_PENDING; i++)
		usleep(1000);
	store_sync_end(b->sync, false, 0);
	assert_true(bench_was_woken(b));
	assert_int_equal(disk_count(&disk.checkpoints), 1);
}

/*
 * A writer that is at work is waited for. Whether the writer or the thread is first to
 * take the token after a commit that makes a checkpoint due is chance: try until the
 * writer was.
 */
static void test_checkpoint_waits_for_writer(void **state)
{
	struct bench *b = *state;
	int before;

	assert_status(bench_begin(b), OC_OK);
	do {
		before = disk_count(&disk.checkpoints);
		store_sync_end(b->sync, true, 10);
		while (bench_begin(b) == OC_PENDING)
			usleep(100);
	} while (disk_count(&disk.checkpoints) != before);
	usleep(60000);
	assert_int_equal(disk_count(&disk.checkpoints), before);
	store_sync_end(b->sync, false, 0);
	assert_true(disk_reached(&disk.checkpoints, before + 1));
}

/* The thread is in a sync that takes long: writers stop when the log is twice as large. */
static void test_checkpoint_overdue(void **state)
{
	struct bench *b = *state;

	disk_close(true);
	assert_status(bench_durable(b, bench_commit(b, 1)), OC_PENDING);
	assert_true(disk_reached(&disk.syncs, 1));
	bench_commit(b, 10);
	bench_commit(b, 19);
	bench_commit(b, 20);
	assert_status(bench_begin(b), OC_PENDING);
	assert_int_equal(disk_count(&disk.checkpoints), 0);
	disk_close(false);
	assert_true(disk_reached(&disk.checkpoints, 1));
	while (bench_begin(b) == OC_PENDING)
		usleep(1000);
	store_sync_end(b->sync, false, 0);
	assert_int_equal(disk_count(&disk.checkpoints), 1);
}

/* After one that could not copy all, the log may grow before the next. */
static void test_checkpoint_backs_off(void **state)
{
	struct bench *b = *state;

	disk_set(&disk.left, 40);
	bench_commit(b, 10);
	assert_true(disk_reached(&disk.finished, 2));
	for (unsigned int pages = 11; pages < 110; pages += 9)
		while (bench_begin(b) == OC_OK &&
		       !store_sync_end(b->sync, true, pages))
			;
	assert_int_equal(disk_count(&disk.checkpoints), 1);
	disk_set(&disk.left, 0);
	while (bench_begin(b) == OC_PENDING)
		usleep(1000);
	store_sync_end(b->sync, true, 110);
	assert_true(disk_reached(&disk.checkpoints, 2));
}

static void test_failed_checkpoint(void **state)
{
	struct bench *b = *state;

	disk_set(&disk.checkpoint_status, OC_ESTORE);
	bench_commit(b, 10);
	assert_true(disk_reached(&disk.checkpoints, 1));
	while (bench_begin(b) == OC_PENDING)
		usleep(1000);
	disk_set(&disk.checkpoint_status, OC_EWRITEPANIC);
	store_sync_end(b->sync, true, 200);
	assert_true(disk_reached(&disk.checkpoints, 2));
	assert_status(bench_stop(b), OC_EWRITEPANIC);
}

/* A writer has found that his commit would sync: the thread does it, and wakes him. */
static void test_new_log(void **state)
{
	struct bench *b = *state;

	disk_close(true);
	assert_status(bench_begin(b), OC_OK);
	assert_true(store_sync_begins_log(b->sync));
	store_sync_begin_log(b->sync, &b->writer);
	assert_true(disk_reached(&disk.logs, 1));
	assert_status(bench_begin(b), OC_PENDING);
	assert_false(bench_was_woken(b));
	disk_close(false);
	assert_status(oc_latch_wait(&b->wake, 20000000000), OC_OK);
	assert_int_equal(bench_commit(b, 1), 1);
	assert_int_equal(disk_count(&disk.logs), 1);
}

static void begin_log(struct bench *b, int status)
{
	disk_set(&disk.log_status, status);
	assert_status(bench_begin(b), OC_OK);
	store_sync_begin_log(b->sync, &b->writer);
	assert_status(oc_latch_wait(&b->wake, 20000000000), OC_OK);
	bench_was_woken(b);
}

/* What the thread cannot do the writer tries, once; somebody's lock is another matter. */
static void test_failed_new_log(void **state)
{
	struct bench *b = *state;

	begin_log(b, OC_ESTORE);
	assert_false(store_sync_begins_log(b->sync));
	assert_true(store_sync_begins_log(b->sync));
	begin_log(b, OC_PENDING);
	assert_true(store_sync_begins_log(b->sync));
	begin_log(b, OC_EWRITEPANIC);
	assert_status(bench_begin(b), OC_EWRITEPANIC);
	assert_status(bench_stop(b), OC_EWRITEPANIC);
}

/* A checkpoint that has copied all leaves a new log behind. */
static void test_new_log_after_checkpoint(void **state)
{
	struct bench *b = *state;

	bench_commit(b, 10);
	assert_true(disk_reached(&disk.logs, 1));
	while (bench_begin(b) == OC_PENDING)
		usleep(1000);
	disk_set(&disk.left, 1);
	store_sync_end(b->sync, true, 10);
	assert_true(disk_reached(&disk.checkpoints, 2));
	while (bench_begin(b) == OC_PENDING)
		usleep(1000);
	assert_int_equal(disk_count(&disk.logs), 1);
}

/* After a panic the log is what is left: it is not copied anywhere. */
static void test_no_checkpoint_after_panic(void **state)
{
	struct bench *b = *state;

	disk_set(&disk.sync_errno, EIO);
	bench_commit(b, 10);
	assert_status(bench_wait_durable(b, 1), OC_EWRITEPANIC);
	assert_status(bench_stop(b), OC_EWRITEPANIC);
	assert_int_equal(disk.checkpoints, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, bench_make, bench_remove)
		TEST(test_checkpoint_token),
		TEST(test_checkpoint_wakes),
		TEST(test_checkpoint_waits_for_writer),
		TEST(test_checkpoint_overdue),
		TEST(test_checkpoint_backs_off),
		TEST(test_failed_checkpoint),
		TEST(test_new_log),
		TEST(test_failed_new_log),
		TEST(test_new_log_after_checkpoint),
		TEST(test_no_checkpoint_after_panic),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
