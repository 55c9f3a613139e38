// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_bare.c: the least that two processors can do - no header, no checks, no states
 *
 * What they cannot do without is the same as for a channel: a line for the words, lines
 * for the data, copies between these and memory of one's own on both sides. The words
 * count turns; they lie where a channel has its sizes, and the data where it has its
 * buffer. Both spin as the port's busy wait does, unless the argument is "tight", with
 * nothing between two looks, or "short", with some ten cycles.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/tfs_shm_poll.h>

#include "bench_clock.h"
#include "bench_lines.h"
#include "bench_side.h"

/* A packet's worth: what a fragment has. */
#define FRAGMENT	TFS_SHM_POLL_BUFFER_SIZE
#define SHORT_TURNS	10

/**
 * struct bare - one end; each process has its own
 * @sent:     what goes out
 * @received: what comes in
 * @turn:     of the words
 */
struct bare {
	uint8_t *sent;
	uint8_t *received;
	uint32_t turn;
};

static uint32_t *word_out(const struct bench_side *side)
{
	return (uint32_t *)side->lines->base;
}

static uint32_t *word_back(const struct bench_side *side)
{
	return (uint32_t *)side->lines->base + 1;
}

static uint8_t *data(const struct bench_side *side)
{
	return side->lines->base + TFS_SHM_POLL_HEADER_SIZE;
}

static void await_tight(const uint32_t *word, uint32_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		;
}

static void await_short(const uint32_t *word, uint32_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		for (int i = 0; i < SHORT_TURNS; i++)
			__asm__ __volatile__("" ::: "memory");
}

static void await(const struct bench_side *side, const uint32_t *word, uint32_t value)
{
	const char *spin = side->argument;

	if (spin && *spin == 't')
		return await_tight(word, value);
	if (spin)
		return await_short(word, value);
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		bench_relax();
}

static void post(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static void close_bare(struct bench_side *side)
{
	struct bare *bare = side->state;

	if (bare) {
		free(bare->sent);
		free(bare->received);
	}
	free(bare);
	side->state = NULL;
}

static const char *open_bare(struct bench_side *side)
{
	size_t size = side->size ? side->size : 8;
	struct bare *bare = calloc(1, sizeof(*bare));

	side->state = bare;
	if (bare) {
		bare->sent = aligned_alloc(64, (size + 63) & ~63ul);
		bare->received = aligned_alloc(64, (size + 63) & ~63ul);
	}
	if (!bare || !bare->sent || !bare->received)
		return "no memory";
	memset(bare->sent, 0x5a, size);
	memset(bare->received, 0, size);
	return NULL;
}

static void begin_bare(struct bench_side *side)
{
	((struct bare *)side->state)->turn = 0;
	post(word_out(side), 0);
	post(word_back(side), 0);
}

static bool trip_line(struct bench_side *side)
{
	struct bare *bare = side->state;

	post(word_out(side), ++bare->turn);
	await(side, word_out(side), ++bare->turn);
	return true;
}

static void serve_line(struct bench_side *side, uint64_t trips)
{
	for (uint32_t turn = 1; trips--; turn += 2) {
		await(side, word_out(side), turn);
		post(word_out(side), turn + 1);
	}
}

const struct bench_kind bench_line = {
	.open = open_bare,
	.begin = begin_bare,
	.trip = trip_line,
	.serve = serve_line,
	.close = close_bare,
};

static bool trip_loop(struct bench_side *side)
{
	struct bare *bare = side->state;

	memcpy(data(side), bare->sent, side->size);
	post(word_out(side), ++bare->turn);
	await(side, word_back(side), bare->turn);
	memcpy(bare->received, data(side), side->size);
	return true;
}

static void serve_loop(struct bench_side *side, uint64_t trips)
{
	struct bare *bare = side->state;

	for (uint32_t turn = 1; trips--; turn++) {
		await(side, word_out(side), turn);
		memcpy(bare->received, data(side), side->size);
		memcpy(data(side), bare->received, side->size);
		post(word_back(side), turn);
	}
}

const struct bench_kind bench_loop = {
	.open = open_bare,
	.begin = begin_bare,
	.trip = trip_loop,
	.serve = serve_loop,
	.close = close_bare,
};

/*
 * Every fragment but the last ones is acknowledged: the buffer holds one. The last of
 * the request is by the first of the response, and that one's last by the next request.
 */
static bool trip_fragments(struct bench_side *side)
{
	struct bare *bare = side->state;

	for (uint32_t at = 0; at < side->size; at += FRAGMENT) {
		memcpy(data(side), bare->sent + at, FRAGMENT);
		post(word_out(side), ++bare->turn);
		if (at + FRAGMENT < side->size)
			await(side, word_back(side), bare->turn);
	}
	for (uint32_t at = 0; at < side->size; at += FRAGMENT) {
		await(side, word_back(side), bare->turn);
		memcpy(bare->received + at, data(side), FRAGMENT);
		if (at + FRAGMENT < side->size)
			post(word_out(side), ++bare->turn);
	}
	return true;
}

static uint32_t serve_message(struct bench_side *side, uint32_t turn)
{
	struct bare *bare = side->state;

	for (uint32_t at = 0; at < side->size; at += FRAGMENT) {
		await(side, word_out(side), ++turn);
		memcpy(bare->received + at, data(side), FRAGMENT);
		if (at + FRAGMENT < side->size)
			post(word_back(side), turn);
	}
	for (uint32_t at = 0; at < side->size; at += FRAGMENT) {
		memcpy(data(side), bare->received + at, FRAGMENT);
		post(word_back(side), turn);
		if (at + FRAGMENT < side->size)
			await(side, word_out(side), ++turn);
	}
	return turn;
}

static void serve_fragments(struct bench_side *side, uint64_t trips)
{
	uint32_t turn = 0;

	while (trips--)
		turn = serve_message(side, turn);
}

const struct bench_kind bench_fragments = {
	.open = open_bare,
	.begin = begin_bare,
	.trip = trip_fragments,
	.serve = serve_fragments,
	.close = close_bare,
};
