/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * message.h: requests as the input wants them: of any bytes, or well-formed so that they
 * get far, and then damaged
 *
 * What a client would know - the sessions it has, the rowids it was given - is taken
 * from the responses, so that a few bytes of input make a transaction.
 */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include <oc/wire.h>

#include "input.h"

#define MESSAGE_MAX		49152	/* more than the server takes */
#define MESSAGE_SESSIONS	4

/**
 * struct client - what a client knows
 * @sessions: the last ones that it was given; the latest first
 * @next:     rowid of a table's next insert, as the last START_UPDATE said
 * @start:    the tables of that, in their order
 * @message:  the request
 * @max_message: what the last LOGIN said that this client takes
 */
struct client {
	uint32_t sessions[MESSAGE_SESSIONS];
	int64_t next[3];
	uint32_t start[3];
	uint32_t nstart;
	uint32_t sequence;
	uint32_t max_message;
	uint32_t max_packet;
	uint64_t message[MESSAGE_MAX / 8];
};

/* The next request, in client->message; at least a header, at most MESSAGE_MAX bytes. */
uint32_t message_make(struct client *client, struct input *in);

/* Looks at a response to it. */
void message_answered(struct client *client, const struct oc_msg *response);

#endif /* FUZZ_MESSAGE_H */
