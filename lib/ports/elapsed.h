/* SPDX-License-Identifier: MIT */
/*
 * elapsed.h: a port's microseconds from any counter
 *
 * What a counter of @hz has advanced is added up; what does not fill a microsecond
 * is kept for the next time, so no frequency drifts. The sum wraps at 2^32, as
 * struct oc_port wants it, whatever the width of the counter.
 */
#ifndef OC_PORTS_ELAPSED_H
#define OC_PORTS_ELAPSED_H

#include <stdint.h>

struct oc_elapsed {
	uint32_t us;
	uint32_t rest;		/* of a microsecond, in 1/hz; below hz */
};

/* @counts may be all of 2^32 - 1: the product stays below 2^52. @hz is not 0. */
static inline uint32_t oc_elapsed_add(struct oc_elapsed *elapsed, uint32_t counts, uint32_t hz)
{
	const uint64_t sum = (uint64_t)counts * 1000000u + elapsed->rest;
	const uint64_t us = sum / hz;

	elapsed->rest = (uint32_t)(sum - us * hz);
	elapsed->us += (uint32_t)us;
	return elapsed->us;
}

#endif /* OC_PORTS_ELAPSED_H */
