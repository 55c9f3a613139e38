// SPDX-License-Identifier: GPL-2.0-only
/*
 * The message decoder: any requests, one after the other, over a channel that is in
 * order. Each is answered, by a response that could be right.
 */
#include <oc/channel.h>

#include "access.h"
#include "daemon.h"
#include "message.h"

#define REQUESTS_MAX	64
#define TURNS_MAX	1000

static struct client client;
static struct oc_channel channel;
static _Alignas(8) uint8_t response[MESSAGE_MAX];

static uint32_t now_us(void *ctx)
{
	(void)ctx;
	return 0;
}

static int serve(void *ctx, uint32_t turn)
{
	(void)ctx;
	daemon_turn();
	return turn > TURNS_MAX;
}

static const struct oc_port port = { .now_us = now_us, .pause = serve };

/* What a refusal is about may be any number, but its text lies in the response. */
static void check_response(const struct oc_msg *msg, const struct oc_msg *request, uint32_t most)
{
	const struct oc_error_body *error = (const void *)(msg + 1);
	bool login = request->op == OC_OP_LOGIN;

	must(strcmp(oc_status_name(msg->status), "OC_?"), "the status is one of PROTOCOL.md");
	must(msg->reserved == 0, "reserved is zero");
	must(msg->length <= most, "the client takes such messages");
	must(login || msg->session == request->session, "the response is of the same session");
	if (msg->status == OC_OK || msg->status == OC_EVERSION)
		return;
	must(msg->length >= sizeof(*msg) + sizeof(*error), "a refusal has its body");
	must(msg->length == sizeof(*msg) + sizeof(*error) + oc_pad8(error->text_length),
	     "and its text");
}

/* The longest response that the request's session takes. */
static uint32_t longest(const struct oc_msg *request)
{
	for (struct session *s = daemon_now.channel.sessions; s; s = s->next)
		if (s->id == request->session)
			return s->max_message;
	return request->length < OC_PACKET_MIN ? OC_PACKET_MIN : request->length;
}

static void request(struct input *in)
{
	struct oc_msg *msg = (void *)client.message;
	uint32_t length = message_make(&client, in), most;
	int status;

	/* How long a message is, is the channel's business: see fuzz_server.c. */
	msg->length = length;
	most = longest(msg);
	memset(response, 0x5a, 256);
	status = oc_channel_call(&channel, msg, response, sizeof(response));
	must(status == OC_OK, "each request is answered");
	check_response((void *)response, msg, most);
	message_answered(&client, (void *)response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	daemon_begin();
	client = (struct client) { .max_packet = OC_PACKET_MAX };
	channel = (struct oc_channel) { .state = 0 };
	must(oc_channel_attach(&channel, daemon_now.base, &port, 0x1001, OC_FOREVER) == OC_OK,
	     "the client attaches");
	for (int i = 0; i < REQUESTS_MAX && in.left; i++)
		request(&in);
	oc_channel_detach(&channel);
	daemon_turn();
	must(!daemon_now.channel.nsessions, "no session is left of a client that has gone");
	daemon_end();
	daemon_empty();
	return 0;
}
