// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tfsd: the Transactional File Server
 *
 * Serves databases to clients on the channels of a tfs-shm-poll region: firmware on
 * another core, or Linux processes. See tfsd(8) and tfsd.conf(5).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channels.h"
#include "config.h"
#include "control_verbs.h"
#include "database.h"
#include "log.h"
#include "loop.h"
#include "reactor.h"
#include "statement.h"

struct tfsd {
	struct config *config;
	struct loop loop;
	struct loop_handler on_signal;
	struct loop_look on_latch;
	struct oc_proc_barrier barrier;
	struct databases databases;
	struct database_conns conns;
	struct channels channels;
	struct reactor reactor;
	struct workers workers;
	struct statements statements;
	struct control *control;
	struct control_verbs verbs;
	struct activity_thread activity;
};

static int usage(void)
{
	fputs("usage: tfsd [-nv] [-f file] [-o key=value]...\n", stderr);
	return 2;
}

struct options {
	const char *file;
	bool check_only;
	int verbose;
};

/* Options first, so that -f may come after -o; they are set when the file was read. */
static int parse_options(int argc, char **argv, struct options *options)
{
	int c;

	while ((c = getopt(argc, argv, "f:no:v")) != -1) {
		switch (c) {
		case 'f':
			options->file = optarg;
			break;
		case 'n':
			options->check_only = true;
			break;
		case 'o':
			break;
		case 'v':
			options->verbose++;
			break;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

/* Without -f the default file is read if it is there: -o can say everything. */
static int read_config(struct config *config, int argc, char **argv, const char *file)
{
	int c, failed = 0;

	if (file)
		failed |= config_read_file(config, file);
	else if (!access(CONFIG_DEFAULT_PATH, F_OK))
		failed |= config_read_file(config, CONFIG_DEFAULT_PATH);
	optind = 1;
	while ((c = getopt(argc, argv, "f:no:v")) != -1)
		if (c == 'o')
			failed |= config_set(config, optarg);
	failed |= config_check(config);
	return failed ? -1 : 0;
}

/* Signals are data: blocked, and taken by the loop. */
static int open_signals(struct tfsd *tfsd)
{
	sigset_t signals;
	int id;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -1;
	id = loop_add_signals(&tfsd->loop, &signals, &tfsd->on_signal);
	return id < 0 ? -1 : 0;
}

static void on_signal(struct loop_handler *handler, const struct oc_event *event)
{
	struct tfsd *tfsd = container_of(handler, struct tfsd, on_signal);

	log_info("stopping: %s", strsignal(event->signal));
	reactor_stop(&tfsd->reactor);
}

/* It was told to, or it could not go on. */
static void look_at_reactor(struct loop_look *look)
{
	struct tfsd *tfsd = container_of(look, struct tfsd, on_latch);

	if (thread_has_ended(&tfsd->reactor.thread))
		loop_stop(&tfsd->loop);
}

static int open_control(struct tfsd *tfsd)
{
	const char *path = tfsd->config->control;

	control_verbs_init(&tfsd->verbs, &tfsd->channels, &tfsd->databases);
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
	for (unsigned int i = 0; i < tfsd->channels.count; i++)
		channel_set_statements(&tfsd->channels.list[i], &tfsd->statements,
				       &tfsd->reactor.thread.latch);
	if (workers_start(&tfsd->workers, config->workers, &tfsd->barrier) == OC_OK)
		return 0;
	log_error("workers: %s", strerror(errno));
	return -1;
}

/* Until the reactor has ended. */
static int serve(struct tfsd *tfsd)
{
	int failed;

	if (reactor_init(&tfsd->reactor, 0, tfsd->channels.list, tfsd->channels.count,
			 tfsd->config->spin_ns, &tfsd->barrier, &tfsd->loop.latch) != OC_OK) {
		log_error("reactor: %s", strerror(errno));
		return -1;
	}
	loop_add_look(&tfsd->loop, &tfsd->on_latch);
	if (databases_connect(&tfsd->conns, &tfsd->databases,
			      &tfsd->reactor.thread.latch) != OC_OK) {
		reactor_close(&tfsd->reactor);
		return -1;
	}
	failed = start_workers(tfsd);
	if (!failed)
		failed = open_control(tfsd);
	if (!failed && reactor_start(&tfsd->reactor) != OC_OK) {
		log_error("%s: %s", tfsd->reactor.thread.name, strerror(errno));
		failed = -1;
	} else if (!failed) {
		log_info("ready: %u channels, %u databases", tfsd->channels.count,
			 tfsd->databases.count);
		failed = loop_run(&tfsd->loop) != OC_OK;
		if (failed) {
			log_error("waiting: %s", strerror(errno));
			reactor_stop(&tfsd->reactor);
		}
	}
	control_close(tfsd->control);
	thread_join(&tfsd->reactor.thread);
	channels_close(&tfsd->channels);
	workers_stop(&tfsd->workers);	/* they, too, set the reactor's latch */
	databases_disconnect(&tfsd->conns);	/* they set the reactor's latch */
	reactor_close(&tfsd->reactor);
	return failed || tfsd->reactor.failed ? -1 : 0;
}

/*
 * Databases before channels, and longer: whoever is told READY finds them open. Until
 * the channels are open nobody is served, and a signal ends tfsd at once, also while
 * it waits for another program to unlock a file.
 */
static int serve_databases(struct tfsd *tfsd)
{
	int failed = open_signals(tfsd);

	if (failed) {
		log_error("signals: %s", strerror(errno));
		return -1;
	}
	if (channels_open(&tfsd->channels, tfsd->config, &tfsd->conns) != OC_OK)
		return -1;
	failed = serve(tfsd);
	channels_close(&tfsd->channels);
	return failed;
}

static int open_loop(struct tfsd *tfsd)
{
	if (oc_proc_barrier_init(&tfsd->barrier) != OC_OK)
		return -1;
	if (loop_init(&tfsd->loop) == OC_OK)
		return 0;
	oc_proc_barrier_destroy(&tfsd->barrier);
	return -1;
}

static int run(struct tfsd *tfsd)
{
	int failed = -1;

	activity_thread_begin(&tfsd->activity, "main");
	if (open_loop(tfsd)) {
		log_error("starting: %s", strerror(errno));
		return -1;
	}
	if (databases_open(&tfsd->databases, tfsd->config) == OC_OK) {
		failed = serve_databases(tfsd);
		if (databases_close(&tfsd->databases) != OC_OK)
			failed = -1;
		log_info("stopped");
	}
	loop_close(&tfsd->loop);
	oc_proc_barrier_destroy(&tfsd->barrier);
	return failed;
}

static void start_log(const struct config *config, int verbose)
{
	enum log_level level = config->log_level;

	while (verbose-- > 0 && level < LOG_LEVEL_DEBUG)
		level++;
	log_set_level(level);
}

int main(int argc, char **argv)
{
	struct options options = { .file = NULL };
	struct tfsd tfsd = {
		.on_signal = { on_signal },
		.on_latch = { .look = look_at_reactor },
	};
	int result = 1;

	if (parse_options(argc, argv, &options))
		return usage();
	tfsd.config = config_new(stderr);
	if (!tfsd.config) {
		fputs("tfsd: out of memory\n", stderr);
		return 1;
	}
	if (read_config(tfsd.config, argc, argv, options.file))
		goto free_config;
	if (options.check_only) {
		result = config_print(tfsd.config, stdout) ? 1 : 0;
		goto free_config;
	}
	/* A log whose reader has gone is no reason to stop serving. */
	signal(SIGPIPE, SIG_IGN);
	start_log(tfsd.config, options.verbose);
	if (log_open(tfsd.config->log)) {
		log_error("%s: %s", tfsd.config->log, strerror(errno));
		goto free_config;
	}
	result = run(&tfsd) ? 1 : 0;
	log_close();
free_config:
	config_free(tfsd.config);
	return result;
}
