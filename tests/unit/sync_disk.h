/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sync_disk.h: a maintenance thread (store_sync.h) whose disk is a gate: a sync or a
 * checkpoint enters it, and leaves when it is told
 */
#ifndef SYNC_DISK_H
#define SYNC_DISK_H

#include <pthread.h>

#include <oc/latch.h>

#include "../../tools/tfsd/store_sync.h"
#include "unit.h"

struct disk {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool closed;		/* who enters stays */
	int syncs;		/* entered */
	int checkpoints;
	int logs;		/* begun anew */
	int finished;
	int sync_errno;
	int checkpoint_status;
	int log_status;
	int left;		/* pages that a checkpoint says it could not copy, of 100 */
};

extern struct disk disk;

struct bench {
	struct store_sync *sync;
	struct store_waiter writer;
	struct oc_latch wake;
};

/* cmocka's setup and teardown; a checkpoint is wanted at 10 pages. */
int bench_make(void **state);
int bench_remove(void **state);

/* store_sync_begin() for the one writer that there is */
int bench_begin(struct bench *b);

/* store_sync_durable(), likewise */
int bench_durable(struct bench *b, uint64_t ticket);

/* store_sync_stop() */
int bench_stop(struct bench *b);

void disk_close(bool closed);
void disk_set(int *word, int value);
int disk_count(const int *counter);

/* Waits until @counter is at least @n; false after five seconds. */
bool disk_reached(const int *counter, int n);

/* A commit that leaves the log at @pages; its ticket. */
uint64_t bench_commit(struct bench *b, unsigned int pages);

/* Whether the latch has been set since the last call. */
bool bench_was_woken(struct bench *b);

/* Asks until the answer is not OC_PENDING, at most five seconds. */
int bench_wait_durable(struct bench *b, uint64_t ticket);

#endif /* SYNC_DISK_H */
