/* SPDX-License-Identifier: MIT */
/*
 * port_cortex_m.h: liboc on a Cortex-M without an operating system
 *
 *	static volatile uint32_t ticks;
 *	void SysTick_Handler(void) { ticks++; }		(the application's, always)
 *
 *	static struct oc_port_cortex_m board = {
 *		.clock = OC_CORTEX_M_SYSTICK, .hz = 168000000, .ticks = &ticks,
 *	};
 *
 *	status = oc_port_cortex_m_init(&board);
 *	if (status == OC_OK)
 *		status = oc_channel_attach(&ch, (void *)0x55800000, &board.port, 0x1001, 1000);
 *
 * SysTick belongs to the application: it is read, never written. Its control register
 * is read at init only, as that clears COUNTFLAG. The DWT's cycle counter is switched
 * on, never set.
 *
 * The processor must be in privileged state, for the registers are not there in any
 * other. An MPU must let it at the shared memory as Device, or as Normal,
 * non-cacheable and shareable: what lies in a cache of this core is not shared.
 */
#ifndef OC_PORT_CORTEX_M_H
#define OC_PORT_CORTEX_M_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/port.h>
#include <oc/status.h>

#include "../elapsed.h"

/*
 * Which counter tells the time, and how long it may stay unread without losing any.
 * Waits read it every 8 turns. What goes unread only makes a wait longer.
 *
 * SysTick with @ticks: 2^32 cycles, less one period: 25 s at 168 MHz. The reload
 *	value must stay as it is at init (no tickless idle), the interrupt enabled.
 * SysTick without: one period, 16 777 216 cycles at most; for firmware that starts
 *	it with the largest reload value and no interrupt.
 * DWT: 2^32 cycles. Not on M0, M0+, M23. On some chips it stops in sleep.
 */
enum oc_cortex_m_clock {
	OC_CORTEX_M_SYSTICK = 0,
	OC_CORTEX_M_DWT,
};

/**
 * struct oc_port_cortex_m - the application's memory; a channel object each
 * @port:      for oc_channel_attach(), after init
 * @clock:     see above
 * @hz:        what the counter counts at: of DWT the processor's clock, of SysTick
 *             that or its reference, as the application has set it up
 * @ticks:     counts up by one in the application's SysTick_Handler; or NULL
 * @wfe:       sleep by WFE after some turns, until any interrupt, at the latest the
 *             next tick's; needs SysTick and @ticks. Otherwise the wait spins.
 * @each_turn: NULL, or called at each turn of a wait: feeds the watchdog, lets a
 *             scheduler of the application's run others; non-zero ends the wait
 *             with OC_EABANDONED
 * @sleep:     NULL, or what a scheduler of the application's has to let the other tasks
 *             run for about @us microseconds, while the caller waits for a table that
 *             is locked; non-zero as above. Without it, turns as above.
 * @ring:      NULL, or rings the other side's doorbell
 * @ctx:       passed to these three
 * @lock, @unlock: NULL, or the mutex of such a scheduler: tasks that share the channel
 *             object take turns by it. Masking interrupts is none: a wait for the other
 *             side may lie between the two.
 * @mutex:     passed to both
 *
 * The rest is private; zero before init. Two tasks that use two channel objects at the
 * same time have a struct each.
 */
struct oc_port_cortex_m {
	struct oc_port port;
	enum oc_cortex_m_clock clock;
	uint32_t hz;
	const volatile uint32_t *ticks;
	bool wfe;
	int (*each_turn)(void *ctx, uint32_t turn);
	int (*sleep)(void *ctx, uint32_t us);
	void (*ring)(void *ctx);
	void *ctx;
	void (*lock)(void *mutex);
	void (*unlock)(void *mutex);
	void *mutex;

	volatile uint32_t *registers;	/* from 0xe0000000; tests have their own, */
	uint32_t (*look)(const struct oc_port_cortex_m *board, uint32_t word); /* that move */
	uint32_t period;		/* of SysTick in cycles */
	uint32_t last;			/* the counter when it was read last */
	struct oc_elapsed elapsed;
};

/*
 * Checks the counter and fills @board->port. Watches SysTick for two periods at
 * most where @ticks is given; interrupts must be enabled for that.
 *
 * OC_EINVAL: @hz is 0; @wfe without SysTick and @ticks; SysTick is off, or @ticks is
 *	given and its interrupt is off; this processor has no cycle counter.
 * OC_ETIMEOUT: the counter stands still, or @ticks does.
 */
int oc_port_cortex_m_init(struct oc_port_cortex_m *board);

#endif /* OC_PORT_CORTEX_M_H */
