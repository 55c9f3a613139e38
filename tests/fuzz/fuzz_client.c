// SPDX-License-Identifier: GPL-2.0-only
/*
 * The client's side: channel and database client against a server that does what it
 * likes. The input is what the application calls, and, whenever the client waits, what
 * the server does meanwhile: the client's pause() is the server's turn.
 *
 * What a client may store, and when, is looked at before each store (PROTOCOL.md 3).
 */
#include <oc/db.h>

#include "access.h"
#include "../../lib/core/channel_priv.h"
#include "input.h"
#include "kinds.h"

#define CALLS_MAX	64
#define TURNS_MAX	2000
#define MEM_MAX		16384

static _Alignas(64) uint8_t base[TFS_SHM_POLL_CHANNEL_SIZE];
static struct input in;
static struct oc_channel ch;
static struct oc_db db;
static struct oc_cursor cursor;
static uint64_t *mem;		/* of exactly as many bytes as the client was told */
static uint32_t time_us, turns_left;
static unsigned int tamper_in;

/* The request as an honest server would have taken it, and the rest of its response. */
static struct oc_msg request;
static _Alignas(8) uint8_t response[MEM_MAX];
static uint32_t answer_at, answer_left, cut;

static uint8_t *buffer(void)
{
	return base + TFS_SHM_POLL_HEADER_SIZE;
}

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

/* --- what the server does ------------------------------------------------------------- */

static void store(void)
{
	uint8_t word = input_u8(&in) % ACCESS_WORDS;

	word_set(word, input_u32(&in));
}

static void scribble(void)
{
	uint32_t at = input_u16(&in) % TFS_SHM_POLL_BUFFER_SIZE;
	size_t n = input_u8(&in);

	if (n > TFS_SHM_POLL_BUFFER_SIZE - at)
		n = TFS_SHM_POLL_BUFFER_SIZE - at;
	input_bytes(&in, buffer() + at, n);
}

static void set_uuid(unsigned int word, uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t uuid[4] = { a, b, c };

	uuid[TFS_SHM_POLL_UUID_CHECK] = oc_uuid_check(uuid);
	for (int i = 0; i < 4; i++)
		word_set(word + i, uuid[i]);
}

static void come(void)
{
	uint8_t choice = input_u8(&in);
	uint16_t epoch = oc_sw_epoch(word_get(WORD_SW));

	set_uuid(WORD_S, 0x5e1ec7ed + 0x10000u * (choice >> 4), 1, 2);
	word_set(WORD_SW, oc_sw(epoch, OC_SW_READY | (choice & OC_SW_HELD)));
}

static void go(void)
{
	word_set(WORD_SW, oc_sw(oc_sw_epoch(word_get(WORD_SW)), OC_SW_HELD));
}

static void grant(void)
{
	uint16_t next = oc_sw_epoch(word_get(WORD_SW)) + 1;

	word_set(WORD_T, 0);
	word_set(WORD_F, 0);
	for (int i = 0; i < 4; i++)
		word_set(WORD_G + i, word_get(WORD_C + i));
	word_set(WORD_SW, oc_sw(next, OC_SW_READY | OC_SW_HELD | OC_SW_GRANTED));
	answer_left = 0;
}

static void hold(void)
{
	set_uuid(WORD_G, 1, 2, 0x1001 + (input_u8(&in) & 1));
	word_set(WORD_SW, oc_sw(oc_sw_epoch(word_get(WORD_SW)) + 1,
				OC_SW_READY | OC_SW_HELD | OC_SW_GRANTED));
}

static void take(void)
{
	if (word_get(WORD_T) >= sizeof(request))
		memcpy(&request, buffer(), sizeof(request));
	word_set(WORD_T, 0);
}

static void respond(void)
{
	uint32_t n = answer_left < cut ? answer_left : cut;

	if (!n || word_get(WORD_F))
		return;
	memcpy(buffer(), response + answer_at, n);
	word_set(WORD_F, n);
	answer_at += n;
	answer_left -= n;
}

static void set_f(void)
{
	word_set(WORD_F, input_u16(&in));
}

static void end_by_cut(void)
{
	word_set(WORD_F, OC_PACKET_CUT);
	answer_left = 0;
}

static void set_cut(void)
{
	cut = 8 * (input_u8(&in) + 3);
}

static void pass_time(void)
{
	time_us += 100u * input_u16(&in);
}

static void begin_answer(uint32_t body, int32_t status)
{
	struct oc_msg *msg = (void *)response;

	*msg = (struct oc_msg) {
		.length = sizeof(*msg) + oc_pad8(body),
		.op = request.op,
		.flags = OC_MSG_RESPONSE,
		.session = request.op == OC_OP_LOGIN ? 7 : request.session,
		.sequence = request.sequence,
		.status = status,
	};
	answer_at = 0;
	answer_left = msg->length;
}

/* A few bytes of it, also of its header. */
static void damage(void)
{
	for (uint8_t i = input_u8(&in) & 3; i; i--) {
		uint32_t at = input_u16(&in) % answer_left;

		response[at] = input_u8(&in);
	}
	respond();
}

static void answer_login(void)
{
	struct oc_login_response *body = (void *)(response + sizeof(struct oc_msg));
	uint8_t choice = input_u8(&in);

	*body = (struct oc_login_response) {
		.major = OC_WIRE_MAJOR,
		.max_packet = OC_PACKET_MAX >> (choice & 7),
		.max_message = choice & 8 ? 256 : 1 << 20,
	};
	begin_answer(sizeof(*body), OC_OK);
}

