// SPDX-License-Identifier: GPL-2.0-only
/*
 * bell_stress [MS [WATCHDOG-MS [URI]]]: no ring is lost between two sides that sleep
 *
 * Two processes on one channel, of a memory file or of @URI's device. Both block on their
 * bells whenever they have nothing to do, the server without a deadline but the watchdog's,
 * the client for as long as its calls may take, which is as long. So a ring that is lost
 * stops the game, and nothing else does. Requests have one packet or several; the client
 * leaves and comes back, and the server starts anew, every so often.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/bell.h>
#include <oc/server.h>

#include "stress.h"

#define MESSAGE_MAX	(96 * 1024)
#define OP_LAST		77
#define STRIDE		65536
/* On a machine so slow that the time is over before. */
#define CALLS_MIN	20

/* A region with its bell, of one side. */
struct side {
	struct oc_region region;
	struct oc_bell bell;
	uint32_t seed;
	uint64_t rx[MESSAGE_MAX / 8];
	uint64_t tx[MESSAGE_MAX / 8];
};

static struct side me;
static struct oc_uri uri = { .stride = STRIDE };

static uint32_t draw(uint32_t below)
{
	me.seed = me.seed * 1664525 + 1013904223;
	return (me.seed >> 16) % below;
}

static void open_side(bool server, uint32_t seed)
{
	int status;

	me.seed = seed;
	status = (server ? oc_region_open_server : oc_region_open)(&me.region, &uri);
	stress_need(status == OC_OK, "a region");
	stress_need(oc_bell_open(&me.bell, &me.region, &uri) == OC_OK, "a bell");
}

/* --- the server ------------------------------------------------------------------------ */

static struct oc_server server;
static struct oc_port server_port;
static uint32_t restarts;
static bool last;

static void start(void)
{
	const uint32_t random[4] = { me.seed, 1, 2, ++restarts };

	stress_need(oc_server_start(&server, me.region.base, &server_port, random, me.rx,
				    sizeof(me.rx)) == OC_OK, "a server");
}

/* Sometimes too late: its successor knows nothing of the request. */
static void respond(void)
{
	const struct oc_msg *request = (const void *)me.rx;

	last |= request->op == OP_LAST;
	if (!last && !draw(100)) {
		oc_server_stop(&server);
		start();
		return;
	}
	memcpy(me.tx, me.rx, request->length);
	oc_server_respond(&server, (void *)me.tx);
}

static bool turn(void)
{
	switch (oc_server_poll(&server)) {
	case OC_SERVER_IDLE:
		return false;
	case OC_SERVER_ATTACH:
		oc_server_grant(&server);
		return true;
	case OC_SERVER_DETACH:
		oc_server_free(&server);
		return true;
	case OC_SERVER_REQUEST:
		respond();
		return true;
	case OC_SERVER_BAD_REQUEST:
		stress_need(false, "a good request");
		return false;
	default:
		return true;
	}
}

/* Between the last request and the client's leave nothing is rung for. */
static bool has_ended(void)
{
	return last && !oc_server_granted(&server);
}

