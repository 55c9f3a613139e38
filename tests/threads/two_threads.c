// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client and server as two threads on one channel, as fast as they can, for the thread
 * sanitizer: messages of one packet and of several, answers that come too late, detach
 * and attach, servers that stop and start anew. Each response is the request turned
 * round, so a mixed buffer is seen too.
 *
 *	two_threads [MILLISECONDS]	for each scenario; default 500
 */
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <oc/channel.h>
#include <oc/server.h>

#include "barrier_tsan.h"

#define MESSAGE_MAX	(96 * 1024)
#define OWNER		0x1001

/**
 * struct scenario
 * @most:     bytes of a request, beside its header
 * @late:     of so many answers one comes after the client's patience
 * @leave:    of so many calls one is followed by a detach
 * @restart:  of so many requests the server starts anew in the middle of one
 * @statuses: other than OC_OK that a call may have
 */
struct scenario {
	const char *name;
	uint32_t most;
	uint32_t late;
	uint32_t leave;
	uint32_t restart;
	int statuses[3];
};

static const struct scenario scenarios[] = {
	{ .name = "one packet", .most = 512 },
	{ .name = "several packets", .most = MESSAGE_MAX },
	{ .name = "late answers", .most = 40000, .late = 8, .statuses = { OC_ETIMEOUT } },
	{ .name = "detach and attach", .most = 512, .leave = 2 },
	{ .name = "detach in mid-answer", .most = MESSAGE_MAX, .late = 8, .leave = 3,
	  .statuses = { OC_ETIMEOUT } },
	{ .name = "server starts anew", .most = 40000, .restart = 8,
	  .statuses = { OC_ESERVER_RESTARTED } },
	{ .name = "all together", .most = MESSAGE_MAX, .late = 16, .leave = 16, .restart = 16,
	  .statuses = { OC_ESERVER_RESTARTED, OC_ETIMEOUT } },
};

static const struct scenario *scenario;
static _Alignas(64) uint8_t memory[TFS_SHM_POLL_CHANNEL_SIZE];
static bool stop;		/* atomic: the server is to end */
static unsigned int milliseconds = 500;

/* A thread's own: no lock, which would order the threads. */
static _Thread_local uint32_t dice_state;

static uint32_t dice(void)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 17;
	dice_state ^= dice_state << 5;
	return dice_state;
}

static bool one_of(uint32_t n)
{
	return n && dice() % n == 0;
}

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", scenario->name);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static uint32_t now_us(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_sec * 1000000u + (uint32_t)now.tv_nsec / 1000;
}

static int give_way(void *ctx, uint32_t turn)
{
	(void)ctx;
	if (turn > 20)
		sched_yield();
	return 0;
}

static const struct oc_port port = { .now_us = now_us, .pause = give_way };

/* --- the server ---------------------------------------------------------------------- */

struct end {
	struct oc_server server;
	uint64_t rx[(MESSAGE_MAX + sizeof(struct oc_msg)) / 8];
	uint64_t tx[(MESSAGE_MAX + sizeof(struct oc_msg)) / 8];
	uint32_t wait;		/* turns until the answer */
	bool working;
};

static void start(struct end *end)
{
	const uint32_t random[4] = { dice(), dice(), dice(), 0 };

	end->working = false;
	if (oc_server_start(&end->server, memory, &port, random, end->rx, sizeof(end->rx)) != OC_OK)
		die("the server does not start");
}

static void respond(struct end *end)
{
	const struct oc_msg *request = (const void *)end->rx;
	struct oc_msg *response = (void *)end->tx;

	*response = *request;
	for (uint32_t i = sizeof(*request) / 8; i < request->length / 8; i++)
		end->tx[i] = ~end->rx[i];
	response->status = OC_OK;
	end->working = false;
	oc_server_respond(&end->server, response);
}

static void serve_turn(struct end *end)
{
	switch (oc_server_poll(&end->server)) {
	case OC_SERVER_ATTACH:
		end->working = false;
		oc_server_grant(&end->server);
		break;
	case OC_SERVER_DETACH:
		end->working = false;
		oc_server_free(&end->server);
		break;
	case OC_SERVER_REQUEST:
		end->working = true;
		end->wait = one_of(scenario->late) ? 3000 : dice() % 4;
		break;
	case OC_SERVER_BAD_REQUEST:
		die("a bad request: %d", end->server.error);
		break;
	case OC_SERVER_IDLE:
		sched_yield();
		break;
	default:
		break;
	}
	if (end->working && !end->wait--)
		respond(end);
	if (scenario->restart && dice() % (64 * scenario->restart) == 0) {
		if (one_of(2))
			oc_server_stop(&end->server);
		start(end);
	}
}

