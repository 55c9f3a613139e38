// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * reactor.c: the loop that looks at the channels in turn
 *
 * An idle turn is spent as the ladder says (oc/ladder.h). Where that is to block, it is
 * on the descriptors that a signal or a finished sync makes readable; the channels
 * themselves cannot wake anybody: hence the ladder's bound.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "reactor.h"

/*
 * Between looks at the descriptors while not blocking. A turn that monitors is long; one
 * that yields is, too, where others want the core: each of them may take milliseconds.
 */
#define TURNS_PER_LOOK		1024u
#define TURNS_PER_LOOK_YIELD	64u
#define TURNS_PER_LOOK_MONITOR	16u
#define DRAIN_MS		1000u

/* The signal that came, 0, or -1. Blocks for @ns at most. */
static int look_at_descriptors(struct reactor *reactor, long ns)
{
	struct pollfd fds[] = {
		{ .fd = reactor->signal_fd, .events = POLLIN },
		{ .fd = reactor->wake_fd, .events = POLLIN },
	};
	struct timespec timeout = { .tv_nsec = ns };
	struct signalfd_siginfo info;
	uint64_t count;

	if (ppoll(fds, 2, &timeout, NULL) < 0)
		return errno == EINTR ? 0 : -1;
	if (fds[1].revents & POLLIN && read(reactor->wake_fd, &count, sizeof(count)) < 0 &&
	    errno != EAGAIN)
		return -1;
	if (!(fds[0].revents & POLLIN))
		return 0;
	if (read(reactor->signal_fd, &info, sizeof(info)) != sizeof(info))
		return errno == EAGAIN ? 0 : -1;
	return info.ssi_signo;
}

/*
 * The only line that can be monitored is that of an only channel, while its client is
 * all that is waited for: a sync that ends does not touch it.
 */
static const void *line_to_watch(const struct reactor *reactor)
{
	const struct channel *channel = &reactor->channels[0];

	return reactor->nchannels == 1 && channel_awaits_client(channel) ? channel->region.line
									 : NULL;
}

/* One idle turn. Returns as look_at_descriptors(). */
static int wait_turn(struct reactor *reactor)
{
	uint32_t ns;

	oc_ladder_watch(&reactor->ladder, line_to_watch(reactor));
	ns = oc_ladder_step(&reactor->ladder);
	return ns ? look_at_descriptors(reactor, ns) : 0;
}

static bool turn(struct reactor *reactor)
{
	bool moved = false;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		moved |= channel_turn(&reactor->channels[i]);
	return moved;
}

static bool all_quiet(const struct reactor *reactor)
{
	for (unsigned int i = 0; i < reactor->nchannels; i++)
		if (!channel_quiet(&reactor->channels[i]))
			return false;
	return true;
}

/*
 * What was acknowledged stays, a request that is being worked on is answered, nothing
 * new begins. One that has not come in whole was never begun.
 */
static void drain(struct reactor *reactor)
{
	uint64_t since = clock_ms();

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		channel_drain(&reactor->channels[i]);
	while (!all_quiet(reactor) && clock_ms() - since < DRAIN_MS) {
		if (turn(reactor))
			oc_ladder_reset(&reactor->ladder);
		else if (wait_turn(reactor) < 0)
			return;
	}
}

static unsigned int turns_per_look(const struct reactor *reactor)
{
	switch (oc_ladder_in_force(&reactor->ladder)) {
	case OC_WAIT_MONITOR:
		return TURNS_PER_LOOK_MONITOR;
	case OC_WAIT_YIELD:
		return TURNS_PER_LOOK_YIELD;
	default:
		return TURNS_PER_LOOK;
	}
}

int reactor_run(struct reactor *reactor)
{
	unsigned int turns = 0;
	int signal = 0;

	while (!signal) {
		if (turn(reactor))
			oc_ladder_reset(&reactor->ladder);
		else
			signal = wait_turn(reactor);
		if (!signal && ++turns % turns_per_look(reactor) == 0)
			signal = look_at_descriptors(reactor, 0);
	}
	if (signal > 0)
		drain(reactor);
	return signal;
}

/* The most eager of its channels decides, for all of them are looked at in one turn. */
static enum oc_wait policy_of(const struct reactor *reactor)
{
	enum oc_wait wait = OC_WAIT_SLEEP;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		wait = oc_wait_eager(wait, reactor->channels[i].wait);
	return wait;
}

static const char *why_no_monitor(const struct reactor *reactor)
{
	if (!oc_wait_monitor())
		return "this processor has no way to";
	if (reactor->nchannels > 1)
		return "it is for an only channel";
	return "the channel's memory is not write-back";
}

void reactor_init(struct reactor *reactor, uint32_t spin_ns)
{
	enum oc_wait wait = policy_of(reactor);

	oc_ladder_init(&reactor->ladder, wait, line_to_watch(reactor));
	oc_ladder_set_spin_max(&reactor->ladder, spin_ns);
	if (oc_ladder_in_force(&reactor->ladder) != wait)
		log_warning("wait = %s: %s; %s instead", oc_wait_names[wait],
			    why_no_monitor(reactor),
			    oc_wait_names[oc_ladder_in_force(&reactor->ladder)]);
}
