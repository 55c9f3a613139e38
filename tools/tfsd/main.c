// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tfsd: the Transactional File Server
 *
 * Serves databases to clients on the channels of a tfs-shm-poll region: firmware on
 * another core, or Linux processes. See tfsd(8) and tfsd.conf(5).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"
#include "signals.h"
#include "tfsd.h"

static int usage(void)
{
	fputs("usage: tfsd [-nv] [-f file] [-o key=value]...\n", stderr);
	return 2;
}

static void tell_ready(const struct tfsd *tfsd)
{
	log_info("ready: %u channels, %u databases", tfsd->channels.count, tfsd->databases.count);
	notify("READY=1\nMAINPID=%d\nSTATUS=serving %u channels, %u databases", (int)getpid(),
	       tfsd->channels.count, tfsd->databases.count);
}

static int open_control(struct tfsd *tfsd)
{
	const char *path = tfsd->config->control;

	tfsd->verbs = (struct control_verbs){
		.channels = &tfsd->channels,
		.databases = &tfsd->databases,
		.reload = &tfsd->reload,
		.backup = &tfsd->backup,
		.control = &tfsd->control,
	};
	control_verbs_init(&tfsd->verbs);
	if (!path || control_open(&tfsd->control, &tfsd->loop, path, &tfsd->verbs.handler) == OC_OK)
		return 0;
	log_error("control: %s: %s", path, strerror(errno));
	return -1;
}

static int start_workers(struct tfsd *tfsd)
{
	const struct config *config = tfsd->config;

	tfsd->statements = (struct statements){
		.workers = &tfsd->workers,
		.max = config->max_statements,
		.idle_ns = config->statement_idle_ms * LOOP_MS,
	};
	if (workers_start(&tfsd->workers, config->workers, &tfsd->barrier) == OC_OK)
		return 0;
	log_error("workers: %s", strerror(errno));
	return -1;
}

static void close_control(struct tfsd *tfsd)
{
	control_close(tfsd->control);
	tfsd->control = NULL;
}

/* Before the databases, which it tells about; at once. */
static void stop_control(struct shutdown_part *part, enum shutdown_mode mode)
{
	(void)mode;
	close_control(container_of(part, struct tfsd, control_part));
}

static bool control_has_stopped(struct shutdown_part *part)
{
	(void)part;
	return true;
}

/* What is left of their jobs: statements that are closed. */
static void stop_workers(struct shutdown_part *part, enum shutdown_mode mode)
{
	struct tfsd *tfsd = container_of(part, struct tfsd, workers_part);

	(void)mode;
	workers_begin_stop(&tfsd->workers, &tfsd->loop.latch);
}

static bool workers_have_stopped(struct shutdown_part *part)
{
	struct tfsd *tfsd = container_of(part, struct tfsd, workers_part);

	if (!workers_have_ended(&tfsd->workers))
		return false;
	workers_stop(&tfsd->workers);
	reactors_close(&tfsd->reactors);
	return true;
}

/* The disk may hold a worker: nobody waits for one but as long as the shutdown has time. */
static void add_parts(struct tfsd *tfsd)
{
	tfsd->workers_part = (struct shutdown_part){
		.stop = stop_workers, .has_stopped = workers_have_stopped,
	};
	tfsd->control_part = (struct shutdown_part){
		.stop = stop_control, .has_stopped = control_has_stopped,
	};
	shutdown_add(&tfsd->shutdown, &tfsd->reactors.part);
	shutdown_add(&tfsd->shutdown, &tfsd->backup.part);
	shutdown_add(&tfsd->shutdown, &tfsd->workers_part);
	shutdown_add(&tfsd->shutdown, &tfsd->control_part);
	shutdown_add(&tfsd->shutdown, &tfsd->closing.part);
}

/*
 * Until all has stopped, or there was no time left: then the process ends here, as threads
 * may still be at work. What they have not finished the next tfsd finds as after a crash.
 */
