// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * reactor.c: serves channels until it is stopped
 *
 * An idle turn is spent as the ladder says (oc/ladder.h). Where that is to block, it is
 * in the wait set, which ends when the latch is set; the channels themselves cannot wake
 * anybody: hence the ladder's bound. The latch is reset before the last look, so whatever
 * it was set for is found by that look, or ends the wait.
 *
 * A turn asks for everything that the latch may be set for, so while it does not block
 * the latch is left alone.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "activity_thread.h"
#include "clock.h"
#include "log.h"
#include "reactor.h"

#define DRAIN_MS	1000u

static bool turn(struct reactor *reactor)
{
	bool moved = false;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		moved |= channel_turn(&reactor->channels[i]);
	return moved;
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

/* For @ns at most. OC_OK, or OC_ESYSTEM with errno. */
static int block(struct reactor *reactor, uint32_t ns)
{
	struct oc_event event;
	int n;

	oc_latch_reset(&reactor->thread.latch);
	if (oc_interrupts_pending(&reactor->thread.interrupts))
		return OC_OK;
	if (turn(reactor)) {
		oc_ladder_reset(&reactor->ladder);
		return OC_OK;
	}
	activity_wait_begin(ACTIVITY_TIMER);
	n = oc_wait_set_wait(&reactor->set, &event, 1, ns);
	activity_wait_end();
	return n < 0 ? OC_ESYSTEM : OC_OK;
}

/* One turn, and what comes after one that found nothing. */
static int serve_turn(struct reactor *reactor)
{
	uint32_t ns;

	if (turn(reactor)) {
		oc_ladder_reset(&reactor->ladder);
		return OC_OK;
	}
	oc_ladder_watch(&reactor->ladder, line_to_watch(reactor));
	ns = oc_ladder_step(&reactor->ladder);
	return ns ? block(reactor, ns) : OC_OK;
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
static int drain(struct reactor *reactor)
{
	uint64_t since = clock_ms();
	int status = OC_OK;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		channel_drain(&reactor->channels[i]);
	while (status == OC_OK && !all_quiet(reactor) && clock_ms() - since < DRAIN_MS) {
		oc_interrupts_check(&reactor->thread.interrupts);
		status = serve_turn(reactor);
	}
	return status;
}

static void run(struct thread *thread, void *ctx)
{
	struct reactor *reactor = ctx;
	int status = OC_OK;

	while (status == OC_OK) {
		if (oc_interrupts_check(&thread->interrupts) & OC_INTERRUPT_DIE)
			break;
		status = serve_turn(reactor);
	}
	if (status == OC_OK)
		status = drain(reactor);
	if (status != OC_OK)
		log_error("%s: waiting: %s", thread->name, strerror(errno));
	reactor->failed = status != OC_OK;
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

static void init_ladder(struct reactor *reactor, uint32_t spin_ns)
{
	enum oc_wait wait = policy_of(reactor);

	oc_ladder_init(&reactor->ladder, wait, line_to_watch(reactor));
	oc_ladder_set_spin_max(&reactor->ladder, spin_ns);
	if (oc_ladder_in_force(&reactor->ladder) != wait)
		log_warning("wait = %s: %s; %s instead", oc_wait_names[wait],
			    why_no_monitor(reactor),
			    oc_wait_names[oc_ladder_in_force(&reactor->ladder)]);
}

static int init_set(struct reactor *reactor)
{
	int status = oc_wait_set_init(&reactor->set, reactor->sources,
				      sizeof(reactor->sources) / sizeof(reactor->sources[0]));

	if (status != OC_OK)
		return status;
	status = oc_wait_set_add_latch(&reactor->set, &reactor->thread.latch, NULL);
	if (status >= 0)
		return OC_OK;
	oc_wait_set_close(&reactor->set);
	return status;
}

/* An administrator has an order for a session. */
static int obey(void *ctx)
{
	struct reactor *reactor = ctx;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		channel_obey(&reactor->channels[i]);
	return 0;
}

static void take_channels(struct reactor *reactor)
{
	oc_interrupts_handle(&reactor->thread.interrupts, OC_INTERRUPT_CANCEL, obey, reactor);
	for (unsigned int i = 0; i < reactor->nchannels; i++)
		reactor->channels[i].interrupts = &reactor->thread.interrupts;
}

int reactor_init(struct reactor *reactor, unsigned int number, struct channel *channels,
		 unsigned int nchannels, uint32_t spin_ns, struct oc_proc_barrier *barrier,
		 struct oc_latch *tell)
{
	char name[sizeof(reactor->thread.name)];
	int status;

	*reactor = (struct reactor){ .channels = channels, .nchannels = nchannels };
	snprintf(name, sizeof(name), "reactor %u", number);
	status = thread_init(&reactor->thread, name, barrier, tell);
	if (status != OC_OK)
		return status;
	status = init_set(reactor);
	if (status != OC_OK) {
		thread_destroy(&reactor->thread);
		return status;
	}
	take_channels(reactor);
	init_ladder(reactor, spin_ns);
	return OC_OK;
}

int reactor_start(struct reactor *reactor)
{
	return thread_start(&reactor->thread, run, NULL, reactor);
}

void reactor_stop(struct reactor *reactor)
{
	oc_interrupts_raise(&reactor->thread.interrupts, OC_INTERRUPT_DIE);
}

void reactor_close(struct reactor *reactor)
{
	thread_join(&reactor->thread);
	oc_wait_set_close(&reactor->set);
	thread_destroy(&reactor->thread);
}
