/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * watch.h: prints what changes in a channel, as lib/PROTOCOL.md shows it
 *
 *	client
 *	  buffer
 *	    0000  18 00 00 00 01 00 00 00
 *	  size_to_tfs    00000018
 *
 * Two parties take turns, so whatever differs since the last look was written by
 * the one whose turn it was. A size word that was raised brings its packet along.
 */
#ifndef TEST_WATCH_H
#define TEST_WATCH_H

#include <stdint.h>
#include <stdio.h>

#include <linux/tfs_shm_poll.h>

#define WATCH_WORDS	(TFS_SHM_POLL_HEADER_SIZE / 4)

/**
 * struct watch - a channel under observation
 * @channel: its header, and the buffer behind it
 * @out:     where to print
 * @who:     whose changes were printed last: a name is printed when it changes
 * @seen:    the header's words at the last look
 */
struct watch {
	const uint8_t *channel;
	FILE *out;
	const char *who;
	uint32_t seen[WATCH_WORDS];
};

/* Prints what has changed, under the name of @who did it; nothing if nothing has. */
void watch_look(struct watch *watch, const char *who);

#endif
