// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bare-metal port's time by SysTick, beside the board's own counter. Prints TAP.
 *
 * An emulated processor may stand while its clocks go on: then ticks get lost, and
 * time by them is late. It must agree in one of many intervals, and in none be fast by
 * more than a period, which a tick that was counted late may bring.
 */
#include <stdbool.h>
#include <stddef.h>

#include "../../../lib/ports/cortex-m/port_cortex_m.h"
#include "mps2.h"
#include "semihost.h"
#include "tap.h"
#include "tasks.h"

#define READS		20000
#define INTERVAL_US	2500u
#define INTERVALS	2000
#define INTERVALS_LEAST	20
#define PERIOD_US	1000u

static uint32_t now(const struct oc_port_cortex_m *board)
{
	return board->port.now_us(board->port.ctx);
}

static bool never_goes_back(const struct oc_port_cortex_m *board)
{
	uint32_t last = now(board);
	int i;

	for (i = 0; i < READS; i++) {
		const uint32_t next = now(board);

		if (next - last > 0x7fffffff)
			return false;
		last = next;
	}
	return true;
}

enum verdict { LATE, AGREES, FAST };

/* The outer looks at the board's counter are the longer interval of the two. */
static enum verdict compare_once(const struct oc_port_cortex_m *board)
{
	const uint32_t outer = mps2_time_us();
	const uint32_t from = now(board);
	const uint32_t inner = mps2_time_us();
	uint32_t us, least, most;

	while (mps2_time_us() - inner < INTERVAL_US)
		now(board);
	least = mps2_time_us() - inner;
	us = now(board) - from;
	most = mps2_time_us() - outer;
	if (us > most + PERIOD_US)
		return FAST;
	return us + 2 >= least && us <= most + 2 ? AGREES : LATE;
}

static bool agrees(const struct oc_port_cortex_m *board)
{
	bool agreed = false;
	int i;

	for (i = 0; i < INTERVALS && !(agreed && i >= INTERVALS_LEAST); i++) {
		const enum verdict verdict = compare_once(board);

		if (verdict == FAST)
			return false;
		agreed |= verdict == AGREES;
	}
	return agreed;
}

/*
 * Interrupts are masked across the end of a period: a tick is due, none is counted. With
 * the application's count alone, time would not get further than to the end of the
 * period. More than one end, in a processor that was held up, proves nothing.
 */
static bool counts_a_tick_that_is_due(const struct oc_port_cortex_m *board)
{
	uint32_t from, us, start;
	int i;

	for (i = 0; i < INTERVALS; i++) {
		__asm__ volatile("cpsid i" ::: "memory");
		start = mps2_time_us();
		from = now(board);
		while (mps2_time_us() - start < PERIOD_US * 3 / 2)
			;
		us = now(board) - from;
		__asm__ volatile("cpsie i" ::: "memory");
		if (us >= PERIOD_US)
			return true;
	}
	return false;
}

static void check(const char *what, struct oc_port_cortex_m *board)
{
	bool good = oc_port_cortex_m_init(board) == OC_OK;

	semihost_write("# ");
	semihost_write(what);
	semihost_write("\n");
	tap(good, "the port finds the counter running");
	if (!good)
		return;
	tap(never_goes_back(board), "time never goes back");
	tap(agrees(board), "it agrees with the board's counter");
}

int main(void)
{
	static const volatile uint32_t not_the_ticks;
	struct oc_port_cortex_m counted = { .hz = TASKS_HZ, .ticks = &task_ticks, .wfe = true };
	struct oc_port_cortex_m alone = { .hz = TASKS_HZ };
	struct oc_port_cortex_m off = { .hz = TASKS_HZ };
	struct oc_port_cortex_m wrong = { .hz = TASKS_HZ, .ticks = &not_the_ticks };
	struct oc_port_cortex_m dwt = { .clock = OC_CORTEX_M_DWT, .hz = TASKS_HZ };

	tap(oc_port_cortex_m_init(&off) == OC_EINVAL, "SysTick that is off is refused");
	tap(oc_port_cortex_m_init(&dwt) == OC_ETIMEOUT, "a cycle counter that stands is refused");
	tasks_begin();
	tap(oc_port_cortex_m_init(&wrong) == OC_ETIMEOUT, "a variable that stands is refused");
	check("SysTick, its ticks counted by the application", &counted);
	tap(counts_a_tick_that_is_due(&counted), "a tick that is due counts");
	tap(!counted.port.pause(counted.port.ctx, 1000000), "a pause by WFE comes back");
	check("SysTick alone", &alone);
	return tap_done();
}
