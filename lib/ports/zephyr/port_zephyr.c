// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "port_zephyr.h"

/* 64-bit microseconds, of which the lower half wraps as it should. */
static uint32_t now_us(void *ctx)
{
	ARG_UNUSED(ctx);
	return (uint32_t)k_ticks_to_us_floor64((uint64_t)k_uptime_ticks());
}

static int pause_turn(void *ctx, uint32_t turn)
{
	struct oc_port_zephyr *link = ctx;
	int status = link->each_turn ? link->each_turn(link->ctx, turn) : 0;

	if (status)
		return status;
	if (turn >= link->spin_turns)
		k_sleep(K_TICKS(1));
	else
		arch_nop();
	return 0;
}

/* The kernel rounds up. */
static int sleep_us(void *ctx, uint32_t us)
{
	ARG_UNUSED(ctx);
	k_sleep(K_USEC(us));
	return 0;
}

/* Without a time limit the lock cannot fail; an unlock does if another holds it. */
static void lock(void *mutex)
{
	int error = k_mutex_lock(mutex, K_FOREVER);

	__ASSERT(!error, "mutex: error %d", error);
	ARG_UNUSED(error);
}

static void unlock(void *mutex)
{
	int error = k_mutex_unlock(mutex);

	__ASSERT(!error, "mutex: error %d", error);
	ARG_UNUSED(error);
}

static void ring(void *ctx)
{
	struct oc_port_zephyr *link = ctx;

	link->ring(link->ctx);
}

void oc_port_zephyr_init(struct oc_port_zephyr *link)
{
	k_mutex_init(&link->mutex);
	link->port = (struct oc_port){
		.now_us = now_us,
		.pause = pause_turn,
		.sleep = sleep_us,
		.ring = link->ring ? ring : NULL,
		.ctx = link,
		.lock = lock,
		.unlock = unlock,
		.mutex = &link->mutex,
	};
}
