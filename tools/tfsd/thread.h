/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * thread.h: what every thread of tfsd has that the main thread starts
 *
 *	static void run(struct thread *thread, void *ctx)
 *	{
 *		for (;;) {
 *			oc_latch_reset(&thread->latch);
 *			if (oc_interrupts_check(&thread->interrupts) & OC_INTERRUPT_DIE)
 *				return;
 *			(work)
 *			oc_latch_wait(&thread->latch, -1);
 *		}
 *	}
 *
 *	thread_init(&thread, "worker 0", &barrier);
 *	thread_start(&thread, run, absorb, ctx);
 *	...
 *	oc_interrupts_raise(&thread.interrupts, OC_INTERRUPT_DIE);
 *	thread_join(&thread);
 *
 * All signals are blocked in it: they are the main thread's. While it runs it is a member of
 * the process's barrier, and in the list of activity_thread.h.
 */
#ifndef TFSD_THREAD_H
#define TFSD_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <oc/interrupts.h>
#include <oc/latch.h>
#include <oc/proc_barrier.h>

#include "activity_thread.h"

/* What there may be to absorb: the bits of a barrier. */
#define BARRIER_CONFIG	(1u << 0)	/* there is another configuration: reload.h */

/**
 * struct thread
 * @name:       in ps, top and the log; 15 bytes at most
 * @latch:      anyone sets it, from thread_init() until thread_destroy()
 * @interrupts: anyone raises them, likewise
 * @cpu:        that it runs on alone; -1: any. Set it, as @priority, before thread_start()
 * @priority:   1 to 99: real time, SCHED_FIFO; 0: none
 * @ended:      run() has returned
 * @tell:       is set when it has; NULL: nothing is
 *
 * All else is private.
 */
struct thread {
	char name[16];
	struct oc_latch latch;
	struct oc_interrupts interrupts;
	int cpu;
	int priority;
	atomic_bool ended;
	struct oc_latch *tell;

	pthread_t id;
	bool started;
	struct activity_thread activity;
	struct oc_proc_barrier *barrier;
	struct oc_proc_barrier_member member;
	void (*run)(struct thread *thread, void *ctx);
	uint32_t (*absorb)(void *ctx, uint32_t types);
	void *ctx;
};

/*
 * Makes latch and interrupts, so that others may be given them before it runs. @tell: see
 * above. @barrier: NULL for a thread that waits for the disk, and has nothing to absorb.
 * OC_OK, or OC_ESYSTEM with errno.
 */
int thread_init(struct thread *thread, const char *name, struct oc_proc_barrier *barrier,
		struct oc_latch *tell);

/*
 * Calls run(@thread, @ctx) in a thread of its own. @absorb is called there by the barrier,
 * as oc/proc_barrier.h says; NULL: there is nothing to absorb. OC_OK, or OC_ESYSTEM: errno
 * is EINVAL if there is no such processor, EPERM if the priority is not for us.
 */
int thread_start(struct thread *thread, void (*run)(struct thread *thread, void *ctx),
		 uint32_t (*absorb)(void *ctx, uint32_t types), void *ctx);

/* Whether run() has returned, so that thread_join() does not wait. */
bool thread_has_ended(const struct thread *thread);

/* Waits until run() has returned. Does nothing if it was not started. */
void thread_join(struct thread *thread);

/* After thread_join(): nobody has its latch or interrupts any longer. */
void thread_destroy(struct thread *thread);

#endif /* TFSD_THREAD_H */
