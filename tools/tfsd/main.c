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
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "channel.h"
#include "config.h"
#include "database.h"
#include "log.h"
#include "reactor.h"

#define MEMORY_FILE_MODE	0660

struct tfsd {
	struct config *config;
	struct databases databases;
	struct channel *channels;
	unsigned int nchannels;
	uint32_t next_session;
	int signal_fd;
	int wake_fd;
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

/* Signals are data: blocked, and read from a descriptor. */
static int open_signals(struct tfsd *tfsd)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -1;
	tfsd->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return tfsd->signal_fd < 0 ? -1 : 0;
}

static void close_channels(struct tfsd *tfsd)
{
	while (tfsd->nchannels > 0)
		channel_close(&tfsd->channels[--tfsd->nchannels]);
	free(tfsd->channels);
	tfsd->channels = NULL;
}

static int open_memory_file(const struct config *config)
{
	unsigned int last = 0;
	int status;

	for (unsigned int i = 0; i < config->channels.count; i++)
		if (config->channels.number[i] > last)
			last = config->channels.number[i];
	status = oc_region_create(config->file, last + 1, config->stride, MEMORY_FILE_MODE);
	if (status == OC_EREGION)
		log_error("%s: %s", config->file, strerror(errno));
	else if (status != OC_OK)
		log_error("%s: %s", config->file, oc_status_text(status));
	return status;
}

static int open_channels(struct tfsd *tfsd)
{
	const struct config *config = tfsd->config;
	uint32_t random[4];
	int status;

	if (config->file) {
		status = open_memory_file(config);
		if (status != OC_OK)
			return status;
	}
	tfsd->channels = calloc(config->channels.count, sizeof(tfsd->channels[0]));
	if (!tfsd->channels) {
		log_error("%u channels: %s", config->channels.count, oc_status_text(OC_ENOMEM));
		return OC_ENOMEM;
	}
	oc_uuid_generate(random);
	tfsd->next_session = random[0] | 1;
	for (unsigned int i = 0; i < config->channels.count; i++) {
		channel_init(&tfsd->channels[i], config->channels.number[i], config,
			     &tfsd->databases, &tfsd->next_session);
		status = channel_open(&tfsd->channels[i]);
		if (status != OC_OK) {
			close_channels(tfsd);
			return status;
		}
		tfsd->nchannels++;
	}
	return OC_OK;
}

static int serve(struct tfsd *tfsd)
{
	struct reactor reactor = {
		.channels = tfsd->channels,
		.nchannels = tfsd->nchannels,
		.signal_fd = tfsd->signal_fd,
		.wake_fd = tfsd->wake_fd,
	};
	int signal;

	reactor_init(&reactor, tfsd->config->spin_ns);
	log_info("ready: %u channels, %u databases", tfsd->nchannels, tfsd->databases.count);
	signal = reactor_run(&reactor);
	if (signal < 0)
		log_error("waiting: %s", strerror(errno));
	else
		log_info("stopping: %s", strsignal(signal));
	return signal < 0 ? -1 : 0;
}

/*
 * Databases before channels, and longer: whoever is told READY finds them open. Until
 * the channels are open nobody is served, and a signal ends tfsd at once, also while
 * it waits for another program to unlock a file.
 */
static int run(struct tfsd *tfsd)
{
	int failed;

	tfsd->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (tfsd->wake_fd < 0) {
		log_error("eventfd: %s", strerror(errno));
		return -1;
	}
	if (databases_open(&tfsd->databases, tfsd->config, tfsd->wake_fd) != OC_OK)
		return -1;
	failed = open_signals(tfsd);
	if (failed)
		log_error("signals: %s", strerror(errno));
	else
		failed = open_channels(tfsd) != OC_OK;
	if (!failed)
		failed = serve(tfsd);
	close_channels(tfsd);
	if (databases_close(&tfsd->databases) != OC_OK)
		failed = -1;
	log_info("stopped");
	return failed ? -1 : 0;
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
	struct tfsd tfsd = { .signal_fd = -1, .wake_fd = -1 };
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
	close(tfsd.wake_fd);
	close(tfsd.signal_fd);
	log_close();
free_config:
	config_free(tfsd.config);
	return result;
}
