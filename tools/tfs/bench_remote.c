// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_remote.c: calls of a server that is there already, on a channel named by a URI
 *
 * All sizes share the channel. What comes back is what was sent: PING.
 */
#include <stdlib.h>
#include <string.h>

#include <oc/bell.h>
#include <oc/channel.h>

#include "bench_side.h"

struct remote {
	unsigned int users;
	struct oc_region region;
	struct oc_bell bell;
	struct oc_ladder ladder;
	struct oc_sleeper sleeper;
	struct oc_port port;
	struct oc_channel channel;
	struct oc_msg *request;
	struct oc_msg *response;
};

static struct remote remote;

static bool trip_remote(struct bench_side *side)
{
	remote.request->length = side->size;
	remote.request->op = OC_OP_PING;
	return oc_channel_call(&remote.channel, remote.request, remote.response, side->size) ==
	       OC_OK && remote.response->status == OC_OK;
}

/* A channel without a bell is measured as it is. */
static void make_port(const struct oc_uri *uri)
{
	remote.sleeper = (struct oc_sleeper) {
		.bell = &remote.bell, .ladder = &remote.ladder, .channel = &remote.channel,
	};
	oc_ladder_init(&remote.ladder, uri->wait, remote.region.line);
	oc_port_linux(&remote.port, &remote.ladder);
	if (oc_bell_open(&remote.bell, &remote.region, uri) == OC_OK)
		oc_port_linux_bell(&remote.port, &remote.sleeper);
}

static const char *start(const struct oc_uri *uri)
{
	int status;

	remote.request = calloc(1, BENCH_SIZE_MAX);
	remote.response = calloc(1, BENCH_SIZE_MAX);
	if (!remote.request || !remote.response)
		return "no memory";
	status = oc_region_open(&remote.region, uri);
	if (status != OC_OK)
		return oc_status_text(status);
	make_port(uri);
	status = oc_channel_attach(&remote.channel, remote.region.base, &remote.port,
				   remote.region.owner, uri->timeout_ms);
	return status == OC_OK ? NULL : oc_status_text(status);
}

static void stop(void)
{
	oc_channel_detach(&remote.channel);
	if (remote.region.base) {
		oc_bell_close(&remote.bell);
		oc_region_close(&remote.region);
	}
	free(remote.request);
	free(remote.response);
	memset(&remote, 0, sizeof(remote));
}

static void close_remote(struct bench_side *side)
{
	(void)side;
	if (remote.users && !--remote.users)
		stop();
}

static const char *open_remote(struct bench_side *side)
{
	const char *why_not = remote.users ? NULL : start(side->argument);

	if (why_not && !remote.users) {
		stop();
		return why_not;
	}
	remote.users++;
	return trip_remote(side) ? NULL : "the server takes no messages of this size";
}

static pid_t server(const struct bench_side *side)
{
	(void)side;
	return -1;		/* nobody that we know */
}

const struct bench_kind bench_remote = {
	.open = open_remote,
	.trip = trip_remote,
	.server = server,
	.close = close_remote,
	.blocks = true,
};
