// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_tfsd.c: calls through tfsd itself, and a tfsd of our own for them
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_peer.h"
#include "bench_scratch.h"
#include "bench_side.h"
#include "bench_tfsd.h"

#define SCHEMA		"CREATE TABLE t (id INTEGER PRIMARY KEY, x BIGINT NOT NULL "\
			"CHECK (typeof(x) = 'integer'));\n"
#define ATTEMPTS	100		/* to attach, of so many milliseconds each */
#define ATTEMPT_MS	100
#define TIMEOUT_MS	10000

/* What tfsd makes of its own accord is removed at the end too. */
static bool write_schema(const char *path)
{
	static const char *const others[] = { "tfsd.db", "tfsd.db-wal", "tfsd.db-shm", "tfsd.log" };
	FILE *file = fopen(path, "we");
	bool good;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		bench_scratch_path(others[i]);
	if (!file)
		return false;
	good = fputs(SCHEMA, file) >= 0;
	return !fclose(file) && good;
}

/* The FIFOs beside a memory file, oc/bell.h, lie in the folder as well. */
static void expect_bells(const char *region, unsigned int channels)
{
	static const char *const whose[] = { "server", "client" };
	char name[64];

	for (unsigned int i = 0; i < 2 * channels; i++) {
		snprintf(name, sizeof(name), "%s.%u.%s", strrchr(region, '/') + 1, i / 2,
			 whose[i % 2]);
		bench_scratch_path(name);
	}
}

static void run(const struct bench_daemon *daemon, const char *region, const char *wait)
{
	char options[7][192];
	const char *arguments[18] = { daemon->program, "-f", "/dev/null" };

	snprintf(options[0], sizeof(options[0]), "file=%s", region);
	snprintf(options[1], sizeof(options[1]), "channels=%u", daemon->channels);
	snprintf(options[2], sizeof(options[2]), "wait=%s", wait);
	snprintf(options[3], sizeof(options[3]), "log=%s", bench_scratch_path("tfsd.log"));
	snprintf(options[4], sizeof(options[4]), "database.bench.file=%s",
		 bench_scratch_path("tfsd.db"));
	snprintf(options[5], sizeof(options[5]), "database.bench.schema=%s",
		 bench_scratch_path("tfsd.sql"));
	snprintf(options[6], sizeof(options[6]), "doorbell=%s", daemon->no_bells ? "no" : "auto");
	for (int i = 0; i < 7; i++) {
		arguments[3 + 2 * i] = "-o";
		arguments[4 + 2 * i] = options[i];
	}
	if (!prctl(PR_SET_PDEATHSIG, SIGKILL) && bench_pin(daemon->cpu))
		execvp(daemon->program, (char **)arguments);
	_exit(127);
}

static bool login(struct oc_channel *channel)
{
	struct {
		struct oc_msg msg;
		struct oc_login_request body;
	} request = {
		.msg = { .length = sizeof(request), .op = OC_OP_LOGIN },
		.body = {
			.magic = OC_WIRE_MAGIC,
			.major = OC_WIRE_MAJOR,
			.minor = OC_WIRE_MINOR,
			.max_packet = OC_PACKET_MAX,
			.max_message = BENCH_SIZE_MAX,
		},
	};
	struct {
		struct oc_msg msg;
		struct oc_login_response body;
	} response;

	return oc_channel_call(channel, &request.msg, &response, sizeof(response)) == OC_OK &&
	       response.msg.status == OC_OK;
}

static bool attach(struct bench_tfsd *tfsd)
{
	int status = OC_ETIMEOUT;

	for (int i = 0; i < ATTEMPTS && status == OC_ETIMEOUT; i++) {
		status = oc_channel_attach(&tfsd->channel, tfsd->region.base, &tfsd->port,
					   tfsd->region.owner, ATTEMPT_MS);
		if (waitpid(tfsd->pid, NULL, WNOHANG) == tfsd->pid) {
			tfsd->pid = 0;
			return false;
		}
	}
	return status == OC_OK &&
	       oc_channel_set_timeout(&tfsd->channel, TIMEOUT_MS) == OC_OK &&
	       login(&tfsd->channel);
}

