// SPDX-License-Identifier: GPL-2.0-only
/*
 * history.c: what must be true of requests, executions and answers
 *
 * Every 8 bytes of a message say which message they belong to and where in it, so bytes
 * of two messages, or of two packets, never pass for one:
 *
 *	63..56	what: request or response
 *	55..48	client, its incarnation
 *	47..40	call, counted over all incarnations of a client
 *	39..32	which 8 bytes of the message
 *	31..0	request: the nonce of the client's grant; response: with the server mixed in
 *
 * The header's own words carry the same in op, session and sequence.
 */
#include <string.h>

#include "actors.h"

#define REQUEST		0xa1u
#define RESPONSE	0xb2u
#define WORDS_MAX	(SIM_MESSAGE_MAX / 8)
#define HEADER_WORDS	(sizeof(struct oc_msg) / 8)

struct call {
	uint32_t incarnation;		/* of its client */
	uint32_t nonce;
	uint32_t length;
	uint32_t executed;		/* times */
	uint32_t server;		/* incarnation that executed it */
	uint32_t response_length;
	bool strict;			/* made under a grant of which everything is expected */
	bool sent;			/* the response has left as a whole, */
	bool stopped;			/* and its server has stopped, after that, and cleanly */
};

static struct call calls[ACTORS][CALLS_MAX];
static struct call *executed;		/* last of all */

/* Whom the server granted last, and the epoch that it did it with. */
static struct {
	uint32_t nonce;
	uint32_t owner;
	uint16_t epoch;
	bool wild;			/* while there was trouble: nothing is expected of it */
} granted;

void history_reset(void)
{
	memset(calls, 0, sizeof(calls));
	executed = NULL;
	granted.nonce = 0;
	granted.owner = 0;
	granted.wild = false;
}

static uint32_t who(enum actor_id id, const struct call *call)
{
	return id << 6 | (call->incarnation & 0x3f);
}

static uint64_t body_word(uint32_t what, enum actor_id id, uint32_t number, uint32_t index)
{
	const struct call *call = &calls[id][number];
	uint32_t rest = call->nonce + (what == RESPONSE ? call->server * 0x9e3779b9 : 0);

	return (uint64_t)what << 56 | (uint64_t)who(id, call) << 48 |
	       (uint64_t)(number & 0xff) << 40 | (uint64_t)index << 32 | rest;
}

static void write_body(struct oc_msg *msg, uint32_t what, enum actor_id id, uint32_t number)
{
	uint64_t *words = (uint64_t *)msg;

	for (uint32_t i = HEADER_WORDS; i < msg->length / 8; i++)
		words[i] = body_word(what, id, number, i);
}

static void check_body(const struct oc_msg *msg, uint32_t what, enum actor_id id,
		       uint32_t number)
{
	const uint64_t *words = (const uint64_t *)msg;

	for (uint32_t i = HEADER_WORDS; i < msg->length / 8; i++)
		if (words[i] != body_word(what, id, number, i))
			world_fail("mixed %s: bytes %u.. are %016llx, not %016llx",
				   what == REQUEST ? "request" : "response", 8 * i,
				   (unsigned long long)words[i],
				   (unsigned long long)body_word(what, id, number, i));
}

static uint32_t some_length(void)
{
	return sizeof(struct oc_msg) + 8 * world_random(WORDS_MAX - HEADER_WORDS + 1);
}

void history_request(enum actor_id id, struct oc_msg *request)
{
	uint32_t number = sim_clients[id].calls++;
	struct call *call = &calls[id][number % CALLS_MAX];

	if (number >= CALLS_MAX)
		world_fail("more than %u calls", CALLS_MAX);
	call->incarnation = world.actors[id].incarnation;
	call->nonce = sim_clients[id].channel.uuid[TFS_SHM_POLL_UUID_ID];
	call->length = some_length();
	memset(request, 0xdd, sizeof(*request));
	request->length = call->length;
	/* Twins do not differ by what they ask. */
	request->op = world.wild && world.plan.trouble == TROUBLE_TWIN ? 1 : id << 8 | number;
	request->session = call->nonce;
	write_body(request, REQUEST, id, number);
	call->strict = history_in_order();
	world_trace("request %u of %u bytes", number, call->length);
}

/* A request is for one server; its successor may have seen it, too. */
static void check_asked(enum actor_id id, const uint32_t asked[4], uint32_t server)
{
	const struct oc_channel *ch = &sim_clients[id].channel;

	if (world.actors[id].state == ALIVE &&
	    ch->uuid[TFS_SHM_POLL_UUID_ID] == asked[TFS_SHM_POLL_UUID_ID] &&
	    ch->server_id != server)
		world_fail("server %08x grants what owner %x asked of server %08x", server,
			   owner_of(id), ch->server_id);
}

static void check_live(enum actor_id id, uint32_t owner)
{
	if (client_attached(id) && owner_of(id) != owner)
		world_fail("owner %x gets the channel that owner %x has", owner, owner_of(id));
}

