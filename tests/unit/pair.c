// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "pair.h"

static uint32_t now_us(void *ctx)
{
	struct pair *pair = ctx;

	return pair->now_us;
}

static int pause_turn(void *ctx, uint32_t turn)
{
	struct pair *pair = ctx;

	(void)turn;
	pair->now_us += 100;
	if (!pair->mute)
		pair_serve(pair);
	return pair->abandon;
}

static void ring_server(void *ctx)
{
	((struct pair *)ctx)->rings_to_server++;
}

static void ring_client(void *ctx)
{
	((struct pair *)ctx)->rings_to_client++;
}

struct pair *pair_new(void)
{
	struct pair *pair = aligned_alloc(64, (sizeof(*pair) + 63) / 64 * 64);

	if (!pair)
		abort();
	memset(pair, 0, sizeof(*pair));
	pair->client_port = (struct oc_port) {
		.now_us = now_us, .pause = pause_turn, .ring = ring_server, .ctx = pair,
	};
	pair->server_port = (struct oc_port) {
		.now_us = now_us, .ring = ring_client, .ctx = pair,
	};
	return pair;
}

void pair_free(struct pair *pair)
{
	free(pair);
}

void pair_start_server(struct pair *pair)
{
	static uint32_t id = 0x10000000;
	uint32_t random[4] = { id += 0x01234567, 1, 2, 3 };

	if (oc_server_start(&pair->server, pair->memory, &pair->server_port, random, pair->rx,
			    PAIR_RX_SIZE) != OC_OK)
		abort();
}

static void respond(struct pair *pair)
{
	const struct oc_msg *request = (const void *)pair->rx;
	struct oc_msg *response = (void *)pair->tx;

	pair->requests++;
	memcpy(pair->tx, pair->rx, request->length);
	if (pair->answer)
		pair->answer(pair, request, response);
	oc_server_respond(&pair->server, response);
}

static void stop(struct pair *pair)
{
	const struct oc_msg *request = (const void *)pair->rx;
	struct oc_msg *response = (void *)pair->tx;

	*response = (struct oc_msg) {
		.length = sizeof(*response),
		.session = request->session,
		.status = OC_ECANCELLED,
	};
	pair->stopped++;
	pair->works = false;
	oc_server_respond(&pair->server, response);
}

void pair_serve(struct pair *pair)
{
	enum oc_server_event event = oc_server_poll(&pair->server);

	if (event != OC_SERVER_IDLE)
		pair->event = event;
	switch (event) {
	case OC_SERVER_ATTACH:
		pair->works = false;
		pair->grants++;
		oc_server_grant(&pair->server);
		break;
	case OC_SERVER_DETACH:
		pair->works = false;
		pair->frees++;
		oc_server_free(&pair->server);
		break;
	case OC_SERVER_REQUEST:
		pair->works = pair->slow;
		if (!pair->slow)
			respond(pair);
		break;
	case OC_SERVER_BAD_REQUEST:
		pair->bad++;
		break;
	default:
		break;
	}
	if (pair->works && oc_server_cancelled(&pair->server))
		stop(pair);
}

void pair_settle(struct pair *pair)
{
	for (int i = 0; i < 100; i++)
		pair_serve(pair);
}

int pair_attach(struct pair *pair, struct oc_channel *ch, uint32_t owner, int32_t timeout_ms)
{
	return oc_channel_attach(ch, pair->memory, &pair->client_port, owner, timeout_ms);
}

struct pair *pair_new_attached(void)
{
	struct pair *pair = pair_new();

	pair_start_server(pair);
	if (pair_attach(pair, &pair->client, PAIR_OWNER, 1000) != OC_OK)
		abort();
	return pair;
}

uint32_t pair_request(void *to, uint32_t size, uint8_t first)
{
	struct oc_msg *msg = to;
	uint8_t *body = (uint8_t *)(msg + 1);

	*msg = (struct oc_msg) {
		.length = sizeof(*msg) + oc_pad8(size), .op = OC_OP_PING, .sequence = 1,
	};
	memset(body, 0, oc_pad8(size));
	for (uint32_t i = 0; i < size; i++)
		body[i] = first + i;
	return msg->length;
}

int pair_call(struct pair *pair, struct oc_channel *ch, uint32_t size, uint8_t first)
{
	struct oc_msg *request = aligned_alloc(8, sizeof(*request) + oc_pad8(size));
	int status;

	if (!request)
		abort();
	pair_request(request, size, first);
	memset(pair->response, 0xcc, sizeof(pair->response));
	status = oc_channel_call(ch, request, pair->response, sizeof(pair->response));
	free(request);
	return status;
}

void pair_poke(struct pair *pair, const void *bytes, uint32_t length, uint32_t size)
{
	memcpy(pair_buffer(pair), bytes, length);
	pair_header(pair)->size_to_tfs = size;
}
