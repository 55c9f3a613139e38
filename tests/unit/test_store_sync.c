// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watermark: what is durable when, what a failed sync does, who has the token
 *
 * The disk is a gate: a sync or a checkpoint enters it, and leaves when it is told.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/tfsd/log.h"
#include "../../tools/tfsd/store_sync.h"
#include "unit.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool closed;		/* who enters stays */
	int syncs;		/* entered */
	int checkpoints;
	int finished;
	int sync_errno;
	int checkpoint_status;
	int left;
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };

static void pass(int *counter)
{
	++*counter;
	pthread_cond_broadcast(&disk.moved);
	while (disk.closed)
		pthread_cond_wait(&disk.moved, &disk.lock);
	disk.finished++;
}

static int disk_sync(int fd)
{
	int error;

	(void)fd;
	pthread_mutex_lock(&disk.lock);
	pass(&disk.syncs);
	error = disk.sync_errno;
	pthread_mutex_unlock(&disk.lock);
	errno = error;
	return error ? -1 : 0;
}

static int disk_checkpoint(void *ctx, unsigned int *pages, unsigned int *left)
{
	int status;

	(void)ctx;
	pthread_mutex_lock(&disk.lock);
	pass(&disk.checkpoints);
	*pages = 100;
	*left = (unsigned int)disk.left;
	status = disk.checkpoint_status;
	pthread_mutex_unlock(&disk.lock);
	return status;
}

static void set(int *word, int value)
{
	pthread_mutex_lock(&disk.lock);
	*word = value;
	pthread_mutex_unlock(&disk.lock);
}

static void set_closed(bool closed)
{
	pthread_mutex_lock(&disk.lock);
	disk.closed = closed;
	pthread_cond_broadcast(&disk.moved);
	pthread_mutex_unlock(&disk.lock);
}

/* Waits until @counter is at least @n; false after five seconds. */
static bool reached(const int *counter, int n)
{
	struct timespec until;
	bool there;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	pthread_mutex_lock(&disk.lock);
	while (*counter < n && !pthread_cond_timedwait(&disk.moved, &disk.lock, &until))
		;
	there = *counter >= n;
	pthread_mutex_unlock(&disk.lock);
	return there;
}

static int count(const int *counter)
{
	int n;

	pthread_mutex_lock(&disk.lock);
	n = *counter;
	pthread_mutex_unlock(&disk.lock);
	return n;
}

struct bench {
	struct store_sync *sync;
	int wake;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct store_sync_config config = {
		.name = "test.db", .fd = -1, .checkpoint_pages = 10,
		.sync = disk_sync, .checkpoint = disk_checkpoint,
	};

	disk.closed = false;
	disk.syncs = 0;
	disk.checkpoints = 0;
	disk.finished = 0;
	disk.sync_errno = 0;
	disk.checkpoint_status = 0;
	disk.left = 0;
	log_open("/dev/null");
	b->wake = eventfd(0, EFD_NONBLOCK);
	config.wake_fd = b->wake;
	*state = b;
	return store_sync_start(&b->sync, &config);
}

static int stop(struct bench *b)
{
	struct store_sync *sync = b->sync;

	b->sync = NULL;
	return store_sync_stop(sync);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	set_closed(false);
	if (b->sync)
		store_sync_stop(b->sync);
	close(b->wake);
	free(b);
	return 0;
}

static uint64_t commit(struct bench *b, unsigned int pages)
{
	assert_status(store_sync_begin(b->sync), OC_OK);
	return store_sync_end(b->sync, true, pages);
}

static bool was_woken(struct bench *b)
{
	uint64_t n;

	return read(b->wake, &n, sizeof(n)) == sizeof(n);
}

static int wait_durable(struct bench *b, uint64_t ticket)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int status = OC_PENDING;

	for (int i = 0; i < 5000 && status == OC_PENDING; i++) {
		status = store_sync_durable(b->sync, ticket);
		if (status == OC_PENDING)
			nanosleep(&pause, NULL);
	}
	return status;
}

static void test_tickets(void **state)
{
	struct bench *b = *state;

	assert_status(store_sync_durable(b->sync, 0), OC_OK);
	assert_status(store_sync_durable(b->sync, 1), OC_EINVAL);
	assert_int_equal(commit(b, 1), 1);
	assert_status(store_sync_begin(b->sync), OC_OK);
	assert_int_equal(store_sync_end(b->sync, false, 1), 0);
	assert_int_equal(commit(b, 1), 2);
	assert_status(wait_durable(b, 2), OC_OK);
	assert_status(store_sync_durable(b->sync, 1), OC_OK);
	assert_status(store_sync_durable(b->sync, 3), OC_EINVAL);
}

