/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* bench_process.h: what a process has used, seen from outside */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/**
 * struct bench_usage
 * @cpu:     nanoseconds of processor time
 * @wakeups: how often its threads blocked, and so had to be woken up
 * @losses:  how often somebody else was given the processor of one
 */
struct bench_usage {
	uint64_t cpu;
	uint64_t wakeups;
	uint64_t losses;
};

/* Of process @pid, or of this one with 0; zeroes if there is no such process. */
struct bench_usage bench_usage(pid_t pid);

#endif /* BENCH_PROCESS_H */
