// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's side: channel and database client against a server that does what it
 * likes. The input is what the application calls, and, whenever the client waits, what
 * the server does meanwhile (hostile_server.h): the client's pause() is the server's turn.
 *
 * What a client may store, and when, is looked at before each store (PROTOCOL.md 3).
 */
#include <oc/db.h>

#include "access.h"
#include "../../lib/core/channel_priv.h"
#include "hostile_server.h"
#include "input.h"
#include "kinds.h"

#define CALLS_MAX	64

static _Alignas(64) uint8_t base[TFS_SHM_POLL_CHANNEL_SIZE];
static struct input in;
static struct oc_channel ch;
static struct oc_db db;
static struct oc_cursor cursor;
static uint64_t *mem;		/* of exactly as many bytes as the client was told */

/* --- what the client does ----------------------------------------------------------- */

static bool seen_as_mine(void)
{
	const uint32_t flags = OC_SW_READY | OC_SW_GRANTED;

	return (access_now.loaded[WORD_SW] &
		(OC_SW_VERSION_MASK | TFS_SHM_POLL_SW_EPOCH_MASK | flags)) ==
	       oc_sw(ch.epoch, flags);
}

static bool sends(void)
{
	return (ch.state == OC_CH_START || ch.state == OC_CH_SEND) && seen_as_mine();
}

static void client_stores(unsigned int word, uint32_t value)
{
	const struct access *a = &access_now;

	switch (word) {
	case WORD_T:
		must(sends(), "the client has the channel");
		must(value && value % 8 == 0 && value <= ch.max_packet, "such a packet may be");
		must(!a->loaded[WORD_T], "size_to_tfs is raised after it was seen 0");
		break;
	case WORD_F:
		must(!value && a->loaded[WORD_F], "size_from_tfs is only cleared");
		must(oc_channel_attached(&ch), "the client has had the channel");
		break;
	case WORD_CW:
		must(oc_cw_tag(value) == ch.epoch &&
		     oc_sw_epoch(a->loaded[WORD_SW]) == ch.epoch, "the tag is the grant's");
		break;
	default:
		must(word >= WORD_C && word < WORD_G && ch.state == OC_CH_LOOK,
		     "client_uuid is written to attach");
	}
}

static void client_copies(const uint8_t *from, size_t n)
{
	(void)from;
	must(sends(), "the client has the channel");
	must(!access_now.loaded[WORD_T], "the buffer is written after size_to_tfs was seen 0");
	must(!access_now.loaded[WORD_F] || ch.state == OC_CH_START,
	     "a response that is not taken yet stands before a request's first packet only");
	must(n <= ch.max_packet, "the packet is not too long");
}

static void ring(void *ctx)
{
	(void)ctx;
}

static void lock(void *mutex)
{
	++*(int *)mutex;
}

static void unlock(void *mutex)
{
	--*(int *)mutex;
}

/* --- what the application calls --------------------------------------------------------- */

static const struct oc_port port = { .now_us = hostile_now_us, .pause = hostile_turn };

/* With all that a port may have. */
static int locks;
static const struct oc_port port_full = {
	.now_us = hostile_now_us, .pause = hostile_turn, .sleep = hostile_sleep, .ring = ring,
	.lock = lock, .unlock = unlock, .mutex = &locks,
};

/* Of the channel's own functions; a response's status is the server's word. */
static void check_status(int status)
{
	static const int allowed[] = {
		OC_OK, OC_ETIMEOUT, OC_ESERVER_RESTARTED, OC_EINTERFERENCE, OC_EDETACHED,
		OC_EABANDONED, OC_EPROTOCOL, OC_EBUSY, OC_EVERSION, OC_EARCH, OC_EINVAL,
		OC_ETOOBIG, OC_ECANCELLED, OC_PENDING,
	};
	bool found = false;

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		found |= status == allowed[i];
	must(found, "the status is one of the channel's");
	if (status == OC_ESERVER_RESTARTED || status == OC_EINTERFERENCE || status == OC_EPROTOCOL)
		must(!oc_channel_attached(&ch), "after this status the channel is detached");
}