/* Asked about, a commit is synced at once; not before that sync is over is it durable. */
static void test_full(void **state)
{
	struct bench *b = *state;
	uint64_t first, second;

	set_closed(true);
	first = commit(b, 1);
	assert_status(store_sync_durable(b->sync, first), OC_PENDING);
	assert_true(reached(&disk.syncs, 1));
	/* What is committed while a sync runs is not in it. */
	second = commit(b, 1);
	assert_status(store_sync_durable(b->sync, first), OC_PENDING);
	assert_status(store_sync_durable(b->sync, second), OC_PENDING);
	assert_false(was_woken(b));
	set_closed(false);
	assert_status(wait_durable(b, second), OC_OK);
	assert_int_equal(count(&disk.syncs), 2);
	assert_true(was_woken(b));
}

/* Many that wait share one sync. */
static void test_gathering(void **state)
{
	struct bench *b = *state;
	uint64_t last = 0;

	set_closed(true);
	assert_status(store_sync_durable(b->sync, commit(b, 1)), OC_PENDING);
	assert_true(reached(&disk.syncs, 1));
	for (int i = 0; i < 8; i++) {
		last = commit(b, 1);
		assert_status(store_sync_durable(b->sync, last), OC_PENDING);
	}
	set_closed(false);
	assert_status(wait_durable(b, last), OC_OK);
	assert_int_equal(count(&disk.syncs), 2);
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
	commit(b, 1);
	assert_true(reached(&disk.finished, 1));
	assert_true(since(&start) >= 0.049);
	assert_status(stop(b), OC_OK);
	assert_int_equal(disk.syncs, 1);
	assert_false(was_woken(b));
}

/* Commits that never stop do not put the sync off. */
static void test_lazy_under_load(void **state)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	struct bench *b = *state;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (since(&start) < 0.35) {
		commit(b, 1);
		nanosleep(&pause, NULL);
	}
	/* 7 on an idle machine; each promise of 100 ms kept makes it 3 at least. */
	assert_in_range(count(&disk.syncs), 3, 8);
}

static void test_stop_syncs(void **state)
{
	struct bench *b = *state;

	commit(b, 1);
	assert_status(stop(b), OC_OK);
	assert_int_equal(disk.syncs, 1);
}

static void test_stop_with_nothing(void **state)
{
	assert_status(stop(*state), OC_OK);
	assert_int_equal(disk.syncs, 0);
}

/* Nothing is acknowledged, nothing tried again, no writer let in. */
static void test_failed_sync(void **state)
{
	struct bench *b = *state;
	uint64_t good = commit(b, 1), lost;

	assert_status(wait_durable(b, good), OC_OK);
	was_woken(b);
	set(&disk.sync_errno, EIO);
	lost = commit(b, 1);
	assert_status(wait_durable(b, lost), OC_EWRITEPANIC);
	assert_true(was_woken(b));
	set(&disk.sync_errno, 0);
	assert_status(store_sync_begin(b->sync), OC_EWRITEPANIC);
	assert_status(store_sync_durable(b->sync, lost), OC_EWRITEPANIC);
	assert_status(store_sync_durable(b->sync, good), OC_OK);
	assert_status(stop(b), OC_EWRITEPANIC);
	assert_int_equal(disk.syncs, 2);
}

static void test_failed_lazy_sync(void **state)
{
	struct bench *b = *state;

	set(&disk.sync_errno, ENOSPC);
	commit(b, 1);
	assert_true(reached(&disk.syncs, 1));
	assert_status(wait_durable(b, 1), OC_EWRITEPANIC);
	assert_status(store_sync_begin(b->sync), OC_EWRITEPANIC);
}

static void test_panic_from_outside(void **state)
{
	struct bench *b = *state;

	assert_status(store_sync_begin(b->sync), OC_OK);
	store_sync_panic(b->sync);
	assert_int_equal(store_sync_end(b->sync, false, 1), 0);
	assert_true(was_woken(b));
	assert_status(store_sync_begin(b->sync), OC_EWRITEPANIC);
	assert_status(stop(b), OC_EWRITEPANIC);
}

