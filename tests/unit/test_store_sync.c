// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watermark: what is durable when, and what a failed sync does
 */
#include <errno.h>
#include <time.h>

#include "sync_disk.h"

static void test_tickets(void **state)
{
	struct bench *b = *state;

	assert_status(bench_durable(b, 0), OC_OK);
	assert_status(bench_durable(b, 1), OC_EINVAL);
	assert_int_equal(bench_commit(b, 1), 1);
	assert_status(bench_begin(b), OC_OK);
	assert_int_equal(store_sync_end(b->sync, false, 1), 0);
	assert_int_equal(bench_commit(b, 1), 2);
	assert_status(bench_wait_durable(b, 2), OC_OK);
	assert_status(bench_durable(b, 1), OC_OK);
	assert_status(bench_durable(b, 3), OC_EINVAL);
}

/* Asked about, a commit is synced at once; not before that sync is over is it durable. */
static void test_full(void **state)
{
	struct bench *b = *state;
	uint64_t first, second;

	disk_close(true);
	first = bench_commit(b, 1);
	assert_status(bench_durable(b, first), OC_PENDING);
	assert_true(disk_reached(&disk.syncs, 1));
	/* What is committed while a sync runs is not in it. */
	second = bench_commit(b, 1);
	assert_status(bench_durable(b, first), OC_PENDING);
	assert_status(bench_durable(b, second), OC_PENDING);
	assert_false(bench_was_woken(b));
	disk_close(false);
	assert_status(bench_wait_durable(b, second), OC_OK);
	assert_int_equal(disk_count(&disk.syncs), 2);
	assert_true(bench_was_woken(b));
}

/* Many that wait share one sync. */
static void test_gathering(void **state)
{
	struct bench *b = *state;
	uint64_t last = 0;

	disk_close(true);
	assert_status(bench_durable(b, bench_commit(b, 1)), OC_PENDING);
	assert_true(disk_reached(&disk.syncs, 1));
	for (int i = 0; i < 8; i++) {
		last = bench_commit(b, 1);
		assert_status(bench_durable(b, last), OC_PENDING);
	}
	disk_close(false);
	assert_status(bench_wait_durable(b, last), OC_OK);
	assert_int_equal(disk_count(&disk.syncs), 2);
}

static double since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* Nobody asks: synced all the same, soon but not at once, and nobody is woken. */
static void test_lazy(void **state)
{
	struct bench *b = *state;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	bench_commit(b, 1);
	assert_true(disk_reached(&disk.finished, 1));
	assert_true(since(&start) >= 0.049);
	assert_status(bench_stop(b), OC_OK);
	assert_int_equal(disk.syncs, 1);
	assert_false(bench_was_woken(b));
}

/* Commits that never stop do not put the sync off. */
static void test_lazy_under_load(void **state)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	struct bench *b = *state;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (since(&start) < 0.35) {
		bench_commit(b, 1);
		nanosleep(&pause, NULL);
	}
	/* 7 on an idle machine; each promise of 100 ms kept makes it 3 at least. */
	assert_in_range(disk_count(&disk.syncs), 3, 8);
}

static void test_stop_syncs(void **state)
{
	struct bench *b = *state;

	bench_commit(b, 1);
	assert_status(bench_stop(b), OC_OK);
	assert_int_equal(disk.syncs, 1);
}

static void test_stop_with_nothing(void **state)
{
	assert_status(bench_stop(*state), OC_OK);
	assert_int_equal(disk.syncs, 0);
}

/* Nothing is acknowledged, nothing tried again, no writer let in. */
static void test_failed_sync(void **state)
{
	struct bench *b = *state;
	uint64_t good = bench_commit(b, 1), lost;

	assert_status(bench_wait_durable(b, good), OC_OK);
	bench_was_woken(b);
	disk_set(&disk.sync_errno, EIO);
	lost = bench_commit(b, 1);
	assert_status(bench_wait_durable(b, lost), OC_EWRITEPANIC);
	assert_true(bench_was_woken(b));
	disk_set(&disk.sync_errno, 0);
	assert_status(bench_begin(b), OC_EWRITEPANIC);
	assert_status(bench_durable(b, lost), OC_EWRITEPANIC);
	assert_status(bench_durable(b, good), OC_OK);
	assert_status(bench_stop(b), OC_EWRITEPANIC);
	assert_int_equal(disk.syncs, 2);
}

static void test_failed_lazy_sync(void **state)
{
	struct bench *b = *state;

	disk_set(&disk.sync_errno, ENOSPC);
	bench_commit(b, 1);
	assert_true(disk_reached(&disk.syncs, 1));
	assert_status(bench_wait_durable(b, 1), OC_EWRITEPANIC);
	assert_status(bench_begin(b), OC_EWRITEPANIC);
}

static void test_panic_from_outside(void **state)
{
	struct bench *b = *state;

	assert_status(bench_begin(b), OC_OK);
	store_sync_panic(b->sync, "a test says so");
	assert_int_equal(store_sync_end(b->sync, false, 1), 0);
	assert_true(bench_was_woken(b));
	assert_status(bench_begin(b), OC_EWRITEPANIC);
	assert_status(bench_stop(b), OC_EWRITEPANIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, bench_make, bench_remove)
		TEST(test_tickets),
		TEST(test_full),
		TEST(test_gathering),
		TEST(test_lazy),
		TEST(test_lazy_under_load),
		TEST(test_stop_syncs),
		TEST(test_stop_with_nothing),
		TEST(test_failed_sync),
		TEST(test_failed_lazy_sync),
		TEST(test_panic_from_outside),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
