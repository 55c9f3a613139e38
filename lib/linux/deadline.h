/* SPDX-License-Identifier: MIT */
/* deadline.h: timeouts become points in time, and what is left of the time until then */
#ifndef OC_DEADLINE_H
#define OC_DEADLINE_H

#include <time.h>

#include <oc/latch.h>

#define OC_NEVER UINT64_MAX

/* @timeout_ns: negative is for ever. 0 is in the past, and costs no look at the clock. */
static inline uint64_t oc_deadline(int64_t timeout_ns)
{
	if (timeout_ns < 0)
		return OC_NEVER;
	return timeout_ns ? oc_clock_ns() + (uint64_t)timeout_ns : 0;
}

static inline bool oc_expired(uint64_t when)
{
	return !when || (when != OC_NEVER && oc_clock_ns() >= when);
}

/* The other way: what is left is a timeout. */
static inline int64_t oc_timeout(uint64_t when)
{
	uint64_t now;

	if (when == OC_NEVER)
		return -1;
	now = when ? oc_clock_ns() : 0;
	return when > now ? (int64_t)(when - now) : 0;
}

/* What a system call takes: NULL is for ever. */
static inline const struct timespec *oc_time_left(uint64_t when, struct timespec *left)
{
	uint64_t now, ns;

	if (when == OC_NEVER)
		return NULL;
	now = when ? oc_clock_ns() : 0;
	ns = when > now ? when - now : 0;
	*left = (struct timespec){
		.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000),
	};
	return left;
}

#endif /* OC_DEADLINE_H */
