/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store_maintain.h: what the maintenance thread and those who call store_sync.h share
 *
 * All of struct store_sync is written under its lock; no lock is held while the disk
 * works. Two fields, marked (*), are also read without it: reactors ask at every turn
 * whether a commit is durable, and would otherwise keep the thread from the lock.
 */
#ifndef TFSD_STORE_MAINTAIN_H
#define TFSD_STORE_MAINTAIN_H

#include <pthread.h>

#include "activity_thread.h"
#include "store_sync.h"

/* Half of the 100 ms that are promised: the sync itself takes time too. */
#define LAZY_NS		50000000u

struct store_sync {
	struct store_sync_config config;
	pthread_t thread;
	struct activity_thread activity;
	pthread_mutex_t lock;
	pthread_cond_t work;		/* only the thread waits for it */
	struct store_waiter *waiters;
	uint64_t committed;		/* last ticket given out */
	uint64_t wanted;		/* last ticket that somebody asked about */
	uint64_t durable;		/* (*) the watermark */
	uint64_t lazy_at;		/* when to sync unasked, if durable < committed */
	unsigned int pages;		/* in the log after the last commit */
	unsigned int checkpoint_at;	/* pages in the log */
	bool checkpoint_wanted;
	bool log_wanted;		/* to be begun anew */
	bool log_failed;		/* could not be */
	struct store_token token;	/* closed: for the thread, or to be for it next */
	bool panic;			/* (*) */
	bool stop;
};

/* The thread; @arg is the store_sync. */
void *store_maintain(void *arg);

/* Updates stop; all who wait are woken. Under the lock. */
void store_maintain_panic(struct store_sync *s, const char *why);

#endif /* TFSD_STORE_MAINTAIN_H */
