// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * watchdog.c: a sign of life from all threads
 */
#include "notify.h"
#include "watchdog.h"

/* The manager must not be fed for a thread that has absorbed only what came before. */
static void on_look(struct loop_look *look)
{
	struct watchdog *watchdog = container_of(look, struct watchdog, look);

	if (!watchdog->generation ||
	    !oc_proc_barrier_passed(watchdog->barrier, watchdog->generation))
		return;
	watchdog->generation = 0;
	notify("WATCHDOG=1");
}

/* One that has not passed yet is still waited for: no later one can pass before it. */
static void on_time(struct loop_timer *timer)
{
	struct watchdog *watchdog = container_of(timer, struct watchdog, timer);

	if (!watchdog->generation)
		watchdog->generation = oc_proc_barrier_emit(watchdog->barrier, 0);
	loop_set_timer(watchdog->loop, timer, oc_clock_ns() + watchdog->period_ns);
	oc_latch_set(&watchdog->loop->latch);
}

void watchdog_start(struct watchdog *watchdog, struct loop *loop,
		    struct oc_proc_barrier *barrier, uint64_t limit_ns)
{
	*watchdog = (struct watchdog){
		.loop = loop,
		.barrier = barrier,
		.look = { .look = on_look },
		.timer = { .fire = on_time },
		.period_ns = limit_ns / 2,
	};
	if (!limit_ns)
		return;
	oc_proc_barrier_watch(barrier, &watchdog->watch, &loop->latch);
	loop_add_look(loop, &watchdog->look);
	on_time(&watchdog->timer);
}

void watchdog_stop(struct watchdog *watchdog)
{
	if (!watchdog->period_ns)
		return;
	loop_cancel_timer(watchdog->loop, &watchdog->timer);
	loop_remove_look(watchdog->loop, &watchdog->look);
	oc_proc_barrier_unwatch(watchdog->barrier, &watchdog->watch);
}
