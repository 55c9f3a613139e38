// SPDX-License-Identifier: GPL-2.0-only
/*
 * server.c: a server that echoes, as tfsd drives the library
 */
#include <string.h>

#include "server_priv.h"

#include "actors.h"

#define RX_SIZE		OC_PACKET_MIN

/* Where there is trouble there is room for a message that takes more than a packet. */
#define RX_ROOM		(2 * OC_PACKET_MAX)

static struct {
	struct oc_server sv;
	struct oc_port port;
	uint32_t serves;		/* the incarnation that has started, and does not stop */
	bool works;			/* a request is here and not answered yet */
	uint32_t looks_left;		/* before it is */
	bool unread;			/* its body */
	uint32_t cw;			/* what was seen last of it */
	uint32_t rx_size;
	uint8_t rx[RX_ROOM] __attribute__((aligned(8)));
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
	server.unread = false;
	server.sv.flags &= ~OC_SW_SLEEPING;
}

static void grant(void)
{
	end_sessions();
	history_grant(server.sv.asked, server.sv.uuid[TFS_SHM_POLL_UUID_ID], server.sv.epoch + 1);
	oc_server_grant(&server.sv);
}

static void release(void)
{
	if (!(server.sv.flags & OC_SW_HELD) && !world.neighbour_died && !world.free_by_hand)
		world_fail("frees what nobody has");
	end_sessions();
	world_trace("frees the channel");
	oc_server_free(&server.sv);
}

static void read_request(void)
{
	if (!server.unread)
		return;
	machine_use(&world.machine, &world.current->cpu);
	history_read((const void *)server.rx);
	server.unread = false;
}

/* Nothing says that a request's body is read before the response has left, or soon after. */
static void begin_request(void)
{
	server.works = true;
	server.unread = true;
	if (world_random(2))
		read_request();
	server.looks_left = world_random(world.plan.answer_late + 1);
}

void server_sees_cw(uint32_t cw)
{
	server.cw = cw;
}

/* Also where there are two of an owner: a cancel is that of the client who has the grant. */
static void check_cancel(void)
{
	if (oc_cw_tag(server.cw) != server.sv.epoch)
		world_fail("CW of another grant takes a request back");
}

/* A worker may stop at any look or at none; what it has executed it answers. */
static bool stops(void)
{
	if (world_random(2) || !oc_server_cancelled(&server.sv))
		return false;
	check_cancel();
	return true;
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
		if (!history_in_order())
			break;
		world_fail("a request was refused: %s", oc_status_name(server.sv.error));
		break;
	case OC_SERVER_CANCELLED:
		/* With bells CW has been looked at for another reason since. */
		if (!world.plan.bells)
			check_cancel();
		break;
	case OC_SERVER_SENT:
		history_sent();
		/* A good time to stop: the response is on its way. */
		if (!world.calm && !world_random(64))
			world.stop_server = true;
		break;
	case OC_SERVER_PACKET:
		/* The next one's, perhaps; this one nobody has read. */
		if (server.sv.rx_total)
			server.unread = false;
		break;
	}
	return true;
}

/* The driver has told that the neighbour is dead. PROTOCOL.md, 4.4. */
static void bury_neighbour(void)
{
	/* Who tells has made sure that the dead one's stores are seen. */
	machine_sees_now(&world.machine, &world.current->cpu);
	handle(oc_server_died(&server.sv, owner_of(NEIGHBOUR)));
	world.neighbour_died = false;
}

/* Also if nobody has the channel: what stands in C is void then. */
static void free_by_hand(void)
{
	release();
	world.free_by_hand = false;
}

bool server_receives(const uint8_t *to, size_t n)
{
	return to >= server.rx && to + n <= server.rx + server.rx_size;
}

/* PROTOCOL.md, section 6. Nothing is done at the second look that takes no ring. */
static void sleep_until_rung(void)
{
	oc_server_sleep(&server.sv);
	if (!handle(oc_server_poll(&server.sv)) && !world.neighbour_died && !world.stop_server &&
	    !world.free_by_hand)
		world_block();
	oc_server_awake(&server.sv);
}

static void turn(void)
{
	world_step();
	if (server.unread && !world_random(16))
		read_request();
	if (world.neighbour_died)
		bury_neighbour();
	if (world.free_by_hand)
		free_by_hand();
	if (handle(oc_server_poll(&server.sv)))
		return;
	if (server.works && (!server.looks_left-- || stops()))
		answer();
	else if (!server.works && world.plan.bells && world_random(2))
		sleep_until_rung();
}

/*
 * Ids near their predecessor's tempt the stamps. Not more often than twice: what the
 * library then adds would bring back older ones, which is for chance to prevent. Once
 * where somebody may write S: two that are near the same S may be the same.
 */
static void make_random(uint32_t random[4])
{
	uint32_t most = world.plan.trouble == TROUBLE_ANYBODY ? 1 : 2;

	for (int i = 0; i < 4; i++)
		random[i] = world_random64();
	if (world.near_ids < most && !world_random(3)) {
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
	if (server.works && world_random(2))
		answer();
	for (uint32_t n = world_random(10); n; n--)
		handle(oc_server_poll(&server.sv));
	oc_server_stop(&server.sv);
	history_stopped();
	for (uint32_t n = world_random(40); n; n--)
		world_step();
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
	end_sessions();
	memset(server.rx, 0xcc, RX_SIZE);
	server.rx_size = world.wild && world_random(2) ? RX_ROOM : RX_SIZE;
	status = oc_server_start(&server.sv, sim_base, &server.port, random, server.rx,
				 server.rx_size);
	if (status != OC_OK)
		world_fail("server start: %s", oc_status_name(status));
	server.serves = world.actors[SERVER].incarnation;
	/* A server that starts asks who is alive. */
	world.neighbour_died = world.actors[NEIGHBOUR].state == DEAD &&
			       owner_of(NEIGHBOUR) != owner_of(CLIENT);
	while (!world.stop_server)
		turn();
	stop();
}
