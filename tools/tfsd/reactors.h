/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * reactors.h: all reactors, from outside
 */
#ifndef TFSD_REACTORS_H
#define TFSD_REACTORS_H

#include "channels.h"
#include "reactor.h"
#include "shutdown.h"

/**
 * struct reactors
 * @part:   for shutdown_add(); when it has stopped, their threads are no more, the channels
 *          have no server, and the databases are not used any longer
 * @failed: one of them ended because it could not wait
 *
 * All else is private.
 */
struct reactors {
	struct shutdown_part part;
	bool failed;

	struct reactor *list;
	unsigned int count;
	struct channels *channels;
	struct statements *statements;
	struct loop_look look;
	struct shutdown *shutdown;
};

/*
 * Makes them, connects them to @databases, and divides @channels among them, which are
 * theirs from now on; SQL runs as @statements says, whose workers stop after them. If one
 * fails later, @shutdown begins. OC_OK, or the log says what failed, and all is still the
 * caller's.
 */
int reactors_open(struct reactors *reactors, const struct config *config,
		  struct channels *channels, const struct databases *databases,
		  struct statements *statements, struct oc_proc_barrier *barrier,
		  struct shutdown *shutdown);

/* Serve from now on. OC_OK, or OC_ESYSTEM: those that run stop with the shutdown. */
int reactors_start(struct reactors *reactors);

/*
 * @config is in force when all threads have absorbed BARRIER_CONFIG, which the caller
 * emits; until then the old one is used.
 */
void reactors_configure(struct reactors *reactors, const struct config *config);

/* All but the threads, which were not started or have ended. No worker may run any more. */
void reactors_close(struct reactors *reactors);

#endif /* TFSD_REACTORS_H */
