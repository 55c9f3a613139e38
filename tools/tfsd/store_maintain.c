// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The maintenance thread: syncs, checkpoints, new logs, in this order
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <oc/latch.h>
#include <oc/status.h>

#include "log.h"
#include "store_maintain.h"

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

void store_maintain_panic(struct store_sync *s, const char *why)
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
		store_maintain_panic(s, strerror(error));
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
		store_maintain_panic(s, "a sync of the log's header failed");
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
		store_maintain_panic(s, "a sync in a checkpoint failed");
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

void *store_maintain(void *arg)
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
