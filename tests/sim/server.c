// SPDX-License-Identifier: GPL-2.0-only
/*
 * server.c: a server that echoes, as tfsd drives the library
 */
#include <string.h>

#include "server_priv.h"

#include "actors.h"

#define RX_SIZE		OC_PACKET_MIN

static struct {
	struct oc_server sv;
	struct oc_port port;
	uint32_t serves;		/* the incarnation that has started, and does not stop */
	bool works;			/* a request is here and not answered yet */
	uint32_t looks_left;		/* before it is */
	uint8_t rx[RX_SIZE] __attribute__((aligned(8)));
	uint8_t tx[SIM_MESSAGE_MAX] __attribute__((aligned(8)));
} server;

bool server_serves(uint32_t id)
{
	return world.actors[SERVER].state == ALIVE &&
	       world.actors[SERVER].incarnation == server.serves &&
	       server.sv.uuid[TFS_SHM_POLL_UUID_ID] == id;
}

static void end_sessions(void)
{
	server.works = false;
	server.sv.flags &= ~OC_SW_SLEEPING;
}

static void grant(void)
{
	end_sessions();
	history_grant(server.sv.asked, server.sv.uuid[TFS_SHM_POLL_UUID_ID]);
	oc_server_grant(&server.sv);
}

static void release(void)
{
	end_sessions();
	world_trace("frees the channel");
	oc_server_free(&server.sv);
}

static void begin_request(void)
{
	machine_use(&world.machine, &world.current->cpu);
	server.works = true;
	server.looks_left = world_random(world.plan.answer_late + 1);
}

/* A worker may stop at any look or at none; what it has executed it answers. */
static bool stops(void)
{
	return world_random(2) && oc_server_cancelled(&server.sv);
}

static void answer(void)
{
	struct oc_msg *response = (void *)server.tx;

	if (stops())
		history_stop((const void *)server.rx, response);
	else
		history_execute((const void *)server.rx, server.sv.rx_length, response);
	server.works = false;
	server.sv.max_packet = 24 + 8 * world_random(6);
	oc_server_respond(&server.sv, (struct oc_msg *)server.tx);
}

/*
 * The driver has told that the neighbour is dead. PROTOCOL.md, 4.4, and a bit more: a
 * request that is not held back by its stamp or check today may get the missing word from
 * the next client, since all requests for an epoch bear the same stamp. README.md, "Found".
 */
static void bury_neighbour(void)
{
	struct oc_server *sv = &server.sv;
	uint32_t client[4];

	/* Who tells has made sure that the dead one's stores are seen. */
	machine_sees_now(&world.machine, &world.current->cpu);
	oc_load_uuid(client, sv->k_header->client_uuid);
	if (sv->flags & OC_SW_HELD ? sv->holder == OWNER_OF(NEIGHBOUR) :
				     client[TFS_SHM_POLL_UUID_OWNER] == OWNER_OF(NEIGHBOUR))
		release();
	world.neighbour_died = false;
}

static bool handle(enum oc_server_event event)
{
	switch (event) {
	case OC_SERVER_IDLE:
		return false;
	case OC_SERVER_ATTACH:
		grant();
		break;
	case OC_SERVER_DETACH:
		release();
		break;
	case OC_SERVER_REQUEST:
		begin_request();
		break;
	case OC_SERVER_BAD_REQUEST:
		world_fail("a request was refused: %s", oc_status_name(server.sv.error));
		break;
	case OC_SERVER_CANCELLED:
	case OC_SERVER_PACKET:
	case OC_SERVER_SENT:
		break;
	}
	return true;
}

/* PROTOCOL.md, section 6. Nothing is done at the second look that takes no ring. */
static void sleep_until_rung(void)
{
	server.sv.flags |= OC_SW_SLEEPING;
	oc_server_write_word(&server.sv);
	oc_full();
	if (!handle(oc_server_poll(&server.sv)) && !world.neighbour_died && !world.stop_server)
		world_block();
	server.sv.flags &= ~OC_SW_SLEEPING;
	oc_server_write_word(&server.sv);
}

static void turn(void)
{
	world_step();
	if (world.neighbour_died)
		bury_neighbour();
	if (handle(oc_server_poll(&server.sv)))
		return;
	if (server.works && (!server.looks_left-- || stops()))
		answer();
	else if (!server.works && world.plan.bells && world_random(2))
		sleep_until_rung();
}

/*
 * Ids near their predecessor's tempt the stamps. Not more often than twice: what the
 * library then adds would bring back older ones, which is for chance to prevent.
 */
static void make_random(uint32_t random[4])
{
	for (int i = 0; i < 4; i++)
		random[i] = world_random64();
	if (world.near_ids < 2 && !world_random(3)) {
		random[TFS_SHM_POLL_UUID_ID] = machine_peek(&world.machine, LOC_S) + 3 -
					       world_random(6);
		world.near_ids++;
	}
}

static void stop(void)
{
	server.serves = 0;
	if (world_random(2))
		oc_server_drain(&server.sv);
	for (uint32_t n = world_random(10); n; n--)
		handle(oc_server_poll(&server.sv));
	oc_server_stop(&server.sv);
	oc_full();
	world_exit();
}

void server_run(void *ctx)
{
	uint32_t random[4];
	int status;

	(void)ctx;
	make_random(random);
	server.port = sim_port(SERVER);
	server.works = false;
	memset(server.rx, 0xcc, sizeof(server.rx));
	status = oc_server_start(&server.sv, sim_base, &server.port, random, server.rx, RX_SIZE);
	if (status != OC_OK)
		world_fail("server start: %s", oc_status_name(status));
	server.serves = world.actors[SERVER].incarnation;
	/* A server that starts asks who is alive. */
	world.neighbour_died = world.actors[NEIGHBOUR].state == DEAD;
	while (!world.stop_server)
		turn();
	stop();
}