void history_grant(const uint32_t asked[4], uint32_t server, uint16_t epoch)
{
	world_trace("grants to owner %x, nonce %08x", asked[TFS_SHM_POLL_UUID_OWNER],
		    asked[TFS_SHM_POLL_UUID_ID]);
	for (enum actor_id id = CLIENT; id < ACTORS; id++) {
		if (!world.wild || world.plan.trouble == TROUBLE_TWIN)
			check_asked(id, asked, server);
		if (!world.wild)
			check_live(id, asked[TFS_SHM_POLL_UUID_OWNER]);
	}
	granted.nonce = asked[TFS_SHM_POLL_UUID_ID];
	granted.owner = asked[TFS_SHM_POLL_UUID_OWNER];
	granted.epoch = epoch;
	granted.wild = world.wild;
}

bool history_in_order(void)
{
	return !world.wild && !granted.wild;
}

bool history_granted(const uint32_t asked[4], uint16_t epoch)
{
	return granted.nonce == asked[TFS_SHM_POLL_UUID_ID] && granted.epoch == epoch;
}

void history_execute(const struct oc_msg *request, uint32_t length, struct oc_msg *response)
{
	enum actor_id id = request->op >> 8;
	uint32_t number = request->op & 0xff;
	struct call *call;

	if (!history_in_order()) {
		*response = (struct oc_msg){ .length = some_length(), .session = ~granted.nonce };
		return;
	}
	if ((id != CLIENT && id != NEIGHBOUR) || number >= sim_clients[id].calls)
		world_fail("a request that nobody made: op %x", request->op);
	call = &calls[id][number];
	world_trace("executes request %u of owner %x", number, owner_of(id));
	if (length != request->length || length != call->length ||
	    request->session != call->nonce)
		world_fail("mixed request: length %u, session %08x", length, request->session);
	if (granted.owner != owner_of(id) || granted.nonce != call->nonce)
		world_fail("request %u is not of the grant %08x but of %08x", number,
			   granted.nonce, call->nonce);
	if (call->executed++)
		world_fail("request %u is executed again", number);

	executed = call;
	call->server = world.actors[SERVER].incarnation;
	call->response_length = some_length();
	memset(response, 0, sizeof(*response));
	response->length = call->response_length;
	response->session = call->nonce;
	write_body(response, RESPONSE, id, number);
}

void history_stop(const struct oc_msg *request, struct oc_msg *response)
{
	*response = (struct oc_msg) {
		.length = sizeof(*response),
		.session = request->session,
		.status = OC_ECANCELLED,
	};
	executed = NULL;
}

void history_taken_back(enum actor_id id)
{
	uint32_t number = sim_clients[id].calls - 1;
	const struct call *call = &calls[id][number];

	if (call->strict && call->executed)
		world_fail("request %u was taken back, and executed", number);
}

void history_read(const struct oc_msg *request)
{
	if (history_in_order())
		check_body(request, REQUEST, request->op >> 8, request->op & 0xff);
}

/* The response to the request that was executed last has left. */
void history_sent(void)
{
	if (executed)
		executed->sent = true;
}

void history_stopped(void)
{
	if (executed && executed->server == world.actors[SERVER].incarnation)
		executed->stopped = executed->sent;
}

/* Of the stores that it had on its way, the answer's may be among those that are lost. */
void history_killed(void)
{
	const struct actor *server = &world.actors[SERVER];

	if (executed && executed->server == server->incarnation && server->cpu.stores)
		executed->stopped = false;
}

void history_lost(enum actor_id id)
{
	uint32_t number = sim_clients[id].calls - 1;

	if (calls[id][number].stopped)
		world_fail("the answer to request %u was there before its server stopped", number);
}

void history_answer(enum actor_id id, uint32_t number)
{
	const struct call *call = &calls[id][number];

	if (call->strict && call->executed != 1)
		world_fail("request %u was answered, and executed %u times", number,
			   call->executed);
}

void history_answer_of_twins(enum actor_id id, const struct oc_msg *response)
{
	const struct client *other = &sim_clients[id == CLIENT ? NEIGHBOUR : CLIENT];

	if (world.wild && response->session == ~other->channel.uuid[TFS_SHM_POLL_UUID_ID])
		world_fail("the response of another client's grant is taken");
}

void history_read_answer(enum actor_id id, uint32_t number, const struct oc_msg *response)
{
	const struct call *call = &calls[id][number];

	if (!call->strict)
		return;
	if (response->op != (id << 8 | number) || response->session != call->nonce ||
	    response->length != call->response_length || response->status)
		world_fail("mixed response: op %x, session %08x, length %u", response->op,
			   response->session, response->length);
	check_body(response, RESPONSE, id, number);
}

void actors_reset(void)
{
	history_reset();
	for (enum actor_id id = CLIENT; id < ACTORS; id++)
		client_reset(id);
}

