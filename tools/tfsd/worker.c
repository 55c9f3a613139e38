// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * worker.c: a queue of jobs, and the threads that run them
 *
 * A worker resets its latch, looks into the queue, and says under the mutex that it is
 * idle if there is nothing; who puts something into the queue picks an idle one under the
 * same mutex and sets its latch afterwards. So either the worker finds the job, or it is
 * found idle.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <oc/status.h>

#include "activity_thread.h"
#include "log.h"
#include "mutex.h"
#include "worker.h"

#define NICE	10

static void set_state(struct job *job, enum job_state state)
{
	atomic_store_explicit(&job->state, state, memory_order_release);
}

static enum job_state state_of(const struct job *job)
{
	return atomic_load_explicit(&job->state, memory_order_relaxed);
}

/* The latch of one who sleeps and should look; he is not idle any more. */
static struct oc_latch *pick_idle(struct workers *workers)
{
	for (unsigned int i = 0; i < workers->count; i++) {
		struct worker *worker = &workers->list[i];

		if (!worker->idle)
			continue;
		worker->idle = false;
		return &worker->thread.latch;
	}
	return NULL;
}

/* Behind all that are there. Returns whom to wake, if anybody sleeps. */
static struct oc_latch *enqueue(struct workers *workers, struct job *job)
{
	struct job **link = &workers->queue;

	while (*link)
		link = &(*link)->next;
	job->next = NULL;
	*link = job;
	set_state(job, JOB_QUEUED);
	return pick_idle(workers);
}

static void unlink_job(struct job **link, const struct job *job)
{
	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
}

static void insert_delayed(struct workers *workers, struct job *job)
{
	struct job **link = &workers->delayed;

	while (*link && (*link)->due_ns <= job->due_ns)
		link = &(*link)->next;
	job->next = *link;
	*link = job;
	set_state(job, JOB_DELAYED);
}

/* The others find their own way: each of them wakes up at the same time. */
static void take_due(struct workers *workers, uint64_t now)
{
	struct oc_latch *latch;
	struct job *job;

	while (workers->delayed && (workers->stopping || workers->delayed->due_ns <= now)) {
		job = workers->delayed;
		workers->delayed = job->next;
		latch = enqueue(workers, job);
		if (latch)
			oc_latch_set(latch);
	}
}

/* The next job; or NULL, and for how long to sleep: -1 for ever. */
static struct job *next_job(struct worker *worker, int64_t *timeout_ns)
{
	struct workers *workers = worker->workers;
	uint64_t now = oc_clock_ns();
	struct job *job;

	pthread_mutex_lock(&workers->mutex);
	worker->idle = false;
	take_due(workers, now);
	job = workers->queue;
	worker->job = job;
	if (job) {
		workers->queue = job->next;
		set_state(job, JOB_RUNNING);
		if (job->done && !job->abandoned)
			oc_latch_set(job->done);
	} else {
		worker->idle = true;
		*timeout_ns = workers->stopping ? 0 : -1;
		if (workers->delayed)
			*timeout_ns = (int64_t)(workers->delayed->due_ns - now);
	}
	pthread_mutex_unlock(&workers->mutex);
	return job;
}

/*
 * Once it is not pending any more its owner may free it. The latch is set under the mutex,
 * so that who takes that afterwards knows that we are through with it.
 */
static void job_over(struct worker *worker, struct job *job)
{
	struct workers *workers = worker->workers;
	struct oc_latch *done = job->done;
	bool abandoned;

	pthread_mutex_lock(&workers->mutex);
	worker->job = NULL;
	abandoned = job->abandoned;
	set_state(job, JOB_NONE);
	if (done && !abandoned)
		oc_latch_set(done);
	pthread_mutex_unlock(&workers->mutex);
	if (abandoned)
		job->release(job);
}

/*
 * A worker's job takes seconds, a reactor's turn microseconds: the reactor goes first where
 * there are fewer processors than threads. Anybody may be nicer.
 */
static void stand_back(void)
{
	if (setpriority(PRIO_PROCESS, gettid(), NICE))
		log_warning("workers: no lower priority: %s", strerror(errno));
}

static void run(struct thread *thread, void *ctx)
{
	struct worker *worker = ctx;
	int64_t timeout_ns = -1;
	struct job *job;

	stand_back();
	while (timeout_ns) {
		oc_latch_reset(&thread->latch);
		oc_interrupts_check(&thread->interrupts);
		job = next_job(worker, &timeout_ns);
		if (!job) {
			activity_wait_begin(ACTIVITY_JOB);
			oc_latch_wait(&thread->latch, timeout_ns);
			activity_wait_end();
			continue;
		}
		job->run(job, worker);
		job_over(worker, job);
	}
}

bool worker_stopped(struct worker *worker)
{
	oc_interrupts_check(&worker->thread.interrupts);
	return job_cancelled(worker->job);
}

/* If it is the first of the delayed now, somebody has to sleep for a shorter time. */
static struct oc_latch *delay(struct workers *workers, struct job *job)
{
	insert_delayed(workers, job);
	return workers->delayed == job ? pick_idle(workers) : NULL;
}

