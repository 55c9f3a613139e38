// SPDX-License-Identifier: GPL-2.0-only
/* test_port_linux.c: time, waiting and random bits of a Linux process */
#include <errno.h>
#include <sys/resource.h>
#include <time.h>

#include <oc/region.h>

#include "unit.h"

static const enum oc_wait policies[] = { OC_WAIT_SLEEP, OC_WAIT_BUSY, OC_WAIT_YIELD };

static struct oc_port port_of(enum oc_wait wait)
{
	struct oc_port port;

	memset(&port, 0xa5, sizeof(port));
	oc_port_linux(&port, wait);
	return port;
}

static uint64_t clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void there_is_no_doorbell(void **state)
{
	struct oc_port port = port_of(OC_WAIT_SLEEP);

	(void)state;
	assert_null(port.ring);
	assert_non_null(port.now_us);
	assert_non_null(port.pause);
	assert_non_null(port.random);
}

static void time_is_monotonic_microseconds(void **state)
{
	struct oc_port port = port_of(OC_WAIT_SLEEP);
	uint32_t before = (uint32_t)clock_us(CLOCK_MONOTONIC);
	uint32_t now = port.now_us(port.ctx);
	uint32_t after = (uint32_t)clock_us(CLOCK_MONOTONIC);

	(void)state;
	assert_true(now - before <= after - before);
}

/* Far into a wait, whatever the turn: never long, never an abandoned wait. */
static void no_turn_is_long(void **state)
{
	static const uint32_t turns[] = { 0, 1, 199, 200, 249, 250, 251, 255, 1000, UINT32_MAX };

	(void)state;
	for (size_t p = 0; p < sizeof(policies) / sizeof(policies[0]); p++) {
		struct oc_port port = port_of(policies[p]);

		for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
			uint64_t cpu = clock_us(CLOCK_THREAD_CPUTIME_ID);

			errno = EXDEV;
			assert_int_equal(port.pause(port.ctx, turns[i]), 0);
			assert_int_equal(errno, EXDEV);
			assert_true(clock_us(CLOCK_THREAD_CPUTIME_ID) - cpu < 1000);
		}
	}
}

static long voluntary_switches(enum oc_wait wait, uint32_t first, int turns)
{
	struct oc_port port = port_of(wait);
	struct rusage before, after;

	getrusage(RUSAGE_THREAD, &before);
	for (int i = 0; i < turns; i++)
		port.pause(port.ctx, first + (uint32_t)i);
	getrusage(RUSAGE_THREAD, &after);
	return after.ru_nvcsw - before.ru_nvcsw;
}

static void busy_never_sleeps(void **state)
{
	(void)state;
	assert_int_equal(voluntary_switches(OC_WAIT_BUSY, 0, 10000), 0);
}

static void sleep_spins_before_it_sleeps(void **state)
{
	(void)state;
	assert_int_equal(voluntary_switches(OC_WAIT_SLEEP, 0, 200), 0);
	assert_in_range(voluntary_switches(OC_WAIT_SLEEP, 250, 10), 5, 10);
}

/* 50, 100, 200, 400, 800 us, then a millisecond each; timers are never early. */
static void sleeps_double(void **state)
{
	struct oc_port port = port_of(OC_WAIT_SLEEP);
	uint64_t from = clock_us(CLOCK_MONOTONIC);

	(void)state;
	for (uint32_t turn = 250; turn < 258; turn++)
		port.pause(port.ctx, turn);
	assert_true(clock_us(CLOCK_MONOTONIC) - from >= 1550 + 3000);
}

static void random_bits_differ(void **state)
{
	struct oc_port port = port_of(OC_WAIT_SLEEP);
	uint32_t words[2][4] = { { 0 }, { 0 } };

	(void)state;
	assert_true(port.random(port.ctx) != port.random(port.ctx) ||
		    port.random(port.ctx) != port.random(port.ctx));
	oc_uuid_generate(words[0]);
	oc_uuid_generate(words[1]);
	assert_memory_not_equal(words[0], words[1], sizeof(words[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_no_doorbell),
		cmocka_unit_test(time_is_monotonic_microseconds),
		cmocka_unit_test(no_turn_is_long),
		cmocka_unit_test(busy_never_sleeps),
		cmocka_unit_test(sleep_spins_before_it_sleeps),
		cmocka_unit_test(sleeps_double),
		cmocka_unit_test(random_bits_differ),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("port_linux", tests, NULL, NULL);
}
