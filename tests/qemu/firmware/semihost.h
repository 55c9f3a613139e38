/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test firmware's only way out: Arm semihosting, which QEMU answers. A
 * semihosting call stops the processor until the host has carried it out.
 */
#ifndef TEST_SEMIHOST_H
#define TEST_SEMIHOST_H

/* Writes text to QEMU's semihosting channel. */
void semihost_write(const char *text);

/* Writes a number in decimal or as eight hex digits. */
void semihost_write_dec(unsigned int value);
void semihost_write_hex(unsigned int value);

/* Ends QEMU with this exit status. */
_Noreturn void semihost_exit(int status);

#endif
