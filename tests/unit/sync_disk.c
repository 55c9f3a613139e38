// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "../../tools/tfsd/log.h"
#include "sync_disk.h"

struct disk disk = { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };

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

static int disk_begin_log(void *ctx)
{
	int status;

	(void)ctx;
	pthread_mutex_lock(&disk.lock);
	pass(&disk.logs);
	status = disk.log_status;
	pthread_mutex_unlock(&disk.lock);
	return status;
}

void disk_set(int *word, int value)
{
	pthread_mutex_lock(&disk.lock);
	*word = value;
	pthread_mutex_unlock(&disk.lock);
}

void disk_close(bool closed)
{
	pthread_mutex_lock(&disk.lock);
	disk.closed = closed;
	pthread_cond_broadcast(&disk.moved);
	pthread_mutex_unlock(&disk.lock);
}

bool disk_reached(const int *counter, int n)
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

int disk_count(const int *counter)
{
	int n;

	pthread_mutex_lock(&disk.lock);
	n = *counter;
	pthread_mutex_unlock(&disk.lock);
	return n;
}

int bench_make(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct store_sync_config config = {
		.name = "test.db", .fd = -1, .checkpoint_pages = 10,
		.sync = disk_sync, .checkpoint = disk_checkpoint,
		.begin_log = disk_begin_log,
	};

	disk.closed = false;
	disk.syncs = 0;
	disk.checkpoints = 0;
	disk.logs = 0;
	disk.finished = 0;
	disk.sync_errno = 0;
	disk.checkpoint_status = 0;
	disk.log_status = 0;
	disk.left = 0;
	log_open("/dev/null");
	*state = b;
	if (oc_latch_init(&b->wake) || store_sync_start(&b->sync, &config))
		return -1;
	store_sync_join(b->sync, &b->writer, &b->wake);
	return 0;
}

int bench_begin(struct bench *b)
{
	return store_sync_begin(b->sync, &b->writer);
}

int bench_durable(struct bench *b, uint64_t ticket)
{
	return store_sync_durable(b->sync, &b->writer, ticket);
}

int bench_stop(struct bench *b)
{
	struct store_sync *sync = b->sync;

	b->sync = NULL;
	store_sync_leave(sync, &b->writer);
	return store_sync_stop(sync);
}

int bench_remove(void **state)
{
	struct bench *b = *state;

	disk_close(false);
	if (b->sync) {
		/* A test that failed may have the token. */
		store_sync_end(b->sync, false, 0);
		bench_stop(b);
	}
	oc_latch_close(&b->wake);
	free(b);
	return 0;
}

uint64_t bench_commit(struct bench *b, unsigned int pages)
{
	assert_status(bench_begin(b), OC_OK);
	return store_sync_end(b->sync, true, pages);
}

bool bench_was_woken(struct bench *b)
{
	bool woken = oc_latch_is_set(&b->wake);

	oc_latch_reset(&b->wake);
	return woken;
}

int bench_wait_durable(struct bench *b, uint64_t ticket)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int status = OC_PENDING;

	for (int i = 0; i < 5000 && status == OC_PENDING; i++) {
		status = bench_durable(b, ticket);
		if (status == OC_PENDING)
			nanosleep(&pause, NULL);
	}
	return status;
}
