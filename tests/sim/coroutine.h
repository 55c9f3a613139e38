/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * coroutine.h: functions with stacks of their own that take turns in one thread
 *
 * A switch saves the registers that a call preserves and no more: no system call, a
 * few nanoseconds. Where nobody wrote that down for the processor, ucontext does it.
 */
#ifndef TESTS_SIM_COROUTINE_H
#define TESTS_SIM_COROUTINE_H

#include <stdbool.h>
#include <stdint.h>

#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(COROUTINE_UCONTEXT)
#define COROUTINE_UCONTEXT
#endif
#ifdef COROUTINE_UCONTEXT
#include <ucontext.h>
#endif

#define COROUTINE_STACK		32768u

struct coroutine {
#ifdef COROUTINE_UCONTEXT
	ucontext_t context;
#else
	void *sp;		/* where its registers lie while it does not run */
#endif
	void (*run)(void *ctx);
	void *ctx;
	uint8_t stack[COROUTINE_STACK] __attribute__((aligned(16)));
};

/*
 * Makes @co begin @run(@ctx) at its next turn. What it did before is forgotten, so this
 * also ends one in the middle. @run must not return.
 */
void coroutine_start(struct coroutine *co, void (*run)(void *ctx), void *ctx);

/* Gives @co a turn; returns when one pauses: this, or another that it handed over to. */
void coroutine_resume(struct coroutine *co);

/* Called by @co: ends its turn. */
void coroutine_pause(struct coroutine *co);

/* Called by @co: ends its turn and gives @to one. */
void coroutine_hand_over(struct coroutine *co, struct coroutine *to);

static inline bool coroutine_owns(const struct coroutine *co, const void *address)
{
	const uint8_t *p = address;

	return p >= co->stack && p < co->stack + COROUTINE_STACK;
}

#endif /* TESTS_SIM_COROUTINE_H */