/* The memory file is ours, and so its FIFOs are made here or by tfsd, whoever comes first. */
static bool open_channel(struct bench_tfsd *tfsd, const char *region)
{
	struct oc_uri uri = { .stride = TFS_SHM_POLL_DEFAULT_STRIDE };

	snprintf(uri.file, sizeof(uri.file), "%s", region);
	if (oc_region_open(&tfsd->region, &uri) != OC_OK ||
	    oc_bell_open(&tfsd->bell, &tfsd->region, &uri) != OC_OK)
		return false;
	tfsd->sleeper = (struct oc_sleeper) {
		.bell = &tfsd->bell, .ladder = &tfsd->ladder, .channel = &tfsd->channel,
	};
	oc_port_linux_bell(&tfsd->port, &tfsd->sleeper);
	return true;
}

const char *bench_tfsd_start(struct bench_tfsd *tfsd, const struct bench_daemon *daemon,
			     const struct bench_lines *lines, enum oc_wait wait)
{
	*tfsd = (struct bench_tfsd) { .region = { .fd = -1 }, .bell = { .fd = -1 } };
	/* Others left theirs there. */
	memset(lines->base, 0, TFS_SHM_POLL_HEADER_SIZE);
	if (!write_schema(bench_scratch_path("tfsd.sql")))
		return "no room for tfsd's files";
	expect_bells(lines->path, daemon->channels);
	tfsd->pid = fork();
	if (tfsd->pid < 0)
		return "fork failed";
	if (!tfsd->pid)
		run(daemon, lines->path, oc_wait_names[wait]);
	oc_ladder_init(&tfsd->ladder, wait, NULL);
	oc_port_linux(&tfsd->port, &tfsd->ladder);
	if (open_channel(tfsd, lines->path)) {
		oc_ladder_watch(&tfsd->ladder, tfsd->region.line);
		if (attach(tfsd))
			return NULL;
	}
	bench_tfsd_stop(tfsd);
	return "no tfsd that answers: see -d";
}

void bench_tfsd_halt(struct bench_tfsd *tfsd, const struct bench_lines *lines)
{
	kill(tfsd->pid, SIGSTOP);
	waitpid(tfsd->pid, NULL, WUNTRACED);
	memcpy(tfsd->header, lines->base, sizeof(tfsd->header));
}

void bench_tfsd_continue(struct bench_tfsd *tfsd, const struct bench_lines *lines)
{
	memcpy(lines->base, tfsd->header, sizeof(tfsd->header));
	kill(tfsd->pid, SIGCONT);
}

void bench_tfsd_stop(struct bench_tfsd *tfsd)
{
	oc_bell_close(&tfsd->bell);
	oc_region_close(&tfsd->region);
	if (tfsd->pid > 0) {
		kill(tfsd->pid, SIGKILL);
		waitpid(tfsd->pid, NULL, 0);
	}
	tfsd->pid = 0;
}

/* --- a side ------------------------------------------------------------------------- */

struct call {
	struct bench_tfsd tfsd;
	struct oc_msg *request;
	struct oc_msg *response;
};

static const char *open_call(struct bench_side *side)
{
	struct call *call = calloc(1, sizeof(*call));
	const char *why_not;

	side->state = call;
	if (!call)
		return "no memory";
	call->request = calloc(1, side->size);
	call->response = calloc(1, side->size);
	if (!call->request || !call->response)
		return "no memory";
	call->request->length = side->size;
	call->request->op = OC_OP_PING;
	why_not = bench_tfsd_start(&call->tfsd, side->argument, side->lines, OC_WAIT_BUSY);
	if (!why_not)
		bench_tfsd_halt(&call->tfsd, side->lines);
	return why_not;
}

static void begin_call(struct bench_side *side)
{
	bench_tfsd_continue(&((struct call *)side->state)->tfsd, side->lines);
}

static void end_call(struct bench_side *side)
{
	bench_tfsd_halt(&((struct call *)side->state)->tfsd, side->lines);
}

static bool trip_call(struct bench_side *side)
{
	struct call *call = side->state;

	return oc_channel_call(&call->tfsd.channel, call->request, call->response, side->size) ==
	       OC_OK && call->response->status == OC_OK;
}

static pid_t server(const struct bench_side *side)
{
	return ((struct call *)side->state)->tfsd.pid;
}

static void close_call(struct bench_side *side)
{
	struct call *call = side->state;

	if (!call)
		return;
	bench_tfsd_stop(&call->tfsd);
	free(call->request);
	free(call->response);
	free(call);
	side->state = NULL;
}

const struct bench_kind bench_call = {
	.open = open_call,
	.begin = begin_call,
	.trip = trip_call,
	.end = end_call,
	.server = server,
	.close = close_call,
};
