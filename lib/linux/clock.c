// SPDX-License-Identifier: MIT
/* clock.c: the clock of latches and wait sets */
#include <time.h>

#include <oc/latch.h>

uint64_t oc_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
