// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_cortex_m.c: the bare-metal port's time, over registers in ordinary memory.
 * While a port initialises, time passes there; afterwards the test sets what the
 * counters show.
 */
#include "../unit/unit.h"
#include "../../lib/ports/cortex-m/port_cortex_m.h"

#define MHZ	1000000u

static volatile uint32_t registers[0x10000 / 4];
static volatile uint32_t ticks;

static volatile uint32_t *const dwt_ctrl = &registers[0x1000 / 4];
static volatile uint32_t *const cyccnt = &registers[0x1004 / 4];
static volatile uint32_t *const csr = &registers[0xe010 / 4];
static volatile uint32_t *const rvr = &registers[0xe014 / 4];
static volatile uint32_t *const cvr = &registers[0xe018 / 4];
static volatile uint32_t *const icsr = &registers[0xed04 / 4];
static volatile uint32_t *const demcr = &registers[0xedfc / 4];

enum hardware { STILL, RUNS, RUNS_MASKED, RUNS_WITHOUT_INTERRUPT };
static enum hardware hardware;
static uint32_t cycles;

/* Down to 0, where a tick is counted, or due, and on from the reload value. */
static void step(void)
{
	cycles++;
	*cyccnt += 1;
	*cvr = *cvr ? *cvr - 1 : *rvr;
	if (!*cvr && hardware == RUNS)
		ticks++;
	if (!*cvr && hardware == RUNS_MASKED)
		*icsr = 1u << 26;
}

/* A cycle passes with every look. */
static uint32_t look(const struct oc_port_cortex_m *board, uint32_t word)
{
	if (hardware != STILL)
		step();
	return board->registers[word];
}

static int init(struct oc_port_cortex_m *board, enum hardware which)
{
	int status;

	board->registers = registers;
	board->look = look;
	hardware = which;
	status = oc_port_cortex_m_init(board);
	hardware = STILL;
	return status;
}

static int reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		registers[i] = 0;
	ticks = 0;
	hardware = STILL;
	*csr = 7;
	*rvr = 999;
	return 0;
}

static uint32_t now(struct oc_port_cortex_m *board)
{
	return board->port.now_us(board->port.ctx);
}

/* A cycle counter that shows @count now. */
static struct oc_port_cortex_m dwt(uint32_t hz, uint32_t count)
{
	struct oc_port_cortex_m board = { .clock = OC_CORTEX_M_DWT, .hz = hz };

	assert_status(init(&board, RUNS), OC_OK);
	board.last = count;
	*cyccnt = count;
	return board;
}

/* The caller's copy is another one than was initialised. */
static void use(struct oc_port_cortex_m *board)
{
	board->port.ctx = board;
}

static void test_dwt_is_switched_on(void **state)
{
	struct oc_port_cortex_m board = { .clock = OC_CORTEX_M_DWT, .hz = MHZ };

	(void)state;
	*demcr = 1;
	*dwt_ctrl = 0x40000000;
	assert_status(init(&board, RUNS), OC_OK);
	assert_int_equal(*demcr, 0x01000001);
	assert_int_equal(*dwt_ctrl, 0x40000001);
	assert_ptr_equal(board.port.ctx, &board);
	assert_null(board.port.ring);
	assert_null(board.port.random);
}

static void test_dwt_wraps(void **state)
{
	struct oc_port_cortex_m board = dwt(168 * MHZ, 0xffffffff - 1680 + 1);

	(void)state;
	use(&board);
	assert_int_equal(now(&board), 0);
	*cyccnt = 0;
	assert_int_equal(now(&board), 10);
	*cyccnt = 168 * 7;
	assert_int_equal(now(&board), 17);
	assert_int_equal(now(&board), 17);
}

/* All but one of the 2^32 cycles may pass between two looks. */
static void test_dwt_longest_interval(void **state)
{
	struct oc_port_cortex_m board = dwt(480 * MHZ, 5);

	(void)state;
	use(&board);
	*cyccnt = 4;
	assert_int_equal(now(&board), 0xffffffffu / 480);
}

