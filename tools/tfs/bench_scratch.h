/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench_scratch.h: a folder of files that are gone at the end, also after a signal
 *
 * It lies in /dev/shm: memory files are memory there.
 */
#ifndef BENCH_SCRATCH_H
#define BENCH_SCRATCH_H

#include <stdbool.h>

/*
 * Makes the folder, and has it removed when INT, TERM or HUP ends the program, or when
 * @seconds are over; false after a message on stderr.
 */
bool bench_scratch_open(unsigned int seconds);

/* The path of file @name in it, which will be removed; the program's. */
const char *bench_scratch_path(const char *name);

void bench_scratch_remove(void);

#endif /* BENCH_SCRATCH_H */
