// SPDX-License-Identifier: GPL-2.0-only
#include <oc/wire.h>

#include "access.h"
#include "../../lib/core/channel_priv.h"
#include "hostile_server.h"
#include "kinds.h"

#define TURNS_MAX	2000
#define MEM_MAX		16384

static struct input *in;
static uint32_t time_us, turns_left;
static unsigned int tamper_in;

/* The request as an honest server would have taken it, and the rest of its response. */
static struct oc_msg request;
static _Alignas(8) uint8_t response[MEM_MAX];
static uint32_t answer_at, answer_left, cut;

static uint8_t *buffer(void)
{
	return access_now.base + TFS_SHM_POLL_HEADER_SIZE;
}

static void store(void)
{
	uint8_t word = input_u8(in) % ACCESS_WORDS;

	word_set(word, input_u32(in));
}

static void scribble(void)
{
	uint32_t at = input_u16(in) % TFS_SHM_POLL_BUFFER_SIZE;
	size_t n = input_u8(in);

	if (n > TFS_SHM_POLL_BUFFER_SIZE - at)
		n = TFS_SHM_POLL_BUFFER_SIZE - at;
	input_bytes(in, buffer() + at, n);
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
	uint8_t choice = input_u8(in);
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
	set_uuid(WORD_G, 1, 2, 0x1001 + (input_u8(in) & 1));
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
	word_set(WORD_F, input_u16(in));
}

static void end_by_cut(void)
{
	word_set(WORD_F, OC_PACKET_CUT);
	answer_left = 0;
}

static void set_cut(void)
{
	cut = 8 * (input_u8(in) + 3);
}

static void pass_time(void)
{
	time_us += 100u * input_u16(in);
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
	for (uint8_t i = input_u8(in) & 3; i; i--) {
		uint32_t at = input_u16(in) % answer_left;

		response[at] = input_u8(in);
	}
	respond();
}

static void answer_login(void)
{
	struct oc_login_response *body = (void *)(response + sizeof(struct oc_msg));
	uint8_t choice = input_u8(in);

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
	uint8_t choice = input_u8(in);
	uint32_t nrows = choice & 7, pair = 8 + kinds_tables[choice >> 4 & 1].row_size;
	uint8_t *at = (uint8_t *)(body + 1);

	*body = (struct oc_read_response) { .nrows = nrows, .flags = choice >> 7 };
	for (uint32_t i = 0; i < nrows; i++, at += pair) {
		int64_t rowid = (int8_t)input_u8(in);

		memset(at, 0x77, pair);
		memcpy(at, &rowid, sizeof(rowid));
	}
	begin_answer(sizeof(*body) + nrows * pair, OC_OK);
}

static void answer_rows(void)
{
	uint8_t choice = input_u8(in);
	int64_t rowid = choice ? choice : INT64_MAX;

	for (int i = 0; i < 3; i++)
		memcpy(response + sizeof(struct oc_msg) + 8 * i, &rowid, sizeof(rowid));
	begin_answer(8 * (1 + choice % 3), OC_OK);
}

static uint32_t put_value(uint8_t *to, uint8_t choice)
{
	struct oc_sql_value value = { .type = choice & 7, .length = 8 };

	if (value.type == OC_SQL_NULL)
		value.length = 0;
	else if (value.type > OC_SQL_REAL)
		value.length = choice >> 3;
	memcpy(to, &value, sizeof(value));
	memset(to + sizeof(value), choice, oc_pad8(value.length));
	return sizeof(value) + oc_pad8(value.length);
}

static void answer_sql(void)
{
	struct oc_sql_response *body = (void *)(response + sizeof(struct oc_msg));
	uint8_t choice = input_u8(in), *at = (uint8_t *)(body + 1);

	*body = (struct oc_sql_response) {
		.statement = choice >> 6 & 1, .ncolumns = choice & 3, .nrows = choice >> 2 & 7,
		.flags = choice >> 7 & (choice >> 5),
	};
	for (uint32_t i = 0; i < body->nrows * body->ncolumns; i++)
		at += put_value(at, input_u8(in));
	begin_answer(at - (uint8_t *)body, OC_OK);
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
		choice = input_u8(in);
		memset(response + sizeof(struct oc_msg), choice, 256);
		begin_answer(kinds_tables[choice % 3].row_size, OC_OK);
		break;
	case OC_OP_READ:
		answer_read();
		break;
	case OC_OP_SQL:
	case OC_OP_SQL_NEXT:
		answer_sql();
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
	*body = (struct oc_error_body) { .text_length = input_u8(in) };
	body->index = input_u8(in);
	body->table = body->index;
	memset(body + 1, 'x', 256);
	begin_answer(sizeof(*body) + body->text_length, -input_u8(in));
	damage();
}

static void answer_raw(void)
{
	uint32_t n = input_u16(in) % (sizeof(response) - sizeof(struct oc_msg));

	take();
	input_bytes(in, response + sizeof(struct oc_msg), n);
	begin_answer(n, OC_OK);
	respond();
}

/* Those from the front may come between any two of the client's accesses. */
static void (*const acts[16])(void) = {
	store, scribble, set_f, come, go, hold, pass_time, set_cut,
	grant, answer, end_by_cut, answer_damaged, refuse, answer_raw, take, respond,
};

void hostile_tamper(void)
{
	if (tamper_in && !--tamper_in)
		acts[input_u8(in) & 7]();
}

int hostile_turn(void *ctx, uint32_t turn)
{
	uint8_t choice;

	(void)ctx;
	(void)turn;
	time_us += 50;
	if (!in->left || !turns_left--)
		return 1;
	choice = input_u8(in);
	if (choice >= 0xf0)
		return choice == 0xff;
	acts[choice & 15]();
	if (choice & 0x40)
		tamper_in = 1 + (choice >> 4 & 3);
	return 0;
}

int hostile_sleep(void *ctx, uint32_t us)
{
	time_us += us;
	return hostile_turn(ctx, 0);
}

uint32_t hostile_now_us(void *ctx)
{
	(void)ctx;
	return time_us;
}

void hostile_begin(struct input *from)
{
	in = from;
	memset(&request, 0, sizeof(request));
	answer_left = 0;
	tamper_in = 0;
	cut = OC_PACKET_MAX;
	time_us = 0xfff00000;
	turns_left = TURNS_MAX;
}
