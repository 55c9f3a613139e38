/* SPDX-License-Identifier: MIT */
/*
 * port_freertos.h: liboc in tasks of FreeRTOS
 *
 *	static struct oc_port_freertos link = { .spin_turns = 200 };
 *
 *	link.mutex = xSemaphoreCreateRecursiveMutexStatic(&memory);
 *	oc_port_freertos_init(&link);
 *	status = oc_channel_attach(&ch, (void *)0x55800000, &link.port, 0x1001, 1000);
 *
 * In tasks only, with the scheduler running: before that nobody can wait. Time has the
 * resolution of a tick.
 */
#ifndef OC_PORT_FREERTOS_H
#define OC_PORT_FREERTOS_H

#include <FreeRTOS.h>
#include <semphr.h>
#include <task.h>

#include <oc/port.h>

#include "../elapsed.h"

/**
 * struct oc_port_freertos - the application's memory; a channel object each
 * @port:       for oc_channel_attach(), after init
 * @spin_turns: turns of a wait that spin; each one after them sleeps until the next
 *              tick, so that tasks of lower priority run. 200 is some 10 us: most
 *              answers are there by then. 0 sleeps at once.
 * @mutex:      NULL, or one from xSemaphoreCreateRecursiveMutexStatic(): tasks that
 *              share the channel object take turns by it. The holder inherits the
 *              priority of who waits. Needs configUSE_RECURSIVE_MUTEXES.
 * @each_turn:  NULL, or called at each turn of a wait; non-zero ends the wait with
 *              OC_EABANDONED
 * @ring:       NULL, or rings the other side's doorbell
 * @ctx:        passed to both
 *
 * The rest is private; zero before init.
 */
struct oc_port_freertos {
	struct oc_port port;
	uint32_t spin_turns;
	SemaphoreHandle_t mutex;
	int (*each_turn)(void *ctx, uint32_t turn);
	void (*ring)(void *ctx);
	void *ctx;

	TickType_t last;
	struct oc_elapsed elapsed;
};

void oc_port_freertos_init(struct oc_port_freertos *link);

#endif /* OC_PORT_FREERTOS_H */
