// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * signals.c: from a signal to what it asks for
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "notify.h"
#include "signals.h"
#include "tfsd.h"

static void make_set(sigset_t *signals, const int *list)
{
	sigemptyset(signals);
	while (*list)
		sigaddset(signals, *list++);
}

int signals_hold(void)
{
	static const int held[] = { SIGHUP, SIGUSR1, 0 };
	sigset_t signals;

	/* A log whose reader has gone is no reason to stop serving. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -1;
	make_set(&signals, held);
	return sigprocmask(SIG_BLOCK, &signals, NULL);
}

/* Said again, or something less while that is under way: harder than before. */
static void stop(struct tfsd *tfsd, int signal, enum shutdown_mode mode)
{
	if (mode <= tfsd->shutdown.mode)
		mode = tfsd->shutdown.mode + 1;
	if (mode > SHUTDOWN_NOW)
		return;
	if (tfsd->shutdown.mode == SHUTDOWN_NONE)
		notify("STOPPING=1\nSTATUS=%s shutdown", shutdown_name(mode));
	log_info("stopping: %s, %s shutdown", strsignal(signal), shutdown_name(mode));
	shutdown_begin(&tfsd->shutdown, mode);
}

static void reload(struct tfsd *tfsd)
{
	if (tfsd->shutdown.mode == SHUTDOWN_NONE)
		reload_begin(&tfsd->reload);
}

/* As it was rotated. A log that cannot be opened goes where it went. */
static void open_log(const struct tfsd *tfsd)
{
	if (log_open(tfsd->config->log))
		log_error("%s: %s", tfsd->config->log, strerror(errno));
	else
		log_info("log opened again");
}

static void on_signal(struct loop_handler *handler, const struct oc_event *event)
{
	struct tfsd *tfsd = container_of(handler, struct tfsd, signals);

	switch (event->signal) {
	case SIGTERM:
		stop(tfsd, event->signal, SHUTDOWN_SMART);
		break;
	case SIGINT:
		stop(tfsd, event->signal, SHUTDOWN_FAST);
		break;
	case SIGQUIT:
		stop(tfsd, event->signal, SHUTDOWN_NOW);
		break;
	case SIGHUP:
		reload(tfsd);
		break;
	case SIGUSR1:
		open_log(tfsd);
		break;
	}
}

int signals_open(struct tfsd *tfsd)
{
	static const int taken[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, 0 };
	sigset_t signals;

	make_set(&signals, taken);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -1;
	tfsd->signals.event = on_signal;
	return loop_add_signals(&tfsd->loop, &signals, &tfsd->signals) < 0 ? -1 : 0;
}
