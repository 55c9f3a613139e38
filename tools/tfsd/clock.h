/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * clock.h: the monotonic clock in milliseconds
 */
#ifndef TFSD_CLOCK_H
#define TFSD_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif /* TFSD_CLOCK_H */
