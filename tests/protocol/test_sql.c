// SPDX-License-Identifier: GPL-2.0-only
/*
 * SQL: what it yields, and that nobody but its client waits for it
 *
 * A statement that never ends is the slowest there is: whatever is done meanwhile was done
 * while it ran.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"

#define FOREVER \
	"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT sum(x) FROM c"

static int run(unsigned int db, const char *text, oc_sql_row_fn *row, void *ctx)
{
	return oc_db_sql(&dbs[db], text, strlen(text), row, ctx);
}

static int take_integer(void *ctx, const struct oc_sql_row *row)
{
	expect(row->ncolumns == 1 && row->values->type == OC_SQL_INTEGER);
	*(int64_t *)ctx = oc_sql_integer(row->values);
	return 0;
}

static void expect_works(unsigned int db)
{
	int64_t number = 0;

	expect_status(run(db, "SELECT 7", take_integer, &number), OC_OK);
	expect(number == 7);
}

static void store(unsigned int db, int rows)
{
	char date[12];

	start(db);
	for (int i = 0; i < rows; i++) {
		snprintf(date, sizeof(date), "%d", i);
		expect(insert(db, date, i) > 0);
	}
	expect_status(oc_db_end(&dbs[db]), OC_OK);
}

struct seen {
	int rows;
	int stop_at;
	bool empty_the_table;
};

static int take_weather(void *ctx, const struct oc_sql_row *row)
{
	const struct oc_sql_value *v = row->values;
	struct seen *seen = ctx;
	char date[12];

	if (!seen->rows && seen->empty_the_table)
		expect(run_sql("DELETE FROM weather") == 0);
	expect(row->ncolumns == 2);
	expect(v->type == OC_SQL_TEXT && v->length < sizeof(date));
	snprintf(date, sizeof(date), "%d", seen->rows);
	expect(v->length == strlen(date) && !memcmp(oc_sql_bytes(v), date, v->length));
	v = oc_sql_next_value(v);
	expect(v->type == OC_SQL_REAL && oc_sql_real(v) == seen->rows);
	return ++seen->rows == seen->stop_at ? -4711 : 0;
}

/* In batches, and all of them of one commit, whatever another program does meanwhile. */
static void test_rows(void)
{
	struct seen seen = { .empty_the_table = true };
	int64_t left = -1;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	for (int i = 0; i < 4; i++)
		store(0, 30);
	expect(run_sql("UPDATE weather "
		       "SET date = CAST(id - (SELECT min(id) FROM weather) AS TEXT), "
		       "wind = id - (SELECT min(id) FROM weather)") == 0);
	expect_status(run(0, "SELECT date, wind FROM weather ORDER BY id", take_weather, &seen),
		      OC_OK);
	expect(seen.rows == 120);
	expect_status(run(0, "SELECT count(*) FROM weather", take_integer, &left), OC_OK);
	expect(left == 0);
}

