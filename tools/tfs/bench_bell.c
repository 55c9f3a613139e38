// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_bell.c: a channel whose ends sleep until they are rung
 *
 * The memory file and its bells are the side's own. As in bench_channel.c it is granted
 * before the peer is forked, with both ends in one process.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/tfs_shm_poll.h>

#include <oc/bell.h>
#include <oc/server.h>

#include "bench_scratch.h"
#include "bench_side.h"

#define TIMEOUT_MS	10000

struct bell_end {
	struct oc_region region;
	struct oc_bell bell;
	struct oc_sleeper sleeper;
	struct oc_port port;
};

struct bells {
	struct bell_end client, server;
	struct oc_ladder ladder;
	struct oc_channel channel;
	struct oc_server sv;
	struct oc_msg *request;
	struct oc_msg *response;
	uint8_t *rx;
};

static bool open_end(struct bell_end *end, const struct oc_uri *uri, bool server)
{
	int status;

	end->bell.fd = -1;
	status = (server ? oc_region_open_server : oc_region_open)(&end->region, uri);
	return status == OC_OK && oc_bell_open(&end->bell, &end->region, uri) == OC_OK;
}

static void close_end(struct bell_end *end)
{
	if (!end->region.base)
		return;
	oc_bell_close(&end->bell);
	oc_region_close(&end->region);
}

static bool open_ends(struct bells *b)
{
	struct oc_uri uri = { .stride = TFS_SHM_POLL_DEFAULT_STRIDE };

	bench_scratch_path("bells.0.server");
	bench_scratch_path("bells.0.client");
	strcpy(uri.file, bench_scratch_path("bells"));
	return oc_region_create(uri.file, 1, uri.stride, 0600) == OC_OK &&
	       open_end(&b->server, &uri, true) && open_end(&b->client, &uri, false);
}

static void make_ports(struct bells *b, enum oc_wait wait)
{
	b->client.sleeper = (struct oc_sleeper) {
		.bell = &b->client.bell, .ladder = &b->ladder, .channel = &b->channel,
	};
	b->server.sleeper = (struct oc_sleeper) { .bell = &b->server.bell };
	oc_ladder_init(&b->ladder, wait, b->client.region.line);
	oc_port_linux(&b->client.port, &b->ladder);
	oc_port_linux_bell(&b->client.port, &b->client.sleeper);
	oc_port_linux(&b->server.port, NULL);
	oc_port_linux_bell(&b->server.port, &b->server.sleeper);
}

static bool grant(struct bells *b)
{
	uint32_t random[4];
	int status;

	oc_uuid_generate(random);
	if (oc_server_start(&b->sv, b->server.region.base, &b->server.port, random, b->rx,
			    BENCH_SIZE_MAX) != OC_OK ||
	    oc_channel_attach_start(&b->channel, b->client.region.base, &b->client.port,
				    b->client.region.owner, TIMEOUT_MS) != OC_OK)
		return false;
	for (int i = 0; i < 1000; i++) {
		status = oc_channel_attach_poll(&b->channel);
		if (status != OC_PENDING)
			return status == OC_OK;
		if (oc_server_poll(&b->sv) == OC_SERVER_ATTACH)
			oc_server_grant(&b->sv);
	}
	return false;
}

static const char *open_bells(struct bench_side *side)
{
	struct bells *b = calloc(1, sizeof(*b));

	side->state = b;
	if (!b)
		return "no memory";
	b->request = calloc(1, side->size);
	b->response = calloc(1, side->size);
	b->rx = calloc(1, BENCH_SIZE_MAX);
	if (!b->request || !b->response || !b->rx)
		return "no memory";
	b->request->length = side->size;
	b->request->op = OC_OP_PING;
	if (!open_ends(b))
		return "no memory file with bells";
	make_ports(b, side->wait);
	return grant(b) ? NULL : "the channel was not granted";
}

static bool trip_bells(struct bench_side *side)
{
	struct bells *b = side->state;

	return oc_channel_call(&b->channel, b->request, b->response, side->size) == OC_OK;
}

/* The response is sent from where the request lies, as in bench_channel.c. */
static bool turn(struct bells *b, uint64_t *trips)
{
	switch (oc_server_poll(&b->sv)) {
	case OC_SERVER_IDLE:
		return false;
	case OC_SERVER_REQUEST:
		oc_server_respond(&b->sv, (struct oc_msg *)b->rx);
		return true;
	case OC_SERVER_SENT:
		--*trips;
		return true;
	default:
		return true;
	}
}

static void serve_bells(struct bench_side *side, uint64_t trips)
{
	struct bells *b = side->state;

	while (trips) {
		if (turn(b, &trips))
			continue;
		oc_server_sleep(&b->sv);
		if (!turn(b, &trips))
			oc_bell_wait(&b->server.bell, -1);
		oc_server_awake(&b->sv);
	}
}

static void close_bells(struct bench_side *side)
{
	struct bells *b = side->state;

	if (!b)
		return;
	close_end(&b->client);
	close_end(&b->server);
	free(b->request);
	free(b->response);
	free(b->rx);
	free(b);
	side->state = NULL;
}

const struct bench_kind bench_bell = {
	.open = open_bells,
	.trip = trip_bells,
	.serve = serve_bells,
	.close = close_bells,
	.blocks = true,
};
