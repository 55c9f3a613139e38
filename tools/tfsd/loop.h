/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * loop.h: the main thread's loop: descriptors, signals, child processes, timers, and
 * what other threads have to say
 *
 *	loop_init(&loop);
 *	client->handler.event = on_client;
 *	client->id = loop_add_fd(&loop, fd, OC_EVENT_READABLE, &client->handler);
 *	job->look.look = on_look;
 *	loop_add_look(&loop, &job->look);
 *	loop_set_timer(&loop, &job->timer, oc_clock_ns() + LOOP_SECOND);
 *	loop_run(&loop);			(until a handler calls loop_stop())
 *	loop_close(&loop);
 *
 * Handlers lie in what they belong to, which they find by container_of(). They run one
 * after the other, never wait, and may add and remove whatever they like, themselves
 * included. All of it belongs to one thread; others publish what they have to say, set
 * the loop's latch, and the looks find it.
 */
#ifndef TFSD_LOOP_H
#define TFSD_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <oc/latch.h>
#include <oc/wait_set.h>

#define LOOP_SOURCES_MAX	64
#define LOOP_MS			UINT64_C(1000000)	/* nanoseconds */
#define LOOP_SECOND		UINT64_C(1000000000)

/* The struct that @field, at @pointer, is a part of. */
#define container_of(pointer, type, field) \
	((type *)(void *)((char *)(pointer) - offsetof(type, field)))

/* struct loop_handler - is told what happened to a source */
struct loop_handler {
	void (*event)(struct loop_handler *handler, const struct oc_event *event);
};

/* struct loop_look - is called after the loop's latch was set, and now and then in vain */
struct loop_look {
	struct loop_look *next;
	void (*look)(struct loop_look *look);
};

/**
 * struct loop_timer - is called once, at a point in time
 * @at_ns: by oc_clock_ns(); 0: not set. With @next, private.
 */
struct loop_timer {
	struct loop_timer *next;
	uint64_t at_ns;
	void (*fire)(struct loop_timer *timer);
};

/**
 * struct loop - private but for @latch
 * @latch: any thread sets it, while there is a loop
 */
struct loop {
	struct oc_latch latch;
	struct oc_wait_set set;
	struct oc_wait_source sources[LOOP_SOURCES_MAX];
	struct loop_look *looks;
	struct loop_look *next_look;
	struct loop_timer *timers;
	bool stopped;
};

/* OC_OK, or OC_ESYSTEM with errno. */
int loop_init(struct loop *loop);

/* Descriptors, processes and handlers stay their owners'. */
void loop_close(struct loop *loop);

/*
 * Runs handlers until one of them calls loop_stop(). OC_OK, or OC_ESYSTEM with errno. May be
 * called again.
 */
int loop_run(struct loop *loop);

/* loop_run() returns when the handler that says this does; no other runs before. */
void loop_stop(struct loop *loop);

/* As oc_wait_set_add_fd(), _signals() and _pidfd(): an id, or an error. */
int loop_add_fd(struct loop *loop, int fd, uint32_t want, struct loop_handler *handler);
int loop_add_signals(struct loop *loop, const sigset_t *signals, struct loop_handler *handler);
int loop_add_pidfd(struct loop *loop, int pidfd, struct loop_handler *handler);

/* As oc_wait_set_modify(). */
int loop_modify(struct loop *loop, int id, uint32_t want);

/* Its handler is not called any more, not even for what has happened already. */
void loop_remove(struct loop *loop, int id);

/* One that is there must not be added again; removing one that is not there does nothing. */
void loop_add_look(struct loop *loop, struct loop_look *look);
void loop_remove_look(struct loop *loop, struct loop_look *look);

/* One that is set already is set anew. Cancelling one that is not set does nothing. */
void loop_set_timer(struct loop *loop, struct loop_timer *timer, uint64_t at_ns);
void loop_cancel_timer(struct loop *loop, struct loop_timer *timer);

#endif /* TFSD_LOOP_H */