static void serve(void)
{
	struct oc_sleeper sleeper = { .bell = &me.bell };
	uint32_t slept = 0;

	oc_port_linux(&server_port, NULL);
	oc_port_linux_bell(&server_port, &sleeper);
	start();
	while (!has_ended()) {
		while (turn())
			stress_jitter(&me.seed);
		stress_jitter(&me.seed);
		oc_server_sleep(&server);
		stress_jitter(&me.seed);
		if (!turn() && !has_ended()) {
			stress_need(oc_bell_wait(&me.bell, stress_watchdog()) == 1,
				    "a wake-up was lost: the server's");
			slept++;
		}
		oc_server_awake(&server);
	}
	oc_server_stop(&server);
	printf("# the server slept %u times and started %u times\n", slept, restarts);
	fflush(stdout);
	_exit(slept ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* --- the client ------------------------------------------------------------------------- */

static struct oc_channel channel;
static struct oc_port client_port;
static int (*port_pause)(void *ctx, uint32_t turn);

/* Between the look that found nothing and the saying that the client sleeps. */
static int pause_late(void *ctx, uint32_t turn)
{
	stress_jitter(&me.seed);
	return port_pause(ctx, turn);
}

static void attach(void)
{
	stress_need(oc_channel_attach(&channel, me.region.base, &client_port, me.region.owner,
				      (int32_t)(stress_watchdog() / 1000000)) == OC_OK,
		    "a wake-up was lost: of a client that attaches");
}

static uint32_t size_of_request(void)
{
	return draw(3) ? 64 : sizeof(struct oc_msg) + draw(MESSAGE_MAX / 8 - 8) * 8;
}

static bool is_echo(uint32_t length)
{
	const char *there = (const char *)me.tx, *back = (const char *)me.rx;
	const size_t head = sizeof(struct oc_msg);

	return ((const struct oc_msg *)back)->length == length &&
	       !memcmp(there + head, back + head, length - head);
}

static void call(uint32_t n, uint16_t op)
{
	uint32_t length = size_of_request();
	struct oc_msg *msg = (void *)me.tx;
	int status;

	memset(me.tx, (int)n, length);
	*msg = (struct oc_msg){ .length = length, .op = op };
	status = oc_channel_call(&channel, msg, me.rx, sizeof(me.rx));
	stress_need(status != OC_ETIMEOUT, "a wake-up was lost: the client's");
	if (status == OC_ESERVER_RESTARTED) {
		attach();
		return;
	}
	stress_need(status == OC_OK, "a call");
	stress_need(is_echo(length), "the response to this request");
}

/* The server cannot start anew any more, so this one is answered. */
static void leave(void)
{
	call(0, OP_LAST);
	oc_channel_detach(&channel);
}

static uint32_t play(enum oc_wait policy)
{
	struct oc_ladder ladder;
	struct oc_sleeper sleeper = { .bell = &me.bell, .ladder = &ladder, .channel = &channel };
	uint64_t until = stress_until();
	uint32_t calls = 0;

	oc_ladder_init(&ladder, policy, me.region.line);
	oc_ladder_set_spin_max(&ladder, 0);
	oc_port_linux(&client_port, &ladder);
	oc_port_linux_bell(&client_port, &sleeper);
	port_pause = client_port.pause;
	client_port.pause = pause_late;
	attach();
	for (; calls < CALLS_MIN || oc_clock_ns() < until; calls++) {
		call(calls, 1);
		stress_jitter(&me.seed);
		if (!draw(100)) {
			oc_channel_detach(&channel);
			attach();
		}
	}
	leave();
	return calls;
}

static void two_processes(enum oc_wait policy, const char *what)
{
	uint32_t calls;
	pid_t pid;
	int status;

	pid = fork();
	stress_need(pid >= 0, "a child");
	if (!pid) {
		open_side(true, 1);
		serve();
	}
	open_side(false, 2);
	calls = play(policy);
	stress_need(waitpid(pid, &status, 0) == pid, "the child's end");
	printf("# %u calls\n", calls);
	stress_case(!status, what);
	oc_bell_close(&me.bell);
	oc_region_close(&me.region);
}

static void remove_file(void)
{
	static const char *const names[] = { "", ".0.server", ".0.client" };
	char name[80];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%.60s%s", uri.file, names[i]);
		unlink(name);
	}
}

static void make_file(void)
{
	snprintf(uri.file, sizeof(uri.file), "/dev/shm/tfs-bell-%d", (int)getpid());
	stress_need(oc_region_create(uri.file, 1, STRIDE, 0600) == OC_OK, "a memory file");
	atexit(remove_file);
}

int main(int argc, char **argv)
{
	stress_init(argc, argv);
	if (argc > 3)
		stress_need(oc_uri_parse(&uri, argv[3], NULL) == OC_OK && !uri.file[0],
			    "the URI of a device's channel");
	else
		make_file();
	two_processes(OC_WAIT_SLEEP, "a client that sleeps soon");
	two_processes(OC_WAIT_ADAPTIVE, "one that adapts");
	return stress_done();
}
