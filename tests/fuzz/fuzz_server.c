// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server's side of a channel: the input is a client that does what it likes, when
 * it likes. It is a list of steps, so that few bytes get far: store anything, or attach
 * as the protocol says, hand a request over, let the server run.
 *
 * What a server may store, and when, is looked at before each store (PROTOCOL.md 3).
 */
#include <oc/status.h>

#include "access.h"
#include "../../lib/core/words.h"
#include "daemon.h"
#include "message.h"

#define STEPS_MAX	128

static struct input in;
static struct client client;
static const uint8_t *tx;	/* what is left of a request that goes in packets */
static uint32_t tx_left, cut;
static unsigned int tamper_in;	/* accesses until the next step comes in between */
static uint32_t answer_left;	/* bytes of a response that are still to come */
static uint16_t epoch;		/* that the server stored last */
static bool starting;

static uint8_t *buffer(void)
{
	return daemon_now.base + TFS_SHM_POLL_HEADER_SIZE;
}

/* --- what the server does --------------------------------------------------------- */

static void server_stores(unsigned int word, uint32_t value)
{
	const struct access *a = &access_now;

	switch (word) {
	case WORD_T:
		must(!value, "the server only clears size_to_tfs");
		break;
	case WORD_F:
		must(!value || !a->loaded[WORD_F], "size_from_tfs is raised after it was seen 0");
		must((value % 8 == 0 && value <= OC_PACKET_MAX) ||
		     (value == OC_PACKET_CUT && answer_left), "a packet's size is allowed");
		if (value == OC_PACKET_CUT)
			answer_left = 0;
		break;
	case WORD_SW:
		must((value & OC_SW_VERSION_MASK) == OC_SW_VERSION, "magic and version stay");
		if (oc_sw_epoch(value) != epoch)
			answer_left = 0;
		epoch = oc_sw_epoch(value);
		break;
	default:
		must((word >= WORD_S && word < WORD_C && starting) ||
		     (word >= WORD_G && word < WORD_SW && !starting),
		     "the server stores its own words only");
	}
}

static void server_copies(const uint8_t *from, size_t n)
{
	const struct oc_msg *msg = (const void *)from;

	must(!access_now.loaded[WORD_F], "the buffer is written after size_from_tfs was seen 0");
	must(n && n % 8 == 0 && n <= daemon_now.channel.server.max_packet,
	     "the client takes such packets");
	if (!answer_left) {
		must(n >= sizeof(*msg) && n <= msg->length, "the first packet holds the header");
		must(msg->length % 8 == 0 && msg->length <= DAEMON_MAX_MESSAGE,
		     "a response's length is allowed");
		must(msg->flags == OC_MSG_RESPONSE && !msg->reserved && msg->status <= 0 &&
		     strcmp(oc_status_name(msg->status), "OC_?"), "its header could be right");
		message_answered(&client, msg);
		answer_left = msg->length;
	}
	must(n <= answer_left, "no more packets than the length says");
	answer_left -= n;
}

/* --- what the client does --------------------------------------------------------- */

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

/* As PROTOCOL.md 4.2 wants it, unless the input says otherwise. */
static void attach(void)
{
	uint8_t choice = input_u8(&in);
	uint32_t uuid[4] = { choice, word_get(WORD_S) + oc_sw_epoch(word_get(WORD_SW)),
			     0x1001 + (choice & 1) };

	if (choice & 2)
		uuid[TFS_SHM_POLL_UUID_STAMP] += input_u8(&in);
	uuid[TFS_SHM_POLL_UUID_CHECK] = oc_uuid_check(uuid) ^ (choice & 4 ? input_u8(&in) : 0);
	for (int i = 0; i < 4; i++)
		word_set(WORD_C + i, uuid[i]);
	tx_left = 0;
}

static void client_word(void)
{
	uint8_t choice = input_u8(&in);
	uint16_t tag = oc_sw_epoch(word_get(WORD_SW)) + (choice & 0x10 ? 1 : 0);
	uint8_t cancel = choice & 0x40 ? input_u8(&in) : 0;

	if (choice & 0x20)
		cancel = (uint8_t)client.sequence;
	/* A polite client sends no more of what it takes back. */
	if (choice & 0x20 && !(choice & 0x80))
		tx_left = 0;
	word_set(WORD_CW, oc_cw(tag, cancel, choice & 15));
}

/* The next packet, when it is the client's turn; the first gives the last response back. */
static void push(void)
{
	uint32_t n = tx_left < cut ? tx_left : cut;
	bool first = tx == (const uint8_t *)client.message;

	if (!n || word_get(WORD_T) || (word_get(WORD_F) && !first))
		return;
	memcpy(buffer(), tx, n);
	word_set(WORD_F, 0);
	word_set(WORD_T, n);
	tx += n;
	tx_left -= n;
}

static void request(void)
{
	tx_left = message_make(&client, &in);
	tx = (const uint8_t *)client.message;
	push();
}

static void turns(unsigned int n)
{
	while (n--) {
		push();
		daemon_turn();
	}
}

/* The whole way: hand over, and take what comes. */
static void call(void)
{
	request();
	for (int i = 0; i < 80 && (tx_left || !word_get(WORD_F) || answer_left); i++) {
		if (answer_left)
			word_set(WORD_F, 0);
		turns(1);
	}
}

static void set_cut(void)
{
	cut = 8 * input_u8(&in);
	if (!cut)
		cut = OC_PACKET_MAX;
}

static void restart(void)
{
	starting = true;
	answer_left = 0;
	daemon_restart();
	starting = false;
}

static void set_t(void)
{
	word_set(WORD_T, input_u16(&in));
}

static void clear_f(void)
{
	word_set(WORD_F, 0);
}

/* Those that may come at any time, between any two of the server's accesses. */
static void (*const stores[])(void) = {
	store, scribble, set_t, clear_f, attach, client_word, push, push,
};

static void tamper(void)
{
	if (tamper_in && !--tamper_in)
		stores[input_u8(&in) & 7]();
}

static void tamper_later(void)
{
	tamper_in = 1 + input_u8(&in);
}

static void attach_at_once(void)
{
	attach();
	turns(2);
}

static void drain(void)
{
	channel_drain(&daemon_now.channel);
}

static void step(void)
{
	static void (*const others[])(void) = {
		request, call, call, set_cut, tamper_later, restart, attach_at_once,
	};
	uint8_t choice = input_u8(&in);

	if ((choice & 15) < 8)
		stores[choice & 7]();
	else if ((choice & 15) < 15)
		others[choice & 7]();
	else if (choice == 0xff)
		drain();
	else
		turns(1 + (choice >> 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	in = (struct input) { data, size };
	client = (struct client) { .max_packet = OC_PACKET_MAX };
	tx_left = 0;
	answer_left = 0;
	tamper_in = 0;
	cut = OC_PACKET_MAX;
	daemon_begin();
	epoch = daemon_now.channel.server.epoch;
	access_now.look = tamper;
	access_now.store = server_stores;
	access_now.out = server_copies;
	for (int i = 0; i < STEPS_MAX && in.left; i++)
		step();
	tamper_in = 0;
	starting = true;	/* whatever it stores at its end */
	daemon_end();
	starting = false;
	daemon_empty();
	return 0;
}
