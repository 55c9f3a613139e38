/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two tasks of different priority, one processor, one table: the low one locks it,
 * the high one wants it. Who only asks again and again holds the processor that the
 * other one needs to let go of the table; the library asks, sleeps, asks again. Each
 * task has a channel of its own, or both have a session on one. Knows no operating
 * system; firmware and a Linux process run the same.
 */
#ifndef TEST_STARVE_H
#define TEST_STARVE_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/db.h>

#include "turns.h"	/* by tfs compile, from turns.sql */

#define STARVE_ASKS	1000u	/* for a locked table, before the high task gives up */
#define STARVE_ROWS	5	/* of a transaction of the low task */
#define STARVE_SILENT_MS 20	/* waiting for a server that there is not */

/**
 * struct starve_os - what each task needs of its system
 * @wake:  the high task goes on, and so takes the processor at once
 * @wait:  until woken
 * @sleep: lets the low task run for about @us microseconds; the port's sleep, too
 * @fail:  something else went wrong: what, and with which status
 */
struct starve_os {
	void (*wake)(void);
	void (*wait)(void);
	int (*sleep)(void *ctx, uint32_t us);
	void (*fail)(const char *what, int status);
};

/* @channel is the own one, or the other task's. */
struct starve_session {
	struct oc_channel own;
	struct oc_channel *channel;
	struct oc_db db;
	uint64_t memory[TURNS_DB_MEM_MIN / 8 + 64];
};

/**
 * struct starve - both tasks, and what came out
 * @polite:  the high task leaves waiting to the library
 * @steps:   what the low task has done since it has its lock
 * @locked:  the low task is between start and end of its transaction
 * @done:    the high task has ended
 * @asks:    how often the high task was refused, and, if naive, had it in the end
 * @starved: it got no lock, and the low task has not done a step meanwhile
 * @got:     it got the lock, and has committed
 * @silent_steps: of the low task, while a call of the high one waited in vain
 */
struct starve {
	const struct starve_os *os;
	bool polite;
	struct starve_session low, high;
	struct oc_channel nobody;
	void *silent;
	volatile uint32_t steps;
	volatile bool locked, done;
	volatile uint32_t asks;
	bool starved, got;
	uint32_t silent_steps;
};

/*
 * Opens both sessions on their channels, or, if @high is NULL, on one; false after
 * fail(). The rest is zero before. The ports sleep by starve_sleep() on @starve.
 */
bool starve_open(struct starve *starve, void *low, void *high,
		 const struct oc_port *low_port, const struct oc_port *high_port);
int starve_sleep(void *starve, uint32_t us);
bool starve_close(struct starve *starve);

/* The two tasks. The high one is to be started first. */
void starve_low(struct starve *starve);
void starve_high(struct starve *starve);

#endif
