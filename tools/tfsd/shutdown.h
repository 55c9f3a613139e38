/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * shutdown.h: stopping, as gently as there is time for
 *
 *	shutdown_init(&shutdown, &loop, 10 * LOOP_SECOND);
 *	shutdown_add(&shutdown, &reactors.part);
 *	shutdown_add(&shutdown, &databases.part);
 *	...
 *	shutdown_begin(&shutdown, SHUTDOWN_SMART);	(also to be harder than before)
 *	(loop_run() returns when all parts have stopped, or there was no time left)
 *
 * Parts are stopped in the order in which they were added, each when the one before it has
 * stopped. What does not come to its end in the time that it has is stopped harder: smart
 * is fast then, fast is now, and after a second of that the loop ends, whatever still runs.
 */
#ifndef TFSD_SHUTDOWN_H
#define TFSD_SHUTDOWN_H

#include "loop.h"

/**
 * enum shutdown_mode - each is harder than the one before
 * @SHUTDOWN_NONE:  serving
 * @SHUTDOWN_SMART: nothing new begins; transactions that are active come to their end
 * @SHUTDOWN_FAST:  and those that are not being committed already are rolled back
 * @SHUTDOWN_NOW:   nothing is waited for; what a crash would leave is left
 */
enum shutdown_mode {
	SHUTDOWN_NONE = 0,
	SHUTDOWN_SMART,
	SHUTDOWN_FAST,
	SHUTDOWN_NOW,
};

/**
 * struct shutdown_part - something that has to stop
 * @stop: begin to; called again with each harder mode. Does not wait
 * @has_stopped: called whenever the loop's latch was set
 */
struct shutdown_part {
	struct shutdown_part *next;
	void (*stop)(struct shutdown_part *part, enum shutdown_mode mode);
	bool (*has_stopped)(struct shutdown_part *part);
};

/**
 * struct shutdown
 * @mode:    how it goes on now
 * @overdue: a time limit has made it harder than it was asked for
 * @given_up: not all parts have stopped
 *
 * All else is private.
 */
struct shutdown {
	enum shutdown_mode mode;
	bool overdue;
	bool given_up;

	struct loop *loop;
	uint64_t limit_ns;
	struct shutdown_part *parts;
	struct shutdown_part *current;
	struct loop_look look;
	struct loop_timer timer;
};

/* @limit_ns: how long smart may take, and how long fast. */
void shutdown_init(struct shutdown *shutdown, struct loop *loop, uint64_t limit_ns);

/* Another limit, from the next shutdown_begin() on. */
void shutdown_set_limit(struct shutdown *shutdown, uint64_t limit_ns);

/* Not after shutdown_begin(). */
void shutdown_add(struct shutdown *shutdown, struct shutdown_part *part);

/* Does nothing unless @mode is harder than what it is already. */
void shutdown_begin(struct shutdown *shutdown, enum shutdown_mode mode);

/* For the log: "smart", "fast", "immediate". */
const char *shutdown_name(enum shutdown_mode mode);

#endif /* TFSD_SHUTDOWN_H */
