/* SPDX-License-Identifier: MIT */
/*
 * oc/proc_barrier.h: under Linux, knowing that every thread of a process has taken note
 *
 * Something that all threads look at is changed, such as the configuration. When may the
 * old one be freed? When every thread has absorbed the change, at a moment when it used
 * nothing of the old.
 *
 *	who changes				each thread
 *
 *	(publish the new)			oc_proc_barrier_join(&barrier, &me, &in,
 *	generation = oc_proc_barrier_emit(			     absorb, ctx);
 *		&barrier, CONFIG);		... oc_interrupts_check(&in) ...
 *	oc_proc_barrier_wait(&barrier,		oc_proc_barrier_leave(&me);
 *		generation, &in, -1);
 *	(free the old)
 *
 * Each emission has a number, its generation. A thread that has absorbed one has absorbed
 * all before it. Nobody waits for a thread that has left, nor for one that came later: it
 * sees what was published before it joined.
 *
 * It is no memory barrier, and not what pthread_barrier_wait() is.
 */
#ifndef OC_PROC_BARRIER_H
#define OC_PROC_BARRIER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <oc/interrupts.h>
#include <oc/latch.h>
#include <oc/status.h>

struct oc_proc_barrier_member;
struct oc_proc_barrier_watch;

/* struct oc_proc_barrier - one for the process; every field is private, behind @lock */
struct oc_proc_barrier {
	pthread_mutex_t lock;
	uint64_t generation;
	struct oc_proc_barrier_member *members;
	struct oc_proc_barrier_watch *watches;
};

/**
 * struct oc_proc_barrier_member - one thread; every field is private
 * @types:    what it still has to absorb
 * @absorbed: the generation up to which it has
 */
struct oc_proc_barrier_member {
	struct oc_proc_barrier *barrier;
	struct oc_proc_barrier_member *next;
	struct oc_interrupts *interrupts;
	uint32_t (*absorb)(void *ctx, uint32_t types);
	void *ctx;
	uint32_t types;
	uint64_t absorbed;
};

/* struct oc_proc_barrier_watch - somebody who waits; every field is private */
struct oc_proc_barrier_watch {
	struct oc_proc_barrier_watch *next;
	struct oc_latch *latch;
};

/* OC_ESYSTEM: errno says why. */
int oc_proc_barrier_init(struct oc_proc_barrier *barrier);

/* Nobody may be a member or wait any longer. */
void oc_proc_barrier_destroy(struct oc_proc_barrier *barrier);

/*
 * The calling thread, whose interrupts @in are, takes part from now on: its handler of
 * OC_INTERRUPT_BARRIER calls @absorb with the types that were emitted since, each a bit of
 * the program's choice. @absorb does what they ask for, and returns those for which it
 * could not, to be called for them again soon: they stay what the others wait for.
 * It is called with interrupts held, and must not wait for the barrier itself.
 */
void oc_proc_barrier_join(struct oc_proc_barrier *barrier, struct oc_proc_barrier_member *member,
			  struct oc_interrupts *in, uint32_t (*absorb)(void *ctx, uint32_t types),
			  void *ctx);

/* A thread must leave before it ends, and before @in goes. Who waited for it goes on. */
void oc_proc_barrier_leave(struct oc_proc_barrier_member *member);

/*
 * Asks all members to absorb @types, and returns the generation that says that they have.
 * What the caller has done before is seen by @absorb. @types may be 0: just a sign of life.
 * Does not wait.
 */
uint64_t oc_proc_barrier_emit(struct oc_proc_barrier *barrier, uint32_t types);

/* Has every member absorbed @generation? What they did before is seen by the caller then. */
bool oc_proc_barrier_passed(struct oc_proc_barrier *barrier, uint64_t generation);

/*
 * For who has other things to wait for as well: @latch is set at each step of any member,
 * until unwatched, so that he looks at oc_proc_barrier_passed().
 */
void oc_proc_barrier_watch(struct oc_proc_barrier *barrier, struct oc_proc_barrier_watch *watch,
			   struct oc_latch *latch);
void oc_proc_barrier_unwatch(struct oc_proc_barrier *barrier,
			     struct oc_proc_barrier_watch *watch);

/*
 * Waits until every member has absorbed @generation, for @timeout_ns at most; -1: for ever.
 * Meanwhile the caller absorbs what it has to by its own interrupts @in, which must not
 * be held, so that members may wait for each other and for themselves. All other reasons
 * stay pending. The caller's latch is set at the end, for it was reset meanwhile.
 *
 * OC_OK. OC_ETIMEOUT. OC_EABANDONED: DIE or CANCEL is pending, and not held. OC_ESYSTEM as
 * oc_latch_wait().
 */
int oc_proc_barrier_wait(struct oc_proc_barrier *barrier, uint64_t generation,
			 struct oc_interrupts *in, int64_t timeout_ns);

#endif /* OC_PROC_BARRIER_H */
