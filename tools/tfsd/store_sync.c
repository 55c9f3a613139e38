// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The maintenance thread: syncs and checkpoints. All of struct store_sync is written
 * under its lock; no lock is held while the disk works. Two fields, marked (*), are also
 * read without it: reactors ask at every turn whether a commit is durable, and would
 * otherwise keep the thread from the lock.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <oc/latch.h>
#include <oc/status.h>

#include "activity_thread.h"
#include "log.h"
#include "store_sync.h"

/* Half of the 100 ms that are promised: the sync itself takes time too. */
#define LAZY_NS		50000000u

struct store_sync {
	struct store_sync_config config;
	pthread_t thread;
	struct activity_thread activity;
	pthread_mutex_t lock;
	pthread_cond_t work;		/* only the thread waits for it */
	struct store_waiter *waiters;
	uint64_t committed;		/* last ticket given out */
	uint64_t wanted;		/* last ticket that somebody asked about */
	uint64_t durable;		/* (*) the watermark */
	uint64_t lazy_at;		/* when to sync unasked, if durable < committed */
	unsigned int pages;		/* in the log after the last commit */
	unsigned int checkpoint_at;	/* pages in the log */
	bool checkpoint_wanted;
	bool log_wanted;		/* to be begun anew */
	bool log_failed;		/* could not be */
	struct store_token token;	/* closed: for the thread, or to be for it next */
	bool panic;			/* (*) */
	bool stop;
};

static void wake_all(const struct store_sync *s)
{
	for (struct store_waiter *w = s->waiters; w; w = w->next)
		oc_latch_set(w->place.latch);
}

/* The watermark was at @before: who has asked for more looks whether he got it. */
static void wake_durable(const struct store_sync *s, uint64_t before)
{
	for (struct store_waiter *w = s->waiters; w; w = w->next)
		if (w->asked > before)
			oc_latch_set(w->place.latch);
}

static void panic(struct store_sync *s, const char *why)
{
	if (!s->panic)
		log_error("%s: %s; no update is taken until tfsd is restarted",
			  s->config.name, why);
	__atomic_store_n(&s->panic, true, __ATOMIC_RELEASE);
	wake_all(s);
}

static bool is_unsynced(const struct store_sync *s)
{
	return !s->panic && s->durable < s->committed;
}

static bool is_sync_due(const struct store_sync *s)
{
	if (!is_unsynced(s))
		return false;
	return s->stop || s->wanted > s->durable || oc_clock_ns() >= s->lazy_at;
}

static void run_sync(struct store_sync *s)
{
	uint64_t target = s->committed, before = s->durable;
	uint64_t start = oc_clock_ns();
	int error;

	pthread_mutex_unlock(&s->lock);
	activity_wait_begin(ACTIVITY_WAL_SYNC);
	error = s->config.sync(s->config.fd) ? errno : 0;
	activity_wait_end();
	pthread_mutex_lock(&s->lock);
	if (error) {
		panic(s, strerror(error));
		return;
	}
	__atomic_store_n(&s->durable, target, __ATOMIC_RELEASE);
	/* What was committed meanwhile came after the start: its time counts from there. */
	s->lazy_at = start + LAZY_NS;
	wake_durable(s, before);
}

/* From here on writers are refused, so that they cannot starve us. */
static void take_token(struct store_sync *s)
{
	store_token_close(&s->token);
	activity_wait_begin(ACTIVITY_WRITER_TOKEN);
	while (s->token.taken)
		pthread_cond_wait(&s->work, &s->lock);
	activity_wait_end();
}

/* BUSY is no failure: the next writer will find it so, too, and say so. */
static void begin_log(struct store_sync *s)
{
	int status;

	s->log_wanted = false;
	pthread_mutex_unlock(&s->lock);
	activity_wait_begin(ACTIVITY_WAL_SYNC);
	status = s->config.begin_log(s->config.ctx);
	activity_wait_end();
	pthread_mutex_lock(&s->lock);
	if (status == OC_EWRITEPANIC)
		panic(s, "a sync of the log's header failed");
	s->log_failed = status && status != OC_PENDING;
}

static void run_begin_log(struct store_sync *s)
{
	take_token(s);
	if (!s->panic)
		begin_log(s);
	store_token_open(&s->token);
}

static void checkpoint(struct store_sync *s)
{
	unsigned int pages = 0, left = 0;
	int status;

	pthread_mutex_unlock(&s->lock);
	activity_wait_begin(ACTIVITY_CHECKPOINT);
	status = s->config.checkpoint(s->config.ctx, &pages, &left);
	activity_wait_end();
	pthread_mutex_lock(&s->lock);
	if (status == OC_EWRITEPANIC)
		panic(s, "a sync in a checkpoint failed");
	/*
	 * Somebody reads an old state, or the disk is full: not at each commit
	 * again. Without an answer SQLite does not say how long the log is.
	 */
	if (status)
		pages = s->pages;
	s->checkpoint_at = s->config.checkpoint_pages + (status || left ? pages : 0);
	if (!status && !left)
		begin_log(s);
}

static void run_checkpoint(struct store_sync *s)
{
	s->checkpoint_wanted = false;
	take_token(s);
	if (is_unsynced(s))
		run_sync(s);
	if (!s->panic)
		checkpoint(s);
	store_token_open(&s->token);
}

static void wait_for_work(struct store_sync *s)
{
	const struct timespec until = {
		.tv_sec = (time_t)(s->lazy_at / 1000000000),
		.tv_nsec = (long)(s->lazy_at % 1000000000),
	};

	activity_wait_begin(ACTIVITY_COMMIT);
	if (is_unsynced(s))
		pthread_cond_timedwait(&s->work, &s->lock, &until);
	else
		pthread_cond_wait(&s->work, &s->lock);
	activity_wait_end();
}

static void *maintain(void *arg)
{
	struct store_sync *s = arg;
	char name[ACTIVITY_THREAD_NAME_MAX + 1];

	snprintf(name, sizeof(name), "sync %s", s->config.name);
	activity_thread_begin(&s->activity, name);
	pthread_mutex_lock(&s->lock);
	for (;;) {
		if (is_sync_due(s))
			run_sync(s);
		else if (s->stop)
			break;
		else if (s->checkpoint_wanted && !s->panic)
			run_checkpoint(s);
		else if (s->log_wanted)
			run_begin_log(s);
		else
			wait_for_work(s);
	}
	pthread_mutex_unlock(&s->lock);
	activity_thread_end(&s->activity);
	return NULL;
}

/* Signals are the main thread's; the new thread inherits the mask. */
static int start_thread(struct store_sync *s)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&s->thread, NULL, maintain, s);
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
	pthread_mutex_init(&s->lock, NULL);
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
	panic(s, why);
	pthread_mutex_unlock(&s->lock);
}
