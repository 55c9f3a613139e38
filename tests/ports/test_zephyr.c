// SPDX-License-Identifier: GPL-2.0-only
/* test_zephyr.c: the Zephyr port over calls that the test answers */
#include "../unit/unit.h"
#include "../../lib/ports/zephyr/port_zephyr.h"

#define HZ	10000

static int64_t tick;
static uint32_t sleeps, nops;
static int64_t slept_us;

int64_t k_uptime_ticks(void)
{
	return tick;
}

uint64_t k_ticks_to_us_floor64(uint64_t ticks)
{
	return ticks * 1000000 / HZ;
}

int32_t k_sleep(k_timeout_t timeout)
{
	assert_int_equal(timeout.ticks, timeout.us ? 0 : 1);
	slept_us = timeout.us;
	sleeps++;
	return 0;
}

void arch_nop(void)
{
	nops++;
}

int k_mutex_init(struct k_mutex *mutex)
{
	*mutex = (struct k_mutex){ .initialised = 1 };
	return 0;
}

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
	assert_int_equal(mutex->initialised, 1);
	assert_int_equal(timeout.ticks, -1);
	mutex->held++;
	return 0;
}

int k_mutex_unlock(struct k_mutex *mutex)
{
	assert_true(mutex->held > 0);
	mutex->held--;
	return 0;
}

static void test_time(void **state)
{
	struct oc_port_zephyr link = { .spin_turns = 0 };
	uint32_t before;

	(void)state;
	oc_port_zephyr_init(&link);
	tick = 42949672;	/* 96 us below 2^32 */
	before = link.port.now_us(link.port.ctx);
	assert_int_equal(before, 4294967200u);
	tick += 10000;
	assert_int_equal(link.port.now_us(link.port.ctx) - before, 1000000);
	assert_int_equal(link.port.now_us(link.port.ctx), 999904);
}

static void test_pause(void **state)
{
	struct oc_port_zephyr link = { .spin_turns = 2 };

	(void)state;
	sleeps = 0;
	nops = 0;
	oc_port_zephyr_init(&link);
	for (uint32_t turn = 0; turn < 5; turn++)
		assert_int_equal(link.port.pause(link.port.ctx, turn), 0);
	assert_int_equal(nops, 2);
	assert_int_equal(sleeps, 3);
	assert_int_equal(link.port.pause(link.port.ctx, UINT32_MAX), 0);
	assert_int_equal(sleeps, 4);
}

struct calls {
	uint32_t turn;
	int rings, answer;
};

static int each_turn(void *ctx, uint32_t turn)
{
	struct calls *calls = ctx;

	calls->turn = turn;
	return calls->answer;
}

static void ring(void *ctx)
{
	((struct calls *)ctx)->rings++;
}

static void test_hooks(void **state)
{
	struct calls calls = { .answer = 7 };
	struct oc_port_zephyr link = { .each_turn = each_turn, .ring = ring, .ctx = &calls };
	struct oc_port_zephyr none = { .each_turn = NULL };

	(void)state;
	sleeps = 0;
	oc_port_zephyr_init(&link);
	oc_port_zephyr_init(&none);
	assert_int_equal(link.port.pause(link.port.ctx, 9), 7);
	assert_int_equal(calls.turn, 9);
	assert_int_equal(sleeps, 0);
	link.port.ring(link.port.ctx);
	assert_int_equal(calls.rings, 1);
	assert_null(none.port.ring);
}

static void test_mutex(void **state)
{
	struct oc_port_zephyr link = { .spin_turns = 0 };

	(void)state;
	oc_port_zephyr_init(&link);
	assert_ptr_equal(link.port.mutex, &link.mutex);
	link.port.lock(link.port.mutex);
	link.port.lock(link.port.mutex);
	assert_int_equal(link.mutex.held, 2);
	link.port.unlock(link.port.mutex);
	link.port.unlock(link.port.mutex);
	assert_int_equal(link.mutex.held, 0);
}

static void test_sleep(void **state)
{
	struct oc_port_zephyr link = { .spin_turns = 1000 };

	(void)state;
	oc_port_zephyr_init(&link);
	assert_int_equal(link.port.sleep(link.port.ctx, 125), 0);
	assert_int_equal(slept_us, 125);
	assert_int_equal(link.port.sleep(link.port.ctx, UINT32_MAX), 0);
	assert_true(slept_us == UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_mutex),
		cmocka_unit_test(test_sleep),
	};

	return cmocka_run_group_tests_name("port_zephyr", tests, NULL, NULL);
}
