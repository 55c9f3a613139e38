// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * reactor.c: the loop that looks at the channels in turn
 *
 * An idle turn is spent by policy: busy looks again at once; yield lets others run;
 * sleep does both for a while and then blocks, 50 microseconds at first and a
 * millisecond at most, on the descriptors that a signal or a finished sync makes
 * readable. The channels themselves cannot wake anybody: hence the bound.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "reactor.h"

#define TURNS_SPIN		200u
#define TURNS_YIELD		100u
#define TURNS_PER_LOOK		1024u	/* between looks at the descriptors while not sleeping */
#define SLEEP_MIN_NS		50000u
#define SLEEP_MAX_NS		1000000u
#define DRAIN_MS		1000u

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ __volatile__("yield");
#endif
}

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

/* One idle turn, the @idle-th in a row. Returns as look_at_descriptors(). */
static int wait_turn(struct reactor *reactor, unsigned int idle)
{
	unsigned int slept;
	long ns;

	if (reactor->wait == OC_WAIT_BUSY || idle < TURNS_SPIN) {
		relax();
		return 0;
	}
	if (reactor->wait == OC_WAIT_YIELD || idle < TURNS_SPIN + TURNS_YIELD) {
		sched_yield();
		return 0;
	}
	slept = idle - TURNS_SPIN - TURNS_YIELD;
	ns = slept < 5 ? SLEEP_MIN_NS << slept : SLEEP_MAX_NS;
	return look_at_descriptors(reactor, ns < SLEEP_MAX_NS ? ns : SLEEP_MAX_NS);
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
	unsigned int idle = 0;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		channel_drain(&reactor->channels[i]);
	while (!all_quiet(reactor) && clock_ms() - since < DRAIN_MS) {
		idle = turn(reactor) ? 0 : idle + 1;
		if (idle && wait_turn(reactor, idle) < 0)
			return;
	}
}

int reactor_run(struct reactor *reactor)
{
	unsigned int idle = 0, turns = 0;
	int signal = 0;

	while (!signal) {
		if (turn(reactor)) {
			idle = 0;
		} else {
			signal = wait_turn(reactor, idle);
			idle++;
		}
		if (!signal && ++turns % TURNS_PER_LOOK == 0)
			signal = look_at_descriptors(reactor, 0);
	}
	if (signal > 0)
		drain(reactor);
	return signal;
}
