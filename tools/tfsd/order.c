// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * order.c: an order is a word: session << 32 | serial's low bits << 2 | what
 */
#include "order.h"

#define WHAT_MASK	3u

static uint64_t make_word(enum order order, uint32_t id, uint32_t serial)
{
	return (uint64_t)id << 32 | (serial << 2 & ~WHAT_MASK) | order;
}

static bool is_kill(uint64_t word, uint32_t id)
{
	return word >> 32 == id && (word & WHAT_MASK) == ORDER_KILL;
}

void order_give(struct activity_session *session, enum order order, uint32_t id, uint32_t serial)
{
	uint64_t old = activity_get64(&session->order);

	do {
		if (is_kill(old, id))
			return;
	} while (!__atomic_compare_exchange_n(&session->order, &old, make_word(order, id, serial),
					      true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

enum order order_take(struct activity_session *session, uint32_t serial)
{
	uint64_t word;

	if (!activity_get64(&session->order))
		return ORDER_NONE;
	word = __atomic_exchange_n(&session->order, 0, __ATOMIC_RELAXED);
	if (is_kill(word, session->id))
		return ORDER_KILL;
	return word == make_word(ORDER_CANCEL, session->id, serial) ? ORDER_CANCEL : ORDER_NONE;
}
