// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * activity_thread.c: the list of tfsd's threads
 */
#include <stdio.h>
#include <time.h>

#include "activity_thread.h"

/* The list is of the process, as its threads are. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t list_lock;
static struct activity_thread *list;

static __thread struct activity_thread *current;

static void init_list(void)
{
	pthread_mutex_init(&list_lock, NULL);
}

static void lock_list(void)
{
	pthread_once(&once, init_list);
	pthread_mutex_lock(&list_lock);
}

void activity_thread_begin(struct activity_thread *self, const char *name)
{
	struct activity_thread **link = &list;

	*self = (struct activity_thread) {
		.thread = pthread_self(),
		.since_ms = activity_now_ms(),
	};
	snprintf(self->name, sizeof(self->name), "%s", name);
	current = self;
	lock_list();
	while (*link)
		link = &(*link)->next;
	*link = self;
	pthread_mutex_unlock(&list_lock);
}

void activity_thread_end(struct activity_thread *self)
{
	struct activity_thread **link = &list;

	current = NULL;
	lock_list();
	while (*link != self)
		link = &(*link)->next;
	*link = self->next;
	pthread_mutex_unlock(&list_lock);
}

static void set_wait(enum activity_wait wait)
{
	if (!current)
		return;
	activity_set64(&current->since_ms, activity_now_ms());
	activity_set(&current->wait, wait);
}

void activity_wait_begin(enum activity_wait wait)
{
	set_wait(wait);
}

void activity_wait_end(void)
{
	set_wait(ACTIVITY_NOTHING);
}

static uint64_t cpu_ms(pthread_t thread)
{
	struct timespec used;
	clockid_t clock;

	if (pthread_getcpuclockid(thread, &clock) || clock_gettime(clock, &used))
		return UINT64_MAX;
	return (uint64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

void activity_threads(void (*each)(void *ctx, const struct activity_thread_view *view), void *ctx)
{
	lock_list();
	for (const struct activity_thread *t = list; t; t = t->next) {
		const struct activity_thread_view view = {
			.name = t->name,
			.wait = activity_get(&t->wait),
			.since_ms = activity_get64(&t->since_ms),
			.cpu_ms = cpu_ms(t->thread),
		};

		each(ctx, &view);
	}
	pthread_mutex_unlock(&list_lock);
}
