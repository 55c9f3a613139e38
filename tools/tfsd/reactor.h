/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * reactor.h: a thread that looks at its channels in turn
 *
 *	reactor_init(&reactor, 0, nchannels, &barrier, &loop.latch);
 *	databases_connect(&reactor.conns, &databases, &reactor.thread.latch);
 *	reactor_add(&reactor, &channel);
 *	reactor_configure(&reactor, config);
 *	reactor_start(&reactor);
 *	...
 *	reactor_stop(&reactor, SHUTDOWN_SMART);
 *	(the loop's latch is set when reactor_has_ended(&reactor))
 *	thread_join(&reactor.thread);
 *	databases_disconnect(&reactor.conns);
 *	reactor_close(&reactor);
 *
 * Between reactor_start() and the thread's end its channels and connections are its alone.
 * Who has something for it sets its latch, or raises an interrupt.
 */
#ifndef TFSD_REACTOR_H
#define TFSD_REACTOR_H

#include <stdatomic.h>

#include <oc/wait_set.h>

#include "channel.h"
#include "shutdown.h"
#include "thread.h"

/**
 * struct reactor
 * @thread:    its latch is for the stores, too
 * @conns:     to the databases, for the sessions on its channels
 * @failed:    it ended because it could not wait; read it after the thread's end
 * @channels:  what it serves
 * @nchannels: how many
 * @ladder:    what it does when nothing happens
 * @set:       what it blocks on
 * @order:     how it is to stop, an enum shutdown_mode; the main thread's
 * @leaving:   whether that is FAST or more, which channels look at in the middle of work
 * @next:      the configuration that it is to use; the main thread's
 * @stopping:  what it has seen of @order
 * @config:    what it has seen of @next
 */
struct reactor {
	struct thread thread;
	struct database_conns conns;
	bool failed;

	struct channel **channels;
	unsigned int nchannels;
	struct oc_ladder ladder;
	struct oc_wait_set set;
	struct oc_wait_source *sources;
	atomic_int order;
	atomic_bool leaving;
	const struct config *next;
	enum shutdown_mode stopping;
	const struct config *config;
};

/* Has room for @room channels. @tell is set when it has ended. OC_OK, OC_ENOMEM, OC_ESYSTEM. */
int reactor_init(struct reactor *reactor, unsigned int number, unsigned int room,
		 struct oc_proc_barrier *barrier, struct oc_latch *tell);

/* Before reactor_start(). The channel is open. OC_OK, or OC_ESYSTEM with errno. */
int reactor_add(struct reactor *reactor, struct channel *channel);

/*
 * Before reactor_start(), or before BARRIER_CONFIG is emitted: how it waits, and what the
 * channels take. What cannot be is logged.
 */
void reactor_configure(struct reactor *reactor, const struct config *config);

/* Serves from now on. OC_OK, or OC_ESYSTEM with errno. */
int reactor_start(struct reactor *reactor);

/*
 * Stops serving, as gently as @mode says; may be said again, harder. FAST refuses what has
 * not been carried out, and waits for commits to be durable, so that they are answered.
 * For the main thread; does not wait.
 */
void reactor_stop(struct reactor *reactor, enum shutdown_mode mode);

/* It has ended, or was never started. */
bool reactor_has_ended(const struct reactor *reactor);

/* Its thread was joined, or never started. */
void reactor_close(struct reactor *reactor);

#endif /* TFSD_REACTOR_H */
