// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * loop.c: waits for everything that the main thread waits for, and calls who is told
 *
 * The latch is reset before the looks, so what is published later ends the next wait.
 */
#include "loop.h"

#define EVENTS_MAX	16u

int loop_init(struct loop *loop)
{
	int status;

	*loop = (struct loop){ .stopped = false };
	status = oc_latch_init(&loop->latch);
	if (status != OC_OK)
		return status;
	status = oc_wait_set_init(&loop->set, loop->sources, LOOP_SOURCES_MAX);
	if (status != OC_OK)
		goto close_latch;
	status = oc_wait_set_add_latch(&loop->set, &loop->latch, NULL);
	if (status >= 0)
		return OC_OK;
	oc_wait_set_close(&loop->set);
close_latch:
	oc_latch_close(&loop->latch);
	return status;
}

void loop_close(struct loop *loop)
{
	oc_wait_set_close(&loop->set);
	oc_latch_close(&loop->latch);
}

static void run_looks(struct loop *loop)
{
	struct loop_look *look;

	for (look = loop->looks; look && !loop->stopped; look = loop->next_look) {
		loop->next_look = look->next;
		look->look(look);
	}
	loop->next_look = NULL;
}

/* Those that are due now; what they set for now waits for the next turn. */
static void fire_timers(struct loop *loop)
{
	uint64_t now = oc_clock_ns();
	struct loop_timer *timer;

	while ((timer = loop->timers) && timer->at_ns <= now && !loop->stopped) {
		loop_cancel_timer(loop, timer);
		timer->fire(timer);
	}
}

/* What an earlier handler of this turn has removed is told nothing. */
static void dispatch(struct loop *loop, const struct oc_event *event)
{
	struct loop_handler *handler = event->data;

	if (event->what & OC_EVENT_DEADLINE)
		fire_timers(loop);
	else if (handler && oc_wait_set_has(&loop->set, event->id))
		handler->event(handler, event);
}

static int turn(struct loop *loop)
{
	struct oc_event events[EVENTS_MAX];
	int n;

	oc_wait_set_deadline(&loop->set, loop->timers ? loop->timers->at_ns : 0, NULL);
	n = oc_wait_set_wait(&loop->set, events, EVENTS_MAX, -1);
	for (int i = 0; i < n && !loop->stopped; i++)
		dispatch(loop, &events[i]);
	return n < 0 ? n : OC_OK;
}

int loop_run(struct loop *loop)
{
	int status = OC_OK;

	loop->stopped = false;
	while (status == OC_OK) {
		oc_latch_reset(&loop->latch);
		run_looks(loop);
		if (loop->stopped)
			break;
		status = turn(loop);
		if (loop->stopped)
			break;
	}
	return status;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

int loop_add_fd(struct loop *loop, int fd, uint32_t want, struct loop_handler *handler)
{
	return oc_wait_set_add_fd(&loop->set, fd, want, handler);
}

int loop_add_signals(struct loop *loop, const sigset_t *signals, struct loop_handler *handler)
{
	return oc_wait_set_add_signals(&loop->set, signals, handler);
}

int loop_add_pidfd(struct loop *loop, int pidfd, struct loop_handler *handler)
{
	return oc_wait_set_add_pidfd(&loop->set, pidfd, handler);
}

int loop_modify(struct loop *loop, int id, uint32_t want)
{
	return oc_wait_set_modify(&loop->set, id, want);
}

void loop_remove(struct loop *loop, int id)
{
	oc_wait_set_remove(&loop->set, id);
}

/* The latch: whatever it is to find may have been published already. */
void loop_add_look(struct loop *loop, struct loop_look *look)
{
	look->next = loop->looks;
	loop->looks = look;
	oc_latch_set(&loop->latch);
}

void loop_remove_look(struct loop *loop, struct loop_look *look)
{
	struct loop_look **link = &loop->looks;

	while (*link && *link != look)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = look->next;
	if (loop->next_look == look)
		loop->next_look = look->next;
}

/* In the order of their times; those of one time in the order that they were set. */
void loop_set_timer(struct loop *loop, struct loop_timer *timer, uint64_t at_ns)
{
	struct loop_timer **link = &loop->timers;

	loop_cancel_timer(loop, timer);
	timer->at_ns = at_ns ? at_ns : 1;
	while (*link && (*link)->at_ns <= timer->at_ns)
		link = &(*link)->next;
	timer->next = *link;
	*link = timer;
}

void loop_cancel_timer(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **link = &loop->timers;

	if (!timer->at_ns)
		return;
	while (*link && *link != timer)
		link = &(*link)->next;
	if (*link)
		*link = timer->next;
	timer->at_ns = 0;
}
