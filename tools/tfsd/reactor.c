// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * reactor.c: serves channels until it is stopped
 *
 * An idle turn is spent as the ladder says (oc/ladder.h). Where that is to block, it is
 * in the wait set, which ends when the latch is set or a client rings. The latch is reset,
 * and clients are told to ring, before the last look: whatever came is found by that look,
 * or ends the wait. Clients that do not ring are found by looking again in time, as the
 * ladder says; where all of them do, the wait has no end of its own.
 *
 * A turn asks for everything that the latch may be set for, so while it does not block
 * the latch is left alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity_thread.h"
#include "log.h"
#include "reactor.h"

#define EVENTS_MAX	16u

static bool turn(struct reactor *reactor)
{
	bool moved = false;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		moved |= channel_turn(reactor->channels[i]);
	return moved;
}

/*
 * The only line that can be monitored is that of an only channel, while its client is
 * all that is waited for: a sync that ends does not touch it.
 */
static const void *line_to_watch(const struct reactor *reactor)
{
	const struct channel *channel = reactor->channels[0];

	return reactor->nchannels == 1 && channel_awaits_client(channel) ? channel->region.line
									 : NULL;
}

/* The least of what its channels allow; -1: for ever. */
static int64_t patience(const struct reactor *reactor, int64_t ns)
{
	int64_t least = -1;

	for (unsigned int i = 0; i < reactor->nchannels; i++) {
		int64_t one = channel_patience(reactor->channels[i], ns);

		if (one >= 0 && (least < 0 || one < least))
			least = one;
	}
	return least;
}

static void take_rings(struct reactor *reactor, const struct oc_event *events, int n)
{
	for (int i = 0; i < n; i++)
		if (events[i].data && !channel_take_ring(events[i].data))
			oc_wait_set_remove(&reactor->set, events[i].id);
}

static int wait_events(struct reactor *reactor, int64_t ns)
{
	struct oc_event events[EVENTS_MAX];
	int n;

	activity_wait_begin(ns < 0 ? ACTIVITY_DOORBELL : ACTIVITY_TIMER);
	n = oc_wait_set_wait(&reactor->set, events, EVENTS_MAX, ns);
	activity_wait_end();
	oc_ladder_woken(&reactor->ladder);
	take_rings(reactor, events, n);
	return n < 0 ? n : OC_OK;
}

