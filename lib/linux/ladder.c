// SPDX-License-Identifier: MIT
/*
 * ladder.c: climbs from what reacts fast to what costs little
 *
 * How high we are is a matter of time, not of turns: a turn takes 20 ns or several
 * microseconds, as the processor's hint, the memory and the number of channels have it.
 * The clock costs as much as a turn, so while we spin it is read every so many turns
 * only, and a wait that ends before that never reads it.
 */
#include <sched.h>
#include <stddef.h>
#include <time.h>

#include <oc/ladder.h>

#include "monitor.h"

#define SPINS_PER_CLOCK		16u
#define MONITOR_MAX_NS		250000u

/* Without others who want the core, sched_yield() takes well below a microsecond. */
#define CROWDED_NS		5000u

const char *const oc_wait_names[OC_WAIT_POLICIES + 1] = {
	[OC_WAIT_ADAPTIVE] = "adaptive",
	[OC_WAIT_BUSY] = "busy",
	[OC_WAIT_MONITOR] = "monitor",
	[OC_WAIT_YIELD] = "yield",
	[OC_WAIT_SLEEP] = "sleep",
};

/* Each rung but the last ends when so much time has passed since the wait began. */
struct rungs {
	uint64_t spin;
	uint64_t monitor;
	uint64_t yield;
};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ __volatile__("yield" ::: "memory");
#else
	__asm__ __volatile__("" ::: "memory");
#endif
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool can_monitor(const struct oc_ladder *ladder)
{
	return ladder->line && oc_monitor_have() != OC_MONITOR_NONE;
}

void oc_ladder_init(struct oc_ladder *ladder, enum oc_wait policy, const void *line)
{
	*ladder = (struct oc_ladder){
		.policy = policy,
		.spin_max_ns = OC_LADDER_SPIN_MAX_NS,
		.spin_ns = OC_LADDER_MOMENT_NS,
		.spins = SPINS_PER_CLOCK,
		.line = line,
	};
}

void oc_ladder_watch(struct oc_ladder *ladder, const void *line)
{
	if (ladder->line == line)
		return;
	ladder->line = line;
	ladder->looked = false;
}

/* Nothing else is handed over with these two words, so they need no order. */
void oc_ladder_set(struct oc_ladder *ladder, enum oc_wait policy)
{
	__atomic_store_n(&ladder->policy, (uint32_t)policy, __ATOMIC_RELAXED);
}

void oc_ladder_set_spin_max(struct oc_ladder *ladder, uint32_t ns)
{
	__atomic_store_n(&ladder->spin_max_ns, smaller(ns, OC_LADDER_SPIN_LIMIT_NS),
			 __ATOMIC_RELAXED);
}

enum oc_wait oc_ladder_in_force(const struct oc_ladder *ladder)
{
	enum oc_wait policy = (enum oc_wait)__atomic_load_n(&ladder->policy, __ATOMIC_RELAXED);

	return policy == OC_WAIT_MONITOR && !can_monitor(ladder) ? OC_WAIT_YIELD : policy;
}

static struct rungs rungs_of(const struct oc_ladder *ladder, enum oc_wait policy)
{
	const uint64_t moment = OC_LADDER_MOMENT_NS, ever = UINT64_MAX;
	uint64_t spin = smaller(ladder->spin_ns,
				__atomic_load_n(&ladder->spin_max_ns, __ATOMIC_RELAXED));

	switch (policy) {
	case OC_WAIT_BUSY:
		return (struct rungs){ .spin = ever };
	case OC_WAIT_MONITOR:
		return (struct rungs){ .spin = moment, .monitor = ever };
	case OC_WAIT_YIELD:
		return (struct rungs){ .spin = moment, .yield = ever };
	case OC_WAIT_SLEEP:
		return (struct rungs){ .spin = moment };
	default:
		return (struct rungs){
			.spin = can_monitor(ladder) && spin > moment ? moment : spin,
			.monitor = can_monitor(ladder) ? spin : 0,
			.yield = 2 * spin,
		};
	}
}

