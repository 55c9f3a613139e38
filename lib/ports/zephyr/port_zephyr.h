/* SPDX-License-Identifier: MIT */
/*
 * port_zephyr.h: liboc in threads of Zephyr
 *
 *	static struct oc_port_zephyr link = { .spin_turns = 200 };
 *
 *	oc_port_zephyr_init(&link);
 *	status = oc_channel_attach(&ch, (void *)0x55800000, &link.port, 0x1001, 1000);
 *
 * In threads only, preemptible or cooperative. Time has the resolution of a kernel tick
 * (CONFIG_SYS_CLOCK_TICKS_PER_SEC).
 */
#ifndef OC_PORT_ZEPHYR_H
#define OC_PORT_ZEPHYR_H

#include <zephyr/kernel.h>

#include <oc/port.h>

/**
 * struct oc_port_zephyr - the application's memory; a channel object each
 * @port:       for oc_channel_attach(), after init
 * @spin_turns: turns of a wait that spin; each one after them sleeps for a kernel tick
 *              or two, so that threads of lower priority run. 200 is some 10 us: most
 *              answers are there by then. 0 sleeps at once.
 * @each_turn:  NULL, or called at each turn of a wait; non-zero ends the wait with
 *              OC_EABANDONED
 * @ring:       NULL, or rings the other side's doorbell, by an MBOX channel say
 * @ctx:        passed to both
 *
 * The rest is private. Threads that share the channel object take turns by @mutex: a
 * holder may lock it again, and inherits the priority of who waits.
 */
struct oc_port_zephyr {
	struct oc_port port;
	uint32_t spin_turns;
	int (*each_turn)(void *ctx, uint32_t turn);
	void (*ring)(void *ctx);
	void *ctx;

	struct k_mutex mutex;
};

void oc_port_zephyr_init(struct oc_port_zephyr *link);

#endif /* OC_PORT_ZEPHYR_H */
