// SPDX-License-Identifier: GPL-2.0-only
/* test_freertos.c: the FreeRTOS port over calls that the test answers */
#include "../unit/unit.h"
#include "../../lib/ports/freertos/port_freertos.h"

struct fake_mutex {
	int held;
};

static TickType_t tick;
static uint32_t delays, ticks_slept;

TickType_t xTaskGetTickCount(void)
{
	return tick;
}

void vTaskDelay(TickType_t ticks)
{
	delays++;
	ticks_slept += ticks;
}

BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t ticks)
{
	assert_int_equal(ticks, portMAX_DELAY);
	mutex->held++;
	return pdTRUE;
}

BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex)
{
	assert_true(mutex->held > 0);
	mutex->held--;
	return pdTRUE;
}

static uint32_t now(struct oc_port_freertos *link)
{
	return link->port.now_us(link->port.ctx);
}

/* 1024 Hz is no whole number of microseconds, and 16 bits wrap once a minute. */
static void test_time(void **state)
{
	struct oc_port_freertos link = { .spin_turns = 0 };
	uint64_t ticks = 0;

	(void)state;
	tick = 65000;
	oc_port_freertos_init(&link);
	assert_int_equal(now(&link), 0);
	for (uint32_t step = 0; step < 1000000; step++) {
		ticks += step % 7;
		tick = (TickType_t)(65000 + ticks);
		assert_int_equal(now(&link), (uint32_t)(ticks * 1000000 / 1024));
	}
	tick--;		/* all but round */
	assert_int_equal(now(&link), (uint32_t)((ticks + 65535) * 1000000 / 1024));
}

static void test_pause(void **state)
{
	struct oc_port_freertos link = { .spin_turns = 3 };
	static const uint32_t wanted[] = { 0, 0, 0, 1, 2, 3 };

	(void)state;
	delays = 0;
	ticks_slept = 0;
	oc_port_freertos_init(&link);
	for (uint32_t turn = 0; turn < 6; turn++) {
		assert_int_equal(link.port.pause(link.port.ctx, turn), 0);
		assert_int_equal(delays, wanted[turn]);
	}
	assert_int_equal(link.port.pause(link.port.ctx, UINT32_MAX), 0);
	assert_int_equal(ticks_slept, 4);
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
	struct oc_port_freertos link = { .each_turn = each_turn, .ring = ring, .ctx = &calls };
	struct oc_port_freertos none = { .each_turn = NULL };

	(void)state;
	delays = 0;
	oc_port_freertos_init(&link);
	oc_port_freertos_init(&none);
	assert_int_equal(link.port.pause(link.port.ctx, 9), 7);
	assert_int_equal(calls.turn, 9);
	assert_int_equal(delays, 0);
	link.port.ring(link.port.ctx);
	assert_int_equal(calls.rings, 1);
	assert_null(none.port.ring);
}

static void test_mutex(void **state)
{
	struct fake_mutex mutex = { .held = 0 };
	struct oc_port_freertos link = { .mutex = &mutex };
	struct oc_port_freertos none = { .mutex = NULL };

	(void)state;
	oc_port_freertos_init(&link);
	oc_port_freertos_init(&none);
	link.port.lock(link.port.mutex);
	assert_int_equal(mutex.held, 1);
	link.port.unlock(link.port.mutex);
	assert_int_equal(mutex.held, 0);
	assert_null(none.port.lock);
	assert_null(none.port.unlock);
}

/* At 1024 Hz; a tick more, for the one that runs is over at any moment. */
static void test_sleep(void **state)
{
	static const struct {
		uint32_t us, ticks;
	} sleeps[] = {
		{ 0, 1 }, { 1, 2 }, { 125, 2 }, { 976, 2 }, { 977, 3 }, { 8000, 10 },
		{ 63998046, 65534 }, { 64000000, 65534 }, { UINT32_MAX, 65534 },
	};
	struct oc_port_freertos link = { .spin_turns = 1000 };

	(void)state;
	oc_port_freertos_init(&link);
	for (size_t i = 0; i < sizeof(sleeps) / sizeof(sleeps[0]); i++) {
		ticks_slept = 0;
		assert_int_equal(link.port.sleep(link.port.ctx, sleeps[i].us), 0);
		assert_int_equal(ticks_slept, sleeps[i].ticks);
	}
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

	return cmocka_run_group_tests_name("port_freertos", tests, NULL, NULL);
}
