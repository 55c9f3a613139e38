/* SPDX-License-Identifier: MIT */
/*
 * oc/interrupts.h: under Linux, telling a thread something while it is busy
 *
 * Each thread has a set of reasons why others want its attention. Anyone raises them, at
 * any time; the thread looks at places where it can do something about it: each turn of
 * its loop, now and then in long work. While nothing is pending a look is one load.
 *
 *	the thread				anyone
 *
 *	oc_interrupts_init(&in, &latch);
 *	oc_interrupts_handle(&in, OC_INTERRUPT_RELOAD, reload, config);
 *	for (;;) {				oc_interrupts_raise(&in, OC_INTERRUPT_RELOAD);
 *		oc_latch_reset(&latch);
 *		if (oc_interrupts_check(&in) & OC_INTERRUPT_DIE)
 *			break;
 *		(work, with oc_interrupts_check() inside what takes long)
 *		oc_latch_wait(&latch, -1);
 *	}
 *
 * Reasons are bits: raised twice before it is seen, a reason is there once. And they may
 * come too late or to the wrong one: the statement that was to be cancelled has ended,
 * the file that was to be read again has not changed. So each must be harmless then, and
 * whoever needs to know which statement was meant writes that down elsewhere.
 *
 * What is raised is seen by the next oc_interrupts_check() after the latch was reset, with
 * all that was done before it was raised. The check never waits.
 */
#ifndef OC_INTERRUPTS_H
#define OC_INTERRUPTS_H

#include <stdint.h>

#include <oc/latch.h>
#include <oc/status.h>

/**
 * enum oc_interrupt - reasons; if several are pending the lower comes first
 * @OC_INTERRUPT_BARRIER: absorb a change, oc/proc_barrier.h
 * @OC_INTERRUPT_DIE:     end, and leave everything in order
 * @OC_INTERRUPT_CANCEL:  give up what runs now; nothing runs: nothing happens
 * @OC_INTERRUPT_RELOAD:  read the configuration again
 * @OC_INTERRUPT_LOG:     open the log again, or tell it what you are doing
 * @OC_INTERRUPT_USER:    this and all higher bits are the program's
 */
enum oc_interrupt {
	OC_INTERRUPT_BARRIER = 1 << 0,
	OC_INTERRUPT_DIE = 1 << 1,
	OC_INTERRUPT_CANCEL = 1 << 2,
	OC_INTERRUPT_RELOAD = 1 << 3,
	OC_INTERRUPT_LOG = 1 << 4,
	OC_INTERRUPT_USER = 1 << 8,
};

#define OC_INTERRUPTS_MAX 32

/**
 * struct oc_interrupts - every field is private
 * @pending:     anyone sets bits; the thread clears them
 * @held:        how many times all reasons are held
 * @cancel_held: and how many times OC_INTERRUPT_CANCEL alone
 * @latch:       ends the thread's sleep
 * @handlers:    by the number of the bit; the rest is the thread's alone
 */
struct oc_interrupts {
	uint32_t pending;
	unsigned int held;
	unsigned int cancel_held;
	struct oc_latch *latch;
	struct oc_interrupt_handler {
		int (*handle)(void *ctx);
		void *ctx;
	} handlers[OC_INTERRUPTS_MAX];
};

/* @latch: the thread's own, which must outlive @in, as both must everyone who raises. */
void oc_interrupts_init(struct oc_interrupts *in, struct oc_latch *latch);

/*
 * From now on @handle is called for @reason, one bit, by oc_interrupts_check(), with
 * interrupts held. It returns 0; or anything else to be called again at the next check,
 * which comes soon, for the latch is set then as well: so only for what passes by itself.
 * NULL: none. OC_EINVAL: @reason is not one bit.
 */
int oc_interrupts_handle(struct oc_interrupts *in, uint32_t reason, int (*handle)(void *ctx),
			 void *ctx);

/*
 * Any thread, also this one, also a signal handler: @reasons are pending from now on, and
 * who sleeps by the latch wakes up. Does not wait.
 */
void oc_interrupts_raise(struct oc_interrupts *in, uint32_t reasons);

/* The slow half of the next one, for those of @reasons. */
uint32_t oc_interrupts_serve(struct oc_interrupts *in, uint32_t reasons);

/*
 * Takes the reasons that are pending and not held, and calls their handlers, each one at
 * most once. Returns those that were taken, with or without a handler, but not those whose
 * handler failed; what to do about CANCEL and DIE is easier done by the caller.
 */
static inline uint32_t oc_interrupts_check(struct oc_interrupts *in)
{
	/*
	 * Relaxed: whether it is seen now or at the next check makes no difference, and who
	 * is about to sleep has reset his latch before, which orders it.
	 */
	if (__builtin_expect(!__atomic_load_n(&in->pending, __ATOMIC_RELAXED), 1))
		return 0;
	return oc_interrupts_serve(in, UINT32_MAX);
}

/* What a check would take now; takes nothing. */
uint32_t oc_interrupts_pending(const struct oc_interrupts *in);

/*
 * Between hold and resume no reason is taken; they nest. _cancel: the others are, for
 * places where giving up would leave a conversation in the middle. If something has
 * become free by resuming, the latch is set, so that nobody sleeps over it. A resume
 * without its hold ends the process, for it is not known any more what is safe.
 */
void oc_interrupts_hold(struct oc_interrupts *in);
void oc_interrupts_resume(struct oc_interrupts *in);
void oc_interrupts_hold_cancel(struct oc_interrupts *in);
void oc_interrupts_resume_cancel(struct oc_interrupts *in);

#endif /* OC_INTERRUPTS_H */
