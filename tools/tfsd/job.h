/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * job.h: a piece of work that may take long, for a worker (worker.h)
 *
 * A job is a part of what it works for. From worker_submit() until it is done, and
 * job_pending() says no, it belongs to the workers; @cancel may be set meanwhile. It runs
 * once, or not at all if it is recalled in time.
 */
#ifndef TFSD_JOB_H
#define TFSD_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct oc_latch;
struct worker;

enum job_state {
	JOB_NONE = 0,	/* not submitted, recalled, or done */
	JOB_DELAYED,	/* its time has not come */
	JOB_QUEUED,
	JOB_RUNNING,
};

/**
 * struct job
 * @run:     called by a worker; in what takes long it asks worker_stopped()
 * @release: called by a worker when a job that was abandoned has run
 * @done:    set when it begins and when it has run; must outlive it, see worker_finish();
 *           NULL: nothing is
 * @due_ns:  of a delayed one, by oc_clock_ns()
 *
 * All else is private.
 */
struct job {
	void (*run)(struct job *job, struct worker *worker);
	void (*release)(struct job *job);
	struct oc_latch *done;
	uint64_t due_ns;

	struct job *next;
	atomic_uint state;		/* enum job_state */
	atomic_bool cancelled;
	bool abandoned;
};

/* It is the workers'. If it is not, all that it did is seen. */
static inline bool job_pending(const struct job *job)
{
	return atomic_load_explicit(&job->state, memory_order_acquire) != JOB_NONE;
}

/* A worker is at it. */
static inline bool job_running(const struct job *job)
{
	return atomic_load_explicit(&job->state, memory_order_relaxed) == JOB_RUNNING;
}

/* Its result is not wanted: it ends when it looks. Does not wait. */
static inline void job_cancel(struct job *job)
{
	atomic_store_explicit(&job->cancelled, true, memory_order_relaxed);
}

static inline bool job_cancelled(const struct job *job)
{
	return atomic_load_explicit(&job->cancelled, memory_order_relaxed);
}

#endif /* TFSD_JOB_H */