/* A status of the library, or one that the server sent. */
static void check_db(int64_t result)
{
	const struct oc_db_error *error = oc_db_error(&db);

	must(result != OC_PENDING || error->status == OC_OK, "a call has an end");
	if (result < 0)
		must(error->status == (int)result, "the error's status is what was returned");
	else
		must(error->status == OC_OK, "no error is told of where there is none");
	if (error->text)
		must((const uint8_t *)error->text >= (uint8_t *)mem &&
		     (const uint8_t *)error->text + error->text_length <=
		     db.rx + db.rx_size, "the server's words lie in the response");
}

static void call_attach(void)
{
	uint8_t choice = input_u8(&in);

	check_status(oc_channel_attach(&ch, base, choice & 8 ? &port_full : &port,
				       0x1001 + (choice & 1), choice & 2 ? 10 : OC_FOREVER));
}

static void call_detach(void)
{
	oc_channel_detach(&ch);
	must(!oc_channel_attached(&ch), "a channel that was detached is");
}

static void call_open(void)
{
	uint32_t size = KINDS_DB_MEM_MIN + 8u * input_u8(&in);

	free(mem);
	mem = aligned_alloc(8, size);
	cursor = (struct oc_cursor) { .db = NULL };
	check_db(oc_db_open(&db, &ch, "kinds", &kinds_schema, mem, size, 1));
	/* Nothing that follows may use another handle's memory. */
}

static void call_start(void)
{
	uint8_t choice = input_u8(&in);
	const uint32_t tables[] = { choice & 3, choice >> 2 & 3, choice >> 4 & 3 };
	uint32_t nwrite = 1 + (choice >> 6 & 1);

	check_db(oc_db_start_update(&db, tables, nwrite, tables + nwrite, 3 - nwrite));
}

static void call_start_one(void)
{
	const uint32_t table = input_u8(&in) % 3;

	check_db(oc_db_start_update(&db, &table, 1, NULL, 0));
}

static uint32_t table_size(uint32_t table)
{
	return table < 3 ? kinds_tables[table].row_size : 8;
}

static void call_insert(void)
{
	uint32_t table = input_u8(&in) & 3;
	uint8_t row[256] = { 1 };

	check_db(oc_db_insert(&db, table, row, table_size(table)));
}

static void call_end(void)
{
	check_db(oc_db_end(&db));
}

static void call_rollback(void)
{
	check_db(oc_db_rollback(&db));
}

/* A row that is not there stays as it was. */
static void call_get(void)
{
	uint8_t choice = input_u8(&in), row[256], before[256];
	int status;

	memset(row, 0xcc, sizeof(row));
	memcpy(before, row, sizeof(row));
	status = oc_db_get(&db, choice & 3, choice >> 2, row, table_size(choice & 3));
	check_db(status);
	must(status == OC_OK || !memcmp(row, before, sizeof(row)), "no row is given with an error");
}

static void call_cursor(void)
{
	check_db(oc_cursor_open(&cursor, &db, input_u8(&in) & 3));
}

static void call_next(void)
{
	uint8_t row[256];
	int64_t before = cursor.position, rowid;

	if (!cursor.db)
		return;
	rowid = oc_cursor_next(&cursor, row, table_size(cursor.table));
	check_db(rowid);
	must(rowid <= 0 || rowid > before, "rowids ascend");
	must(db.batch != &cursor || cursor.batch_next + cursor.batch_left *
	     (8ull + table_size(cursor.table)) <= db.rx_size, "a batch lies in the response");
}

static void call_close(void)
{
	cursor.db = NULL;
	check_db(oc_db_close(&db));
}

