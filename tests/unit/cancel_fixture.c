// SPDX-License-Identifier: GPL-2.0-only
#include "cancel_fixture.h"

struct work work;

void respond(struct pair *pair, int status)
{
	struct oc_msg *response = (void *)pair->tx;

	memcpy(pair->tx, pair->rx, ((struct oc_msg *)(void *)pair->rx)->length);
	response->status = status;
	if (status)
		response->length = HEADER;
	work.works = false;
	oc_server_respond(&pair->server, response);
}

static void do_work(struct pair *pair)
{
	if (work.worker == STOPS && oc_server_cancelled(&pair->server)) {
		work.stopped++;
		respond(pair, OC_ECANCELLED);
	} else if (!work.left--) {
		work.executed++;
		respond(pair, OC_OK);
	}
}

void serve(struct pair *pair)
{
	switch (oc_server_poll(&pair->server)) {
	case OC_SERVER_ATTACH:
		oc_server_grant(&pair->server);
		work.works = false;
		break;
	case OC_SERVER_DETACH:
		oc_server_free(&pair->server);
		work.works = false;
		break;
	case OC_SERVER_REQUEST:
		work.works = true;
		work.left = work.turns;
		break;
	case OC_SERVER_CANCELLED:
		work.cancelled++;
		break;
	case OC_SERVER_BAD_REQUEST:
		fail_msg("a bad request");
		break;
	default:
		break;
	}
	if (work.works)
		do_work(pair);
}

static int pause_turn(void *ctx, uint32_t turn)
{
	struct pair *pair = ctx;

	(void)turn;
	pair->now_us += 100;
	if (!pair->mute)
		serve(pair);
	return pair->abandon;
}

struct pair *begin(enum worker worker, unsigned int turns)
{
	struct pair *pair = pair_new_attached();

	memset(&work, 0, sizeof(work));
	work.worker = worker;
	work.turns = turns;
	pair->client_port.pause = pause_turn;
	oc_channel_set_max_packet(&pair->client, OC_PACKET_MIN);
	oc_server_set_max_packet(&pair->server, OC_PACKET_MIN);
	oc_channel_set_timeout(&pair->client, TIMEOUT_MS);
	memset(pair->response, 0xcc, sizeof(pair->response));
	return pair;
}

void start(struct pair *pair, void *request, uint8_t first)
{
	pair_request(request, SIZE, first);
	assert_status(oc_channel_start(&pair->client, request, pair->response, LENGTH), OC_OK);
}

void expect_echo(const struct pair *pair, uint32_t size, uint8_t first)
{
	const struct oc_msg *msg = (const void *)pair->response;

	assert_int_equal(msg->length, HEADER + oc_pad8(size));
	assert_int_equal(msg->status, 0);
	for (uint32_t i = 0; i < size; i++)
		assert_int_equal(pair->response[HEADER + i], (uint8_t)(first + i));
}

void expect_clean(struct pair *pair)
{
	unsigned int executed = work.executed;

	assert_false(oc_channel_draining(&pair->client));
	pair->mute = false;
	pair->abandon = 0;
	work.turns = 0;
	assert_status(pair_call(pair, &pair->client, SIZE, 77), OC_OK);
	expect_echo(pair, SIZE, 77);
	assert_int_equal(work.executed, executed + 1);
}

int drain(struct pair *pair)
{
	int status;

	for (unsigned int i = 0; i < 1000; i++) {
		serve(pair);
		status = oc_channel_poll(&pair->client);
		if (status != OC_PENDING)
			return status;
	}
	fail_msg("no end");
	return OC_ETIMEOUT;
}
