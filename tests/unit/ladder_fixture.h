/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ladder_fixture.h: a ladder on a clock that the test winds
 *
 * The calls that it makes come here (the linker's --wrap): a look, a yield, a wait by
 * monitor or a sleep lets as much time pass as is said here, and no other time passes.
 */
#ifndef TESTS_LADDER_FIXTURE_H
#define TESTS_LADDER_FIXTURE_H

#include <oc/ladder.h>

#include "../../lib/linux/monitor.h"
#include "unit.h"

#define TURN_NS		100u	/* a look and a spin */
#define YIELD_NS	400u
#define SLACK_NS	60000u

/* What the ladder called, and what it is answered. */
struct fake {
	uint64_t now;
	uint64_t yield_ns;
	enum oc_monitor have;
	unsigned int clocks, yields, monitors;
	uint32_t longest_monitor;
	uint64_t seen[2];
};

extern struct fake fake;
extern uint64_t line[8];	/* the channel's */

struct tally {
	unsigned int turns, yields, monitors, blocks;
	uint64_t first_yield, first_monitor, first_block;	/* ns after the start */
	uint64_t longest_gap;
};

/* For cmocka: without and with a processor that has a monitor. */
int ladder_setup(void **state);
int ladder_setup_monitor(void **state);

struct oc_ladder ladder_of(enum oc_wait policy);

/* A turn; what it asks for is slept, and a little more. */
uint32_t turn(struct oc_ladder *ladder);

/* Nothing happens for so long. */
struct tally idle(struct oc_ladder *ladder, uint64_t ns);

/* A wait of so long, as a whole. */
struct tally wait_out(struct oc_ladder *ladder, uint64_t ns);

#endif /* TESTS_LADDER_FIXTURE_H */