/* Each value lies in the response, and is one of its type. */
static int check_row(void *ctx, const struct oc_sql_row *row)
{
	const struct oc_sql_value *v = row->values;
	const uint8_t *end = db.rx + db.rx_size;
	uint8_t choice = *(uint8_t *)ctx;

	for (uint32_t i = 0; i < row->ncolumns; i++, v = oc_sql_next_value(v)) {
		must((uintptr_t)v % 8 == 0 && (const uint8_t *)(v + 1) <= end &&
		     v->length <= end - (const uint8_t *)(v + 1), "a value lies in the response");
		must(v->type <= OC_SQL_BLOB, "its type is known");
		must(v->type > OC_SQL_REAL || v->length == (v->type ? 8 : 0), "its length fits");
	}
	must((const uint8_t *)v <= end, "so does the row's end");
	if (choice & 1)
		must(oc_db_get(&db, 0, 1, NULL, kinds_tables[0].row_size) == OC_EINVAL,
		     "the callback may not use the handle");
	if (choice & 2)
		oc_db_close(&db);
	return choice & 4 ? -(choice >> 3) : 0;
}

static void call_sql(void)
{
	static const char text[512] = "SELECT";
	uint8_t choice = input_u8(&in);

	check_db(oc_db_sql(&db, text, 2u * input_u8(&in), check_row, &choice));
}

static void call_raw(void)
{
	static _Alignas(8) uint8_t message[2 * OC_PACKET_MAX];
	uint8_t choice = input_u8(&in);
	struct oc_msg *msg = (void *)message;
	uint32_t size = 8 * (choice & 31);
	uint8_t *to = size ? aligned_alloc(8, size) : NULL;

	*msg = (struct oc_msg) { .length = 24 + 8 * (input_u16(&in) % 8000), .op = choice };
	check_status(oc_channel_call(&ch, msg, to, size));
	free(to);
}

static void call_polls(void)
{
	struct oc_msg msg = { .length = sizeof(msg), .op = OC_OP_PING }, response;
	uint8_t n = input_u8(&in);
	int status = oc_channel_start(&ch, &msg, &response, sizeof(response));

	for (uint8_t i = 0; i < n && !hostile_turn(NULL, i); i++) {
		status = oc_channel_poll(&ch);
		check_status(status);
	}
	if (n & 1) {
		oc_channel_give_up(&ch);
		return;
	}
	check_status(oc_channel_cancel(&ch));
	while (oc_channel_draining(&ch) && !hostile_turn(NULL, 0)) {
		status = oc_channel_poll(&ch);
		check_status(status);
		must(status == OC_PENDING || !oc_channel_draining(&ch), "what was drained is over");
	}
	/* The message and the memory for the response are gone after this. */
	oc_channel_give_up(&ch);
}

static void call_limits(void)
{
	uint16_t value = input_u16(&in);

	check_status(oc_channel_set_timeout(&ch, (int16_t)value));
	check_status(oc_channel_set_max_packet(&ch, value));
	if (mem)
		check_db(oc_db_set_timeout(&db, (int8_t)value));
}

static void server_first(void)
{
	hostile_turn(NULL, 0);
}

static void (*const calls[17])(void) = {
	call_attach, call_detach, call_open, call_start, call_start_one, call_insert, call_end,
	call_rollback, call_get, call_cursor, call_next, call_close, call_raw, call_polls,
	call_limits, server_first, call_sql,
};

/* Those of the database want a handle. */
static bool may_call(unsigned int call)
{
	return call < 3 || (call > 11 && call < 16) || mem;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int call;

	in = (struct input) { data, size };
	access_now = (struct access) {
		.base = base, .look = hostile_tamper, .store = client_stores, .out = client_copies,
	};
	memset(base, 0, sizeof(base));
	memset(&ch, 0, sizeof(ch));
	hostile_begin(&in);
	for (int i = 0; i < CALLS_MAX && in.left; i++) {
		call = input_u8(&in);
		call = call >= 0xe0 ? 16 : call & 15;
		if (may_call(call))
			calls[call]();
		must(!locks, "the mutex is free after a call");
	}
	free(mem);
	mem = NULL;
	return 0;
}
