// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What others ask of the maintenance thread
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <oc/latch.h>
#include <oc/status.h>

#include "mutex.h"
#include "store_maintain.h"

/* Signals are the main thread's; the new thread inherits the mask. */
static int start_thread(struct store_sync *s)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&s->thread, NULL, store_maintain, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error ? OC_ENOMEM : OC_OK;
}

int store_sync_start(struct store_sync **out, const struct store_sync_config *config)
{
	struct store_sync *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (!s)
		return OC_ENOMEM;
	s->config = *config;
	s->checkpoint_at = config->checkpoint_pages;
	mutex_init(&s->lock);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->work, &attr);
	pthread_condattr_destroy(&attr);
	if (start_thread(s)) {
		pthread_cond_destroy(&s->work);
		pthread_mutex_destroy(&s->lock);
		free(s);
		return OC_ENOMEM;
	}
	*out = s;
	return OC_OK;
}

int store_sync_stop(struct store_sync *s)
{
	int status;

	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	status = s->panic ? OC_EWRITEPANIC : OC_OK;
	pthread_cond_destroy(&s->work);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return status;
}

void store_sync_join(struct store_sync *s, struct store_waiter *waiter, struct oc_latch *latch)
{
	*waiter = (struct store_waiter){ .place = { .latch = latch } };
	pthread_mutex_lock(&s->lock);
	waiter->next = s->waiters;
	s->waiters = waiter;
	pthread_mutex_unlock(&s->lock);
}

void store_sync_leave(struct store_sync *s, struct store_waiter *waiter)
{
	struct store_waiter **link = &s->waiters;

	pthread_mutex_lock(&s->lock);
	store_token_forget(&s->token, &waiter->place);
	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	pthread_mutex_unlock(&s->lock);
}

int store_sync_begin(struct store_sync *s, struct store_waiter *waiter)
{
	int status = OC_OK;

	pthread_mutex_lock(&s->lock);
	if (s->panic) {
		store_token_forget(&s->token, &waiter->place);
		status = OC_EWRITEPANIC;
	} else if (!store_token_take(&s->token, &waiter->place)) {
		status = OC_PENDING;
	}
	pthread_mutex_unlock(&s->lock);
	return status;
}

void store_sync_forget(struct store_sync *s, struct store_waiter *waiter)
{
	pthread_mutex_lock(&s->lock);
	store_token_forget(&s->token, &waiter->place);
	pthread_mutex_unlock(&s->lock);
}

/* The thread sleeps without a limit while all is durable: the first commit wakes it. */
static void count_commit(struct store_sync *s)
{
	if (s->committed++ > s->durable)
		return;
	s->lazy_at = oc_clock_ns() + LAZY_NS;
	pthread_cond_signal(&s->work);
}

uint64_t store_sync_end(struct store_sync *s, bool committed, unsigned int pages)
{
	uint64_t ticket = 0;

	pthread_mutex_lock(&s->lock);
	if (committed) {
		count_commit(s);
		ticket = s->committed;
		s->pages = pages;
	}
	if (committed && pages >= s->checkpoint_at)
		s->checkpoint_wanted = true;
	/* The thread may be in a sync, while commits are fast: the log must not run away. */
	if (s->checkpoint_wanted && pages / 2 >= s->checkpoint_at)
		store_token_close(&s->token);
	store_token_give(&s->token);
	if (s->checkpoint_wanted || s->token.closed)
		pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	return ticket;
}

bool store_sync_begins_log(struct store_sync *s)
{
	bool can;

	pthread_mutex_lock(&s->lock);
	can = !s->log_failed;
	s->log_failed = false;
	pthread_mutex_unlock(&s->lock);
	return can;
}

void store_sync_begin_log(struct store_sync *s, struct store_waiter *waiter)
{
	pthread_mutex_lock(&s->lock);
	s->log_wanted = true;
	store_token_close(&s->token);
	store_token_give(&s->token);
	store_token_take(&s->token, &waiter->place);	/* a place: it is closed */
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
}

/* Asked already, and neither done nor given up: as it was. Stale values ask again. */
static bool still_pending(struct store_sync *s, const struct store_waiter *waiter,
			  uint64_t ticket)
{
	return waiter->asked >= ticket &&
	       __atomic_load_n(&s->durable, __ATOMIC_ACQUIRE) < ticket &&
	       !__atomic_load_n(&s->panic, __ATOMIC_ACQUIRE);
}

static void ask(struct store_sync *s, struct store_waiter *waiter, uint64_t ticket)
{
	if (ticket > waiter->asked)
		waiter->asked = ticket;
	if (ticket <= s->wanted)
		return;
	s->wanted = ticket;
	pthread_cond_signal(&s->work);
}

int store_sync_durable(struct store_sync *s, struct store_waiter *waiter, uint64_t ticket)
{
	int status = OC_OK;

	if (still_pending(s, waiter, ticket))
		return OC_PENDING;
	pthread_mutex_lock(&s->lock);
	if (ticket > s->committed) {
		status = OC_EINVAL;
	} else if (ticket <= s->durable) {
		status = OC_OK;
	} else if (s->panic) {
		status = OC_EWRITEPANIC;
	} else {
		ask(s, waiter, ticket);
		status = OC_PENDING;
	}
	pthread_mutex_unlock(&s->lock);
	return status;
}

void store_sync_panic(struct store_sync *s, const char *why)
{
	pthread_mutex_lock(&s->lock);
	store_maintain_panic(s, why);
	pthread_mutex_unlock(&s->lock);
}
