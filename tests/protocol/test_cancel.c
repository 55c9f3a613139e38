// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that are taken back: the server stops, and the channel is clean
 */
#include <string.h>

#include <sqlite3.h>

#include "protocol.h"

#define LARGE	(200 * 1024)

static _Alignas(8) uint8_t request[LARGE + 64], response[LARGE + 64];

static int begin(uint16_t op, uint32_t session, const void *body, uint32_t size)
{
	struct oc_msg *msg = (void *)request;

	*msg = (struct oc_msg) {
		.length = sizeof(*msg) + oc_pad8(size), .op = op, .session = session,
	};
	memset(msg + 1, 0, oc_pad8(size));
	if (body)
		memcpy(msg + 1, body, size);
	return oc_channel_start(&channels[0], msg, response, sizeof(response));
}

/* One turn of a wait on channel 0. */
static int turn(uint32_t number)
{
	const struct oc_port *port = fixture_port(0);
	int status = oc_channel_poll(&channels[0]);

	if (status == OC_PENDING)
		port->pause(port->ctx, number);
	return status;
}

static int finish(void)
{
	int status = OC_PENDING;

	for (uint32_t i = 0; status == OC_PENDING && i < 20000; i++)
		status = turn(i);
	return status;
}

static int cancel(void)
{
	int status = oc_channel_cancel(&channels[0]);

	return status == OC_PENDING ? finish() : status;
}

static int call(uint16_t op, uint32_t session, const void *body, uint32_t size)
{
	int status = begin(op, session, body, size);

	if (status == OC_OK)
		status = finish();
	return status == OC_OK ? ((struct oc_msg *)response)->status : status;
}

static void expect_clean(void)
{
	expect(!oc_channel_draining(&channels[0]));
	expect_status(call(OC_OP_PING, 0, NULL, LARGE), OC_OK);
	expect(((struct oc_msg *)response)->length == sizeof(struct oc_msg) + LARGE);
}

static void test_between_packets(void)
{
	attach(0);
	for (uint32_t turns = 1; turns < 7; turns++) {
		expect_status(begin(OC_OP_PING, 0, NULL, LARGE), OC_OK);
		for (uint32_t i = 0; i < turns; i++)
			expect_status(turn(0), OC_PENDING);
		expect_status(cancel(), OC_ECANCELLED);
		expect_clean();
	}
}

/* The answer's first packet lies there; the others do not come. */
static void test_in_the_middle_of_a_response(void)
{
	attach(0);
	expect_status(begin(OC_OP_PING, 0, NULL, LARGE), OC_OK);
	expect_status(turn(0), OC_PENDING);
	for (uint32_t i = 1; channels[0].tx_left || !header(0)->size_from_tfs; i++) {
		expect(i < 20000);
		/* A packet of the answer is not taken here. */
		if (channels[0].tx_left)
			expect_status(turn(i), OC_PENDING);
		else
			fixture_port(0)->pause(fixture_port(0)->ctx, i);
	}
	expect_status(cancel(), OC_ECANCELLED);
	expect_clean();
}

/* Number after number comes again, and none that was taken back takes another with it. */
static void test_again_and_again(void)
{
	uint32_t taken_back = 0;

	attach(0);
	for (uint32_t i = 0; i < 600; i++) {
		int status;

		expect_status(begin(OC_OP_PING, 0, NULL, i % 7 * 8), OC_OK);
		if (i % 3) {
			expect_status(finish(), OC_OK);
			continue;
		}
		for (uint32_t turns = 0; turns < i % 5; turns++)
			oc_channel_poll(&channels[0]);
		status = cancel();
		/* Too late is no error; nothing in flight is one that has ended. */
		expect(status == OC_OK || status == OC_ECANCELLED || status == OC_EINVAL);
		taken_back += status == OC_ECANCELLED;
	}
	expect(taken_back >= 40);
	expect_clean();
}

static int start_weather(uint32_t session)
{
	const struct {
		struct oc_start_update_request head;
		uint32_t tables[2];
	} start = { .head = { .nwrite = 1 }, .tables = { WEATHER_TABLE_WEATHER } };

	return begin(OC_OP_START_UPDATE, session, &start, 12);
}

/* Whichever comes first: the session of the other channel gets the table. */
static void test_start_leaves_no_lock(void)
{
	attach(0);
	attach(1);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(open_db(1, 1), OC_OK);
	for (uint32_t i = 0; i < 50; i++) {
		int status = OC_PENDING;

		expect_status(start_weather(dbs[0].session), OC_OK);
		for (uint32_t turns = 0; turns < i % 10 && status == OC_PENDING; turns++)
			status = turn(0);
		status = cancel();
		if (status != OC_ECANCELLED) {
			expect(status == OC_OK || status == OC_EINVAL);
			expect_status(call(OC_OP_ROLLBACK, dbs[0].session, NULL, 0), OC_OK);
		}
		start(1);
		expect_status(oc_db_rollback(&dbs[1]), OC_OK);
	}
}

