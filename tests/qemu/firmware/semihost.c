// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>

#include "semihost.h"

#define SYS_WRITE0		0x04
#define SYS_EXIT_EXTENDED	0x20
#define STOPPED_APPLICATION_EXIT 0x20026

static uint32_t semihost_call(uint32_t operation, const void *argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

void semihost_write(const char *text)
{
	semihost_call(SYS_WRITE0, text);
}

void semihost_write_dec(unsigned int value)
{
	char text[11];
	char *at = text + sizeof(text) - 1;

	*at = '\0';
	do {
		*--at = '0' + value % 10;
		value /= 10;
	} while (value);
	semihost_write(at);
}

void semihost_write_hex(unsigned int value)
{
	char text[9];
	int i;

	for (i = 7; i >= 0; i--, value >>= 4)
		text[i] = "0123456789abcdef"[value & 15];
	text[8] = '\0';
	semihost_write(text);
}

_Noreturn void semihost_exit(int status)
{
	const uint32_t argument[2] = { STOPPED_APPLICATION_EXIT, (uint32_t)status };

	for (;;)
		semihost_call(SYS_EXIT_EXTENDED, argument);
}
