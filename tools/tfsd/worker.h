/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * worker.h: threads for what would keep a reactor from its channels
 *
 *	workers_start(&workers, 2, &barrier);
 *
 *	static void run(struct job *job, struct worker *worker)
 *	{
 *		while (more && !worker_stopped(worker))
 *			(a part of the work)
 *	}
 *
 *	thing->job = (struct job){ .run = run, .done = &thread->latch };
 *	worker_submit(&workers, &thing->job);
 *	...					(the latch is set)
 *	if (!job_pending(&thing->job))
 *		(its result is there)
 *
 *	workers_stop(&workers);
 *
 * Jobs begin in the order in which they are submitted; those with a delay, when it is over.
 * A worker that has nothing to do sleeps until there is something. All functions may be
 * called by any thread; none waits for a job but worker_finish() and workers_stop().
 */
#ifndef TFSD_WORKER_H
#define TFSD_WORKER_H

#include <pthread.h>

#include "job.h"
#include "thread.h"

/**
 * struct worker - private
 * @job:  what it works on
 * @idle: it sleeps, or is about to, and nobody has woken it
 */
struct worker {
	struct thread thread;
	struct workers *workers;
	struct job *job;
	bool idle;
};

/**
 * struct workers - private
 * @mutex:   for all below, and for the jobs' states; held for moments
 * @queue:   in their order
 * @delayed: the earliest first
 */
struct workers {
	pthread_mutex_t mutex;
	struct job *queue;
	struct job *delayed;
	struct worker *list;
	unsigned int count;
	bool stopping;
};

/* OC_OK, OC_ENOMEM, or OC_ESYSTEM with errno: then no thread runs. */
int workers_start(struct workers *workers, unsigned int count, struct oc_proc_barrier *barrier);

/*
 * Cancels all jobs, and lets each of them run, also those whose time has not come. Nothing
 * is submitted any more. Does not wait: @tell is set when a thread has ended. A second call
 * does nothing.
 */
void workers_begin_stop(struct workers *workers, struct oc_latch *tell);

/* All of them, so that workers_stop() does not wait. */
bool workers_have_ended(const struct workers *workers);

/*
 * Begins to stop if that was not done, and waits for the threads to end. Does nothing if
 * none were started.
 */
void workers_stop(struct workers *workers);

/* @job runs as soon as a worker is free; it must not be pending. */
void worker_submit(struct workers *workers, struct job *job);

/* The same, but not before job->due_ns. */
void worker_submit_delayed(struct workers *workers, struct job *job);

/* True: it has not begun, never will, and is the caller's again. */
bool worker_recall(struct workers *workers, struct job *job);

/*
 * Nobody waits for it any more: it is cancelled, a delayed one becomes due, and once it
 * has run, release() is called. If it is not pending, release() is called here.
 */
void worker_abandon(struct workers *workers, struct job *job);

/*
 * Recalls it, or cancels it and waits until it has run, by @latch, which is the job's
 * @done and the calling thread's own. Afterwards the workers do not set it for this job.
 */
void worker_finish(struct workers *workers, struct job *job, struct oc_latch *latch);

/* For run(): whether its job was cancelled. Absorbs what the thread was interrupted for. */
bool worker_stopped(struct worker *worker);

#endif /* TFSD_WORKER_H */
