// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client is reset at any step, and gets its channel at once; what it had begun is
 * rolled back. Another owner waits, or gives up.
 */
#include <string.h>

#include "protocol.h"

#define WEATHER		WEATHER_TABLE_WEATHER
#define SESSIONS	3		/* on a channel, as the fixtures configure it */
#define LARGE		(100 * 1024)	/* a message of several packets */

static const uint32_t tables[] = { WEATHER };
static _Alignas(8) uint8_t request[LARGE], response[LARGE];

/* Sends the request and does not wait for more than that the server has taken it. */
static void send_only(struct oc_channel *ch, struct oc_msg *msg, uint32_t size)
{
	const struct oc_port *port = fixture_port(0);
	uint32_t turn = 0;

	expect_status(oc_channel_start(ch, msg, response, size), OC_OK);
	do {
		expect_status(oc_channel_poll(ch), OC_PENDING);
		port->pause(port->ctx, turn++);
	} while (ch->tx_left && turn < 100000);
	expect(!ch->tx_left);
}

static void wait_for_answer(void)
{
	const struct oc_port *port = fixture_port(0);
	uint32_t turn = 0;

	while (!__atomic_load_n(&header(0)->size_from_tfs, __ATOMIC_ACQUIRE) && turn < 100000)
		port->pause(port->ctx, turn++);
	expect(turn < 100000);
}

static struct oc_msg *ping(uint32_t size)
{
	struct oc_msg *msg = (void *)request;

	*msg = (struct oc_msg) { .length = size, .op = OC_OP_PING };
	return msg;
}

static int login(void)
{
	struct {
		struct oc_msg msg;
		struct oc_login_request body;
	} login = {
		.msg = { .length = sizeof(login), .op = OC_OP_LOGIN },
		.body = {
			.magic = OC_WIRE_MAGIC, .major = OC_WIRE_MAJOR,
			.max_packet = OC_PACKET_MAX, .max_message = 1024,
		},
	};
	int status = oc_channel_call(&channels[0], &login.msg, response, sizeof(response));

	return status == OC_OK ? ((struct oc_msg *)response)->status : status;
}

/* --- the steps at which the old client vanishes ------------------------------------- */

static void asks(void)
{
	expect_status(oc_channel_attach_start(&channels[0], fixture_base(0), fixture_port(0),
					      fixture_owner(0), 20000), OC_OK);
	expect_status(oc_channel_attach_poll(&channels[0]), OC_PENDING);
}

static void attached(void)
{
	attach(0);
}

static void logged_in(void)
{
	attach(0);
	for (int i = 0; i < SESSIONS; i++)
		expect_status(login(), OC_OK);
}

static void opened(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
}

static void started(void)
{
	opened();
	start(0);
}

static void inserted(void)
{
	started();
	expect(insert(0, "lost", 1) == 1);
}

/* What oc_db_end() sends, sent by hand. */
static struct oc_msg *end_message(void)
{
	struct oc_msg *msg = (void *)dbs[0].cache;
	struct oc_end_request *body = (void *)(msg + 1);

	*msg = (struct oc_msg) {
		.length = dbs[0].cache_used, .op = OC_OP_END, .session = dbs[0].session,
	};
	*body = (struct oc_end_request) { .nchanges = dbs[0].nchanges };
	return msg;
}

static void end_partly_sent(void)
{
	inserted();
	while (insert(0, "lost", 1) > 0)
		;
	expect(dbs[0].cache_used > 2 * OC_PACKET_MIN);
	expect_status(oc_channel_set_max_packet(&channels[0], OC_PACKET_MIN), OC_OK);
	expect_status(oc_channel_start(&channels[0], end_message(), response, sizeof(response)),
		      OC_OK);
	expect_status(oc_channel_poll(&channels[0]), OC_PENDING);
	let_serve(0);
}

/* The server has not looked, or is about to take it. */
static void end_lies_there(void)
{
	struct oc_msg *msg;

	inserted();
	msg = end_message();
	expect_status(oc_channel_start(&channels[0], msg, response, sizeof(response)), OC_OK);
	expect_status(oc_channel_poll(&channels[0]), OC_PENDING);
}

static void end_sent(void)
{
	inserted();
	send_only(&channels[0], end_message(), sizeof(response));
}

static void end_answered(void)
{
	end_sent();
	wait_for_answer();
}

static void large_response(void)
{
	opened();
	send_only(&channels[0], ping(LARGE), LARGE);
	wait_for_answer();
	expect_status(oc_channel_poll(&channels[0]), OC_PENDING);
	wait_for_answer();
	expect(channels[0].rx_length && channels[0].rx_length < LARGE);
}

