/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What test firmware gets from its start-up code on an MPS2 board: a main() to
 * write, a clock, and the memory that both processors see.
 */
#ifndef TEST_MPS2_H
#define TEST_MPS2_H

#include <stdint.h>

/* The firmware's entry; its value becomes QEMU's exit status. */
int main(void);

/* Microseconds since reset; wraps. A counter of the board's, not SysTick. */
uint32_t mps2_time_us(void);

/* The region, as the linker script places it (PSRAM, a file of the host's). */
extern unsigned char mps2_shared_memory[];

#endif
