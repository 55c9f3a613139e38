/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench_peer.h: the other end, a child process on another processor
 *
 * It serves one side at a time, when it is told to, and blocks in between: whoever
 * serves then has the processor alone. It ends with its parent.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bench_side;

struct bench_peer {
	pid_t pid;
	int command;
	int done;
};

/* Keeps this process on processor @cpu; false with errno. */
bool bench_pin(int cpu);

/*
 * The first two processors that this process may use; false if there is but one,
 * which is then both.
 */
bool bench_processors(int cpus[2]);

/* Forks it, on @cpu, with @sides as they are now; false with errno. */
bool bench_peer_start(struct bench_peer *peer, struct bench_side *sides, int cpu);

/* It serves @trips trips of sides[@side] from now on. */
bool bench_peer_serve(struct bench_peer *peer, size_t side, uint64_t trips);

/* Waits until it has; false if it is dead. */
bool bench_peer_done(struct bench_peer *peer);

void bench_peer_stop(struct bench_peer *peer);

#endif /* BENCH_PEER_H */