/* A checkpoint has the token from its beginning to its end. */
static void test_checkpoint_token(void **state)
{
	struct bench *b = *state;

	set_closed(true);
	assert_int_equal(commit(b, 10), 1);
	assert_true(reached(&disk.syncs, 1));		/* what is committed is synced first */
	assert_status(store_sync_begin(b->sync), OC_PENDING);
	assert_int_equal(count(&disk.checkpoints), 0);
	set_closed(false);
	assert_true(reached(&disk.checkpoints, 1));
	assert_status(store_sync_durable(b->sync, 1), OC_OK);
}

static void test_checkpoint_wakes(void **state)
{
	struct bench *b = *state;

	assert_status(wait_durable(b, commit(b, 1)), OC_OK);
	was_woken(b);
	set_closed(true);
	assert_int_equal(commit(b, 10), 2);
	assert_true(reached(&disk.syncs, 2));
	assert_status(store_sync_begin(b->sync), OC_PENDING);
	assert_false(was_woken(b));
	set_closed(false);
	for (int i = 0; i < 5000 && store_sync_begin(b->sync) == OC_PENDING; i++)
		usleep(1000);
	store_sync_end(b->sync, false, 0);
	assert_true(was_woken(b));
	assert_int_equal(count(&disk.checkpoints), 1);
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

	assert_status(store_sync_begin(b->sync), OC_OK);
	do {
		before = count(&disk.checkpoints);
		store_sync_end(b->sync, true, 10);
		while (store_sync_begin(b->sync) == OC_PENDING)
			usleep(100);
	} while (count(&disk.checkpoints) != before);
	usleep(60000);
	assert_int_equal(count(&disk.checkpoints), before);
	store_sync_end(b->sync, false, 0);
	assert_true(reached(&disk.checkpoints, before + 1));
}

/* The thread is in a sync that takes long: writers stop when the log is twice as large. */
static void test_checkpoint_overdue(void **state)
{
	struct bench *b = *state;

	set_closed(true);
	assert_status(store_sync_durable(b->sync, commit(b, 1)), OC_PENDING);
	assert_true(reached(&disk.syncs, 1));
	commit(b, 10);
	commit(b, 19);
	commit(b, 20);
	assert_status(store_sync_begin(b->sync), OC_PENDING);
	assert_int_equal(count(&disk.checkpoints), 0);
	set_closed(false);
	assert_true(reached(&disk.checkpoints, 1));
	while (store_sync_begin(b->sync) == OC_PENDING)
		usleep(1000);
	store_sync_end(b->sync, false, 0);
	assert_int_equal(count(&disk.checkpoints), 1);
}

/* After one that could not copy all, the log may grow before the next. */
static void test_checkpoint_backs_off(void **state)
{
	struct bench *b = *state;

	set(&disk.left, 40);
	commit(b, 10);
	assert_true(reached(&disk.finished, 2));
	for (unsigned int pages = 11; pages < 110; pages += 9)
		while (store_sync_begin(b->sync) == OC_OK &&
		       !store_sync_end(b->sync, true, pages))
			;
	assert_int_equal(count(&disk.checkpoints), 1);
	set(&disk.left, 0);
	while (store_sync_begin(b->sync) == OC_PENDING)
		usleep(1000);
	store_sync_end(b->sync, true, 110);
	assert_true(reached(&disk.checkpoints, 2));
}

static void test_failed_checkpoint(void **state)
{
	struct bench *b = *state;

	set(&disk.checkpoint_status, OC_ESTORE);
	commit(b, 10);
	assert_true(reached(&disk.checkpoints, 1));
	while (store_sync_begin(b->sync) == OC_PENDING)
		usleep(1000);
	set(&disk.checkpoint_status, OC_EWRITEPANIC);
	store_sync_end(b->sync, true, 200);
	assert_true(reached(&disk.checkpoints, 2));
	assert_status(stop(b), OC_EWRITEPANIC);
}

/* After a panic the log is what is left: it is not copied anywhere. */
static void test_no_checkpoint_after_panic(void **state)
{
	struct bench *b = *state;

	set(&disk.sync_errno, EIO);
	commit(b, 10);
	assert_status(wait_durable(b, 1), OC_EWRITEPANIC);
	assert_status(stop(b), OC_EWRITEPANIC);
	assert_int_equal(disk.checkpoints, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
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
		TEST(test_checkpoint_token),
		TEST(test_checkpoint_wakes),
		TEST(test_checkpoint_waits_for_writer),
		TEST(test_checkpoint_overdue),
		TEST(test_checkpoint_backs_off),
		TEST(test_failed_checkpoint),
		TEST(test_no_checkpoint_after_panic),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