/* For @ns at most where somebody may not ring. OC_OK, or OC_ESYSTEM with errno. */
static int block(struct reactor *reactor, uint32_t ns)
{
	int status = OC_OK;

	oc_latch_reset(&reactor->thread.latch);
	for (unsigned int i = 0; i < reactor->nchannels; i++)
		channel_sleep(reactor->channels[i]);
	if (turn(reactor))
		oc_ladder_reset(&reactor->ladder);
	else if (!oc_interrupts_pending(&reactor->thread.interrupts))
		status = wait_events(reactor, patience(reactor, ns));
	for (unsigned int i = 0; i < reactor->nchannels; i++)
		channel_awake(reactor->channels[i]);
	return status;
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

/* What was acknowledged stays; a request that has not come in whole was never begun. */
static bool has_finished(const struct reactor *reactor)
{
	const enum shutdown_mode mode = reactor->stopping;

	for (unsigned int i = 0; mode && mode < SHUTDOWN_NOW && i < reactor->nchannels; i++)
		if (!(mode == SHUTDOWN_SMART ? channel_finished(reactor->channels[i])
					     : channel_awaits_client(reactor->channels[i])))
			return false;
	return mode != SHUTDOWN_NONE;
}

static void take_order(struct reactor *reactor)
{
	enum shutdown_mode mode = atomic_load_explicit(&reactor->order, memory_order_relaxed);

	for (unsigned int i = 0; i < reactor->nchannels && !reactor->stopping; i++)
		channel_drain(reactor->channels[i]);
	reactor->stopping = mode;
}

/* The most eager of its channels decides, for all of them are looked at in one turn. */
static enum oc_wait policy_of(const struct reactor *reactor)
{
	enum oc_wait wait = OC_WAIT_SLEEP;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		wait = oc_wait_eager(wait, reactor->channels[i]->wait);
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

static void set_ladder(struct reactor *reactor)
{
	enum oc_wait wait = policy_of(reactor);

	oc_ladder_watch(&reactor->ladder, line_to_watch(reactor));
	oc_ladder_set(&reactor->ladder, wait);
	oc_ladder_set_spin_max(&reactor->ladder, reactor->config->spin_ns);
	if (oc_ladder_in_force(&reactor->ladder) != wait)
		log_warning("wait = %s: %s; %s instead", oc_wait_names[wait],
			    why_no_monitor(reactor),
			    oc_wait_names[oc_ladder_in_force(&reactor->ladder)]);
}

/* From here on the old one is not used any more. */
static void take_config(struct reactor *reactor)
{
	const struct config *next = __atomic_load_n(&reactor->next, __ATOMIC_ACQUIRE);

	if (reactor->config == next)
		return;
	reactor->config = next;
	for (unsigned int i = 0; i < reactor->nchannels; i++)
		channel_configure(reactor->channels[i], next);
	set_ladder(reactor);
}

static uint32_t absorb(void *ctx, uint32_t types)
{
	if (types & BARRIER_CONFIG)
		take_config(ctx);
	return 0;
}

/* An administrator has an order for a session. */
static int obey(void *ctx)
{
	struct reactor *reactor = ctx;

	for (unsigned int i = 0; i < reactor->nchannels; i++)
		channel_obey(reactor->channels[i]);
	return 0;
}

static void run(struct thread *thread, void *ctx)
{
	struct reactor *reactor = ctx;
	int status = OC_OK;

	take_config(reactor);
	while (status == OC_OK && !has_finished(reactor)) {
		uint32_t reasons = oc_interrupts_check(&thread->interrupts);

		if (reasons & OC_INTERRUPT_DIE)
			take_order(reactor);
		/* Then it may have finished, and must not block: nobody would wake it. */
		if (!reasons)
			status = serve_turn(reactor);
	}
	if (status != OC_OK)
		log_error("%s: waiting: %s", thread->name, strerror(errno));
	reactor->failed = status != OC_OK;
}

static int init_set(struct reactor *reactor, unsigned int room)
{
	int status;

	/* The latch, and a bell for each channel. */
	reactor->sources = calloc(room + 1, sizeof(reactor->sources[0]));
	if (!reactor->sources)
		return OC_ENOMEM;
	status = oc_wait_set_init(&reactor->set, reactor->sources, room + 1);
	if (status != OC_OK)
		goto free_sources;
	status = oc_wait_set_add_latch(&reactor->set, &reactor->thread.latch, NULL);
	if (status >= 0)
		return OC_OK;
	oc_wait_set_close(&reactor->set);
free_sources:
	free(reactor->sources);
	return status;
}

int reactor_init(struct reactor *reactor, unsigned int number, unsigned int room,
		 struct oc_proc_barrier *barrier, struct oc_latch *tell)
{
	char name[sizeof(reactor->thread.name)];
	int status;

	*reactor = (struct reactor){ .channels = calloc(room, sizeof(reactor->channels[0])) };
	if (!reactor->channels)
		return OC_ENOMEM;
	snprintf(name, sizeof(name), "reactor %u", number);
	status = thread_init(&reactor->thread, name, barrier, tell);
	if (status != OC_OK)
		goto free_channels;
	status = init_set(reactor, room);
	if (status != OC_OK)
		goto destroy_thread;
	oc_interrupts_handle(&reactor->thread.interrupts, OC_INTERRUPT_CANCEL, obey, reactor);
	oc_ladder_init(&reactor->ladder, OC_WAIT_ADAPTIVE, NULL);
	return OC_OK;

destroy_thread:
	thread_destroy(&reactor->thread);
free_channels:
	free(reactor->channels);
	return status;
}

int reactor_add(struct reactor *reactor, struct channel *channel)
{
	int status = OC_OK;

	if (channel->bell.fd >= 0)
		status = oc_wait_set_add_fd(&reactor->set, channel->bell.fd, OC_EVENT_READABLE,
					    channel);
	if (status < 0)
		return status;
	reactor->channels[reactor->nchannels++] = channel;
	channel->databases = &reactor->conns;
	channel->leaving = &reactor->leaving;
	channel->interrupts = &reactor->thread.interrupts;
	return OC_OK;
}

void reactor_configure(struct reactor *reactor, const struct config *config)
{
	__atomic_store_n(&reactor->next, config, __ATOMIC_RELEASE);
}

int reactor_start(struct reactor *reactor)
{
	return thread_start(&reactor->thread, run, absorb, reactor);
}

void reactor_stop(struct reactor *reactor, enum shutdown_mode mode)
{
	atomic_store_explicit(&reactor->order, (int)mode, memory_order_relaxed);
	atomic_store_explicit(&reactor->leaving, mode >= SHUTDOWN_FAST, memory_order_relaxed);
	oc_interrupts_raise(&reactor->thread.interrupts, OC_INTERRUPT_DIE);
}

bool reactor_has_ended(const struct reactor *reactor)
{
	return !reactor->thread.started || thread_has_ended(&reactor->thread);
}

void reactor_close(struct reactor *reactor)
{
	oc_wait_set_close(&reactor->set);
	free(reactor->sources);
	thread_destroy(&reactor->thread);
	free(reactor->channels);
}
