/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fate.h: two sessions, what the client knows of their transactions, and what is so
 *
 * All depends on the seed alone: time is counted in pauses, which are also the server's
 * turns, and a commit is durable when the seed says so. Only how long a commit waits for
 * a locked file is measured, and no run gets near those three seconds.
 */
#ifndef TESTS_FATE_H
#define TESTS_FATE_H

#include <oc/db.h>

#include "../../lib/core/channel_priv.h"
#include "../../lib/core/db_priv.h"
#include "tfsd_fixture.h"

#define FATE_OWNER	0x1001	/* the fixture's client, and what takes over from it */

/**
 * struct part - one session
 * @pending: orders that its transaction has inserted
 * @opened:  it has been, and may be lost by now
 */
struct part {
	struct oc_db db;
	uint64_t mem[KINDS_DB_MEM_MIN / 8 + 600];
	int pending;
	bool opened;
};

/**
 * struct fate_outcomes - how many transactions ended how
 * @taken_back: before anything was done
 * @found:      the client was not told, and the rows are there
 * @missing:    the client was not told, and they are not
 */
struct fate_outcomes {
	unsigned int committed, taken_back, found, missing;
};

/**
 * struct fate - one run
 * @rows:    orders that are in the file
 * @unknown: those of an END whose outcome nobody has told: all are there, or none
 * @giving_up: a pause may end a wait
 * @taking_over: another client may take the channel over in a pause
 * @restarting: the server may be killed or stop in a pause, and another one comes
 * @outcomes: over all runs
 */
struct fate {
	struct tfsd *d;
	struct part parts[2];
	unsigned int seed, step;
	uint64_t random;
	uint32_t now_us;
	int rows, unknown;
	bool giving_up, taking_over, restarting;
	struct fate_outcomes outcomes;
};

extern struct fate fate;

#define expect(condition) \
	do { \
		if (!(condition)) \
			fail_msg("seed %u, step %u: %s", fate.seed, fate.step, #condition); \
	} while (0)

/* A new run. */
void fate_begin(struct tfsd *d, unsigned int seed);

/* Of 0 to @n - 1. */
uint32_t draw(uint32_t n);

/* Another client of the same owner attaches, and detaches. */
void take_over(void);

/* The server ends, and another one comes; the file stays open. */
void restart(void);

/* The rows in the file; who has it locked is done. */
void check_rows(void);

/* These, and the sessions, unless a request has not ended that was taken back. */
void check(void);

#endif /* TESTS_FATE_H */
