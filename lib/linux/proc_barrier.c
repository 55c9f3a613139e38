// SPDX-License-Identifier: MIT
/*
 * proc_barrier.c: generations, and how far each thread has come
 *
 * All of it is behind one lock, which nobody holds while he waits or works: barriers are
 * rare, and a lock is easy to see through. It lends priority, for a member may be a
 * real-time thread and the one who emits may not.
 *
 * A member takes its types away before it absorbs them, together with the generation that
 * they belong to. What is emitted meanwhile is for the next time; what failed is put back,
 * and the member does not advance.
 */
#include <errno.h>
#include <stdlib.h>

#include <oc/proc_barrier.h>

#include "deadline.h"

static void lock(struct oc_proc_barrier *barrier)
{
	if (pthread_mutex_lock(&barrier->lock))
		abort();
}

static void unlock(struct oc_proc_barrier *barrier)
{
	if (pthread_mutex_unlock(&barrier->lock))
		abort();
}

int oc_proc_barrier_init(struct oc_proc_barrier *barrier)
{
	pthread_mutexattr_t attr;
	int error;

	*barrier = (struct oc_proc_barrier){ .generation = 0 };
	error = pthread_mutexattr_init(&attr);
	if (!error) {
		error = pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
		if (!error)
			error = pthread_mutex_init(&barrier->lock, &attr);
		pthread_mutexattr_destroy(&attr);
	}
	if (!error)
		return OC_OK;
	errno = error;
	return OC_ESYSTEM;
}

void oc_proc_barrier_destroy(struct oc_proc_barrier *barrier)
{
	pthread_mutex_destroy(&barrier->lock);
}

static void tell_watches(const struct oc_proc_barrier *barrier)
{
	for (struct oc_proc_barrier_watch *w = barrier->watches; w; w = w->next)
		oc_latch_set(w->latch);
}

/* The handler of OC_INTERRUPT_BARRIER. One that came for nothing does nothing. */
static int absorb(void *ctx)
{
	struct oc_proc_barrier_member *member = ctx;
	struct oc_proc_barrier *barrier = member->barrier;
	uint64_t generation;
	uint32_t types, failed = 0;

	lock(barrier);
	generation = barrier->generation;
	types = member->types;
	member->types = 0;
	unlock(barrier);

	if (types)
		failed = member->absorb(member->ctx, types) & types;

	lock(barrier);
	if (failed) {
		member->types |= failed;
	} else if (member->absorbed < generation) {
		member->absorbed = generation;
		tell_watches(barrier);
	}
	unlock(barrier);
	return failed ? -1 : 0;
}

void oc_proc_barrier_join(struct oc_proc_barrier *barrier, struct oc_proc_barrier_member *member,
			  struct oc_interrupts *in, uint32_t (*absorb_types)(void *, uint32_t),
			  void *ctx)
{
	*member = (struct oc_proc_barrier_member){
		.barrier = barrier, .interrupts = in, .absorb = absorb_types, .ctx = ctx,
	};
	oc_interrupts_handle(in, OC_INTERRUPT_BARRIER, absorb, member);
	lock(barrier);
	member->absorbed = barrier->generation;
	member->next = barrier->members;
	barrier->members = member;
	unlock(barrier);
}

void oc_proc_barrier_leave(struct oc_proc_barrier_member *member)
{
	struct oc_proc_barrier *barrier = member->barrier;
	struct oc_proc_barrier_member **link = &barrier->members;

	lock(barrier);
	while (*link != member)
		link = &(*link)->next;
	*link = member->next;
	tell_watches(barrier);
	unlock(barrier);
	oc_interrupts_handle(member->interrupts, OC_INTERRUPT_BARRIER, NULL, NULL);
}

/* With the lock, so that no member can leave, and its interrupts go, before they are raised. */
uint64_t oc_proc_barrier_emit(struct oc_proc_barrier *barrier, uint32_t types)
{
	uint64_t generation;

	lock(barrier);
	generation = ++barrier->generation;
	for (struct oc_proc_barrier_member *m = barrier->members; m; m = m->next) {
		m->types |= types;
		oc_interrupts_raise(m->interrupts, OC_INTERRUPT_BARRIER);
	}
	unlock(barrier);
	return generation;
}

bool oc_proc_barrier_passed(struct oc_proc_barrier *barrier, uint64_t generation)
{
	bool passed = true;

	lock(barrier);
	for (struct oc_proc_barrier_member *m = barrier->members; m; m = m->next)
		passed &= m->absorbed >= generation;
	unlock(barrier);
	return passed;
}

void oc_proc_barrier_watch(struct oc_proc_barrier *barrier, struct oc_proc_barrier_watch *watch,
			   struct oc_latch *latch)
{
	watch->latch = latch;
	lock(barrier);
	watch->next = barrier->watches;
	barrier->watches = watch;
	unlock(barrier);
}

void oc_proc_barrier_unwatch(struct oc_proc_barrier *barrier, struct oc_proc_barrier_watch *watch)
{
	struct oc_proc_barrier_watch **link = &barrier->watches;

	lock(barrier);
	while (*link != watch)
		link = &(*link)->next;
	*link = watch->next;
	unlock(barrier);
}

static bool is_called_away(const struct oc_interrupts *in)
{
	return oc_interrupts_pending(in) & (OC_INTERRUPT_DIE | OC_INTERRUPT_CANCEL);
}

/* Reset, look, wait. Reasons other than barriers are the caller's to take. */
static int wait_passed(struct oc_proc_barrier *barrier, uint64_t generation,
		       struct oc_interrupts *in, uint64_t until)
{
	int status = OC_OK;

	for (;;) {
		oc_latch_reset(in->latch);
		oc_interrupts_serve(in, OC_INTERRUPT_BARRIER);
		if (oc_proc_barrier_passed(barrier, generation))
			return OC_OK;
		if (status != OC_OK)
			return status;
		if (is_called_away(in))
			return OC_EABANDONED;
		status = oc_latch_wait(in->latch, oc_timeout(until));
	}
}

int oc_proc_barrier_wait(struct oc_proc_barrier *barrier, uint64_t generation,
			 struct oc_interrupts *in, int64_t timeout_ns)
{
	struct oc_proc_barrier_watch watch;
	int status;

	oc_proc_barrier_watch(barrier, &watch, in->latch);
	status = wait_passed(barrier, generation, in, oc_deadline(timeout_ns));
	oc_proc_barrier_unwatch(barrier, &watch);
	oc_latch_set(in->latch);
	return status;
}