static void server_restarted(void)
{
	inserted();
	fixture_kill_server();
	fixture_start_server();
}

static void detached(void)
{
	inserted();
	oc_channel_detach(&channels[0]);
}

/**
 * struct step - what the old client has done when it vanishes
 * @told: what its ghost is told, should it come back; OC_OK: that is not asked
 * @rows_min, @rows_max: of its transaction that may be there
 */
static const struct step {
	const char *name;
	void (*run)(void);
	int told, rows_min, rows_max;
} steps[] = {
	{ "asks for the channel", asks, OC_OK, 0, 0 },
	{ "has it", attached, OC_EINTERFERENCE, 0, 0 },
	{ "has all sessions", logged_in, OC_EINTERFERENCE, 0, 0 },
	{ "has a database open", opened, OC_EINTERFERENCE, 0, 0 },
	{ "has locked a table", started, OC_EINTERFERENCE, 0, 0 },
	{ "has inserted a row", inserted, OC_EINTERFERENCE, 0, 0 },
	{ "has sent a part of END", end_partly_sent, OC_EINTERFERENCE, 0, 0 },
	{ "has put END down", end_lies_there, OC_EINTERFERENCE, 0, 1 },
	{ "has sent END", end_sent, OC_EINTERFERENCE, 0, 1 },
	{ "has END's answer before it", end_answered, OC_EINTERFERENCE, 1, 1 },
	{ "has read a part of a response", large_response, OC_EINTERFERENCE, 0, 0 },
	{ "has lost its server", server_restarted, OC_ESERVER_RESTARTED, 0, 0 },
	{ "has detached", detached, OC_EDETACHED, 0, 0 },
};

/* The one that was taken for dead and goes on where it was. */
static int ghost_is_told(struct oc_channel *ghost)
{
	int status = oc_channel_poll(ghost);

	if (status != OC_EINVAL)	/* it was waiting for something */
		return status;
	return oc_channel_call(ghost, ping(64), response, sizeof(response));
}

static void check_successor(const struct step *step, struct oc_channel *ghost)
{
	int rows = count_rows();

	expect(header(0)->size_to_tfs == 0 && header(0)->size_from_tfs == 0);
	expect(rows >= step->rows_min && rows <= step->rows_max);
	/* No lock is left: the other channel's client gets the table. */
	expect_status(oc_db_start_update(&dbs[1], tables, 1, NULL, 0), OC_OK);
	expect(insert(1, "kept", 1) == rows + 1);
	expect_status(oc_db_end(&dbs[1]), OC_OK);
	/* No session is left: all that a channel may have are to be had. */
	for (int i = 0; i < SESSIONS; i++)
		expect_status(login(), OC_OK);
	expect_status(login(), OC_ELIMIT);
	if (step->told != OC_OK)
		expect_status(ghost_is_told(ghost), step->told);
	expect_status(oc_channel_call(&channels[0], ping(LARGE), response, LARGE), OC_OK);
	expect(count_rows() == rows + 1);
}

static void reset_at(const struct step *step)
{
	struct oc_channel ghost;

	expect(run_sql("DELETE FROM weather") == 0);
	memset(&channels[0], 0, sizeof(channels[0]));
	step->run();
	ghost = channels[0];
	memset(&channels[0], 0, sizeof(channels[0]));
	attach(0);
	/* After a restart the other channel's session is gone as well. */
	attach(1);
	expect_status(open_db(1, 1), OC_OK);
	check_successor(step, &ghost);
	oc_channel_detach(&channels[0]);
	oc_channel_detach(&channels[1]);
}

static void test_reset_at_each_step(void)
{
	for (unsigned int i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		test_note(steps[i].name);
		reset_at(&steps[i]);
	}
}

/* A second one of the same owner that is not dead: each sees it on what it does next. */
static void test_read_and_write_are_told_apart(void)
{
	struct oc_channel reads, writes;

	attach(0);
	writes = channels[0];
	attach(0);
	send_only(&channels[0], ping(64), sizeof(response));
	wait_for_answer();
	reads = channels[0];
	memset(&channels[0], 0, sizeof(channels[0]));
	attach(0);
	expect_status(oc_channel_call(&writes, ping(64), response, sizeof(response)),
		      OC_EINTERFERENCE);
	expect(oc_channel_lost_on_write(&writes));
	expect_status(oc_channel_poll(&reads), OC_EINTERFERENCE);
	expect(!oc_channel_lost_on_write(&reads));
	expect_status(oc_channel_call(&channels[0], ping(64), response, sizeof(response)), OC_OK);
}

