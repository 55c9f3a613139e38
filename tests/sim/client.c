// SPDX-License-Identifier: GPL-2.0-only
/*
 * client.c: a client that attaches, calls, detaches, some times over
 */
#include <string.h>

#include "channel_priv.h"

#include "actors.h"

struct client sim_clients[ACTORS];

static struct oc_port ports[ACTORS];

bool client_attached(enum actor_id id)
{
	return world.actors[id].state == ALIVE && !sim_clients[id].detached &&
	       oc_channel_attached(&sim_clients[id].channel);
}

static bool request_stands(const struct oc_channel *ch)
{
	const struct tfs_shm_poll_header *k = ch->k_header;
	uint32_t sw = oc_load(&k->server_word), uuid[4];

	oc_load_uuid(uuid, k->client_uuid);
	return oc_sw_ready(sw) && oc_sw_epoch(sw) == ch->epoch &&
	       oc_load(&k->server_uuid[TFS_SHM_POLL_UUID_ID]) == ch->server_id &&
	       !memcmp(uuid, ch->uuid, sizeof(uuid));
}

/* Is there what the channel waits for? The second look of a client that is to sleep. */
static bool news(const struct oc_channel *ch)
{
	const struct tfs_shm_poll_header *k = ch->k_header;

	if (ch->state == OC_CH_ASKED)
		return !request_stands(ch);
	if (ch->state == OC_CH_SEND ? !oc_load(&k->size_to_tfs) : oc_load(&k->size_from_tfs))
		return true;
	return !oc_channel_mine(ch);
}

/* PROTOCOL.md, section 6; without a grant there is no word to say it in. */
static void sleep_until_rung(struct oc_channel *ch)
{
	if (ch->state == OC_CH_JITTER)
		return;
	if (oc_channel_attached(ch)) {
		oc_store(&ch->k_header->client_word,
			 oc_cw(ch->epoch, ch->cancel, OC_CW_CAN_RING | OC_CW_SLEEPING));
		oc_full();
		if (!news(ch))
			world_block();
		oc_store(&ch->k_header->client_word,
			 oc_cw(ch->epoch, ch->cancel, OC_CW_CAN_RING));
	} else if (ch->state == OC_CH_ASKED) {
		oc_full();
		if (!news(ch))
			world_block();
	} else {
		world_block();
	}
}

/* 4.2: a client that has seen SW of its own grant takes it. */
static void check_void(const struct client *client)
{
	const struct oc_channel *ch = &client->channel;
	uint16_t next = ch->epoch + 1;

	if (ch->state == OC_CH_JITTER && oc_sw_ready(client->sw) && client->sw & OC_SW_GRANTED &&
	    oc_sw_epoch(client->sw) == next && history_granted(ch->uuid, next))
		world_fail("a grant is taken for void");
}

/* One turn of a wait. */
int client_pause(void *ctx, uint32_t turn)
{
	enum actor_id id = (const struct actor *)ctx - world.actors;
	struct oc_channel *ch = &sim_clients[id].channel;

	(void)turn;
	world_step();
	check_void(&sim_clients[id]);
	if (ch->state == OC_CH_JITTER && world_random(2))
		world.clock_us += world_random(ch->wait_us + 1);
	if (world.calm)
		ch->timeout_ms = OC_FOREVER;
	else if (world.plan.abandon && !world_random(world.plan.abandon))
		return 1;
	if (world.plan.bells && world_random(2))
		sleep_until_rung(ch);
	return 0;
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
					       OWNER_OF(client->id), timeout());

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
static void answered(struct client *client, uint32_t number)
{
	history_answer(client->id, number);
	read_answer(client);
	client->unread = number + 1;
	if (world_random(2))
		read_answer(client);
}

static enum outcome call(struct client *client)
{
	struct oc_msg *request = (void *)client->request;
	uint32_t number = client->calls;
	uint8_t *response = client->response[number % 2];
	int status;

	if (client->unread && (client->unread - 1) % 2 == number % 2)
		read_answer(client);
	history_request(client->id, request);
	memset(response, 0xcc, SIM_MESSAGE_MAX);
	status = oc_channel_call(&client->channel, request, response, SIM_MESSAGE_MAX);
	world_trace("call: %s", oc_status_name(status));
	switch (status) {
	case OC_OK:
		answered(client, number);
		return GOES_ON;
	case OC_ETIMEOUT:
	case OC_EABANDONED:
		if (!oc_channel_draining(&client->channel) && !was_cut(&client->channel))
			history_taken_back(client->id);
		return GOES_ON;
	case OC_ESERVER_RESTARTED:
		if (server_serves(client->channel.server_id))
			world_fail("the server was not restarted");
		history_lost(client->id);
		return LOST;
	default:
		world_fail("call: %s", oc_status_name(status));
		return LOST;
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

void client_reset(enum actor_id id)
{
	struct client *client = &sim_clients[id];

	memset(client, 0, sizeof(*client));
	client->id = id;
	client->rounds = 1 + world_random(3);
}

void (*const actor_programs[ACTORS])(void *ctx) = { server_run, client_run, client_run };
