// SPDX-License-Identifier: MIT
#include <stddef.h>

#include "port_cortex_m.h"

#define PRIVATE_PERIPHERALS	0xe0000000u

/* Words into the private peripherals: Armv7-M manual B3.2 and C1.8, Armv8-M the same. */
enum {
	DWT_CTRL	= 0x1000 / 4,
	DWT_CYCCNT	= 0x1004 / 4,
	DWT_LAR		= 0x1fb0 / 4,
	SYST_CSR	= 0xe010 / 4,
	SYST_RVR	= 0xe014 / 4,
	SYST_CVR	= 0xe018 / 4,
	SCB_ICSR	= 0xed04 / 4,
	DEMCR		= 0xedfc / 4,
};

#define DWT_CTRL_CYCCNTENA	(1u << 0)
#define DWT_CTRL_NOCYCCNT	(1u << 25)
#define DWT_LAR_KEY		0xc5acce55u	/* M7 only; others ignore it */
#define SYST_CSR_ENABLE		(1u << 0)
#define SYST_CSR_TICKINT	(1u << 1)
#define SYST_MASK		0xffffffu
#define ICSR_PENDSTSET		(1u << 26)
#define DEMCR_TRCENA		(1u << 24)

/* A counter of 32 kHz steps every few thousand cycles of a fast processor. */
#define STILL_READS		100000u
#define SPIN_TURNS		200u

static uint32_t look(const struct oc_port_cortex_m *board, uint32_t word)
{
	return board->look ? board->look(board, word) : board->registers[word];
}

/*
 * SysTick counts down, shows 0 for one cycle, and asks for its interrupt as it gets
 * there: with 0 the next period has begun.
 */
static uint32_t systick_position(const struct oc_port_cortex_m *board)
{
	uint32_t left = look(board, SYST_CVR) & SYST_MASK;

	return left ? board->period - left : 0;
}

/*
 * Ticks and position as of one moment: again if a tick came in between. One that is
 * pending and cannot be taken, as the caller masks interrupts, has yet happened;
 * the position is then read anew, as the first may be from before it.
 */
static uint32_t systick_cycles(const struct oc_port_cortex_m *board)
{
	uint32_t ticks, due, position;

	do {
		ticks = *board->ticks;
		position = systick_position(board);
		due = 0;
		if (look(board, SCB_ICSR) & ICSR_PENDSTSET) {
			position = systick_position(board);
			due = 1;
		}
	} while (ticks != *board->ticks);
	return (ticks + due) * board->period + position;
}

static uint32_t counter(const struct oc_port_cortex_m *board)
{
	if (board->clock == OC_CORTEX_M_DWT)
		return look(board, DWT_CYCCNT);
	return board->ticks ? systick_cycles(board) : systick_position(board);
}

/* A counter that lies behind by a period at most has a tick that is not counted yet. */
static uint32_t counts_since(const struct oc_port_cortex_m *board, uint32_t now)
{
	const uint32_t counts = now - board->last;

	if (board->clock == OC_CORTEX_M_DWT)
		return counts;
	if (board->ticks)
		return 0 - counts <= board->period ? 0 : counts;
	return now >= board->last ? counts : counts + board->period;
}

static uint32_t now_us(void *ctx)
{
	struct oc_port_cortex_m *board = ctx;
	const uint32_t now = counter(board);
	const uint32_t counts = counts_since(board, now);

	if (counts)
		board->last = now;
	return oc_elapsed_add(&board->elapsed, counts, board->hz);
}

static inline void spin(void)
{
#if defined(__arm__)
	__asm__ __volatile__("nop" ::: "memory");
#else
	__asm__ __volatile__("" ::: "memory");
#endif
}

/* An event between the caller's look and this is remembered: WFE returns at once. */
static inline void wait_for_event(void)
{
#if defined(__arm__)
	__asm__ __volatile__("wfe" ::: "memory");
#else
	spin();
#endif
}

static int pause_turn(void *ctx, uint32_t turn)
{
	struct oc_port_cortex_m *board = ctx;
	int status = board->each_turn ? board->each_turn(board->ctx, turn) : 0;

	if (status)
		return status;
	if (board->wfe && turn >= SPIN_TURNS)
		wait_for_event();
	else
		spin();
	return 0;
}

static int sleep_us(void *ctx, uint32_t us)
{
	struct oc_port_cortex_m *board = ctx;

	return board->sleep(board->ctx, us);
}

static void ring(void *ctx)
{
	struct oc_port_cortex_m *board = ctx;

	board->ring(board->ctx);
}

static int start_dwt(struct oc_port_cortex_m *board)
{
	volatile uint32_t *registers = board->registers;

	if (board->wfe)
		return OC_EINVAL;
	registers[DEMCR] |= DEMCR_TRCENA;
	if (registers[DWT_CTRL] & DWT_CTRL_NOCYCCNT)
		return OC_EINVAL;
	registers[DWT_LAR] = DWT_LAR_KEY;
	registers[DWT_CTRL] |= DWT_CTRL_CYCCNTENA;
	return OC_OK;
}

static int find_systick(struct oc_port_cortex_m *board)
{
	uint32_t wanted = SYST_CSR_ENABLE | (board->ticks ? SYST_CSR_TICKINT : 0);
	uint32_t csr = look(board, SYST_CSR);

	if ((csr & wanted) != wanted || (board->wfe && !board->ticks))
		return OC_EINVAL;
	board->period = (look(board, SYST_RVR) & SYST_MASK) + 1;
	return OC_OK;
}

static bool counter_advances(const struct oc_port_cortex_m *board)
{
	const uint32_t first = counter(board);

	for (uint32_t reads = 0; reads < STILL_READS; reads++)
		if (counter(board) != first)
			return true;
	return false;
}

/* Two ends of a period, and the handler has not counted: it counts something else. */
static bool ticks_advance(const struct oc_port_cortex_m *board)
{
	const uint32_t first = *board->ticks;
	uint32_t last = systick_position(board);

	for (uint32_t ends = 0; ends < 2;) {
		const uint32_t position = systick_position(board);

		if (*board->ticks != first)
			return true;
		ends += position < last;
		last = position;
	}
	return false;
}

int oc_port_cortex_m_init(struct oc_port_cortex_m *board)
{
	int status;

	if (!board->hz)
		return OC_EINVAL;
	if (!board->registers)
		board->registers = (volatile uint32_t *)(uintptr_t)PRIVATE_PERIPHERALS;
	status = board->clock == OC_CORTEX_M_DWT ? start_dwt(board) : find_systick(board);
	if (status != OC_OK)
		return status;
	if (!counter_advances(board))
		return OC_ETIMEOUT;
	if (board->clock == OC_CORTEX_M_SYSTICK && board->ticks && !ticks_advance(board))
		return OC_ETIMEOUT;
	board->last = counter(board);
	board->elapsed = (struct oc_elapsed){ .us = 0 };
	board->port = (struct oc_port){
		.now_us = now_us,
		.pause = pause_turn,
		.sleep = board->sleep ? sleep_us : NULL,
		.ring = board->ring ? ring : NULL,
		.ctx = board,
		.lock = board->lock,
		.unlock = board->unlock,
		.mutex = board->mutex,
	};
	return OC_OK;
}
