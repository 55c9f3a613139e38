/* SPDX-License-Identifier: MIT */
/*
 * oc/port.h: what liboc needs from the system it runs on
 *
 * The core knows no operating system: time passes, waits are spent, turns are taken
 * and doorbells rung through this struct, which the caller fills once and keeps for as
 * long as a channel uses it. Under Linux oc_port_linux() fills it; lib/ports/ has
 * others, and says what each member owes.
 */
#ifndef OC_PORT_H
#define OC_PORT_H

#include <stdint.h>

/**
 * struct oc_port - time, waiting, doorbell, turns
 * @now_us: microseconds from a free-running counter that wraps at 2^32; required.
 *          Must advance while pause() waits.
 * @pause:  one turn of a wait; @turn counts from 0 since the wait began. May spin,
 *          yield, sleep (a millisecond at most), feed a watchdog. Non-zero
 *          abandons the wait (OC_EABANDONED). NULL: spin.
 * @sleep:  lets the caller's processor go for about @us microseconds, so that tasks of
 *          lower priority run; called between two questions about a table that is
 *          locked, never with the mutex held. Non-zero ends the wait with
 *          OC_EABANDONED. NULL: turns of pause() until the time is over.
 * @ring:   wakes the other side; NULL: this side cannot. Called only after the
 *          header says that the other side sleeps, or for news that must not be
 *          missed; spurious rings are harmless.
 * @random: any 32 bits, different after each reset if that is to be had; they
 *          spread retries and mark attempts, safety does not depend on them.
 *          NULL: the time is used.
 * @ctx:    passed to all of the above
 * @lock:   takes the mutex by which sessions that share a channel object take turns:
 *          held from a request to its response. Has to wait for it, and cannot fail.
 *          NULL: one task uses the channel object.
 * @unlock: gives it back
 * @mutex:  passed to both
 *
 * Of a channel object that is shared, the holder of the mutex calls what there is, but
 * for sleep() and what stands in for it. Nothing is called from an interrupt.
 */
struct oc_port {
	uint32_t (*now_us)(void *ctx);
	int (*pause)(void *ctx, uint32_t turn);
	int (*sleep)(void *ctx, uint32_t us);
	void (*ring)(void *ctx);
	uint32_t (*random)(void *ctx);
	void *ctx;

	void (*lock)(void *mutex);
	void (*unlock)(void *mutex);
	void *mutex;
};

#endif /* OC_PORT_H */
