// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "ladder_fixture.h"

struct fake fake;
uint64_t line[8];

int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_sched_yield(void);
enum oc_monitor __wrap_oc_monitor_have(void);
void __wrap_oc_monitor_wait(enum oc_monitor how, const void *at, const uint64_t seen[2],
			    uint32_t ns);

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	assert_int_equal(id, CLOCK_MONOTONIC);
	fake.clocks++;
	*now = (struct timespec){ .tv_sec = (time_t)(fake.now / 1000000000),
				  .tv_nsec = (long)(fake.now % 1000000000) };
	return 0;
}

int __wrap_sched_yield(void)
{
	fake.yields++;
	fake.now += fake.yield_ns;
	return 0;
}

enum oc_monitor __wrap_oc_monitor_have(void)
{
	return fake.have;
}

void __wrap_oc_monitor_wait(enum oc_monitor how, const void *at, const uint64_t seen[2],
			    uint32_t ns)
{
	assert_int_equal(how, fake.have);
	assert_ptr_equal(at, line);
	fake.monitors++;
	fake.longest_monitor = ns > fake.longest_monitor ? ns : fake.longest_monitor;
	memcpy(fake.seen, seen, sizeof(fake.seen));
	fake.now += ns;
}

int ladder_setup(void **state)
{
	(void)state;
	fake = (struct fake){ .now = 12345678900000, .yield_ns = YIELD_NS };
	memset(line, 0, sizeof(line));
	return 0;
}

int ladder_setup_monitor(void **state)
{
	ladder_setup(state);
	fake.have = OC_MONITOR_UMWAIT;
	return 0;
}

struct oc_ladder ladder_of(enum oc_wait policy)
{
	struct oc_ladder ladder;

	memset(&ladder, 0xa5, sizeof(ladder));
	oc_ladder_init(&ladder, policy, line);
	return ladder;
}

uint32_t turn(struct oc_ladder *ladder)
{
	uint32_t ns = oc_ladder_step(ladder);

	fake.now += TURN_NS;
	if (ns)
		fake.now += ns + SLACK_NS;
	return ns;
}

static void note(uint64_t *first, uint64_t at)
{
	if (!*first)
		*first = at;
}

struct tally idle(struct oc_ladder *ladder, uint64_t ns)
{
	struct tally tally = { .turns = 0 };
	uint64_t from = fake.now;

	while (fake.now - from < ns) {
		struct fake before = fake;
		bool blocked = turn(ladder);

		tally.turns++;
		tally.blocks += blocked;
		tally.yields += fake.yields - before.yields;
		tally.monitors += fake.monitors - before.monitors;
		if (blocked)
			note(&tally.first_block, before.now - from);
		if (fake.yields != before.yields)
			note(&tally.first_yield, before.now - from);
		if (fake.monitors != before.monitors)
			note(&tally.first_monitor, before.now - from);
		if (fake.now - before.now > tally.longest_gap)
			tally.longest_gap = fake.now - before.now;
	}
	return tally;
}

struct tally wait_out(struct oc_ladder *ladder, uint64_t ns)
{
	struct tally tally = idle(ladder, ns);

	oc_ladder_reset(ladder);
	return tally;
}
