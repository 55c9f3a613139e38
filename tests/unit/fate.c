// SPDX-License-Identifier: GPL-2.0-only
#include <linux/tfs_shm_poll.h>

#include "fate.h"

struct fate fate;

uint32_t draw(uint32_t n)
{
	fate.random = fate.random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(fate.random >> 33) % n;
}

int __wrap_store_durable(struct store_conn *conn, uint64_t ticket);

int __wrap_store_durable(struct store_conn *conn, uint64_t ticket)
{
	(void)conn;
	expect(ticket > 0);
	return draw(30) ? OC_PENDING : OC_OK;
}

static uint32_t now_us(void *ctx)
{
	(void)ctx;
	return fate.now_us;
}

static uint32_t random_bits(void *ctx)
{
	(void)ctx;
	return draw(UINT32_MAX);
}

static int let_serve(void *ctx, uint32_t turn)
{
	(void)ctx;
	(void)turn;
	fate.now_us += draw(fate.step % 3 ? 300 : 3000);
	for (uint32_t n = draw(3); n; n--)
		channel_turn(&fate.d->channel);
	if (fate.taking_over && !draw(5))
		take_over();
	if (fate.restarting && !draw(20))
		restart();
	return fate.giving_up && !draw(40);
}

static int let_time_pass(void *ctx, uint32_t us)
{
	(void)ctx;
	fate.now_us += us;
	return 0;
}

void take_over(void)
{
	struct oc_channel other = { .state = OC_CH_DETACHED };
	struct tfsd *d = fate.d;

	fate.giving_up = false;
	fate.taking_over = false;
	expect(oc_channel_attach(&other, d->memory, &d->port, FATE_OWNER, 20000) == OC_OK);
	oc_channel_detach(&other);
}

/* A server that is killed leaves the header as it is. */
void restart(void)
{
	const uint32_t random[4] = { draw(UINT32_MAX), draw(UINT32_MAX), draw(UINT32_MAX), 0 };
	uint8_t header[TFS_SHM_POLL_HEADER_SIZE];
	struct tfsd *d = fate.d;

	fate.restarting = false;
	memcpy(header, d->memory, sizeof(header));
	channel_close(&d->channel);
	if (draw(2))
		memcpy(d->memory, header, sizeof(header));
	d->next_session = 1;
	channel_init(&d->channel, 0, d->config, &d->conns, &d->next_session);
	expect(channel_start(&d->channel, d->memory, random) == OC_OK);
}

void check_rows(void)
{
	int rows;

	if (fate.d->other)
		unlock_file(fate.d);
	rows = count_orders(fate.d);
	if (rows != fate.rows && rows != fate.rows + fate.unknown)
		fail_msg("seed %u, step %u: %d rows, and the client knows of %d, perhaps %d more",
			 fate.seed, fate.step, rows, fate.rows, fate.unknown);
	if (fate.unknown && rows != fate.rows)
		fate.outcomes.found++;
	else if (fate.unknown)
		fate.outcomes.missing++;
	fate.rows = rows;
	fate.unknown = 0;
}

static void check_session(const struct part *part)
{
	const struct oc_db *db = &part->db;
	const struct session *session;

	if (!part->opened || db->state == OC_DB_BROKEN || db->grant != fate.d->client.grant)
		return;
	session = find_session(fate.d, db->session);
	expect(session);
	if (db->state != OC_DB_UNSURE)
		expect(session->updating == (db->state == OC_DB_UPDATE));
}

/* While a request that was taken back has not ended, it may yet be executed. */
void check(void)
{
	const struct oc_channel *ch = &fate.d->client;

	if (oc_channel_draining(ch))
		return;
	check_rows();
	if (ch->state != OC_CH_IDLE || !oc_channel_mine(ch))
		return;
	check_session(&fate.parts[0]);
	check_session(&fate.parts[1]);
}

void fate_begin(struct tfsd *d, unsigned int seed)
{
	const struct fate_outcomes outcomes = fate.outcomes;

	memset(&fate, 0, sizeof(fate));
	fate.d = d;
	fate.seed = seed;
	fate.random = seed;
	fate.outcomes = outcomes;
	d->port = (struct oc_port){
		.now_us = now_us, .pause = let_serve, .sleep = let_time_pass,
		.random = random_bits,
	};
}
