/* SPDX-License-Identifier: MIT */
/*
 * oc/ladder.h: under Linux, how to spend the time until something happens
 *
 * Whoever polls shared memory has nothing to block on. A ladder says what to do after
 * each look that found nothing: at first what reacts fast and costs much, then what
 * costs less. It never blocks itself: it says for how long the caller may.
 *
 *	struct oc_ladder ladder;
 *
 *	oc_ladder_init(&ladder, OC_WAIT_ADAPTIVE, region.line);
 *	for (;;) {
 *		if (look()) {
 *			oc_ladder_reset(&ladder);
 *			continue;
 *		}
 *		ns = oc_ladder_step(&ladder);
 *		if (ns)
 *			(block for ns: clock_nanosleep(), ppoll(), ...)
 *	}
 *
 * Rungs, from the bottom:
 *
 *	spin	the processor's hint for such loops. Reacts in nanoseconds; takes a core.
 *	monitor	the processor rests until a line of memory changes. Reacts nearly as
 *		fast, for less power; the core is not free for others.
 *	yield	sched_yield(). Others of the same priority run first, lower ones never do.
 *	block	the caller sleeps: half as long as nothing has happened, within
 *		OC_LADDER_BLOCK_MIN_NS and _MAX_NS. The core is free.
 *
 * A ladder belongs to one thread, which is meant wherever nothing else is said.
 */
#ifndef OC_LADDER_H
#define OC_LADDER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum oc_wait - policies: the rungs that a wait goes through
 * @OC_WAIT_ADAPTIVE: all of them. Spins (and monitors) for as long as waits took of
 *	late, yields for as long again, blocks. Waits that were too long for spinning,
 *	and others who want the core, make it go up fast.
 * @OC_WAIT_BUSY: spin, for ever
 * @OC_WAIT_MONITOR: spin for a moment, then monitor, for ever; as OC_WAIT_YIELD where
 *	the processor cannot, or there is no line
 * @OC_WAIT_YIELD: spin for a moment, then yield, for ever
 * @OC_WAIT_SLEEP: spin for a moment, then block
 *
 * The first one is what zeroed memory means.
 */
enum oc_wait {
	OC_WAIT_ADAPTIVE = 0,
	OC_WAIT_BUSY,
	OC_WAIT_MONITOR,
	OC_WAIT_YIELD,
	OC_WAIT_SLEEP,
	OC_WAIT_POLICIES	/* how many there are */
};

/* Their names, by number, then NULL: "adaptive", "busy", ... */
extern const char *const oc_wait_names[OC_WAIT_POLICIES + 1];

#define OC_LADDER_MOMENT_NS	5000u		/* what every policy spins */
#define OC_LADDER_SPIN_MAX_NS	50000u		/* what adaptive spins at most */
#define OC_LADDER_SPIN_LIMIT_NS	100000000u	/* the most that can be set instead */
#define OC_LADDER_BLOCK_MIN_NS	50000u
/* With the kernel's timer slack of 50 us a wait still ends within a millisecond. */
#define OC_LADDER_BLOCK_MAX_NS	900000u

/**
 * struct oc_ladder - every field is private
 * @policy:      any thread may change it
 * @spin_max_ns: likewise
 * @spin_ns:     learned: how long adaptive spins, OC_LADDER_MOMENT_NS to @spin_max_ns
 * @spins:       that are left until the clock is read
 * @waiting:     the clock has been read in this wait
 * @crowded:     others wanted the core during this wait
 * @from_ns:     when it was first read, on CLOCK_MONOTONIC
 * @until_ns:    when it was last read; of time in which the caller blocks, the middle
 * @line:        to be monitored, or NULL
 * @seen:        what it held before the caller's last look; valid if @looked
 */
struct oc_ladder {
	uint32_t policy;
	uint32_t spin_max_ns;
	uint32_t spin_ns;
	uint32_t spins;
	bool waiting;
	bool crowded;
	bool looked;
	uint64_t from_ns;
	uint64_t until_ns;
	const void *line;
	uint64_t seen[2];
};

/*
 * @line: the 64 bytes, aligned, whose change ends the wait: a channel's header. Only
 * of write-back memory, which oc_region_open() tells by region.line; NULL: none.
 */
void oc_ladder_init(struct oc_ladder *ladder, enum oc_wait policy, const void *line);

/* Another line; NULL: there are several, or what is waited for is not in memory at all. */
void oc_ladder_watch(struct oc_ladder *ladder, const void *line);

/*
 * Another policy. Any thread, at any time; it counts from the next step on, and no
 * step takes longer than OC_LADDER_BLOCK_MAX_NS. No wait is cut short.
 */
void oc_ladder_set(struct oc_ladder *ladder, enum oc_wait policy);

/* The most that adaptive spins, 0 to OC_LADDER_SPIN_LIMIT_NS; as oc_ladder_set(). */
void oc_ladder_set_spin_max(struct oc_ladder *ladder, uint32_t ns);

/* What the policy comes to: monitor is yield without a line or such a processor. Any thread. */
enum oc_wait oc_ladder_in_force(const struct oc_ladder *ladder);

/*
 * One turn, after a look that found nothing: spins, monitors (for 250 us at most) or
 * yields, and returns 0: look again; or returns for how many nanoseconds the caller may
 * block before it looks again, OC_LADDER_BLOCK_MIN_NS to OC_LADDER_BLOCK_MAX_NS.
 */
uint32_t oc_ladder_step(struct oc_ladder *ladder);

/*
 * The caller has blocked on something that ends when what is waited for happens, so maybe
 * for less or much longer than it was told: the clock says for how long.
 */
void oc_ladder_woken(struct oc_ladder *ladder);

/* Something happened: the wait is over, the next one begins at the bottom. */
void oc_ladder_reset(struct oc_ladder *ladder);

/*
 * The policy that reacts fastest, for who serves several: busy before monitor before
 * yield before adaptive before sleep.
 */
enum oc_wait oc_wait_eager(enum oc_wait a, enum oc_wait b);

/* How this processor monitors: "umwait", "mwaitx", "wfe", or NULL if it cannot. */
const char *oc_wait_monitor(void);

#endif /* OC_LADDER_H */