static int nothing(void *ctx, const struct oc_sql_row *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

static void test_stopped_by_callback(void)
{
	struct seen seen = { .stop_at = 2 };
	struct weather_weather row;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	store(0, 30);
	for (int i = 0; i < 50; i++) {	/* more than there may be at a time */
		seen.rows = 0;
		expect(run(0, "SELECT date, wind FROM weather ORDER BY id", take_weather, &seen) ==
		       -4711);
		expect(seen.rows == 2);
	}
	expect_status(oc_db_get(&dbs[0], 0, 1, &row, sizeof(row)), OC_OK);
	expect_works(0);
}

/* A worker that is slow to hear of it makes the client's drain end first. */
static void expect_taken_back(int status)
{
	if (status == OC_ETIMEOUT)
		expect(oc_channel_draining(&channels[0]));
	else
		expect_status(status, OC_ECANCELLED);
}

static void test_stopped_by_timeout(void)
{
	int rows = 0;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(oc_channel_set_timeout(&channels[0], 50), OC_OK);
	expect_taken_back(run(0, FOREVER, nothing, &rows));
	expect(rows == 0);
	expect_status(oc_channel_set_timeout(&channels[0], 1000), OC_OK);
	/* Here with rows that have come. */
	expect_taken_back(run(0, "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c "
			      "LIMIT 10000) SELECT x FROM c UNION ALL SELECT * FROM (" FOREVER ")",
			      nothing, &rows));
	expect(rows > 0);
	expect_status(oc_channel_set_timeout(&channels[0], 20000), OC_OK);
	expect_works(0);
	store(0, 1);
}

static void test_refused(void)
{
	const struct oc_db_error *error = oc_db_error(&dbs[0]);
	int rows = 0;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	store(0, 1);
	expect_status(run(0, "DELETE FROM weather", nothing, &rows), OC_ENOTRANSACTION);
	expect_status(run(0, "SELECT nonsense", nothing, &rows), OC_ESQL);
	expect(error->text_length > 8 && memchr(error->text, 'n', error->text_length));
	expect_status(run(0, "SELECT 1; DROP TABLE weather", nothing, &rows), OC_ESQL);
	start(0);
	expect_status(run(0, "SELECT 1", nothing, &rows), OC_ETRACTIVE);
	expect_status(oc_db_rollback(&dbs[0]), OC_OK);
	expect(!rows && count_rows() == 1);
}

/* Of more than one packet, and larger than anything that a table may have. */
static int take_long(void *ctx, const struct oc_sql_row *row)
{
	const uint8_t *bytes = oc_sql_bytes(row->values);

	expect(row->values->type == OC_SQL_TEXT && row->values->length == 200000);
	for (uint32_t i = 0; i < 200000; i++)
		expect(bytes[i] == "0123456789"[i % 10]);
	++*(int *)ctx;
	return 0;
}

static void test_long_value(void)
{
	const uint32_t size = 1 << 20;
	void *memory = aligned_alloc(8, size);
	int rows = 0, status;

	attach(0);
	expect_status(oc_db_open(&dbs[0], &channels[0], "weather", &weather_schema, memory, size,
				 1), OC_OK);
	status = run(0, "SELECT replace(hex(zeroblob(10000)), '00', '01234567890123456789')",
		     take_long, &rows);
	oc_db_close(&dbs[0]);
	free(memory);
	expect_status(status, OC_OK);
	expect(rows == 1);
}

/* A schema without tables is for SQL alone. */
static void test_no_tables(void)
{
	static const struct oc_schema none = { .ntables = 0 };
	static const uint32_t table;
	static uint64_t memory[1024];
	struct oc_cursor cursor;

	attach(0);
	expect_status(oc_db_open(&dbs[0], &channels[0], "weather", &none, memory, sizeof(memory),
				 1), OC_OK);
	expect_works(0);
	expect_status(oc_db_start_update(&dbs[0], &table, 1, NULL, 0), OC_EINVAL);
	expect_status(oc_cursor_open(&cursor, &dbs[0], 0), OC_ENOTABLE);
	expect_status(oc_db_close(&dbs[0]), OC_OK);
}

/* --- while a statement runs ------------------------------------------------------------- */

static struct {
	struct oc_msg msg;
	struct oc_sql_request body;
	char text[(sizeof(FOREVER) + 7) / 8 * 8];
} request;

static _Alignas(8) struct oc_msg response[16];

/* In flight on channel 0; the server has taken it. */
static void begin_forever(void)
{
	request.msg = (struct oc_msg) {
		.length = sizeof(request), .op = OC_OP_SQL, .session = dbs[0].session,
	};
	request.body = (struct oc_sql_request) { .text_length = sizeof(FOREVER) - 1 };
	memcpy(request.text, FOREVER, sizeof(FOREVER) - 1);
	expect_status(oc_channel_start(&channels[0], &request.msg, response, sizeof(response)),
		      OC_OK);
	expect_status(oc_channel_poll(&channels[0]), OC_PENDING);
	let_serve(0);
}

static int finish_forever(void)
{
	const struct oc_port *port = fixture_port(0);
	int status = OC_PENDING;

	for (uint32_t turn = 0; status == OC_PENDING; turn++) {
		port->pause(port->ctx, turn);
		status = oc_channel_poll(&channels[0]);
	}
	return status;
}

static int cancel_forever(void)
{
	int status = oc_channel_cancel(&channels[0]);

	return status == OC_PENDING ? finish_forever() : status;
}

static void test_others_go_on(void)
{
	attach(0);
	attach(1);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(open_db(1, 1), OC_OK);
	begin_forever();
	for (int i = 0; i < 100; i++) {
		store(1, 1);
		expect_status(oc_channel_poll(&channels[0]), OC_PENDING);
	}
	expect(count_rows() == 100);
	expect_works(1);	/* there is another worker */
	expect_status(oc_channel_poll(&channels[0]), OC_PENDING);
	expect_status(cancel_forever(), OC_ECANCELLED);
	expect_works(0);
}

/* The client is reset while its statement runs. */
static void test_client_is_reset(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	for (int i = 0; i < 5; i++) {	/* more than there are workers */
		begin_forever();
		memset(&channels[0], 0, sizeof(channels[0]));
		attach(0);
		expect_status(open_db(0, 0), OC_OK);
	}
	expect_works(0);
}

static void test_client_detaches(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	begin_forever();
	oc_channel_detach(&channels[0]);
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect_works(0);
}

static void test_server_dies(void)
{
	attach(0);
	attach(1);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(open_db(1, 1), OC_OK);
	begin_forever();
	store(1, 1);
	fixture_kill_server();
	fixture_start_server();
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect_works(0);
	expect(count_rows() == 1);
}

/* What runs may finish, or be taken back; nothing new begins. */
static void test_server_stops(void)
{
	int rows = 0;

	attach(0);
	attach(1);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(open_db(1, 1), OC_OK);
	begin_forever();
	fixture_stop_server(false);
	while (!(__atomic_load_n(&header(1)->server_word, __ATOMIC_ACQUIRE) &
		 TFS_SHM_POLL_SW_DRAINING))
		fixture_port(1)->pause(fixture_port(1)->ctx, 0);
	expect_status(run(1, "SELECT 1", nothing, &rows), OC_ESHUTDOWN);
	expect_status(oc_channel_poll(&channels[0]), OC_PENDING);
	expect_status(cancel_forever(), OC_ECANCELLED);
	expect(fixture_wait_server());
	fixture_start_server();
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect_works(0);
}

/* In a hurry it takes the statement back itself, and says so. */
static void test_server_stops_fast(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	begin_forever();
	fixture_stop_server(true);
	expect_status(finish_forever(), OC_OK);
	expect_status(response->status, OC_ESHUTDOWN);
	expect(fixture_wait_server());
	fixture_start_server();
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect_works(0);
}

const struct protocol_test tests_sql[] = {
	{ "SQL: rows in batches, of one commit", test_rows },
	{ "SQL: stopped by the callback", test_stopped_by_callback },
	{ "SQL: stopped by a timeout", test_stopped_by_timeout },
	{ "SQL: refused", test_refused },
	{ "SQL: a value of many packets", test_long_value },
	{ "SQL: a schema without tables", test_no_tables },
	{ "SQL: others go on while it runs", test_others_go_on },
	{ "SQL: its client is reset", test_client_is_reset },
	{ "SQL: its client detaches", test_client_detaches },
	{ "SQL: its server dies", test_server_dies },
	{ "SQL: its server stops", test_server_stops },
	{ "SQL: its server stops fast", test_server_stops_fast },
	{ NULL, NULL }
};
