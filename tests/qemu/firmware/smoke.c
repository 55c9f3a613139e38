// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proves the ground that test firmware stands on: start-up, clock, memory
 * functions, and a shared file that a host process and a Cortex-M both see.
 */
#include <stddef.h>

#include "mps2.h"
#include "semihost.h"
#include "smoke.h"

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

static volatile struct smoke_words *const shared = (void *)mps2_shared_memory;

/* Not const, not zero: .data must have been copied; .bss must be clear. */
static volatile uint32_t initialised = 0x12345678;
static volatile uint32_t cleared[4];

static int check(int good, const char *what)
{
	semihost_write(good ? "good: " : "bad: ");
	semihost_write(what);
	semihost_write("\n");
	return good;
}

static int memory_functions_work(void)
{
	char text[16] = "0123456789abcde";

	memmove(text + 3, text, 8);
	if (memcmp(text, "01201234567bcde", 16))
		return 0;
	memmove(text, text + 3, 8);
	if (memcmp(text, "01234567567bcde", 16))
		return 0;
	memcpy(text + 1, "xyz", 3);
	memset(text + 4, '-', 2);
	return !memcmp(text, "0xyz--67567bcde", 16) && memcmp("a", "b", 1) < 0;
}

static int clock_runs(void)
{
	uint32_t start = mps2_time_us();
	uint32_t turns;

	for (turns = 0; turns < 10000000; turns++)
		if (mps2_time_us() - start >= 1000)
			return 1;
	return 0;
}

static int exchange(void)
{
	uint32_t turn, start;

	for (turn = 1; turn <= SMOKE_ROUNDS; turn++) {
		start = mps2_time_us();
		while (shared->ask != turn)
			if (mps2_time_us() - start > SMOKE_WAIT_US)
				return 0;
		shared->answer = ~turn;
	}
	return 1;
}

int main(void)
{
	if (shared->task == SMOKE_FAULT)
		return *(volatile int *)0x70000000;
	while (shared->task == SMOKE_HANG)
		;
	if (!check(initialised == 0x12345678, "data is initialised") ||
	    !check(!(cleared[0] | cleared[1] | cleared[2] | cleared[3]), "bss is clear") ||
	    !check(memory_functions_work(), "memory functions") ||
	    !check(clock_runs(), "clock runs"))
		return 1;
	shared->ready = SMOKE_READY;
	return check(exchange(), "1000 words exchanged") ? 0 : 2;
}