/* What is less than a microsecond adds up; nothing drifts, whatever the clock. */
static void test_no_clock_drifts(void **state)
{
	static const uint32_t clocks[] = { 32768, 999999, MHZ, 8333333, 25 * MHZ, 168 * MHZ,
					   0xffffffff };

	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		struct oc_port_cortex_m board = dwt(clocks[i], 0xfffffff0);
		uint64_t all = 0;

		use(&board);
		for (uint32_t reads = 1; reads < 20000; reads++) {
			all += reads % 977;
			*cyccnt = 0xfffffff0 + (uint32_t)all;
			assert_int_equal(now(&board), (uint32_t)(all * MHZ / clocks[i]));
		}
	}
}

/* A slow clock's microseconds wrap before its cycles do. */
static void test_microseconds_wrap(void **state)
{
	struct oc_port_cortex_m board = dwt(32768, 0);
	uint32_t before;

	(void)state;
	use(&board);
	*cyccnt = 32768 * 4294;
	before = now(&board);
	assert_int_equal(before, 4294000000u);
	*cyccnt += 32768;
	assert_int_equal(now(&board) - before, MHZ);
	assert_true(now(&board) < before);
}

static struct oc_port_cortex_m systick(bool counted)
{
	struct oc_port_cortex_m board = { .hz = MHZ, .ticks = counted ? &ticks : NULL };

	assert_status(init(&board, RUNS), OC_OK);
	assert_int_equal(board.period, 1000);
	board.last = 0;
	ticks = 0;
	*cvr = 0;
	return board;
}

/* 0 is the first cycle of a period, the reload value the second, 1 the last. */
static void test_systick_within_a_period(void **state)
{
	struct oc_port_cortex_m board = systick(true);

	(void)state;
	use(&board);
	assert_int_equal(now(&board), 0);
	*cvr = 999;
	assert_int_equal(now(&board), 1);
	*cvr = 1;
	assert_int_equal(now(&board), 999);
	ticks = 1;
	*cvr = 0;
	assert_int_equal(now(&board), 1000);
	ticks = 7;
	*cvr = 500;
	assert_int_equal(now(&board), 7500);
}

static void test_systick_cycles_wrap(void **state)
{
	struct oc_port_cortex_m board = systick(true);
	uint32_t before;

	(void)state;
	use(&board);
	ticks = 4294966;		/* times 1000: 1296 below 2^32 */
	before = now(&board);
	ticks++;
	assert_int_equal(now(&board) - before, 1000);
	ticks++;
	assert_int_equal(now(&board) - before, 2000);
	ticks += 4294966;		/* as long as a look may take */
	assert_int_equal(now(&board) - before, 2000 + 4294966000u);
}

/* So that the counter of ticks itself wraps, without a step. */
static void test_systick_ticks_wrap(void **state)
{
	struct oc_port_cortex_m board = systick(true);
	uint32_t before;

	(void)state;
	use(&board);
	ticks = 0xffffffff;
	board.last = ticks * 1000u;
	before = now(&board);
	ticks = 0;
	*cvr = 990;
	assert_int_equal(now(&board) - before, 1010);
}

/* Interrupts are masked: the period has ended, and nobody has counted it. */
static void test_systick_pending(void **state)
{
	struct oc_port_cortex_m board = systick(true);

	(void)state;
	use(&board);
	ticks = 3;
	*cvr = 990;
	*icsr = 1u << 26;
	assert_int_equal(now(&board), 4010);
	*icsr = 0;
	ticks = 4;
	assert_int_equal(now(&board), 4010);
}

/* A tick that is counted late: time stands meanwhile, and is right again after. */
static void test_systick_late_tick(void **state)
{
	struct oc_port_cortex_m board = systick(true);

	(void)state;
	use(&board);
	*cvr = 1;
	assert_int_equal(now(&board), 999);
	*cvr = 0;
	assert_int_equal(now(&board), 999);
	*cvr = 900;
	assert_int_equal(now(&board), 999);
	ticks = 1;
	assert_int_equal(now(&board), 1100);
}

