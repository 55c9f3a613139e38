/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * channels.h: all channels that tfsd serves
 */
#ifndef TFSD_CHANNELS_H
#define TFSD_CHANNELS_H

#include "channel.h"

/**
 * struct channels
 * @next_session: the id of the next login on any of them
 */
struct channels {
	struct channel *list;
	unsigned int count;
	uint32_t next_session;
};

/*
 * Opens all that @config names in the server's role, and starts serving, or none; the
 * log says what failed. Makes the memory file if there is to be one. Their databases are those
 * of the reactor that gets them.
 */
int channels_open(struct channels *channels, const struct config *config);

/* Ends all sessions, leaves the channels without a server. Nobody serves them any more. */
void channels_close(struct channels *channels);

#endif /* TFSD_CHANNELS_H */
