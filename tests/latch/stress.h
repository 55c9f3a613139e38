/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stress.h: what the stress programs share
 *
 * In every game somebody has something to do at any time, so a wake-up that was lost
 * stops it for good, and a watchdog ends it. Nothing is said about how long things take.
 */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/wait_set.h>

/* Milliseconds that each case runs: the first argument, or 400. The watchdog's: 10000. */
void stress_init(int argc, char **argv);
uint64_t stress_until(void);
int64_t stress_watchdog(void);

/* Prints TAP. */
void stress_case(bool good, const char *what);
int stress_done(void);
void stress_need(bool good, const char *what);

/* Spins for a random while, mostly very short; @seed is the thread's own. */
void stress_jitter(uint32_t *seed);

static inline uint32_t stress_load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/* Relaxed: that it is seen in time is what oc_latch_set() is there for. */
static inline void stress_publish(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

/* One who waits, by the latch alone or by a wait set. */
struct sleeper {
	struct oc_latch *latch;
	struct oc_wait_set set;
	struct oc_wait_source sources[4];
	bool by_set;
	uint32_t seed;
};

void sleeper_init(struct sleeper *sleeper, struct oc_latch *latch, bool by_set);
void sleeper_close(struct sleeper *sleeper);

/* Bails out if the watchdog ended it. */
void sleeper_wait(struct sleeper *sleeper);

#endif /* TESTS_STRESS_H */
