/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * reactor.h: the loop that looks at the channels in turn
 */
#ifndef TFSD_REACTOR_H
#define TFSD_REACTOR_H

#include "channel.h"

/**
 * struct reactor
 * @channels:  what it serves
 * @nchannels: how many, at least 1
 * @signal_fd: a signalfd; the first signal on it ends the loop
 * @wake_fd:   an eventfd that the stores write to
 * @ladder:    what it does when nothing happens; oc_ladder_set() changes that while it runs
 */
struct reactor {
	struct channel *channels;
	unsigned int nchannels;
	int signal_fd;
	int wake_fd;
	struct oc_ladder ladder;
};

/*
 * Makes the ladder, by what the channels want; all else is filled in. What cannot be is
 * logged. @spin_ns: the most that adaptive spins.
 */
void reactor_init(struct reactor *reactor, uint32_t spin_ns);

/*
 * Serves until a signal comes, then takes nothing new and finishes what is being
 * worked on, for a second at most. Returns the signal's number, or -1 with errno.
 */
int reactor_run(struct reactor *reactor);

#endif /* TFSD_REACTOR_H */
