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
 * @nchannels: how many
 * @wait:      what it does when nothing happens
 * @signal_fd: a signalfd; the first signal on it ends the loop
 * @wake_fd:   an eventfd that the stores write to
 */
struct reactor {
	struct channel *channels;
	unsigned int nchannels;
	enum oc_wait wait;
	int signal_fd;
	int wake_fd;
};

/*
 * Serves until a signal comes, then takes nothing new and finishes what is being
 * worked on, for a second at most. Returns the signal's number, or -1 with errno.
 */
int reactor_run(struct reactor *reactor);

#endif /* TFSD_REACTOR_H */
