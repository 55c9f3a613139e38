// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * closing.c: a thread that closes the databases
 */
#include <errno.h>
#include <string.h>

#include "closing.h"
#include "log.h"

static void run(struct thread *thread, void *ctx)
{
	struct closing *closing = ctx;

	(void)thread;
	closing->failed = databases_close(closing->databases) != OC_OK;
}

/* Without a thread it is done here, and nobody can hurry it. */
static void start(struct closing *closing)
{
	if (thread_init(&closing->thread, "closing", NULL, &closing->loop->latch) == OC_OK) {
		if (thread_start(&closing->thread, run, NULL, closing) == OC_OK)
			return;
		thread_destroy(&closing->thread);
	}
	log_warning("closing: no thread: %s", strerror(errno));
	run(NULL, closing);
	closing->closed = true;
}

/* Only what was begun is waited for when there is no time. */
static void stop(struct shutdown_part *part, enum shutdown_mode mode)
{
	struct closing *closing = container_of(part, struct closing, part);
	bool begun = closing->mode != SHUTDOWN_NONE;

	closing->mode = mode;
	if (!begun && mode != SHUTDOWN_NOW)
		start(closing);
}

static bool has_stopped(struct shutdown_part *part)
{
	struct closing *closing = container_of(part, struct closing, part);

	if (closing->thread.started && thread_has_ended(&closing->thread)) {
		thread_join(&closing->thread);
		thread_destroy(&closing->thread);
		closing->closed = true;
	}
	return closing->closed || closing->mode == SHUTDOWN_NOW;
}

void closing_init(struct closing *closing, struct databases *databases, struct loop *loop)
{
	*closing = (struct closing){
		.part = { .stop = stop, .has_stopped = has_stopped },
		.databases = databases,
		.loop = loop,
	};
}