/* An odd period and two looks a reading: its end comes before each of them. */
static void read_while_it_runs(enum hardware which)
{
	struct oc_port_cortex_m board = systick(true);

	use(&board);
	*rvr = 998;
	board.period = 999;
	cycles = 0;
	hardware = which;
	for (int i = 0; i < 100000; i++) {
		uint32_t before = cycles, us = now(&board);

		assert_in_range(us, before, cycles);
		if (*icsr)
			ticks++;	/* the interrupt is taken at last */
		*icsr = 0;
	}
	assert_true(ticks > 100);
}

static void test_systick_running(void **state)
{
	(void)state;
	read_while_it_runs(RUNS);
}

static void test_systick_running_masked(void **state)
{
	(void)state;
	read_while_it_runs(RUNS_MASKED);
}

static void test_systick_alone(void **state)
{
	struct oc_port_cortex_m board = systick(false);

	(void)state;
	use(&board);
	*cvr = 1;
	assert_int_equal(now(&board), 999);
	*cvr = 2;			/* round, but for one cycle */
	assert_int_equal(now(&board), 1998);
	*cvr = 0;
	assert_int_equal(now(&board), 2000);
}

static void test_refused(void **state)
{
	struct oc_port_cortex_m no_hz = { .hz = 0 };
	struct oc_port_cortex_m off = { .hz = MHZ };
	struct oc_port_cortex_m no_interrupt = { .hz = MHZ, .ticks = &ticks };
	struct oc_port_cortex_m wfe_alone = { .hz = MHZ, .wfe = true };
	struct oc_port_cortex_m wfe_dwt = { .clock = OC_CORTEX_M_DWT, .hz = MHZ, .wfe = true };
	struct oc_port_cortex_m no_counter = { .clock = OC_CORTEX_M_DWT, .hz = MHZ };

	(void)state;
	assert_status(init(&no_hz, RUNS), OC_EINVAL);
	assert_status(init(&wfe_alone, RUNS), OC_EINVAL);
	assert_status(init(&wfe_dwt, RUNS), OC_EINVAL);
	*csr = 5;
	assert_status(init(&no_interrupt, RUNS), OC_EINVAL);
	*csr = 6;
	assert_status(init(&off, RUNS), OC_EINVAL);
	*dwt_ctrl = 1u << 25;
	assert_status(init(&no_counter, RUNS), OC_EINVAL);
	assert_null(no_counter.port.now_us);
}

static void test_standing_still(void **state)
{
	struct oc_port_cortex_m alone = { .hz = MHZ };
	struct oc_port_cortex_m counted = { .hz = MHZ, .ticks = &ticks };
	struct oc_port_cortex_m stands = { .clock = OC_CORTEX_M_DWT, .hz = MHZ };

	(void)state;
	assert_status(init(&alone, STILL), OC_ETIMEOUT);
	assert_status(init(&counted, STILL), OC_ETIMEOUT);
	assert_status(init(&stands, STILL), OC_ETIMEOUT);
	assert_status(init(&counted, RUNS_WITHOUT_INTERRUPT), OC_ETIMEOUT);
	assert_null(counted.port.now_us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_dwt_is_switched_on, reset),
		cmocka_unit_test_setup(test_dwt_wraps, reset),
		cmocka_unit_test_setup(test_dwt_longest_interval, reset),
		cmocka_unit_test_setup(test_no_clock_drifts, reset),
		cmocka_unit_test_setup(test_microseconds_wrap, reset),
		cmocka_unit_test_setup(test_systick_within_a_period, reset),
		cmocka_unit_test_setup(test_systick_cycles_wrap, reset),
		cmocka_unit_test_setup(test_systick_ticks_wrap, reset),
		cmocka_unit_test_setup(test_systick_pending, reset),
		cmocka_unit_test_setup(test_systick_late_tick, reset),
		cmocka_unit_test_setup(test_systick_running, reset),
		cmocka_unit_test_setup(test_systick_running_masked, reset),
		cmocka_unit_test_setup(test_systick_alone, reset),
		cmocka_unit_test_setup(test_refused, reset),
		cmocka_unit_test_setup(test_standing_still, reset),
	};

	return cmocka_run_group_tests_name("port_cortex_m", tests, NULL, NULL);
}