static int serve(struct tfsd *tfsd)
{
	bool failed = reactors_start(&tfsd->reactors) != OC_OK;

	watchdog_start(&tfsd->watchdog, &tfsd->loop, &tfsd->barrier, notify_watchdog_ns());
	if (failed)
		shutdown_begin(&tfsd->shutdown, SHUTDOWN_FAST);
	else
		tell_ready(tfsd);
	if (loop_run(&tfsd->loop) != OC_OK) {
		log_error("waiting: %s", strerror(errno));
		_exit(1);
	}
	if (!tfsd->closing.closed) {
		log_info("stopped at once");
		_exit(tfsd->shutdown.overdue || failed ? 1 : 0);
	}
	watchdog_stop(&tfsd->watchdog);
	reload_end(&tfsd->reload);
	log_info("stopped");
	return failed || tfsd->shutdown.overdue || tfsd->reactors.failed || tfsd->closing.failed ?
	       -1 : 0;
}

/*
 * Databases before channels, and longer: whoever is told READY finds them open. Until
 * the databases are open a signal ends tfsd at once, also while it waits for another
 * program to unlock a file.
 */
static int open_and_serve(struct tfsd *tfsd)
{
	if (databases_open(&tfsd->databases, tfsd->config) != OC_OK)
		return -1;
	if (signals_open(tfsd)) {
		log_error("signals: %s", strerror(errno));
		goto close_databases;
	}
	if (channels_open(&tfsd->channels, tfsd->config) != OC_OK)
		goto close_databases;
	if (start_workers(tfsd))
		goto close_channels;
	if (reactors_open(&tfsd->reactors, tfsd->config, &tfsd->channels, &tfsd->databases,
			  &tfsd->statements, &tfsd->barrier, &tfsd->shutdown) != OC_OK)
		goto stop_workers;
	backup_init(&tfsd->backup, &tfsd->loop, &tfsd->workers, &tfsd->databases, tfsd->config);
	if (open_control(tfsd))
		goto close_reactors;
	add_parts(tfsd);
	return serve(tfsd);

close_reactors:
	reactors_close(&tfsd->reactors);
stop_workers:
	workers_stop(&tfsd->workers);
close_channels:
	channels_close(&tfsd->channels);
close_databases:
	databases_close(&tfsd->databases);
	log_info("stopped");
	return -1;
}

static int run(struct tfsd *tfsd)
{
	int failed = -1;

	activity_thread_begin(&tfsd->activity, "main");
	if (oc_proc_barrier_init(&tfsd->barrier) != OC_OK) {
		log_error("starting: %s", strerror(errno));
		return -1;
	}
	if (loop_init(&tfsd->loop) != OC_OK) {
		log_error("starting: %s", strerror(errno));
		goto destroy_barrier;
	}
	shutdown_init(&tfsd->shutdown, &tfsd->loop, tfsd->config->shutdown_ms * LOOP_MS);
	closing_init(&tfsd->closing, &tfsd->databases, &tfsd->loop);
	reload_init(&tfsd->reload, tfsd);
	failed = open_and_serve(tfsd);
	loop_close(&tfsd->loop);
destroy_barrier:
	oc_proc_barrier_destroy(&tfsd->barrier);
	return failed;
}

static int start(struct tfsd *tfsd)
{
	int failed;

	if (signals_hold()) {
		log_error("signals: %s", strerror(errno));
		return -1;
	}
	log_set_level(options_log_level(&tfsd->options, tfsd->config));
	if (log_open(tfsd->config->log)) {
		log_error("%s: %s", tfsd->config->log, strerror(errno));
		return -1;
	}
	failed = run(tfsd);
	log_close();
	return failed;
}

int main(int argc, char **argv)
{
	static struct tfsd tfsd;
	int failed = -1;

	if (options_parse(&tfsd.options, argc, argv))
		return usage();
	tfsd.config = config_new(stderr);
	if (!tfsd.config) {
		fputs("tfsd: out of memory\n", stderr);
		return 1;
	}
	if (!options_read_config(&tfsd.options, tfsd.config))
		failed = tfsd.options.check_only ? config_print(tfsd.config, stdout) : start(&tfsd);
	config_free(tfsd.config);
	return failed ? 1 : 0;
}
