// SPDX-License-Identifier: GPL-2.0-only
#include <oc/wire.h>

#include "../../../lib/core/words.h"
#include "scribble.h"

#define WORDS		(TFS_SHM_POLL_HEADER_SIZE / 4)
#define PATIENCE	1024	/* acts: about a millisecond */

static uint32_t dice(struct scribbler *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return s->random;
}

static uint8_t *buffer(const struct scribbler *s)
{
	return (uint8_t *)s->header + TFS_SHM_POLL_HEADER_SIZE;
}

static void store(struct scribbler *s, unsigned int word, uint32_t value)
{
	oc_store((__le32 *)s->header + word, value);
	if (word == offsetof(struct tfs_shm_poll_header, server_word) / 4)
		s->own_word = value;
}

/* The server's word, if it has written it since we did. */
static void look(struct scribbler *s)
{
	uint32_t sw = oc_load(&s->header->server_word);

	if (sw != s->own_word && oc_sw_ready(sw))
		s->epoch = oc_sw_epoch(sw);
}

/* Now and then: a server that was never let come to an end was not tried. */
static void await(struct scribbler *s)
{
	if (dice(s) % 8)
		return;
	s->patience = PATIENCE;
	s->awaited = oc_load(&s->header->server_word);
}

static bool has_come(const struct scribbler *s)
{
	return oc_load(&s->header->server_word) != s->awaited ||
	       oc_load(&s->header->size_from_tfs);
}

static void any_word(struct scribbler *s)
{
	uint32_t word = dice(s) % WORDS;

	store(s, word, dice(s) >> dice(s) % 32);
}

static void any_bytes(struct scribbler *s)
{
	uint32_t at = dice(s) % TFS_SHM_POLL_BUFFER_SIZE;

	for (uint32_t n = dice(s) % 64; n && at < TFS_SHM_POLL_BUFFER_SIZE; n--, at++)
		buffer(s)[at] = (uint8_t)dice(s);
}

static void any_size(struct scribbler *s)
{
	store(s, 0, dice(s) % (OC_PACKET_MAX + 64) & (dice(s) % 4 ? ~7u : ~0u));
}

static void take(struct scribbler *s)
{
	store(s, 1, 0);
}

static void ask(struct scribbler *s)
{
	/* We may have scribbled over the word that told of the last step. */
	uint32_t uuid[4] = { dice(s), s->id + s->epoch + dice(s) % 3, 0x1002 };

	uuid[TFS_SHM_POLL_UUID_CHECK] = oc_uuid_check(uuid);
	oc_store_uuid(s->header->client_uuid, uuid);
	await(s);
}

static void leave(struct scribbler *s)
{
	oc_store(&s->header->client_word, oc_cw(s->epoch, 0, OC_CW_DETACHED));
	await(s);
}

/* A header that could be right before whatever lies in the buffer. */
static void request(struct scribbler *s)
{
	struct oc_msg msg = {
		.length = 24 + 8 * (dice(s) % 256),
		.op = (uint16_t)(dice(s) % 12),
		.session = dice(s) % 4,
		.sequence = dice(s),
	};

	oc_copy_out(buffer(s), &msg, sizeof(msg));
	oc_release();
	store(s, 1, 0);
	store(s, 0, dice(s) % 4 ? msg.length : 8 * (dice(s) % 4096));
	await(s);
}

static void log_in(struct scribbler *s)
{
	struct {
		struct oc_msg msg;
		struct oc_login_request login;
	} request = {
		.msg = { .length = sizeof(request), .op = OC_OP_LOGIN },
		.login = {
			.magic = OC_WIRE_MAGIC, .major = OC_WIRE_MAJOR,
			.max_packet = OC_PACKET_MAX, .max_message = OC_PACKET_MAX,
		},
	};

	oc_copy_out(buffer(s), &request, sizeof(request));
	oc_release();
	store(s, 1, 0);
	store(s, 0, sizeof(request));
	await(s);
}

void scribbler_init(struct scribbler *s, void *channel, uint32_t seed)
{
	*s = (struct scribbler) { .header = channel, .random = seed };
	s->id = oc_load(&s->header->server_uuid[TFS_SHM_POLL_UUID_ID]);
}

void scribble(struct scribbler *s)
{
	static void (*const acts[16])(struct scribbler *s) = {
		any_word, any_word, any_word, any_bytes, any_bytes, any_size, take, take,
		ask, ask, leave, request, request, log_in, log_in, take,
	};

	look(s);
	if (s->patience && !has_come(s)) {
		s->patience--;
		return;
	}
	s->patience = 0;
	acts[dice(s) % 16](s);
	s->acts++;
}