struct end {
	struct oc_end_request head;
	struct oc_change change;
	struct weather_weather row;
};

static const struct end end = {
	.head = { .nchanges = 1 },
	.change = {
		.kind = OC_CHANGE_INSERT, .table = WEATHER_TABLE_WEATHER, .rowid = 1,
	},
	.row = { .date_length = 1, .date = "x", .weather_length = 3, .weather = "sun" },
};

static void begin_end(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(start_weather(dbs[0].session), OC_OK);
	expect_status(finish(), OC_OK);
	expect_status(((struct oc_msg *)response)->status, OC_OK);
	expect_status(begin(OC_OP_END, dbs[0].session, &end, sizeof(end)), OC_OK);
	expect_status(oc_channel_poll(&channels[0]), OC_PENDING);
}

/* It waits for another program; taken back, it can be sent again. */
static void test_end_that_waits(void)
{
	sqlite3 *other = NULL;

	expect(sqlite3_open_v2(fixture_database(), &other, SQLITE_OPEN_READWRITE, NULL) == 0);
	sqlite3_busy_timeout(other, 5000);
	expect(sqlite3_exec(other, "PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE", NULL, NULL,
			    NULL) == 0);
	begin_end();
	for (uint32_t i = 0; i < 20; i++)
		expect_status(turn(i), OC_PENDING);
	expect_status(cancel(), OC_ECANCELLED);
	sqlite3_close(other);
	expect(count_rows() == 0);
	expect_status(call(OC_OP_END, dbs[0].session, &end, sizeof(end)), OC_OK);
	expect(count_rows() == 1);
	expect_clean();
}

#define ENDLESS \
	"CREATE TRIGGER endless AFTER INSERT ON weather BEGIN " \
	"SELECT count(*) FROM (WITH RECURSIVE c(i) AS " \
	"(SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i FROM c); END"

/*
 * Inside SQL: nothing but the cancel ends this insert, and the server is at nothing else.
 * Over the heap it works on this thread, which takes the request back before.
 */
static void test_end_that_does_not_end(void)
{
	uint32_t turns = strcmp(fixture_name, "heap") ? 100 : 0;
	int status;

	expect(run_sql(ENDLESS) == 0);
	begin_end();
	for (uint32_t i = 0; i < turns; i++)
		expect_status(turn(i), OC_PENDING);
	status = cancel();
	expect(run_sql("DROP TRIGGER endless") == 0);
	expect_status(status, OC_ECANCELLED);
	expect(count_rows() == 0);
	expect_status(call(OC_OP_END, dbs[0].session, &end, sizeof(end)), OC_OK);
	expect(count_rows() == 1);
	expect_clean();
}

/* The same by the library's own calls: time is over, and the transaction is as it was. */
static void test_handle(void)
{
	sqlite3 *other = NULL;
	int status;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	expect(insert(0, "2012-01-01", 1.0) == 1);
	expect(sqlite3_open_v2(fixture_database(), &other, SQLITE_OPEN_READWRITE, NULL) == 0);
	sqlite3_busy_timeout(other, 5000);
	expect(sqlite3_exec(other, "PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE", NULL, NULL,
			    NULL) == 0);
	oc_channel_set_timeout(&channels[0], 300);
	status = oc_db_end(&dbs[0]);
	oc_channel_set_timeout(&channels[0], 20000);
	sqlite3_close(other);
	/* A server that is held up itself was silent, or came to it after its busy_timeout. */
	if (status == OC_ECANCELLED) {
		expect(insert(0, "2012-01-02", 1.0) == 2);
		expect_status(oc_db_end(&dbs[0]), OC_OK);
		expect(count_rows() == 2);
	} else {
		expect(status == OC_ETIMEOUT || status == OC_EUNAVAILABLE);
		expect_status(oc_db_end(&dbs[0]), OC_ENOTRANSACTION);
	}
	start(0);
	expect_status(oc_db_rollback(&dbs[0]), OC_OK);
	expect_status(oc_db_close(&dbs[0]), OC_OK);
}

const struct protocol_test tests_cancel[] = {
	{ "taken back between the packets of a request", test_between_packets },
	{ "taken back in the middle of a response", test_in_the_middle_of_a_response },
	{ "taken back again and again", test_again_and_again },
	{ "a start that was taken back leaves no lock", test_start_leaves_no_lock },
	{ "an end that waits for another program is taken back", test_end_that_waits },
	{ "an end that works for ever is taken back", test_end_that_does_not_end },
	{ "an end whose time is over is as if it had not been", test_handle },
	{ NULL, NULL },
};
