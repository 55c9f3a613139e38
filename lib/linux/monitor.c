// SPDX-License-Identifier: MIT
/*
 * monitor.c: UMWAIT, MWAITX, WFE
 *
 * On aarch64 a load-exclusive arms the monitor, and an event wakes WFE when a store of
 * another observer clears it. The protocol has no exclusives in the region, because
 * memory that is not write-back may have no monitor that sees them, and the load may
 * even abort. Here is none of that: only write-back lines are given to us, and there is
 * no store-exclusive, so nothing in the channel depends on whether the monitor works.
 * If it does not - a peer whose stores do not snoop, a hypervisor - the kernel's event
 * stream ends the WFE, and without an event stream we do not monitor at all.
 */
#include "monitor.h"

#ifdef __aarch64__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#define CPUID_7_ECX_WAITPKG		(1u << 5)
#define CPUID_80000001_ECX_MWAITX	(1u << 29)
#define HWCAP_EVENT_STREAM		(1ul << 2)

#ifdef __aarch64__
_Static_assert(HWCAP_EVENT_STREAM == HWCAP_EVTSTRM, "the kernel has it so");
#endif

#ifdef __x86_64__
struct cpuid {
	uint32_t a, b, c, d;
};

static struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid r;

	__asm__("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
	return r;
}

/* The first leaf of a range tells its last; what lies behind that is anything. */
static uint32_t cpuid_ecx(uint32_t leaf)
{
	return cpuid(leaf & 0x80000000).a >= leaf ? cpuid(leaf).c : 0;
}
#endif

void oc_monitor_facts(struct oc_monitor_facts *facts)
{
	*facts = (struct oc_monitor_facts){
#if defined(__x86_64__)
		.cpuid_7_ecx = cpuid_ecx(7),
		.cpuid_80000001_ecx = cpuid_ecx(0x80000001),
#elif defined(__aarch64__)
		.hwcap = getauxval(AT_HWCAP),
#endif
	};
}

enum oc_monitor oc_monitor_choose(const struct oc_monitor_facts *facts)
{
	if (facts->cpuid_7_ecx & CPUID_7_ECX_WAITPKG)
		return OC_MONITOR_UMWAIT;
	if (facts->cpuid_80000001_ecx & CPUID_80000001_ECX_MWAITX)
		return OC_MONITOR_MWAITX;
	if (facts->hwcap & HWCAP_EVENT_STREAM)
		return OC_MONITOR_WFE;
	return OC_MONITOR_NONE;
}

/* Whoever asks at the same time finds the same. */
enum oc_monitor oc_monitor_have(void)
{
	static int had = -1;
	struct oc_monitor_facts facts;
	int have = __atomic_load_n(&had, __ATOMIC_RELAXED);

	if (have < 0) {
		oc_monitor_facts(&facts);
		have = (int)oc_monitor_choose(&facts);
		__atomic_store_n(&had, have, __ATOMIC_RELAXED);
	}
	return (enum oc_monitor)have;
}

/* size_to_tfs and size_from_tfs; server_word and client_word. Two loads may tear. */
static inline uint64_t sizes_of(const void *line)
{
	return __atomic_load_n((const uint64_t *)line, __ATOMIC_RELAXED);
}

static inline uint64_t words_of(const void *line)
{
	return __atomic_load_n((const uint64_t *)line + 7, __ATOMIC_RELAXED);
}

void oc_monitor_look(const void *line, uint64_t seen[2])
{
	seen[0] = sizes_of(line);
	seen[1] = words_of(line);
}

#if defined(__x86_64__)
static inline bool is_as(const void *line, const uint64_t seen[2])
{
	return sizes_of(line) == seen[0] && words_of(line) == seen[1];
}

/*
 * The counter runs at 1 GHz or faster, so as many ticks as nanoseconds are no longer.
 * 1: C0.1, which is left faster than C0.2.
 */
static void umwait(const void *line, const uint64_t seen[2], uint32_t ns)
{
	uint32_t low, high;
	uint64_t until;

	__asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high));
	until = ((uint64_t)high << 32 | low) + ns;
	__asm__ __volatile__("umonitor %0" :: "r"(line) : "memory");
	if (is_as(line, seen))
		__asm__ __volatile__("umwait %0" :: "r"(1u), "a"((uint32_t)until),
				     "d"((uint32_t)(until >> 32)) : "memory", "cc");
}

/* a: 0xf0 stays in C0. c: 2 means that b is a limit, in the same ticks. */
static void mwaitx(const void *line, const uint64_t seen[2], uint32_t ns)
{
	__asm__ __volatile__("monitorx" :: "a"(line), "c"(0), "d"(0) : "memory");
	if (is_as(line, seen))
		__asm__ __volatile__("mwaitx" :: "a"(0xf0), "b"(ns), "c"(2) : "memory");
}

void oc_monitor_wait(enum oc_monitor how, const void *line, const uint64_t seen[2], uint32_t ns)
{
	if (how == OC_MONITOR_UMWAIT)
		umwait(line, seen, ns);
	else if (how == OC_MONITOR_MWAITX)
		mwaitx(line, seen, ns);
}
#elif defined(__aarch64__)
/*
 * In one piece, for a store of our own in between, of a spilt register, might disarm
 * the monitor. With acquire, for the second look must come after arming. An event that
 * is pending from before ends the WFE at once: the next one waits.
 */
void oc_monitor_wait(enum oc_monitor how, const void *line, const uint64_t seen[2], uint32_t ns)
{
	uint64_t sizes, words;

	(void)ns;
	if (how != OC_MONITOR_WFE)
		return;
	__asm__ __volatile__("	ldaxr	%0, [%2]\n"
			     "	ldr	%1, [%2, #56]\n"
			     "	eor	%0, %0, %3\n"
			     "	eor	%1, %1, %4\n"
			     "	orr	%0, %0, %1\n"
			     "	cbnz	%0, 1f\n"
			     "	wfe\n"
			     "1:\n"
			     : "=&r"(sizes), "=&r"(words)
			     : "r"(line), "r"(seen[0]), "r"(seen[1]) : "memory");
}
#else
void oc_monitor_wait(enum oc_monitor how, const void *line, const uint64_t seen[2], uint32_t ns)
{
	(void)how;
	(void)line;
	(void)seen;
	(void)ns;
}
#endif
