/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * activity_thread.h: what the threads of tfsd are called, and what they wait for
 *
 *	struct activity_thread self;
 *
 *	activity_thread_begin(&self, "sync weather");
 *	...	activity_wait_begin(ACTIVITY_WAL_SYNC);
 *		fdatasync(fd);
 *		activity_wait_end();
 *	activity_thread_end(&self);
 *
 * Whoever waits deep inside need not know which thread runs it. A thread that has not
 * begun, as in tests, may wait all the same, and nobody sees it.
 */
#ifndef TFSD_ACTIVITY_THREAD_H
#define TFSD_ACTIVITY_THREAD_H

#include <pthread.h>

#include "activity.h"

#define ACTIVITY_THREAD_NAME_MAX	79

/**
 * struct activity_thread - one thread's record, which is in a list of all of them
 * @wait:     what it waits for; it alone writes this
 * @since_ms: when it last began or ended to wait
 */
struct activity_thread {
	struct activity_thread *next;
	pthread_t thread;
	char name[ACTIVITY_THREAD_NAME_MAX + 1];
	uint32_t wait;
	uint64_t since_ms;
};

/* The calling thread's record is in the list until activity_thread_end(). @name is copied. */
void activity_thread_begin(struct activity_thread *self, const char *name);
void activity_thread_end(struct activity_thread *self);

/* What the calling thread waits for, by waiting in the kernel: not for who spins. */
void activity_wait_begin(enum activity_wait wait);
void activity_wait_end(void);

/**
 * struct activity_thread_view - a thread as it was found
 * @cpu_ms: processor time that it has used; UINT64_MAX: not known
 */
struct activity_thread_view {
	const char *name;
	uint8_t wait;
	uint64_t since_ms;
	uint64_t cpu_ms;
};

/* Calls @each for every thread, in the order in which they began; none can end meanwhile. */
void activity_threads(void (*each)(void *ctx, const struct activity_thread_view *view), void *ctx);

#endif /* TFSD_ACTIVITY_THREAD_H */
