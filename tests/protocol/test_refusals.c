// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that are well-formed packets and still wrong; nothing is stored
 */
#include <string.h>

#include "protocol.h"

static _Alignas(8) uint8_t request[1024], response[1024];

/* Sends header and body as they are; returns the server's status. */
static int raw(uint16_t op, uint32_t session, const void *body, uint32_t size)
{
	struct oc_msg *msg = (void *)request;

	memset(request, 0, sizeof(request));
	*msg = (struct oc_msg) {
		.length = sizeof(*msg) + oc_pad8(size), .op = op, .session = session,
	};
	memcpy(msg + 1, body, size);
	expect_status(oc_channel_call(&channels[0], msg, response, sizeof(response)), OC_OK);
	return ((struct oc_msg *)response)->status;
}

static const struct oc_error_body *error_body(void)
{
	return (const void *)(response + sizeof(struct oc_msg));
}

static bool error_is_about(uint32_t index, uint32_t table, uint32_t column)
{
	const struct oc_error_body *error = error_body();

	return error->index == index && error->table == table && error->column == column;
}

static bool error_says(const char *text)
{
	const struct oc_error_body *error = error_body();

	return error->text_length == strlen(text) && !memcmp(error + 1, text, strlen(text));
}

static void test_operations(void)
{
	attach(0);
	expect_status(raw(0, 0, "", 0), OC_EOPERATION);
	expect_status(raw(OC_OP_SQL_END + 1, 0, "", 0), OC_EOPERATION);
	expect_status(raw(0xffff, 0, "", 0), OC_EOPERATION);
	expect(error_says("operation 65535"));
	expect_status(raw(OC_OP_END, 0, "", 0), OC_ENOSESSION);
	expect_status(raw(OC_OP_END, 12345, "", 0), OC_ENOSESSION);
	expect_status(raw(OC_OP_LOGOUT, 12345, "", 0), OC_ENOSESSION);
	expect_status(raw(OC_OP_PING, 12345, "", 0), OC_EPROTOCOL);
}

static void test_login(void)
{
	struct oc_login_request login = {
		.magic = OC_WIRE_MAGIC, .major = OC_WIRE_MAJOR, .minor = 9,
		.max_packet = OC_PACKET_MAX, .max_message = 1024, .client_id = 1,
	}, bad, too_long[2] = { login, login };
	const struct oc_login_response *answer = (const void *)(response + sizeof(struct oc_msg));

	attach(0);
	bad = login;
	bad.major = OC_WIRE_MAJOR + 1;
	expect_status(raw(OC_OP_LOGIN, 0, &bad, sizeof(bad)), OC_EVERSION);
	expect(answer->major == OC_WIRE_MAJOR && answer->minor == OC_WIRE_MINOR);
	bad = login;
	bad.magic = __builtin_bswap32(OC_WIRE_MAGIC);
	expect_status(raw(OC_OP_LOGIN, 0, &bad, sizeof(bad)), OC_EARCH);
	bad.magic = 0;
	expect_status(raw(OC_OP_LOGIN, 0, &bad, sizeof(bad)), OC_EPROTOCOL);
	bad = login;
	bad.max_packet = OC_PACKET_MIN - 8;
	expect_status(raw(OC_OP_LOGIN, 0, &bad, sizeof(bad)), OC_EINVAL);
	bad.max_packet = OC_PACKET_MAX + 8;
	expect_status(raw(OC_OP_LOGIN, 0, &bad, sizeof(bad)), OC_EINVAL);
	expect_status(raw(OC_OP_LOGIN, 0, &login, sizeof(login) - 8), OC_EPROTOCOL);
	expect_status(raw(OC_OP_LOGIN, 0, too_long, sizeof(too_long)), OC_EPROTOCOL);
	/* A newer minor is met with ours; four are one too many. */
	for (int i = 0; i < 3; i++) {
		expect_status(raw(OC_OP_LOGIN, 0, &login, sizeof(login)), OC_OK);
		expect(answer->minor == OC_WIRE_MINOR);
		expect(((struct oc_msg *)response)->session != 0);
	}
	expect_status(raw(OC_OP_LOGIN, 0, &login, sizeof(login)), OC_ELIMIT);
}

static uint64_t memory[4096 / 8];

static int open_with(const struct oc_schema *schema, const char *name)
{
	return oc_db_open(&dbs[0], &channels[0], name, schema, memory, sizeof(memory), 0);
}

static bool db_error_says(const char *text)
{
	const struct oc_db_error *error = oc_db_error(&dbs[0]);

	return error->text_length == strlen(text) && !memcmp(error->text, text, strlen(text));
}

static void test_schema(void)
{
	struct oc_column columns[7];
	struct oc_table table = weather_tables[0];
	struct oc_schema schema = { .tables = &table, .ntables = 1 };

	attach(0);
	memcpy(columns, weather_weather_columns, sizeof(weather_weather_columns));
	columns[6] = columns[5];
	table.columns = columns;
	expect_status(open_with(&schema, "nothing"), OC_ENODATABASE);
	expect(db_error_says("nothing"));
	table.name = "climate";
	expect_status(open_with(&schema, "weather"), OC_ENOTABLE);
	expect(db_error_says("climate"));
	table.name = "weather";

	table.hash++;
	columns[2].hash++;
	expect_status(open_with(&schema, "weather"), OC_ESCHEMA);
	expect(db_error_says("weather.temp_max"));
	expect(oc_db_error(&dbs[0])->table == 0 && oc_db_error(&dbs[0])->column == 2);
	columns[2].hash--;
	table.ncolumns = 5;
	expect_status(open_with(&schema, "weather"), OC_ESCHEMA);
	expect(db_error_says("weather.weather"));
	table.ncolumns = 7;
	expect_status(open_with(&schema, "weather"), OC_ESCHEMA);
	expect(db_error_says("weather: no column number 6"));
	table.ncolumns = 6;
	expect_status(open_with(&schema, "weather"), OC_ESCHEMA);
	expect(db_error_says("weather"));
	table.hash--;
	table.row_size += 8;
	expect_status(open_with(&schema, "weather"), OC_ESCHEMA);
	table.row_size -= 8;
	/* None of the refused ones left a session behind. */
	expect_status(open_with(&schema, "weather"), OC_OK);
	expect_status(oc_db_close(&dbs[0]), OC_OK);
}

