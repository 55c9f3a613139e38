// SPDX-License-Identifier: GPL-2.0-only
/*
 * Either side dies at a bad moment, and comes back
 */
#include <string.h>

#include "protocol.h"

/* A client that vanishes in the middle of a message; a new one with the same owner. */
static void test_client_vanishes_in_a_message(void)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	const struct oc_msg first = { 4096, OC_OP_END, 0, 0, 99, 0, 0 };

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	attach(1);
	expect_status(open_db(1, 1), OC_OK);
	start(0);
	expect(insert(0, "lost", 1) == 1);
	memcpy(buffer(0), &first, sizeof(first));
	give_packet(0, sizeof(first));
	let_serve(0);
	expect_status(oc_db_start_update(&dbs[1], tables, 1, NULL, 0), OC_EUNAVAILABLE);

	memset(&channels[0], 0, sizeof(channels[0]));
	attach(0);
	expect(header(0)->size_to_tfs == 0 && header(0)->size_from_tfs == 0);
	expect_status(open_db(0, 0), OC_OK);
	expect(count_rows() == 0);
	/* What it had locked is free. */
	expect_status(oc_db_start_update(&dbs[1], tables, 1, NULL, 0), OC_OK);
}

/* The old client, still alive, is told that it has lost the channel. */
static void test_old_client_is_told(void)
{
	struct oc_channel old;
	struct oc_db db;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	insert(0, "lost", 1);
	old = channels[0];
	db = dbs[0];
	db.channel = &old;
	memset(&channels[0], 0, sizeof(channels[0]));
	attach(0);
	expect_status(oc_db_end(&db), OC_EINTERFERENCE);
	expect_status(oc_db_end(&db), OC_EINTERFERENCE);
	expect(count_rows() == 0);
}

static void test_detach_rolls_back(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	insert(0, "lost", 1);
	oc_channel_detach(&channels[0]);
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	expect(insert(0, "kept", 1) == 1);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	expect(count_rows() == 1);
}

static void test_server_killed_in_a_transaction(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	expect(insert(0, "lost", 1) == 1);
	fixture_kill_server();
	fixture_start_server();
	expect_status(oc_db_end(&dbs[0]), OC_ESERVER_RESTARTED);
	expect_status(oc_db_end(&dbs[0]), OC_ESERVER_RESTARTED);
	expect_status(oc_db_close(&dbs[0]), OC_ESERVER_RESTARTED);
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect(count_rows() == 0);
	start(0);
	expect(insert(0, "kept", 1) == 1);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
}

static void test_server_killed_after_the_answer(void)
{
	struct weather_weather row;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	expect(insert(0, "kept", 1) == 1);
	expect(insert(0, "kept too", 1) == 2);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	fixture_kill_server();
	fixture_start_server();
	expect_status(oc_db_get(&dbs[0], WEATHER_TABLE_WEATHER, 1, &row, sizeof(row)),
		      OC_ESERVER_RESTARTED);
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect(count_rows() == 2);
	expect_status(oc_db_get(&dbs[0], WEATHER_TABLE_WEATHER, 2, &row, sizeof(row)), OC_OK);
}

static void await_draining(unsigned int channel)
{
	const struct oc_port *port = fixture_port(channel);
	uint32_t turn = 0;

	while (!(__atomic_load_n(&header(channel)->server_word, __ATOMIC_RELAXED) &
		 TFS_SHM_POLL_SW_DRAINING))
		port->pause(port->ctx, turn++);
}

/* Stopped in a stream of commits: every one that was acknowledged is there. */
static void test_server_stopped(void)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	int acknowledged = 0, rows, status;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	do {
		if (acknowledged == 5)
			fixture_stop_server(false);
		status = oc_db_start_update(&dbs[0], tables, 1, NULL, 0);
		if (status == OC_OK)
			expect(insert(0, "kept", acknowledged) == acknowledged + 1);
		if (status == OC_OK)
			status = oc_db_end(&dbs[0]);
		acknowledged += status == OC_OK;
	} while (status == OC_OK);
	expect(acknowledged >= 5);
	expect(status == OC_ESHUTDOWN || status == OC_ESERVER_RESTARTED);
	expect(fixture_wait_server());
	rows = count_rows();
	fixture_start_server();
	/* One more at most: whose answer the server could not give any more. */
	expect(rows == acknowledged ||
	       (status == OC_ESERVER_RESTARTED && rows == acknowledged + 1));
}

static void test_server_stopped_in_a_transaction(void)
{
	int status;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	expect(insert(0, "lost", 1) == 1);
	fixture_stop_server(true);
	expect(fixture_wait_server());
	status = oc_db_end(&dbs[0]);
	fixture_start_server();
	expect_status(status, OC_ESERVER_RESTARTED);
	expect(count_rows() == 0);
}

/* Until it has ended, the server stays; then there is nothing more to be had. */
static void test_server_waits_for_a_transaction(void)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	int status;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	fixture_stop_server(false);
	await_draining(0);
	expect(insert(0, "kept", 1) == 1);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	status = oc_db_start_update(&dbs[0], tables, 1, NULL, 0);
	expect(fixture_wait_server());
	fixture_start_server();
	expect(status == OC_ESHUTDOWN || status == OC_ESERVER_RESTARTED);
	expect(count_rows() == 1);
}

/* While nobody serves, a call ends by its timeout or sees that the server has gone. */
static void test_no_server_for_a_while(void)
{
	int status;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	fixture_kill_server();
	expect_status(oc_channel_set_timeout(&channels[0], 100), OC_OK);
	status = oc_db_close(&dbs[0]);
	expect(status == OC_ETIMEOUT || status == OC_ESERVER_RESTARTED);
	fixture_start_server();
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
}

static void test_ten_restarts(void)
{
	for (int i = 0; i < 10; i++) {
		attach(0);
		expect_status(open_db(0, 0), OC_OK);
		start(0);
		expect(insert(0, "kept", i) == i + 1);
		expect_status(oc_db_end(&dbs[0]), OC_OK);
		start(0);
		expect(insert(0, "lost", i) == i + 2);
		fixture_kill_server();
		fixture_start_server();
		expect_status(oc_db_end(&dbs[0]), OC_ESERVER_RESTARTED);
	}
	expect(count_rows() == 10);
}

const struct protocol_test tests_deaths[] = {
	{ "a client vanishes in the middle of a message", test_client_vanishes_in_a_message },
	{ "a client that was taken over is told", test_old_client_is_told },
	{ "a detach rolls back", test_detach_rolls_back },
	{ "a server killed in a transaction leaves nothing of it",
	  test_server_killed_in_a_transaction },
	{ "a server killed after its answer leaves all of it",
	  test_server_killed_after_the_answer },
	{ "a server stopped in a stream of commits keeps what it acknowledged",
	  test_server_stopped },
	{ "a server stopped in a transaction leaves nothing of it",
	  test_server_stopped_in_a_transaction },
	{ "a server that is stopped waits for a transaction", test_server_waits_for_a_transaction },
	{ "without a server calls end in time", test_no_server_for_a_while },
	{ "ten restarts", test_ten_restarts },
	{ NULL, NULL },
};
