// SPDX-License-Identifier: MIT
/* port_bell.c: a port that rings, and sleeps until it is rung */
#include <errno.h>
#include <stddef.h>
#include <time.h>

#include <oc/bell.h>

/* If the device is gone nobody is left to be rung. */
static void ring(void *ctx)
{
	const struct oc_sleeper *sleeper = ctx;
	int error = errno;

	oc_bell_ring(sleeper->bell);
	errno = error;
}

/* OC_FOREVER ends, too: the core looks around every 71 minutes. */
static bool wait_for_ring(const struct oc_bell *bell, uint32_t us)
{
	const struct timespec time = { .tv_nsec = OC_LADDER_BLOCK_MAX_NS };
	int error = errno;
	int rung = oc_bell_wait(bell, (int64_t)us * 1000);

	errno = error;
	if (rung < 0)		/* the device is gone: not to spin */
		clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	return rung > 0;
}

static void block(struct oc_sleeper *sleeper, uint32_t ns)
{
	uint32_t us = oc_channel_sleep(sleeper->channel, ns / 1000);
	bool rung = us && wait_for_ring(sleeper->bell, us);

	oc_channel_awake(sleeper->channel, rung);
	oc_ladder_woken(sleeper->ladder);
}

static int pause_turn(void *ctx, uint32_t turn)
{
	struct oc_sleeper *sleeper = ctx;
	uint32_t ns;

	if (!turn)
		oc_ladder_reset(sleeper->ladder);
	ns = oc_ladder_step(sleeper->ladder);
	if (ns)
		block(sleeper, ns);
	return 0;
}

void oc_port_linux_bell(struct oc_port *port, struct oc_sleeper *sleeper)
{
	port->ring = ring;
	port->pause = sleeper->ladder && sleeper->channel ? pause_turn : NULL;
	port->ctx = sleeper;
}