static void submit(struct workers *workers, struct job *job,
		   struct oc_latch *(*put)(struct workers *workers, struct job *job))
{
	struct oc_latch *latch;

	atomic_store_explicit(&job->cancelled, false, memory_order_relaxed);
	job->abandoned = false;
	pthread_mutex_lock(&workers->mutex);
	latch = put(workers, job);
	pthread_mutex_unlock(&workers->mutex);
	if (latch)
		oc_latch_set(latch);
}

void worker_submit(struct workers *workers, struct job *job)
{
	submit(workers, job, enqueue);
}

void worker_submit_delayed(struct workers *workers, struct job *job)
{
	submit(workers, job, delay);
}

static bool recall(struct workers *workers, struct job *job)
{
	enum job_state state = state_of(job);

	if (state != JOB_QUEUED && state != JOB_DELAYED)
		return false;
	unlink_job(state == JOB_QUEUED ? &workers->queue : &workers->delayed, job);
	set_state(job, JOB_NONE);
	return true;
}

bool worker_recall(struct workers *workers, struct job *job)
{
	bool recalled;

	pthread_mutex_lock(&workers->mutex);
	recalled = recall(workers, job);
	pthread_mutex_unlock(&workers->mutex);
	return recalled;
}

void worker_abandon(struct workers *workers, struct job *job)
{
	struct oc_latch *latch = NULL;
	bool over;

	pthread_mutex_lock(&workers->mutex);
	over = state_of(job) == JOB_NONE;
	if (!over) {
		job->abandoned = true;
		job_cancel(job);
		if (state_of(job) == JOB_DELAYED) {
			unlink_job(&workers->delayed, job);
			latch = enqueue(workers, job);
		}
	}
	pthread_mutex_unlock(&workers->mutex);
	if (latch)
		oc_latch_set(latch);
	if (over)
		job->release(job);
}

void worker_finish(struct workers *workers, struct job *job, struct oc_latch *latch)
{
	if (worker_recall(workers, job))
		return;
	job_cancel(job);
	for (;;) {
		oc_latch_reset(latch);
		if (!job_pending(job))
			break;
		oc_latch_wait(latch, -1);
	}
	/* Who has set the latch has the mutex until it is set. */
	pthread_mutex_lock(&workers->mutex);
	pthread_mutex_unlock(&workers->mutex);
}

static int start(struct workers *workers, struct worker *worker, struct oc_proc_barrier *barrier)
{
	char name[32];
	int status;

	worker->workers = workers;
	snprintf(name, sizeof(name), "worker %u", workers->count);
	status = thread_init(&worker->thread, name, barrier, NULL);
	if (status != OC_OK)
		return status;
	status = thread_start(&worker->thread, run, NULL, worker);
	if (status != OC_OK)
		thread_destroy(&worker->thread);
	return status;
}

int workers_start(struct workers *workers, unsigned int count, struct oc_proc_barrier *barrier)
{
	int status = OC_OK;

	*workers = (struct workers){ .count = 0 };
	mutex_init(&workers->mutex);
	workers->list = calloc(count, sizeof(workers->list[0]));
	if (!workers->list)
		return OC_ENOMEM;
	while (status == OC_OK && workers->count < count) {
		status = start(workers, &workers->list[workers->count], barrier);
		if (status == OC_OK)
			workers->count++;
	}
	if (status != OC_OK)
		workers_stop(workers);
	return status;
}

static void cancel_all(struct workers *workers)
{
	for (struct job *job = workers->queue; job; job = job->next)
		job_cancel(job);
	for (struct job *job = workers->delayed; job; job = job->next)
		job_cancel(job);
	for (unsigned int i = 0; i < workers->count; i++)
		if (workers->list[i].job)
			job_cancel(workers->list[i].job);
}

/* Who finds that they stop finds whom to tell, too; so it is not changed after that. */
void workers_begin_stop(struct workers *workers, struct oc_latch *tell)
{
	if (workers->stopping)
		return;
	pthread_mutex_lock(&workers->mutex);
	for (unsigned int i = 0; i < workers->count; i++)
		workers->list[i].thread.tell = tell;
	workers->stopping = true;
	cancel_all(workers);
	pthread_mutex_unlock(&workers->mutex);
	for (unsigned int i = 0; i < workers->count; i++)
		oc_latch_set(&workers->list[i].thread.latch);
}

bool workers_have_ended(const struct workers *workers)
{
	for (unsigned int i = 0; i < workers->count; i++)
		if (!thread_has_ended(&workers->list[i].thread))
			return false;
	return true;
}

void workers_stop(struct workers *workers)
{
	if (!workers->list)
		return;
	workers_begin_stop(workers, NULL);
	for (unsigned int i = 0; i < workers->count; i++) {
		thread_join(&workers->list[i].thread);
		thread_destroy(&workers->list[i].thread);
	}
	free(workers->list);
	pthread_mutex_destroy(&workers->mutex);
	*workers = (struct workers){ .list = NULL };
}
