// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_channel.c: a channel, with a server in the peer that sends back what it gets
 *
 * Sides of other sizes and waits share the channel. It is granted before the peer is
 * forked, with both ends in one process, which then goes on as the client and the peer
 * as the server. Others use the same lines in between, so its header is kept elsewhere
 * meanwhile.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/tfs_shm_poll.h>

#include <oc/channel.h>
#include <oc/server.h>

#include "bench_lines.h"
#include "bench_side.h"

#define OWNER		1
#define TIMEOUT_MS	10000

/**
 * struct echo - both ends
 * @users:    sides that are open
 * @header:   of the channel, while others use the lines
 * @request:  with room for the largest message
 * @response: the same
 * @rx:       the server's memory
 */
struct echo {
	unsigned int users;
	struct oc_ladder ladder;
	struct oc_port port;
	struct oc_channel client;
	struct oc_server server;
	uint8_t header[TFS_SHM_POLL_HEADER_SIZE];
	struct oc_msg *request;
	struct oc_msg *response;
	uint8_t *rx;
};

static struct echo echo;

static uint32_t length(const struct bench_side *side)
{
	return side->size < sizeof(struct oc_msg) ? sizeof(struct oc_msg) : side->size;
}

/* The peer, forked, has a ladder of its own. */
static void wait_as(const struct bench_side *side)
{
	oc_ladder_init(&echo.ladder, side->wait, side->lines->base);
	oc_port_linux(&echo.port, &echo.ladder);
}

static bool grant(void)
{
	int status = OC_PENDING;

	for (int i = 0; i < 1000 && status == OC_PENDING; i++) {
		status = oc_channel_attach_poll(&echo.client);
		if (oc_server_poll(&echo.server) == OC_SERVER_ATTACH)
			oc_server_grant(&echo.server);
	}
	return status == OC_OK;
}

static const char *start(struct bench_lines *lines)
{
	uint32_t random[4];

	echo.request = calloc(1, BENCH_SIZE_MAX);
	echo.response = calloc(1, BENCH_SIZE_MAX);
	echo.rx = calloc(1, BENCH_SIZE_MAX);
	if (!echo.request || !echo.response || !echo.rx)
		return "no memory";
	memset(lines->base, 0, TFS_SHM_POLL_HEADER_SIZE);
	oc_port_linux(&echo.port, NULL);
	oc_uuid_generate(random);
	if (oc_server_start(&echo.server, lines->base, &echo.port, random, echo.rx,
			    BENCH_SIZE_MAX) != OC_OK ||
	    oc_channel_attach_start(&echo.client, lines->base, &echo.port, OWNER, TIMEOUT_MS) !=
	    OC_OK || !grant())
		return "the channel was not granted";
	memcpy(echo.header, lines->base, sizeof(echo.header));
	return NULL;
}

static void stop(void)
{
	free(echo.request);
	free(echo.response);
	free(echo.rx);
	memset(&echo, 0, sizeof(echo));
}

static const char *open_channel(struct bench_side *side)
{
	const char *why_not = echo.users ? NULL : start(side->lines);

	if (why_not)
		stop();
	else
		echo.users++;
	return why_not;
}

static void close_channel(struct bench_side *side)
{
	(void)side;
	if (echo.users && !--echo.users)
		stop();
}

static void begin_channel(struct bench_side *side)
{
	memcpy(side->lines->base, echo.header, sizeof(echo.header));
	wait_as(side);
	echo.request->length = length(side);
	echo.request->op = OC_OP_PING;
}

static void end_channel(struct bench_side *side)
{
	memcpy(echo.header, side->lines->base, sizeof(echo.header));
}

static bool trip_channel(struct bench_side *side)
{
	return oc_channel_call(&echo.client, echo.request, echo.response, length(side)) == OC_OK;
}

/* The response is sent from where the request lies: nothing is copied but by the core. */
static void serve_channel(struct bench_side *side, uint64_t trips)
{
	uint32_t turn = 0;

	wait_as(side);
	while (trips) {
		switch (oc_server_poll(&echo.server)) {
		case OC_SERVER_IDLE:
			echo.port.pause(echo.port.ctx, turn++);
			continue;
		case OC_SERVER_REQUEST:
			oc_server_respond(&echo.server, (struct oc_msg *)echo.rx);
			break;
		case OC_SERVER_SENT:
			trips--;
			break;
		default:
			break;
		}
		turn = 0;
	}
}

const struct bench_kind bench_channel = {
	.open = open_channel,
	.begin = begin_channel,
	.trip = trip_channel,
	.end = end_channel,
	.serve = serve_channel,
	.close = close_channel,
};
