// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * shutdown.c: one part after the other, harder when time is up
 */
#include "log.h"
#include "shutdown.h"

/* What leaves at once needs no longer, unless the disk has it. */
#define NOW_NS		LOOP_SECOND

static bool has_stopped(struct shutdown_part *part)
{
	return part->has_stopped(part);
}

/* The next part hears of it as soon as the one before it has stopped. */
static void proceed(struct shutdown *shutdown)
{
	while (shutdown->current && has_stopped(shutdown->current)) {
		shutdown->current = shutdown->current->next;
		if (shutdown->current)
			shutdown->current->stop(shutdown->current, shutdown->mode);
	}
	if (!shutdown->current)
		loop_stop(shutdown->loop);
}

static void on_look(struct loop_look *look)
{
	proceed(container_of(look, struct shutdown, look));
}

static void set_mode(struct shutdown *shutdown, enum shutdown_mode mode)
{
	uint64_t ns = mode == SHUTDOWN_NOW ? NOW_NS : shutdown->limit_ns;

	shutdown->mode = mode;
	loop_set_timer(shutdown->loop, &shutdown->timer, oc_clock_ns() + ns);
	if (shutdown->current)
		shutdown->current->stop(shutdown->current, mode);
	oc_latch_set(&shutdown->loop->latch);
}

static void on_time(struct loop_timer *timer)
{
	struct shutdown *shutdown = container_of(timer, struct shutdown, timer);

	shutdown->overdue = true;
	if (shutdown->mode == SHUTDOWN_NOW) {
		log_error("stopping: not all that runs has come to its end");
		shutdown->given_up = true;
		loop_stop(shutdown->loop);
		return;
	}
	log_warning("stopping: time is up for %s shutdown, %s now", shutdown_name(shutdown->mode),
		    shutdown_name(shutdown->mode + 1));
	set_mode(shutdown, shutdown->mode + 1);
}

void shutdown_init(struct shutdown *shutdown, struct loop *loop, uint64_t limit_ns)
{
	*shutdown = (struct shutdown){
		.loop = loop,
		.limit_ns = limit_ns,
		.look = { .look = on_look },
		.timer = { .fire = on_time },
	};
}

void shutdown_set_limit(struct shutdown *shutdown, uint64_t limit_ns)
{
	shutdown->limit_ns = limit_ns;
}

void shutdown_add(struct shutdown *shutdown, struct shutdown_part *part)
{
	struct shutdown_part **link = &shutdown->parts;

	while (*link)
		link = &(*link)->next;
	part->next = NULL;
	*link = part;
}

void shutdown_begin(struct shutdown *shutdown, enum shutdown_mode mode)
{
	if (mode <= shutdown->mode)
		return;
	if (shutdown->mode == SHUTDOWN_NONE) {
		shutdown->current = shutdown->parts;
		loop_add_look(shutdown->loop, &shutdown->look);
	}
	set_mode(shutdown, mode);
}

const char *shutdown_name(enum shutdown_mode mode)
{
	static const char *const names[] = {
		[SHUTDOWN_NONE] = "no",
		[SHUTDOWN_SMART] = "smart",
		[SHUTDOWN_FAST] = "fast",
		[SHUTDOWN_NOW] = "immediate",
	};

	return names[mode];
}