static void answer_read(void)
{
	struct oc_read_response *body = (void *)(response + sizeof(struct oc_msg));
	uint8_t choice = input_u8(&in);
	uint32_t nrows = choice & 7, pair = 8 + kinds_tables[choice >> 4 & 1].row_size;
	uint8_t *at = (uint8_t *)(body + 1);

	*body = (struct oc_read_response) { .nrows = nrows, .flags = choice >> 7 };
	for (uint32_t i = 0; i < nrows; i++, at += pair) {
		int64_t rowid = (int8_t)input_u8(&in);

		memset(at, 0x77, pair);
		memcpy(at, &rowid, sizeof(rowid));
	}
	begin_answer(sizeof(*body) + nrows * pair, OC_OK);
}

static void answer_rows(void)
{
	uint8_t choice = input_u8(&in);
	int64_t rowid = choice ? choice : INT64_MAX;

	for (int i = 0; i < 3; i++)
		memcpy(response + sizeof(struct oc_msg) + 8 * i, &rowid, sizeof(rowid));
	begin_answer(8 * (1 + choice % 3), OC_OK);
}

/* What an honest server would say, more or less. */
static void answer(void)
{
	uint8_t choice;

	take();
	switch (request.op) {
	case OC_OP_LOGIN:
		answer_login();
		break;
	case OC_OP_START_UPDATE:
		answer_rows();
		break;
	case OC_OP_GET:
		choice = input_u8(&in);
		memset(response + sizeof(struct oc_msg), choice, 256);
		begin_answer(kinds_tables[choice % 3].row_size, OC_OK);
		break;
	case OC_OP_READ:
		answer_read();
		break;
	default:
		begin_answer(0, OC_OK);
	}
	respond();
}

static void answer_damaged(void)
{
	answer();
	answer_left += answer_at;
	answer_at = 0;
	word_set(WORD_F, 0);
	damage();
}

static void refuse(void)
{
	struct oc_error_body *body = (void *)(response + sizeof(struct oc_msg));

	take();
	*body = (struct oc_error_body) { .text_length = input_u8(&in) };
	body->index = input_u8(&in);
	body->table = body->index;
	memset(body + 1, 'x', 256);
	begin_answer(sizeof(*body) + body->text_length, -input_u8(&in));
	damage();
}

static void answer_raw(void)
{
	uint32_t n = input_u16(&in) % (sizeof(response) - sizeof(struct oc_msg));

	take();
	input_bytes(&in, response + sizeof(struct oc_msg), n);
	begin_answer(n, OC_OK);
	respond();
}

/* Those from the front may come between any two of the client's accesses. */
static void (*const acts[16])(void) = {
	store, scribble, set_f, come, go, hold, pass_time, set_cut,
	grant, answer, end_by_cut, answer_damaged, refuse, answer_raw, take, respond,
};

static void tamper(void)
{
	if (tamper_in && !--tamper_in)
		acts[input_u8(&in) & 7]();
}

/* The server's turn, while the client waits. No more input: it waits for nothing more. */
static int pause_turn(void *ctx, uint32_t turn)
{
	uint8_t choice;

	(void)ctx;
	(void)turn;
	time_us += 50;
	if (!in.left || !turns_left--)
		return 1;
	choice = input_u8(&in);
	if (choice >= 0xf0)
		return choice == 0xff;
	acts[choice & 15]();
	if (choice & 0x40)
		tamper_in = 1 + (choice >> 4 & 3);
	return 0;
}

static uint32_t now_us(void *ctx)
{
	(void)ctx;
	return time_us;
}

static void ring(void *ctx)
{
	(void)ctx;
}

static int sleep_turn(void *ctx, uint32_t us)
{
	time_us += us;
	return pause_turn(ctx, 0);
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

static const struct oc_port port = { .now_us = now_us, .pause = pause_turn };

/* With all that a port may have. */
static int locks;
static const struct oc_port port_full = {
	.now_us = now_us, .pause = pause_turn, .sleep = sleep_turn, .ring = ring,
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
	struct oc_msg msg = { .length = sizeof(msg), .op = OC_OP_PING };
	uint8_t n = input_u8(&in);
	int status = oc_channel_start(&ch, &msg, response, sizeof(msg));

	for (uint8_t i = 0; i < n && !pause_turn(NULL, i); i++) {
		status = oc_channel_poll(&ch);
		check_status(status);
	}
	if (n & 1) {
		oc_channel_give_up(&ch);
		return;
	}
	check_status(oc_channel_cancel(&ch));
	while (oc_channel_draining(&ch) && !pause_turn(NULL, 0)) {
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
	pause_turn(NULL, 0);
}

static void (*const calls[16])(void) = {
	call_attach, call_detach, call_open, call_start, call_start_one, call_insert, call_end,
	call_rollback, call_get, call_cursor, call_next, call_close, call_raw, call_polls,
	call_limits, server_first,
};

/* Those of the database want a handle. */
static bool may_call(unsigned int call)
{
	return call < 3 || call > 11 || mem;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int call;

	in = (struct input) { data, size };
	access_now = (struct access) {
		.base = base, .look = tamper, .store = client_stores, .out = client_copies,
	};
	memset(base, 0, sizeof(base));
	memset(&ch, 0, sizeof(ch));
	memset(&request, 0, sizeof(request));
	answer_left = 0;
	tamper_in = 0;
	cut = OC_PACKET_MAX;
	time_us = 0xfff00000;
	turns_left = TURNS_MAX;
	for (int i = 0; i < CALLS_MAX && in.left; i++) {
		call = input_u8(&in) & 15;
		if (may_call(call))
			calls[call]();
		must(!locks, "the mutex is free after a call");
	}
	free(mem);
	mem = NULL;
	return 0;
}
