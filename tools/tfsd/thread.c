// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * thread.c: threads, from their start to their end
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>

#include "thread.h"

int thread_init(struct thread *thread, const char *name, struct oc_proc_barrier *barrier,
		struct oc_latch *tell)
{
	int status;

	*thread = (struct thread){ .barrier = barrier, .tell = tell, .cpu = -1 };
	snprintf(thread->name, sizeof(thread->name), "%s", name);
	status = oc_latch_init(&thread->latch);
	if (status == OC_OK)
		oc_interrupts_init(&thread->interrupts, &thread->latch);
	return status;
}

static uint32_t absorb_nothing(void *ctx, uint32_t types)
{
	(void)ctx;
	(void)types;
	return 0;
}

/* What it has done is seen by whoever sees that it has ended. */
static void *begin(void *arg)
{
	struct thread *thread = arg;

	pthread_setname_np(pthread_self(), thread->name);
	activity_thread_begin(&thread->activity, thread->name);
	if (thread->barrier)
		oc_proc_barrier_join(thread->barrier, &thread->member, &thread->interrupts,
				     thread->absorb, thread->ctx);
	thread->run(thread, thread->ctx);
	if (thread->barrier)
		oc_proc_barrier_leave(&thread->member);
	activity_thread_end(&thread->activity);
	atomic_store_explicit(&thread->ended, true, memory_order_release);
	if (thread->tell)
		oc_latch_set(thread->tell);
	return NULL;
}

static int set_cpu(pthread_attr_t *attr, int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return pthread_attr_setaffinity_np(attr, sizeof(cpus), &cpus);
}

static int set_priority(pthread_attr_t *attr, int priority)
{
	const struct sched_param param = { .sched_priority = priority };
	int error = pthread_attr_setinheritsched(attr, PTHREAD_EXPLICIT_SCHED);

	if (!error)
		error = pthread_attr_setschedpolicy(attr, SCHED_FIFO);
	return error ? error : pthread_attr_setschedparam(attr, &param);
}

static int create(struct thread *thread)
{
	pthread_attr_t attr;
	int error = pthread_attr_init(&attr);

	if (error)
		return error;
	if (thread->cpu >= 0)
		error = set_cpu(&attr, thread->cpu);
	if (!error && thread->priority)
		error = set_priority(&attr, thread->priority);
	if (!error)
		error = pthread_create(&thread->id, &attr, begin, thread);
	pthread_attr_destroy(&attr);
	return error;
}

/* The new thread inherits the mask, so that no signal ever finds it unblocked. */
int thread_start(struct thread *thread, void (*run)(struct thread *thread, void *ctx),
		 uint32_t (*absorb)(void *ctx, uint32_t types), void *ctx)
{
	sigset_t all, before;
	int error;

	thread->run = run;
	thread->absorb = absorb ? absorb : absorb_nothing;
	thread->ctx = ctx;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = create(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	thread->started = !error;
	errno = error;
	return error ? OC_ESYSTEM : OC_OK;
}

bool thread_has_ended(const struct thread *thread)
{
	return atomic_load_explicit(&thread->ended, memory_order_acquire);
}

void thread_join(struct thread *thread)
{
	if (thread->started)
		pthread_join(thread->id, NULL);
	thread->started = false;
}

void thread_destroy(struct thread *thread)
{
	oc_latch_close(&thread->latch);
}
