// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_cortex_m_hooks.c: what the application hangs into the bare-metal port
 */
#include "../unit/unit.h"
#include "../../lib/ports/cortex-m/port_cortex_m.h"

static volatile uint32_t registers[0x10000 / 4];
static volatile uint32_t ticks;

/* SysTick, of 16 cycles, a cycle a look. */
static uint32_t look(const struct oc_port_cortex_m *board, uint32_t word)
{
	volatile uint32_t *cvr = &registers[0xe018 / 4];

	*cvr = *cvr ? *cvr - 1 : 15;
	ticks += !*cvr;
	return board->registers[word];
}

static int init(struct oc_port_cortex_m *board)
{
	registers[0xe010 / 4] = 7;
	registers[0xe014 / 4] = 15;
	board->hz = 1000000;
	board->ticks = &ticks;
	board->registers = registers;
	board->look = look;
	return oc_port_cortex_m_init(board);
}

struct calls {
	uint32_t turn, us;
	int turns, rings, answer, locked;
};

static int each_turn(void *ctx, uint32_t turn)
{
	struct calls *calls = ctx;

	calls->turn = turn;
	calls->turns++;
	return calls->answer;
}

static int sleep_us(void *ctx, uint32_t us)
{
	struct calls *calls = ctx;

	calls->us = us;
	return calls->answer;
}

static void ring(void *ctx)
{
	((struct calls *)ctx)->rings++;
}

static void lock(void *mutex)
{
	((struct calls *)mutex)->locked++;
}

static void unlock(void *mutex)
{
	((struct calls *)mutex)->locked--;
}

static void test_each_turn(void **state)
{
	struct calls calls = { .turns = 0 };
	struct oc_port_cortex_m board = { .wfe = true, .each_turn = each_turn, .ctx = &calls };

	(void)state;
	assert_status(init(&board), OC_OK);
	assert_int_equal(board.port.pause(board.port.ctx, UINT32_MAX), 0);
	assert_int_equal(calls.turn, UINT32_MAX);
	calls.answer = 5;
	assert_int_equal(board.port.pause(board.port.ctx, 0), 5);
	assert_int_equal(calls.turn, 0);
	assert_int_equal(calls.turns, 2);
}

static void test_ring(void **state)
{
	struct calls calls = { .rings = 0 };
	struct oc_port_cortex_m board = { .ring = ring, .ctx = &calls };

	(void)state;
	assert_status(init(&board), OC_OK);
	board.port.ring(board.port.ctx);
	assert_int_equal(calls.rings, 1);
}

static void test_sleep(void **state)
{
	struct calls calls = { .us = 0 };
	struct oc_port_cortex_m board = { .sleep = sleep_us, .ctx = &calls };

	(void)state;
	assert_status(init(&board), OC_OK);
	assert_int_equal(board.port.sleep(board.port.ctx, 8000), 0);
	assert_int_equal(calls.us, 8000);
	calls.answer = 5;
	assert_int_equal(board.port.sleep(board.port.ctx, 1), 5);
}

static void test_mutex(void **state)
{
	struct calls mutex = { .locked = 0 }, calls;
	struct oc_port_cortex_m board = {
		.lock = lock, .unlock = unlock, .mutex = &mutex, .ctx = &calls,
	};

	(void)state;
	assert_status(init(&board), OC_OK);
	board.port.lock(board.port.mutex);
	assert_int_equal(mutex.locked, 1);
	board.port.unlock(board.port.mutex);
	assert_int_equal(mutex.locked, 0);
}

/* Bare metal has nobody to ring, to let run, or to take turns with. */
static void test_none(void **state)
{
	struct oc_port_cortex_m board = { .ctx = NULL };

	(void)state;
	assert_status(init(&board), OC_OK);
	assert_int_equal(board.port.pause(board.port.ctx, 0), 0);
	assert_null(board.port.sleep);
	assert_null(board.port.ring);
	assert_null(board.port.lock);
	assert_null(board.port.unlock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_turn),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_mutex),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests_name("port_cortex_m_hooks", tests, NULL, NULL);
}
