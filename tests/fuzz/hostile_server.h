/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile_server.h: a server that does what the input says, on the channel of access.h
 *
 * It writes the memory with no accessor, and gets its turns from the client: whenever
 * that waits, and before any access that it makes. What an honest server would have to
 * compute is computed for it - check words, epochs, responses - so that a few bytes of
 * input take a client far; then it damages what it sends.
 */
#ifndef FUZZ_HOSTILE_SERVER_H
#define FUZZ_HOSTILE_SERVER_H

#include "input.h"

/* For each input, of which the caller takes its own part. */
void hostile_begin(struct input *in);

/* Before an access of the client's: struct access.look. */
void hostile_tamper(void);

/* The client's port. No more input: the client waits for nothing more. */
int hostile_turn(void *ctx, uint32_t turn);
int hostile_sleep(void *ctx, uint32_t us);
uint32_t hostile_now_us(void *ctx);

#endif /* FUZZ_HOSTILE_SERVER_H */
