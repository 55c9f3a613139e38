// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start-up of the test firmware: vector table, memory, clock. Whatever goes
 * wrong ends QEMU with a message and a status other than 0: a firmware that
 * hangs is the one failure left to the host's time limit.
 */
#include <stddef.h>
#include <stdint.h>

#include "mps2.h"
#include "semihost.h"

#define INTERRUPTS	32
#define STATUS_FAULT	120
#define STATUS_CLOCK	121

#define SCB_CFSR	(*(volatile uint32_t *)0xe000ed28)
#define SCB_HFSR	(*(volatile uint32_t *)0xe000ed2c)
#define SCB_BFAR	(*(volatile uint32_t *)0xe000ed38)

/* FPGAIO: a free-running counter behind a prescaler, both at 25 MHz. */
#define FPGAIO_COUNTER	(*(volatile uint32_t *)(MPS2_FPGAIO + 0x18))
#define FPGAIO_PRESCALE	(*(volatile uint32_t *)(MPS2_FPGAIO + 0x1c))

extern unsigned char firmware_stack_top[];
extern unsigned char firmware_data[], firmware_data_end[], firmware_data_load[];
extern unsigned char firmware_bss[], firmware_bss_end[];

_Noreturn void reset_handler(void);
_Noreturn void fault_report(const uint32_t *frame);

uint32_t mps2_time_us(void)
{
	return FPGAIO_COUNTER;
}

static void start_clock(void)
{
	uint32_t turns, before;

	FPGAIO_PRESCALE = 24;
	FPGAIO_COUNTER = 0;
	before = mps2_time_us();
	for (turns = 0; turns < 10000000; turns++)
		if (mps2_time_us() - before >= 2)
			return;
	semihost_write("firmware: the clock stands still\n");
	semihost_exit(STATUS_CLOCK);
}

/* @frame is what the processor pushed: r0-r3, r12, lr, pc, psr. */
_Noreturn void fault_report(const uint32_t *frame)
{
	uint32_t vector;

	__asm__ volatile("mrs %0, ipsr" : "=r"(vector));
	semihost_write("firmware: exception ");
	semihost_write_dec(vector & 0x1ff);
	semihost_write(" at pc ");
	semihost_write_hex(frame[6]);
	semihost_write(" lr ");
	semihost_write_hex(frame[5]);
	semihost_write(" cfsr ");
	semihost_write_hex(SCB_CFSR);
	semihost_write(" hfsr ");
	semihost_write_hex(SCB_HFSR);
	semihost_write(" bfar ");
	semihost_write_hex(SCB_BFAR);
	semihost_write("\n");
	semihost_exit(STATUS_FAULT);
}

__attribute__((naked)) static void fault_handler(void)
{
	__asm__ volatile("mov r0, sp\n\tb fault_report");
}

_Noreturn void reset_handler(void)
{
	size_t i;

	for (i = 0; i < (size_t)(firmware_data_end - firmware_data); i++)
		firmware_data[i] = firmware_data_load[i];
	for (i = 0; i < (size_t)(firmware_bss_end - firmware_bss); i++)
		firmware_bss[i] = 0;
	start_clock();
	semihost_exit(main());
}

/* The initial stack pointer, then what is jumped to: reset, faults, interrupts. */
__attribute__((section(".vectors"), used))
static const void *const vectors[16 + INTERRUPTS] = {
	firmware_stack_top,
	(const void *)reset_handler,
	[2 ... 15 + INTERRUPTS] = (const void *)fault_handler,
};
