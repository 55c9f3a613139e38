/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the doorbell's firmware and its peer under Linux (tests/kselftest) say to each
 * other, in the buffer of channel 0: Linux asks and rings, firmware answers and rings.
 */
#ifndef TEST_BELL_H
#define TEST_BELL_H

#ifdef __linux__
#include <linux/types.h>
#else
#include <linux/tfs_shm_poll.h>	/* has them without Linux as well */
#endif

#define BELL_ROUNDS	500

/* Little-endian. @ask: 1, 2, ... BELL_ROUNDS; @answer: its complement. */
struct bell_words {
	__u32 ask;
	__u32 answer;
};

#endif
