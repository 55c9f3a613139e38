/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * barrier_tsan.h: the core's accessors (tests/barrier_calls.h) for the thread sanitizer
 *
 * It does not see a barrier that is an instruction, so barrier_tsan.c tells it which
 * accesses each one orders.
 */
#ifndef BARRIER_TSAN_H
#define BARRIER_TSAN_H

/* Before a thread's first access, and after its last one. */
void barrier_begin(void);
void barrier_end(void);

#endif /* BARRIER_TSAN_H */