static uint64_t waited_ns(struct oc_ladder *ladder)
{
	ladder->until_ns = now_ns();
	if (!ladder->waiting) {
		ladder->waiting = true;
		ladder->from_ns = ladder->until_ns;
	}
	return ladder->until_ns - ladder->from_ns;
}

/*
 * What is copied here is compared with the line at the next step, when the caller has
 * looked in between: so the wait is for changes that it cannot have seen.
 */
static void monitor(struct oc_ladder *ladder, uint64_t ns)
{
	if (ladder->looked)
		oc_monitor_wait(oc_monitor_have(), ladder->line, ladder->seen,
				ns < MONITOR_MAX_NS ? (uint32_t)ns : MONITOR_MAX_NS);
	oc_monitor_look(ladder->line, ladder->seen);
	ladder->looked = true;
}

static void yield(struct oc_ladder *ladder)
{
	sched_yield();
	if (now_ns() - ladder->until_ns > CROWDED_NS)
		ladder->crowded = true;
}

/* Half of what has passed: what comes late is late by half of its wait, or little. */
static uint32_t block(struct oc_ladder *ladder, uint64_t waited)
{
	uint64_t ns = waited / 2;

	if (ns < OC_LADDER_BLOCK_MIN_NS)
		ns = OC_LADDER_BLOCK_MIN_NS;
	if (ns > OC_LADDER_BLOCK_MAX_NS)
		ns = OC_LADDER_BLOCK_MAX_NS;
	ladder->until_ns += ns / 2;
	return (uint32_t)ns;
}

uint32_t oc_ladder_step(struct oc_ladder *ladder)
{
	enum oc_wait policy = oc_ladder_in_force(ladder);
	struct rungs rungs;
	uint64_t waited;

	if (policy == OC_WAIT_BUSY || ladder->spins) {
		if (ladder->spins)
			ladder->spins--;
		relax();
		return 0;
	}
	rungs = rungs_of(ladder, policy);
	waited = waited_ns(ladder);
	if (waited < rungs.spin)
		ladder->spins = SPINS_PER_CLOCK;
	else if (waited < rungs.monitor)
		monitor(ladder, rungs.monitor - waited);
	else if (waited < rungs.yield)
		yield(ladder);
	else
		return block(ladder, waited);
	return 0;
}

void oc_ladder_woken(struct oc_ladder *ladder)
{
	ladder->until_ns = now_ns();
}

/*
 * Spinning pays where waits end before a thread could have slept and come back. Twice as
 * long as such a wait took, so that the next one may take a little longer; and less, by
 * a quarter each time, where it was in vain or others could have used the core.
 */
static void learn(struct oc_ladder *ladder, uint64_t waited)
{
	uint32_t most = __atomic_load_n(&ladder->spin_max_ns, __ATOMIC_RELAXED);
	uint32_t least = smaller(OC_LADDER_MOMENT_NS, most);
	uint32_t spin = smaller(ladder->spin_ns, most);

	if (ladder->crowded || waited > most)
		spin -= spin > least ? (spin - least + 3) / 4 : 0;
	else if (spin < 2 * waited)
		spin = smaller(2 * (uint32_t)waited, most);
	ladder->spin_ns = spin;
}

void oc_ladder_reset(struct oc_ladder *ladder)
{
	if (ladder->waiting)
		learn(ladder, ladder->until_ns - ladder->from_ns);
	ladder->waiting = false;
	ladder->crowded = false;
	ladder->looked = false;
	ladder->spins = SPINS_PER_CLOCK;
}

enum oc_wait oc_wait_eager(enum oc_wait a, enum oc_wait b)
{
	static const int order[OC_WAIT_POLICIES] = {
		[OC_WAIT_BUSY] = 0,
		[OC_WAIT_MONITOR] = 1,
		[OC_WAIT_YIELD] = 2,
		[OC_WAIT_ADAPTIVE] = 3,
		[OC_WAIT_SLEEP] = 4,
	};

	return order[a] <= order[b] ? a : b;
}

const char *oc_wait_monitor(void)
{
	static const char *const names[] = {
		[OC_MONITOR_UMWAIT] = "umwait",
		[OC_MONITOR_MWAITX] = "mwaitx",
		[OC_MONITOR_WFE] = "wfe",
	};

	return names[oc_monitor_have()];
}
