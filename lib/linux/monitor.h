/* SPDX-License-Identifier: MIT */
/*
 * monitor.h: instructions that wait until a line of memory changes
 *
 * A wait here ends with a store to the line by anybody, with an interrupt, for no
 * reason, or after its time: it is never more than a hint that looking again is
 * worthwhile.
 *
 * A store between the caller's look and the moment in which the processor begins to
 * watch would be missed until then. So the caller takes a copy of the line's words
 * before it looks, and oc_monitor_wait() compares them once more after arming.
 */
#ifndef OC_MONITOR_H
#define OC_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

enum oc_monitor {
	OC_MONITOR_NONE = 0,
	OC_MONITOR_UMWAIT,	/* Intel, since Tremont and Sapphire Rapids */
	OC_MONITOR_MWAITX,	/* AMD, since Excavator */
	OC_MONITOR_WFE,		/* aarch64 */
};

/**
 * struct oc_monitor_facts - what the processor and the kernel say of themselves
 * @cpuid_7_ecx:        CPUID leaf 7, subleaf 0; 0 where there is none
 * @cpuid_80000001_ecx: likewise
 * @hwcap:              AT_HWCAP of aarch64, 0 elsewhere
 */
struct oc_monitor_facts {
	uint32_t cpuid_7_ecx;
	uint32_t cpuid_80000001_ecx;
	unsigned long hwcap;
};

void oc_monitor_facts(struct oc_monitor_facts *facts);
enum oc_monitor oc_monitor_choose(const struct oc_monitor_facts *facts);

/* What this machine has; asked once. Any thread. */
enum oc_monitor oc_monitor_have(void);

/*
 * The words of a channel's header that end a wait: both sizes, server_word and
 * client_word. A client that attaches changes client_uuid alone, and may be seen later.
 */
void oc_monitor_look(const void *line, uint64_t seen[2]);

/*
 * Waits as @how says, which this machine must have, unless the line differs from @seen
 * already. For @ns at most, and then less where the kernel has a limit of its own;
 * aarch64 has no limit but the kernel's, some 100 us.
 */
void oc_monitor_wait(enum oc_monitor how, const void *line, const uint64_t seen[2], uint32_t ns);

#endif /* OC_MONITOR_H */
