/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scribble.h: a firmware gone mad, as far as one channel is concerned
 *
 * It stores anything anywhere in that channel's header and buffer. Most of that a
 * server never looks at, so now and then it also does what a client does: asks for the
 * channel, hands over what could be a request, logs in, takes a response, detaches.
 */
#ifndef TEST_SCRIBBLE_H
#define TEST_SCRIBBLE_H

#include <stdint.h>

#include <linux/tfs_shm_poll.h>

/**
 * struct scribbler - all fields are private
 * @id:       of the server, from before its UUID was scribbled over
 * @epoch:    that the server said last
 * @own_word: what we last put in its word's place
 * @patience: acts that are left out until the server has done something, @awaited
 *            being its word before
 * @acts:     so far
 */
struct scribbler {
	struct tfs_shm_poll_header *header;
	uint32_t random;
	uint32_t id;
	uint16_t epoch;
	uint32_t own_word;
	uint32_t patience;
	uint32_t awaited;
	uint32_t acts;
};

/* Once the server is READY: its UUID is read. @seed: not 0; the same acts each time. */
void scribbler_init(struct scribbler *s, void *channel, uint32_t seed);

/* One act. */
void scribble(struct scribbler *s);

#endif
