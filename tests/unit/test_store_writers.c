// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads that write to one store, sleep when it is not their turn, change their
 * minds, and wait for the disk: nobody is kept asleep, and nobody writes beside another
 */
#include <errno.h>
#include <sched.h>

#include "sync_disk.h"

#define WRITERS		5
#define COMMITS		4000
#define PATIENCE_NS	10000000000	/* whoever sleeps for so long was forgotten */

struct writer {
	pthread_t thread;
	struct store_sync *sync;
	struct store_waiter waiter;
	struct oc_latch latch;
	uint32_t random;
	int commits;		/* read by all, atomically */
	int status;		/* that it ended with */
};

static struct writer writers[WRITERS];
static uint64_t in_token;	/* plain: the token is its lock */
static int everybody;		/* go on until all have done their share */

static uint32_t draw(struct writer *w, uint32_t n)
{
	w->random = w->random * 1664525 + 1013904223;
	return (w->random >> 16) % n;
}

/* OC_EUNAVAILABLE: nobody has set the latch. */
static int sleep_well(struct writer *w)
{
	return oc_latch_wait(&w->latch, PATIENCE_NS) == OC_OK ? OC_OK : OC_EUNAVAILABLE;
}

static int take_token(struct writer *w)
{
	int status;

	for (;;) {
		oc_latch_reset(&w->latch);
		status = store_sync_begin(w->sync, &w->waiter);
		if (status != OC_PENDING)
			return status;
		if (!draw(w, 10)) {
			store_sync_forget(w->sync, &w->waiter);
			continue;
		}
		status = sleep_well(w);
		if (status)
			return status;
	}
}

static int wait_durable(struct writer *w, uint64_t ticket)
{
	int status;

	for (;;) {
		oc_latch_reset(&w->latch);
		status = store_sync_durable(w->sync, &w->waiter, ticket);
		if (status != OC_PENDING)
			return status;
		status = sleep_well(w);
		if (status)
			return status;
	}
}

static int commit(struct writer *w)
{
	uint64_t ticket;
	int status = take_token(w);

	if (status)
		return status;
	in_token++;
	if (!draw(w, 4))
		sched_yield();
	/* Every tenth makes a checkpoint due. */
	ticket = store_sync_end(w->sync, true, draw(w, 10) ? 1 : 10);
	__atomic_add_fetch(&w->commits, 1, __ATOMIC_RELAXED);
	return draw(w, 20) ? OC_OK : wait_durable(w, ticket);
}

static bool all_have(int n)
{
	for (int i = 0; i < WRITERS; i++)
		if (__atomic_load_n(&writers[i].commits, __ATOMIC_RELAXED) < n)
			return false;
	return true;
}

/* Those who are done go on: nobody may live on what they leave. */
static void *write_on(void *arg)
{
	struct writer *w = arg;

	while (!w->status && !all_have(everybody))
		w->status = commit(w);
	store_sync_leave(w->sync, &w->waiter);
	return NULL;
}

static void start(struct bench *b, int n)
{
	everybody = n;
	in_token = 0;
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .sync = b->sync, .random = (uint32_t)i + 1 };
		assert_status(oc_latch_init(&writers[i].latch), OC_OK);
		store_sync_join(b->sync, &writers[i].waiter, &writers[i].latch);
	}
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_on, &writers[i]),
				 0);
}

/* Returns how many commits there were. */
static uint64_t join(int status)
{
	uint64_t sum = 0;

	for (int i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
		oc_latch_close(&writers[i].latch);
		sum += (uint64_t)writers[i].commits;
	}
	for (int i = 0; i < WRITERS; i++)
		assert_status(writers[i].status, status);
	return sum;
}

static void test_writers(void **state)
{
	struct bench *b = *state;
	uint64_t sum;

	start(b, COMMITS);
	sum = join(OC_OK);
	assert_int_equal(in_token, sum);
	assert_true(disk_count(&disk.checkpoints) > 0);
	/* The tickets are as many as the commits. */
	assert_int_equal(bench_commit(b, 1), sum + 1);
	assert_status(bench_wait_durable(b, sum + 1), OC_OK);
}

/* The disk breaks: all are told, also those who sleep. */
static void test_panic(void **state)
{
	struct bench *b = *state;

	start(b, INT32_MAX);
	while (!all_have(20))
		sched_yield();
	disk_set(&disk.sync_errno, EIO);
	join(OC_EWRITEPANIC);
	assert_status(bench_begin(b), OC_EWRITEPANIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_writers, bench_make, bench_remove),
		cmocka_unit_test_setup_teardown(test_panic, bench_make, bench_remove),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
