/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench_side.h: a side - one way of sending a message there and back
 *
 * A measurement takes sides in turn, a slice of time each, round after round, so what
 * else the machine does hits all of them alike. A side has two ends: this process,
 * which makes trips, and most often the peer (bench_peer.h), a child on another
 * processor that serves them. A new way of sending is a file with a kind in it and a
 * line in the table of those that run.
 */
#ifndef BENCH_SIDE_H
#define BENCH_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <oc/region.h>

#define BENCH_SIZE_MAX	0x100000u	/* bytes of the largest message */

struct bench_lines;
struct bench_side;

/**
 * struct bench_kind - what kinds of sides do
 * @open:  once, before the peer is forked: makes what both ends need. NULL, or a text
 *         that says why this side cannot be measured here
 * @begin: before the trips of a slice, while the peer is not serving
 * @trip:  there and back; false: it failed
 * @end:   after them
 * @serve: in the peer: answers @trips trips, then returns. NULL: somebody else answers
 * @slice: instead of all these: makes @trips trips itself and returns nanoseconds for
 *         one, or a negative number if it failed
 * @server: the process that answers, where it is not the peer; may be NULL
 * @close: once; may be NULL
 * @blocks: both ends wait in the kernel: one processor is enough
 */
struct bench_kind {
	const char *(*open)(struct bench_side *side);
	void (*begin)(struct bench_side *side);
	bool (*trip)(struct bench_side *side);
	void (*end)(struct bench_side *side);
	void (*serve)(struct bench_side *side, uint64_t trips);
	double (*slice)(struct bench_side *side, uint64_t trips);
	pid_t (*server)(const struct bench_side *side);
	void (*close)(struct bench_side *side);
	bool blocks;
};

/**
 * struct bench_side
 * @name:  what rows call it
 * @kind:  how it works
 * @size:  bytes of a message, each way
 * @wait:  how the ends wait, where that can be chosen
 * @lines: the memory of the channel that it shares with others
 * @cpus:  of the client, of the server; set when it is opened
 * @argument: of @kind
 * @state: of @kind
 * @why_not: why it is not measured, or NULL
 * @trips: of a slice
 */
struct bench_side {
	const char *name;
	const struct bench_kind *kind;
	uint32_t size;
	enum oc_wait wait;
	struct bench_lines *lines;
	int cpus[2];
	const void *argument;
	void *state;
	const char *why_not;
	uint64_t trips;
};

/* bench_bare.c; @argument: NULL or how to spin, "tight" or "short" */
extern const struct bench_kind bench_line, bench_loop, bench_fragments;

/* bench_channel.c */
extern const struct bench_kind bench_channel;

/* bench_bell.c */
extern const struct bench_kind bench_bell;

/* bench_ipc.c */
extern const struct bench_kind bench_socket, bench_mqueue, bench_eventfd, bench_futex;

/* bench_tfsd.c; @argument is a struct bench_daemon */
extern const struct bench_kind bench_call;

/* bench_remote.c; @argument is the URI, a struct oc_uri */
extern const struct bench_kind bench_remote;

/* bench_extern.c; @argument is the command */
extern const struct bench_kind bench_extern;

#endif /* BENCH_SIDE_H */