static void *serve(void *arg)
{
	struct end *end = calloc(1, sizeof(*end));

	(void)arg;
	if (!end)
		die("no memory");
	dice_state = 0x5e1ec7ed;
	barrier_begin();
	start(end);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		serve_turn(end);
	oc_server_stop(&end->server);
	barrier_end();
	free(end);
	return NULL;
}

/* --- the client ---------------------------------------------------------------------- */

struct counts {
	unsigned int calls;
	unsigned int good;
	unsigned int attaches;
};

static bool allowed(int status)
{
	for (int i = 0; i < 3; i++)
		if (status && scenario->statuses[i] == status)
			return true;
	return false;
}

static void check_answer(const struct oc_msg *request, const uint8_t *response)
{
	const uint8_t *sent = (const uint8_t *)request;

	for (uint32_t i = sizeof(*request); i < request->length; i++)
		if ((response[i] ^ sent[i]) != 0xff)
			die("byte %u of %u is not the answer to what was sent", i,
			    request->length);
}

static int call(struct oc_channel *ch, uint8_t *tx, uint8_t *rx)
{
	struct oc_msg *request = (void *)tx;
	uint32_t body = dice() % (scenario->most + 1) & ~7u;
	int status;

	*request = (struct oc_msg) { .length = sizeof(*request) + body, .op = OC_OP_PING };
	memset(request + 1, (int)dice(), body);
	oc_channel_set_timeout(ch, scenario->late ? (int)(dice() % 3) : 20000);
	status = oc_channel_call(ch, request, rx, MESSAGE_MAX + sizeof(*request));
	if (status == OC_OK)
		check_answer(request, rx);
	else if (!allowed(status))
		die("status %d", status);
	return status;
}

static void attach(struct oc_channel *ch)
{
	int status = oc_channel_attach(ch, memory, &port, OWNER, 20000);

	if (status != OC_OK)
		die("attach: status %d", status);
}

/* Some calls were answered, and some that the scenario breaks were not. */
static bool was_tried(const struct counts *counts)
{
	bool breaks = scenario->late || scenario->restart;

	return counts->good && (!breaks || counts->good < counts->calls);
}

/* For its time, and on a busy machine for longer, or the time limit of all tests. */
static void run_client(struct counts *counts)
{
	uint32_t from = now_us(NULL);
	struct oc_channel ch = { .state = 0 };
	uint8_t *tx = calloc(2, MESSAGE_MAX + sizeof(struct oc_msg));
	uint8_t *rx = tx + MESSAGE_MAX + sizeof(struct oc_msg);
	bool attached = false;
	int status;

	if (!tx)
		die("no memory");
	while (now_us(NULL) - from < 1000 * milliseconds || !was_tried(counts)) {
		if (!attached) {
			attach(&ch);
			counts->attaches++;
		}
		status = call(&ch, tx, rx);
		counts->good += status == OC_OK;
		counts->calls++;
		attached = status != OC_ESERVER_RESTARTED && !one_of(scenario->leave);
		if (!attached)
			oc_channel_detach(&ch);
	}
	oc_channel_detach(&ch);
	free(tx);
}

static void run(unsigned int number)
{
	struct counts counts = { .calls = 0 };
	pthread_t server;

	scenario = &scenarios[number];
	memset(memory, 0, sizeof(memory));
	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	dice_state = 0x1001 + number;
	if (pthread_create(&server, NULL, serve, NULL))
		die("no thread");
	run_client(&counts);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(server, NULL);
	printf("ok %u - %s\n# %u calls, %u answered, %u attaches\n", number + 1, scenario->name,
	       counts.calls, counts.good, counts.attaches);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const unsigned int n = sizeof(scenarios) / sizeof(scenarios[0]);

	if (argc > 1)
		milliseconds = (unsigned int)atoi(argv[1]);
	printf("1..%u\n", n);
	barrier_begin();
	for (unsigned int i = 0; i < n; i++)
		run(i);
	barrier_end();
	return 0;
}