struct one_insert {
	struct oc_end_request end;
	struct oc_change change;
	struct weather_weather row;
	uint64_t more;
};

/* An END behind the handle's back, and proof that the transaction is over after it. */
static int end_with(const struct one_insert *insert, uint32_t size)
{
	uint8_t answer[sizeof(response)];
	int status;

	start(0);
	status = raw(OC_OP_END, dbs[0].session, insert, size);
	memcpy(answer, response, sizeof(answer));
	expect_status(oc_db_rollback(&dbs[0]), OC_ENOTRANSACTION);
	memcpy(response, answer, sizeof(answer));
	return status;
}

static void test_changes(void)
{
	const uint32_t whole = offsetof(struct one_insert, more);
	struct one_insert good = {
		.end = { .nchanges = 1 },
		.change = { .kind = OC_CHANGE_INSERT, .table = 0, .rowid = 1 },
		.row = { .date_length = 1, .date = "x", .weather_length = 1, .weather = "y" },
	}, bad;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(raw(OC_OP_END, dbs[0].session, &good, whole), OC_ENOTRANSACTION);
	expect_status(end_with(&good, whole - 8), OC_EROWSIZE);
	expect_status(end_with(&good, whole + 8), OC_EROWSIZE);
	bad = good;
	bad.end.nchanges = 2;
	expect_status(end_with(&bad, whole), OC_EPROTOCOL);
	bad = good;
	bad.end.reserved = 1;
	expect_status(end_with(&bad, whole), OC_EPROTOCOL);
	bad = good;
	bad.change.kind = 7;
	expect_status(end_with(&bad, whole), OC_EPROTOCOL);
	bad = good;
	bad.change.table = 1;
	expect_status(end_with(&bad, whole), OC_ENOTABLE);
	bad = good;
	bad.change.rowid = 2;
	expect_status(end_with(&bad, whole), OC_EPROTOCOL);
	bad.change.rowid = INT64_MIN;
	expect_status(end_with(&bad, whole), OC_EPROTOCOL);
	bad = good;
	bad.row.date_length = 11;
	expect_status(end_with(&bad, whole), OC_ECONSTRAINT);
	expect(error_is_about(0, 0, 0));
	bad = good;
	bad.row.date[0] = (char)0xff;
	expect_status(end_with(&bad, whole), OC_ECONSTRAINT);
	bad = good;
	bad.row.wind = __builtin_nan("");
	expect_status(end_with(&bad, whole), OC_ECONSTRAINT);
	expect(error_is_about(0, 0, 4));
	expect(count_rows() == 0);
	expect_status(end_with(&good, whole), OC_OK);
	expect(count_rows() == 1);
}

static void test_reads(void)
{
	struct oc_get_request get = { .table = 0, .rowid = 1 };
	struct oc_read_request read = { .table = 0, .max_rows = 10 };
	uint32_t session;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	session = dbs[0].session;
	expect_status(raw(OC_OP_GET, session, &get, sizeof(get)), OC_ENOTFOUND);
	expect_status(raw(OC_OP_GET, session, &get, 8), OC_EPROTOCOL);
	get.table = 1;
	expect_status(raw(OC_OP_GET, session, &get, sizeof(get)), OC_ENOTABLE);
	get.table = 0;
	get.reserved = 1;
	expect_status(raw(OC_OP_GET, session, &get, sizeof(get)), OC_EPROTOCOL);
	expect_status(raw(OC_OP_READ, session, &read, sizeof(read)), OC_OK);
	read.table = 0xffffffff;
	expect_status(raw(OC_OP_READ, session, &read, sizeof(read)), OC_ENOTABLE);
	read.table = 0;
	read.after = -1;
	expect_status(raw(OC_OP_READ, session, &read, sizeof(read)), OC_EINVAL);
	read.after = 0;
	read.max_rows = 0;
	expect_status(raw(OC_OP_READ, session, &read, sizeof(read)), OC_EINVAL);
	expect_status(raw(OC_OP_CLOSE, session, "", 0), OC_OK);
	expect_status(raw(OC_OP_READ, session, &read, sizeof(read)), OC_ENOTOPEN);
}

static void test_second_server(void)
{
	int status = fixture_second_server();

	if (status != OC_PENDING)
		expect_status(status, OC_ESERVER_INTERFERENCE);
	attach(0);
	expect_status(raw(OC_OP_PING, 0, "ping", 4), OC_OK);
}

const struct protocol_test tests_refusals[] = {
	{ "unknown operations and sessions", test_operations },
	{ "logins of another version, byte order, size; too many", test_login },
	{ "a schema that does not fit is refused by name", test_schema },
	{ "wrong changes: nothing is stored", test_changes },
	{ "wrong reads", test_reads },
	{ "a second server is kept out", test_second_server },
	{ NULL, NULL },
};
