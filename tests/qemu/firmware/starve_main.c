// SPDX-License-Identifier: GPL-2.0-only
/*
 * tests/ports/starve.c on a Cortex-M with a preemptive scheduler: with a port that
 * spins and with one that lets others run, with a channel each and with one for both.
 * Prints TAP.
 */
#include <stddef.h>

#include "../../../lib/ports/cortex-m/port_cortex_m.h"
#include "../../ports/starve.h"
#include "mps2.h"
#include "semihost.h"
#include "tap.h"
#include "task_mutex.h"
#include "tasks.h"

#define STRIDE		0x10000
#define SPIN_TURNS	50u

static struct starve starve;
static struct task_mutex mutex;

static void fail(const char *what, int status)
{
	tap(false, what);
	semihost_write("# status -");
	semihost_write_dec((unsigned int)-status);
	semihost_write("\n");
}

static void wake_high(void)
{
	task_wake(TASK_HIGH);
}

/* Rounded up to ticks of a millisecond, the one that runs not counted. */
static int sleep_us(void *ctx, uint32_t us)
{
	(void)ctx;
	task_sleep((us + 999) / 1000 + 1);
	return 0;
}

static const struct starve_os os = {
	.wake = wake_high, .wait = task_wait, .sleep = sleep_us, .fail = fail,
};

/* What a scheduler of the application's own hangs into the port. */
static int let_others_run(void *ctx, uint32_t turn)
{
	(void)ctx;
	if (turn >= SPIN_TURNS)
		task_sleep(1);
	return 0;
}

static void low(void)
{
	starve_low(&starve);
}

static void high(void)
{
	starve_high(&starve);
}

static void count(const char *before, uint32_t number, const char *after)
{
	semihost_write(before);
	semihost_write_dec(number);
	semihost_write(after);
}

/* True if the tasks ran; false after fail(). Main's own calls need nobody to run. */
static bool run(bool polite, bool shared)
{
	struct oc_port_cortex_m board = {
		.clock = OC_CORTEX_M_SYSTICK, .hz = TASKS_HZ, .ticks = &task_ticks,
		.sleep = starve_sleep, .ctx = &starve,
		.lock = task_lock, .unlock = task_unlock, .mutex = &mutex,
	};
	int status = oc_port_cortex_m_init(&board);

	if (status)
		fail("port", status);
	starve = (struct starve){
		.os = &os, .polite = polite, .silent = mps2_shared_memory + 2 * STRIDE,
	};
	if (status || !starve_open(&starve, mps2_shared_memory,
				   shared ? NULL : mps2_shared_memory + STRIDE,
				   &board.port, &board.port))
		return false;
	board.each_turn = polite ? let_others_run : NULL;
	task_start(TASK_HIGH, high);
	task_start(TASK_LOW, low);
	task_join(TASK_HIGH);
	task_join(TASK_LOW);
	board.each_turn = NULL;
	semihost_write(shared ? "# one channel: " : "# a channel each: ");
	count("refused the table ", starve.asks, " times; while it waited in vain, ");
	count("the low task did ", starve.silent_steps, " steps\n");
	return starve_close(&starve);
}

static void run_both(bool shared)
{
	if (run(false, shared)) {
		tap(starve.starved, "who asks without a pause starves the task with the lock");
		tap(!starve.silent_steps, "who spins for an answer starves all others");
	}
	if (run(true, shared)) {
		tap(starve.asks > 0, "the library's question is refused as well");
		tap(starve.got, "as it sleeps, the lock comes free and is had");
		tap(starve.silent_steps > 0, "while a call waits, others run");
	}
}

int main(void)
{
	tasks_begin();
	run_both(false);
	run_both(true);
	return tap_done();
}
