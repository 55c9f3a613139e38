// SPDX-License-Identifier: GPL-2.0-only
/* stress.c: cases, jitter, and sleepers with a watchdog */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "stress.h"

static uint64_t case_ns = 400000000, watchdog_ns = 10000000000;
static int cases, failures;

void stress_init(int argc, char **argv)
{
	if (argc > 1)
		case_ns = strtoull(argv[1], NULL, 10) * 1000000;
	if (argc > 2)
		watchdog_ns = strtoull(argv[2], NULL, 10) * 1000000;
	setvbuf(stdout, NULL, _IOLBF, 0);
}

uint64_t stress_until(void)
{
	return oc_clock_ns() + case_ns;
}

int64_t stress_watchdog(void)
{
	return (int64_t)watchdog_ns;
}

void stress_case(bool good, const char *what)
{
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++cases, what);
}

int stress_done(void)
{
	printf("1..%d\n", cases);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

void stress_need(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s\n", what);
	exit(EXIT_FAILURE);
}

static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

void stress_jitter(uint32_t *seed)
{
	uint32_t turns = draw(seed) >> (draw(seed) % 16);

	if (turns > 4000)
		sched_yield();
	for (turns %= 1024; turns; turns--)
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void sleeper_init(struct sleeper *sleeper, struct oc_latch *latch, bool by_set)
{
	static uint32_t seeds;

	*sleeper = (struct sleeper){
		.latch = latch, .by_set = by_set,
		.seed = __atomic_add_fetch(&seeds, 77777, __ATOMIC_RELAXED),
	};
	if (!by_set)
		return;
	stress_need(oc_wait_set_init(&sleeper->set, sleeper->sources, 4) == OC_OK, "a wait set");
	stress_need(oc_wait_set_add_latch(&sleeper->set, latch, NULL) >= 0, "a latch in it");
}

void sleeper_close(struct sleeper *sleeper)
{
	if (sleeper->by_set)
		oc_wait_set_close(&sleeper->set);
}

static void wait_in_set(struct sleeper *sleeper)
{
	struct oc_event events[4];

	stress_need(oc_wait_set_wait(&sleeper->set, events, 4, stress_watchdog()) >= 0,
		    "oc_wait_set_wait()");
}

/* A latch may be found set at last even if nobody rang: so what counts is the time. */
void sleeper_wait(struct sleeper *sleeper)
{
	uint64_t from = oc_clock_ns();

	if (sleeper->by_set)
		wait_in_set(sleeper);
	else
		oc_latch_wait(sleeper->latch, stress_watchdog());
	stress_need(oc_clock_ns() - from < watchdog_ns, "a wake-up was lost");
}
