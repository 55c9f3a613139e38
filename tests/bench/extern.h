/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * extern.h: the program's end of a side that tfs bench has by -x
 *
 * It says that it is ready, reads how many trips to make, prints nanoseconds for one,
 * and ends with its input; tools/tfs/bench_extern.c is the other end.
 */
#ifndef TESTS_BENCH_EXTERN_H
#define TESTS_BENCH_EXTERN_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds that @trips trips took, or a negative number if they failed. */
typedef double (*extern_trips)(uint64_t trips);

/*
 * Serves standard input until it ends; the program's exit status. @turn, unless NULL,
 * is told when the processors are ours and when they are not any more.
 */
int extern_run(extern_trips trips, void (*turn)(bool ours));

/* Says on standard output why there is nothing to measure, and ends the program. */
void extern_cannot(const char *why) __attribute__((noreturn));

/* Stays on the client's processor, or on the server's; false if it cannot. */
bool extern_pin(bool server);

/* There are not two processors: who spins cannot measure. */
bool extern_alone(void);

/* On any processor again. */
bool extern_unpin(void);

double extern_seconds(void);

#endif /* TESTS_BENCH_EXTERN_H */
