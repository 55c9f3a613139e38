// SPDX-License-Identifier: GPL-2.0-only
/*
 * client.c: a client that attaches, calls, detaches, some times over
 */
#include <string.h>

#include "channel_priv.h"

#include "actors.h"

struct client sim_clients[ACTORS];

static struct oc_port ports[ACTORS];

/* For responses when there is trouble: more than a packet. Nobody reads its words. */
static uint8_t roomy[ACTORS][2 * OC_PACKET_MAX] __attribute__((aligned(8)));

bool client_attached(enum actor_id id)
{
	return world.actors[id].state == ALIVE && !sim_clients[id].detached &&
	       oc_channel_attached(&sim_clients[id].channel);
}

static int32_t timeout(void)
{
	if (world.calm)
		return OC_FOREVER;
	return world_random(8) ? world.plan.timeout_ms : 0;
}

/* False: another owner has the channel, and this one does not want it any more. */
static bool attach(struct client *client)
{
	for (;;) {
		int status = oc_channel_attach(&client->channel, sim_base, &ports[client->id],
					       owner_of(client->id), timeout());

		world_trace("attach: %s", oc_status_name(status));
		switch (status) {
		case OC_OK:
			return true;
		case OC_EBUSY:
			if (!world_random(3))
				return false;
			break;
		case OC_ETIMEOUT:
		case OC_EABANDONED:
			/* 4.2: who leaves off here has to come back. */
			if (!world_random(8))
				oc_channel_detach(&client->channel);
			break;
		default:
			/* No server that it could talk to: SW was scribbled on. */
			if ((status == OC_EVERSION || status == OC_EARCH) &&
			    world.plan.trouble == TROUBLE_ANYBODY)
				break;
			world_fail("attach: %s", oc_status_name(status));
		}
	}
}

enum outcome { GOES_ON, ENDS, LOST };

/* What says so stays there until the next request. */
static bool was_cut(const struct oc_channel *ch)
{
	return oc_load(&ch->k_header->size_from_tfs) == OC_PACKET_CUT;
}

static void read_answer(struct client *client)
{
	uint32_t number = client->unread - 1;

	if (!client->unread)
		return;
	machine_use(&world.machine, &world.current->cpu);
	history_read_answer(client->id, number, (const void *)client->response[number % 2]);
	client->unread = 0;
}

/* Nothing says that a response is read before the next request is sent. */
static void answered(struct client *client, uint32_t number, const void *response)
{
	history_answer(client->id, number);
	if (world.plan.trouble == TROUBLE_TWIN)
		history_answer_of_twins(client->id, response);
	read_answer(client);
	client->unread = number + 1;
	if (world_random(2))
		read_answer(client);
}

/* Another of its owner, a scribbled SW, or a scribbled CW that the server takes for its own. */
static bool interference_may_be(const struct oc_channel *ch)
{
	if (world.plan.trouble == TROUBLE_TWIN)
		return !history_granted(ch->uuid, ch->epoch);
	return world.plan.trouble != TROUBLE_NONE;
}

/* What a client may be told when there is trouble, and then only. */
static enum outcome troubled(struct client *client, int status)
{
	bool wild = !history_in_order();

	if (status == OC_EINTERFERENCE && interference_may_be(&client->channel))
		return LOST;
	if (status == OC_EPROTOCOL && wild)
		return LOST;
	if ((status == OC_ETOOBIG || status == OC_ECANCELLED) && wild)
		return GOES_ON;
	world_fail("call: %s", oc_status_name(status));
	return LOST;
}

static enum outcome call(struct client *client)
{
	struct oc_msg *request = (void *)client->request;
	uint32_t number = client->calls;
	uint8_t *response = client->response[number % 2];
	uint32_t size = SIM_MESSAGE_MAX;
	int status;

	if (client->unread && (client->unread - 1) % 2 == number % 2)
		read_answer(client);
	if (world.wild && world_random(2)) {
		response = roomy[client->id];
		size = sizeof(roomy[0]);
	}
	history_request(client->id, request);
	memset(response, 0xcc, SIM_MESSAGE_MAX);
	status = oc_channel_call(&client->channel, request, response, size);
	world_trace("call: %s", oc_status_name(status));
	switch (status) {
	case OC_OK:
		answered(client, number, response);
		return GOES_ON;
	case OC_ETIMEOUT:
	case OC_EABANDONED:
		if (!oc_channel_draining(&client->channel) && !was_cut(&client->channel))
			history_taken_back(client->id);
		return GOES_ON;
	case OC_ESERVER_RESTARTED:
		if (world.plan.trouble != TROUBLE_ANYBODY &&
		    server_serves(client->channel.server_id))
			world_fail("the server was not restarted");
		history_lost(client->id);
		return LOST;
	default:
		return troubled(client, status);
	}
}

/* Begins a request, and does not care any more: a client may detach at any time. */
static enum outcome begin_and_leave(struct client *client)
{
	struct oc_msg *request = (void *)client->request;
	int status;

	history_request(client->id, request);
	status = oc_channel_start(&client->channel, request, NULL, 0);
	for (uint32_t turns = 1 + world_random(6); status == OC_OK && turns; turns--) {
		status = oc_channel_poll(&client->channel);
		if (status == OC_PENDING)
			status = OC_OK;
	}
	return status == OC_ESERVER_RESTARTED ? LOST : ENDS;
}

/*
 * False: there is another server. It keeps the channel for this owner, who has to come
 * back, or to say that it does not.
 */
static bool use(struct client *client)
{
	enum outcome outcome = GOES_ON;
	uint32_t n = 1 + world_random(3);

	for (; n && outcome == GOES_ON; n = world.calm ? 0 : n - 1) {
		/* How a message is divided is the sender's choice. */
		client->channel.max_packet = 24 + 8 * world_random(6);
		oc_channel_set_timeout(&client->channel, timeout());
		/* Numbers may be left out. This one comes again, as far as a cancel tells. */
		if (!world_random(4))
			client->channel.sequence += 255;
		outcome = world.calm || world_random(6) ? call(client) : begin_and_leave(client);
	}
	read_answer(client);
	return outcome != LOST;
}

static void client_run(void *ctx)
{
	enum actor_id id = (const struct actor *)ctx - world.actors;
	struct client *client = &sim_clients[id];

	memset(&client->channel, 0, sizeof(client->channel));
	client->detached = false;
	client->unread = 0;
	ports[id] = sim_port(id);
	while (client->rounds) {
		/* Once more, to show that it can; more would only take time. */
		if (world.calm)
			client->rounds = 1;
		if (attach(client)) {
			if (!use(client) && world_random(2))
				continue;
			oc_channel_detach(&client->channel);
		}
		client->rounds--;
	}
	world_exit();
}

bool client_receives(enum actor_id id, const uint8_t *to, size_t n)
{
	const uint8_t *response = sim_clients[id].response[0];

	if (to >= roomy[id] && to + n <= roomy[id] + sizeof(roomy[id]))
		return true;
	return to >= response && to + n <= response + sizeof(sim_clients[id].response);
}

void client_reset(enum actor_id id)
{
	struct client *client = &sim_clients[id];

	memset(client, 0, sizeof(*client));
	client->id = id;
	client->rounds = 1 + world_random(3);
}

void (*const actor_programs[ACTORS])(void *ctx) = { server_run, client_run, client_run };
