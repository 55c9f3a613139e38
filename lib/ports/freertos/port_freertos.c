// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "port_freertos.h"

/* The difference is of the tick's own width: it may have 16, 32 or 64 bits. */
static uint32_t now_us(void *ctx)
{
	struct oc_port_freertos *link = ctx;
	const TickType_t now = xTaskGetTickCount();
	const TickType_t ticks = now - link->last;

	link->last = now;
	return oc_elapsed_add(&link->elapsed, (uint32_t)ticks, configTICK_RATE_HZ);
}

static int pause_turn(void *ctx, uint32_t turn)
{
	struct oc_port_freertos *link = ctx;
	int status = link->each_turn ? link->each_turn(link->ctx, turn) : 0;

	if (status)
		return status;
	if (turn >= link->spin_turns)
		vTaskDelay(1);
	return 0;
}

/* Rounded up to ticks, of which the one that runs is a part only. */
static int sleep_us(void *ctx, uint32_t us)
{
	const uint64_t ticks = ((uint64_t)us * configTICK_RATE_HZ + 999999u) / 1000000u;
	const TickType_t longest = portMAX_DELAY - 1;

	(void)ctx;
	vTaskDelay(ticks < longest ? (TickType_t)ticks + 1 : longest);
	return 0;
}

#if configUSE_RECURSIVE_MUTEXES == 1
/* Without a time limit the take fails only where a task may not wait at all. */
static void lock(void *mutex)
{
	BaseType_t taken = xSemaphoreTakeRecursive(mutex, portMAX_DELAY);

	configASSERT(taken == pdTRUE);
	(void)taken;
}

static void unlock(void *mutex)
{
	BaseType_t given = xSemaphoreGiveRecursive(mutex);

	configASSERT(given == pdTRUE);
	(void)given;
}

static void set_mutex(struct oc_port *port, SemaphoreHandle_t mutex)
{
	port->lock = mutex ? lock : NULL;
	port->unlock = mutex ? unlock : NULL;
	port->mutex = mutex;
}
#else
static void set_mutex(struct oc_port *port, SemaphoreHandle_t mutex)
{
	configASSERT(!mutex);
	(void)port;
	(void)mutex;
}
#endif

static void ring(void *ctx)
{
	struct oc_port_freertos *link = ctx;

	link->ring(link->ctx);
}

void oc_port_freertos_init(struct oc_port_freertos *link)
{
	link->last = xTaskGetTickCount();
	link->elapsed = (struct oc_elapsed){ .us = 0 };
	link->port = (struct oc_port){
		.now_us = now_us,
		.pause = pause_turn,
		.sleep = sleep_us,
		.ring = link->ring ? ring : NULL,
		.ctx = link,
	};
	set_mutex(&link->port, link->mutex);
}
