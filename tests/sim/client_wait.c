// SPDX-License-Identifier: GPL-2.0-only
/*
 * client_wait.c: what a client does while it waits - it looks again, or sleeps
 */
#include <string.h>

#include "channel_priv.h"

#include "actors.h"

static bool request_stands(const struct oc_channel *ch)
{
	const struct tfs_shm_poll_header *k = ch->k_header;
	uint32_t sw = oc_load(&k->server_word), uuid[4];

	oc_load_uuid(uuid, k->client_uuid);
	return oc_sw_ready(sw) && oc_sw_epoch(sw) == (uint16_t)(ch->epoch - 1) &&
	       oc_load(&k->server_uuid[TFS_SHM_POLL_UUID_ID]) == ch->server_id &&
	       !memcmp(uuid, ch->uuid, sizeof(uuid));
}

/*
 * PROTOCOL.md, section 6. Without a grant there is no word to say it in; the library looks
 * from time to time then, and here it is shown that it need not.
 */
static void sleep_until_rung(struct oc_channel *ch)
{
	if (ch->state == OC_CH_JITTER)
		return;
	if (oc_channel_attached(ch)) {
		if (oc_channel_sleep(ch, 1))
			world_block();
		oc_channel_awake(ch, true);
	} else if (ch->state == OC_CH_ASKED) {
		oc_full();
		if (request_stands(ch))
			world_block();
	} else {
		world_block();
	}
}

/* 4.2: a client that has seen SW of its own grant takes it. */
static void check_void(const struct client *client)
{
	const struct oc_channel *ch = &client->channel;

	if (!world.wild && ch->state == OC_CH_JITTER && oc_sw_ready(client->sw) &&
	    client->sw & OC_SW_GRANTED && oc_sw_epoch(client->sw) == ch->epoch &&
	    history_granted(ch->uuid, ch->epoch))
		world_fail("a grant is taken for void");
}

/* Long enough for a twin to get the channel, and an answer. */
static void dawdle(enum actor_id id)
{
	if (world_random(16))
		return;
	world.actors[id].paused_until = world.steps + world_random(400);
	world.left = 1;
}

/* One turn of a wait. */
int client_pause(void *ctx, uint32_t turn)
{
	enum actor_id id = (const struct actor *)ctx - world.actors;
	struct oc_channel *ch = &sim_clients[id].channel;

	(void)turn;
	world_step();
	check_void(&sim_clients[id]);
	if (world.wild && world.plan.trouble == TROUBLE_TWIN && ch->state == OC_CH_RECEIVE)
		dawdle(id);
	if (ch->state == OC_CH_JITTER && world_random(2))
		world.clock_us += world_random(ch->jitter_us + 1);
	if (world.calm)
		ch->timeout_ms = OC_FOREVER;
	else if (world.plan.abandon && !world_random(world.plan.abandon))
		return 1;
	if (world.plan.bells && world_random(2))
		sleep_until_rung(ch);
	return 0;
}
