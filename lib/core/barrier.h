/* SPDX-License-Identifier: MIT */
/*
 * barrier.h: every access to shared memory, and every barrier, goes through here
 *
 * The other side is another processor, often outside Linux's inner-shareable
 * domain, over memory that may be non-cacheable. So:
 *
 *  - Words are loaded and stored whole, aligned, 32 bits, once. No exclusives, no
 *    read-modify-write: they need a monitor that the memory may not have.
 *  - On A-profile Arm the barriers are those of the outer-shareable domain. What
 *    compilers emit for C11 fences is inner-shareable: it does not order anything
 *    for a Cortex-M.
 *
 * oc_release()	earlier stores are seen before later stores.
 * oc_acquire()	earlier loads are done before later loads and stores. It orders the
 *		copy out of the buffer before the store that gives the buffer back.
 * oc_full()	earlier stores are seen before later loads: the one that x86 needs
 *		too. Used where each side stores a word and then looks at the other's.
 */
#ifndef OC_BARRIER_H
#define OC_BARRIER_H

#include <linux/tfs_shm_poll.h>

#include "env.h"

#if defined(__aarch64__)
#define OC_RELEASE	"dmb oshst"
#define OC_ACQUIRE	"dmb oshld"
#define OC_FULL		"dmb osh"
#elif defined(__arm__) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'A'
#define OC_RELEASE	"dmb oshst"
#define OC_ACQUIRE	"dmb osh"	/* oshld came with ARMv8 */
#define OC_FULL		"dmb osh"
#elif defined(__arm__)
#define OC_RELEASE	"dmb"		/* M and R profile: the whole system */
#define OC_ACQUIRE	"dmb"
#define OC_FULL		"dmb"
#elif defined(__x86_64__) || defined(__i386__)
#define OC_RELEASE	""		/* stores stay in order, loads too, and a load stays */
#define OC_ACQUIRE	""		/* before a later store; the compiler is held back */
/* Orders memory of every kind, as mfence does, and costs little more than half of it. */
#ifdef __x86_64__
#define OC_FULL		"lock addl $0, -4(%%rsp)"
#else
#define OC_FULL		"lock addl $0, -4(%%esp)"
#endif
#endif

#ifdef OC_FULL
static inline void oc_release(void)
{
	__asm__ __volatile__(OC_RELEASE ::: "memory");
}

static inline void oc_acquire(void)
{
	__asm__ __volatile__(OC_ACQUIRE ::: "memory");
}

static inline void oc_full(void)
{
	__asm__ __volatile__(OC_FULL ::: "memory", "cc");
}
#else
/* A processor that nobody argued about: the strongest there is. */
static inline void oc_full(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void oc_release(void)
{
	oc_full();
}

static inline void oc_acquire(void)
{
	oc_full();
}
#endif

#ifdef __CHECKER__
#define OC_FORCE __attribute__((force))
#else
#define OC_FORCE
#endif

/* A call is larger than what it does, but compilers that optimise for size make some. */
#define OC_ALWAYS_INLINE __attribute__((always_inline))

/* Relaxed: plain loads and stores that the compiler neither splits nor repeats. */
static inline OC_ALWAYS_INLINE uint32_t oc_load(const __le32 *k_word)
{
	return __atomic_load_n((const OC_FORCE uint32_t *)k_word, __ATOMIC_RELAXED);
}

static inline OC_ALWAYS_INLINE void oc_store(__le32 *k_word, uint32_t value)
{
	__atomic_store_n((OC_FORCE uint32_t *)k_word, value, __ATOMIC_RELAXED);
}

/*
 * Both sizes at once. Where 64 bits that are aligned are stored by one instruction that
 * costs one change of the line's owner; elsewhere they are two stores. The other side
 * may see them apart, in either order.
 */
static inline void oc_store_sizes(struct tfs_shm_poll_header *k, uint32_t to_tfs,
				  uint32_t from_tfs)
{
#if defined(__aarch64__) || defined(__x86_64__)
	typedef uint64_t __attribute__((may_alias)) both;

	__atomic_store_n((both *)k, (uint64_t)from_tfs << 32 | to_tfs, __ATOMIC_RELAXED);
#else
	oc_store(&k->size_from_tfs, from_tfs);
	oc_store(&k->size_to_tfs, to_tfs);
#endif
}

/* The three UUIDs: four words, read or written one by one, by nobody as a whole. */
static inline void oc_load_uuid(uint32_t uuid[4], const __le32 k_uuid[4])
{
	for (int i = 0; i < 4; i++)
		uuid[i] = oc_load(&k_uuid[i]);
}

static inline void oc_store_uuid(__le32 k_uuid[4], const uint32_t uuid[4])
{
	oc_store(&k_uuid[0], uuid[0]);
	oc_store(&k_uuid[1], uuid[1]);
	oc_store(&k_uuid[2], uuid[2]);
	oc_store(&k_uuid[3], uuid[3]);
}

/*
 * The buffer: whoever's turn it is has it alone, so plain copies do. The compiler may
 * not go back to shared memory for what was copied: the other side may be broken.
 */
static inline void oc_copy_in(void *to, const uint8_t *k_from, size_t n)
{
	memcpy(to, k_from, n);
	__asm__ __volatile__("" ::: "memory");
}

static inline void oc_copy_out(uint8_t *k_to, const void *from, size_t n)
{
	memcpy(k_to, from, n);
	__asm__ __volatile__("" ::: "memory");
}

#endif /* OC_BARRIER_H */
