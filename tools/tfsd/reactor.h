/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * reactor.h: a thread that looks at its channels in turn
 *
 *	reactor_init(&reactor, 0, channels, nchannels, spin_ns, &barrier, &latch);
 *	reactor_start(&reactor);
 *	...
 *	reactor_stop(&reactor);
 *	(the latch is set when thread_has_ended(&reactor.thread))
 *	reactor_close(&reactor);
 *
 * Between reactor_start() and the thread's end the channels are the reactor's alone. Who
 * has something for it sets its latch, or raises an interrupt.
 */
#ifndef TFSD_REACTOR_H
#define TFSD_REACTOR_H

#include <oc/wait_set.h>

#include "channel.h"
#include "thread.h"

/**
 * struct reactor
 * @thread:    its latch is for the stores, too
 * @channels:  what it serves
 * @nchannels: how many, at least 1
 * @ladder:    what it does when nothing happens
 * @set:       what it blocks on
 * @failed:    it ended because it could not wait; read it after the thread's end
 */
struct reactor {
	struct thread thread;
	struct channel *channels;
	unsigned int nchannels;
	struct oc_ladder ladder;
	struct oc_wait_set set;
	struct oc_wait_source sources[1];
	bool failed;
};

/*
 * Makes the ladder, by what the channels want: what cannot be is logged. @spin_ns: the
 * most that adaptive spins. @tell is set when the thread has ended. OC_OK, or OC_ESYSTEM
 * with errno.
 */
int reactor_init(struct reactor *reactor, unsigned int number, struct channel *channels,
		 unsigned int nchannels, uint32_t spin_ns, struct oc_proc_barrier *barrier,
		 struct oc_latch *tell);

/* Serves from now on. OC_OK, or OC_ESYSTEM with errno. */
int reactor_start(struct reactor *reactor);

/*
 * Takes nothing new and finishes what is being worked on, for a second at most; then the
 * thread ends. Any thread; does not wait.
 */
void reactor_stop(struct reactor *reactor);

/* Waits for the thread's end, if it was started. The channels are the caller's again. */
void reactor_close(struct reactor *reactor);

#endif /* TFSD_REACTOR_H */
