// SPDX-License-Identifier: MIT
/*
 * port_linux.c: time and waiting for a process under Linux
 *
 * A peer that answers at all mostly does so within microseconds, so every policy
 * spins first. What comes after differs: `busy` keeps on spinning; `yield` lets
 * others run between looks; `sleep` yields for a while, then sleeps longer and
 * longer, and so costs an idle process some ten microseconds a millisecond.
 */
#include <sched.h>
#include <stddef.h>
#include <time.h>

#include <oc/region.h>

#define SPIN_TURNS	200		/* about 10 us */
#define YIELD_TURNS	50		/* about 25 us with nobody to yield to */
#define SLEEP_MIN_US	50
#define SLEEP_MAX_US	1000

static uint32_t now_us(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)((uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u);
}

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

static int pause_busy(void *ctx, uint32_t turn)
{
	(void)ctx;
	(void)turn;
	relax();
	return 0;
}

static int pause_yield(void *ctx, uint32_t turn)
{
	(void)ctx;
	if (turn < SPIN_TURNS)
		relax();
	else
		sched_yield();
	return 0;
}

/* clock_nanosleep() returns its error; nanosleep() would change the caller's errno. */
static void sleep_us(long us)
{
	const struct timespec time = { .tv_nsec = us * 1000 };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static int pause_sleep(void *ctx, uint32_t turn)
{
	long us = SLEEP_MIN_US;

	if (turn < SPIN_TURNS + YIELD_TURNS)
		return pause_yield(ctx, turn);
	for (turn -= SPIN_TURNS + YIELD_TURNS; turn && us < SLEEP_MAX_US; turn--)
		us *= 2;
	sleep_us(us < SLEEP_MAX_US ? us : SLEEP_MAX_US);
	return 0;
}

static int sleep_turn(void *ctx, uint32_t us)
{
	const struct timespec time = {
		.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000,
	};

	(void)ctx;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	return 0;
}

static uint32_t random_bits(void *ctx)
{
	uint32_t words[4];

	(void)ctx;
	oc_uuid_generate(words);
	return words[0];
}

void oc_port_linux(struct oc_port *port, enum oc_wait wait)
{
	static int (*const pauses[])(void *ctx, uint32_t turn) = {
		[OC_WAIT_SLEEP] = pause_sleep,
		[OC_WAIT_BUSY] = pause_busy,
		[OC_WAIT_YIELD] = pause_yield,
	};

	*port = (struct oc_port){
		.now_us = now_us,
		.pause = pauses[wait],
		.sleep = sleep_turn,
		.random = random_bits,
	};
}