/* --- another owner ------------------------------------------------------------------ */

static struct oc_channel stranger;

static int attach_stranger(int32_t timeout_ms)
{
	return oc_channel_attach(&stranger, fixture_base(0), fixture_port(0),
				 fixture_owner(0) ^ 0x5000, timeout_ms);
}

static void stranger_is_busy(void)
{
	memset(&stranger, 0, sizeof(stranger));
	expect_status(attach_stranger(50), OC_EBUSY);
}

static void test_another_owner_gives_up(void)
{
	opened();
	stranger_is_busy();
	start(0);
	stranger_is_busy();
	expect(insert(0, "kept", 1) == 1);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	/* Also while there is nobody who could say so but a new server. */
	fixture_kill_server();
	fixture_start_server();
	attach(1);		/* it serves */
	stranger_is_busy();
	expect_status(oc_db_close(&dbs[0]), OC_ESERVER_RESTARTED);
	attach(0);
	expect(count_rows() == 1);
}

static void poll_stranger(int wanted)
{
	const struct oc_port *port = fixture_port(0);
	int status = OC_PENDING;

	for (uint32_t turn = 0; turn < (wanted == OC_PENDING ? 400 : 100000); turn++) {
		status = oc_channel_attach_poll(&stranger);
		if (status != OC_PENDING)
			break;
		port->pause(port->ctx, turn);
	}
	expect_status(status, wanted);
}

/* It waits; a reset of the holder comes first all the same; then the channel is its own. */
static void test_another_owner_waits(void)
{
	inserted();
	memset(&stranger, 0, sizeof(stranger));
	expect_status(oc_channel_attach_start(&stranger, fixture_base(0), fixture_port(0),
					      fixture_owner(0) ^ 0x5000, 20000), OC_OK);
	poll_stranger(OC_PENDING);
	memset(&channels[0], 0, sizeof(channels[0]));
	attach(0);
	poll_stranger(OC_PENDING);
	inserted();
	oc_channel_detach(&channels[0]);
	poll_stranger(OC_OK);
	expect(count_rows() == 0);
	/* Now the first one is the other one. */
	expect_status(oc_channel_attach(&channels[0], fixture_base(0), fixture_port(0),
					fixture_owner(0), 50), OC_EBUSY);
	expect_status(oc_channel_call(&stranger, ping(64), response, sizeof(response)), OC_OK);
	oc_channel_detach(&stranger);
	attach(0);
}

/* --- sessions that share what was taken ---------------------------------------------- */

static void test_shared_channel_is_lost(void)
{
	struct weather_weather row;
	struct oc_channel other = { .state = 0 };

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(open_db(2, 0), OC_OK);
	start(0);
	expect(insert(0, "lost", 1) == 1);
	expect_status(oc_channel_attach(&other, fixture_base(0), fixture_port(0),
					fixture_owner(0), 20000), OC_OK);
	expect_status(oc_db_end(&dbs[0]), OC_EINTERFERENCE);
	expect(oc_db_error(&dbs[0])->on_write);
	expect_status(oc_db_get(&dbs[2], WEATHER, 1, &row, sizeof(row)), OC_EINTERFERENCE);
	oc_channel_detach(&other);

	expect_status(oc_db_close(&dbs[0]), OC_EINTERFERENCE);
	expect_status(oc_channel_attach_again(&channels[0]), OC_OK);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(open_db(1, 0), OC_OK);
	expect_status(oc_channel_attach_again(&channels[0]), OC_OK);

	fixture_kill_server();
	fixture_start_server();
	expect_status(oc_db_get(&dbs[0], WEATHER, 1, &row, sizeof(row)), OC_ESERVER_RESTARTED);
	expect_status(oc_channel_attach_again(&channels[0]), OC_OK);
	expect_status(oc_db_get(&dbs[1], WEATHER, 1, &row, sizeof(row)), OC_ENOSESSION);
	expect_status(oc_db_close(&dbs[1]), OC_ENOSESSION);
	expect_status(open_db(1, 0), OC_OK);
	expect_status(oc_db_get(&dbs[1], WEATHER, 1, &row, sizeof(row)), OC_ENOTFOUND);
}

const struct protocol_test tests_takeover[] = {
	{ "a client that is reset at any step takes over", test_reset_at_each_step },
	{ "interference is told apart by read and write", test_read_and_write_are_told_apart },
	{ "another owner gives up", test_another_owner_gives_up },
	{ "another owner waits", test_another_owner_waits },
	{ "sessions that share a channel lose it together", test_shared_channel_is_lost },
	{ NULL, NULL },
};
