/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * watchdog.h: the service manager's watchdog, fed for as long as every thread turns
 *
 * At each half of the time that the manager gives, a barrier without a message is emitted;
 * when all threads have absorbed it, the manager hears of it. A thread that hangs absorbs
 * nothing, so the manager restarts tfsd.
 */
#ifndef TFSD_WATCHDOG_H
#define TFSD_WATCHDOG_H

#include <oc/proc_barrier.h>

#include "loop.h"

/* struct watchdog - private */
struct watchdog {
	struct loop *loop;
	struct oc_proc_barrier *barrier;
	struct oc_proc_barrier_watch watch;
	struct loop_look look;
	struct loop_timer timer;
	uint64_t period_ns;
	uint64_t generation;	/* 0: none is waited for */
};

/* @limit_ns: of the manager; 0: it has none, and nothing will be done. */
void watchdog_start(struct watchdog *watchdog, struct loop *loop,
		    struct oc_proc_barrier *barrier, uint64_t limit_ns);
void watchdog_stop(struct watchdog *watchdog);

#endif /* TFSD_WATCHDOG_H */
