// SPDX-License-Identifier: GPL-2.0-only
/*
 * barrier_tsan.c: barriers in the words of the thread sanitizer
 *
 * The sanitizer reports two accesses of which one is a write and neither happens before
 * the other. It knows no fences: a store-release would carry all that the thread did
 * before, whether there was a barrier or not. What is wanted is
 *
 *	what happened before oc_release()		happens before whatever
 *	... a later oc_store() of a word
 *	... the oc_load() that sees it			comes after
 *	... a later oc_acquire()			that
 *
 * so a word must carry what the storing thread had done at its last barrier, and no
 * more, and a load must give it to nobody before the next barrier. Two fibers a thread
 * do that, which run no code of the test: the publisher only ever knows what was done
 * before the last barrier, and what the reader has learned the thread learns at its
 * next one.
 *
 * oc_acquire() also orders earlier loads before later stores (PROTOCOL.md 2), on which
 * "copy out, then give the buffer back" stands. The sanitizer has one clock for loads
 * and stores, so to it oc_acquire() orders earlier stores as well. A missing
 * oc_release() is found all the same where no oc_acquire() stands between.
 */
#include <sanitizer/tsan_interface.h>

#include "barrier_tsan.h"

#define NO_TSAN __attribute__((no_sanitize("thread")))

struct side {
	void *self;
	void *publisher;
	void *reader;
	char done;	/* carries what was done before the last barrier */
	char seen;	/* carries what was loaded since */
};

static _Thread_local struct side side;

void barrier_begin(void)
{
	side.self = __tsan_get_current_fiber();
	side.publisher = __tsan_create_fiber(0);
	side.reader = __tsan_create_fiber(0);
}

void barrier_end(void)
{
	__tsan_destroy_fiber(side.publisher);
	__tsan_destroy_fiber(side.reader);
}

/* On @fiber: what @from carries is carried by @to as well. */
NO_TSAN static void carry(void *fiber, void *from, void *to)
{
	__tsan_switch_to_fiber(fiber, __tsan_switch_to_fiber_no_sync);
	__tsan_acquire(from);
	__tsan_release(to);
	__tsan_switch_to_fiber(side.self, __tsan_switch_to_fiber_no_sync);
}

NO_TSAN void oc_release(void)
{
	__tsan_release(&side.done);
}

NO_TSAN void oc_acquire(void)
{
	__tsan_acquire(&side.seen);
	__tsan_release(&side.done);
}

NO_TSAN void oc_full(void)
{
	oc_acquire();
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* The words are stored and loaded as in barrier.h: no race of their own. */
NO_TSAN uint32_t oc_load(const __le32 *k_word)
{
	uint32_t value = __atomic_load_n(k_word, __ATOMIC_RELAXED);

	carry(side.reader, (void *)k_word, &side.seen);
	return value;
}

NO_TSAN void oc_store(__le32 *k_word, uint32_t value)
{
	carry(side.publisher, &side.done, k_word);
	__atomic_store_n(k_word, value, __ATOMIC_RELAXED);
}

/* Also where the processor has one store for both: the other side may see two. */
void oc_store_sizes(struct tfs_shm_poll_header *k, uint32_t to_tfs, uint32_t from_tfs)
{
	oc_store(&k->size_from_tfs, from_tfs);
	oc_store(&k->size_to_tfs, to_tfs);
}

void oc_load_uuid(uint32_t uuid[4], const __le32 k_uuid[4])
{
	for (int i = 0; i < 4; i++)
		uuid[i] = oc_load(&k_uuid[i]);
}

void oc_store_uuid(__le32 k_uuid[4], const uint32_t uuid[4])
{
	for (int i = 0; i < 4; i++)
		oc_store(&k_uuid[i], uuid[i]);
}

/* Plain copies, which the sanitizer sees. */
void oc_copy_in(void *to, const uint8_t *k_from, size_t n)
{
	memcpy(to, k_from, n);
}

void oc_copy_out(uint8_t *k_to, const void *from, size_t n)
{
	memcpy(k_to, from, n);
}
