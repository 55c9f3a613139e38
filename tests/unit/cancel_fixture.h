/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cancel_fixture.h: the pair of pair.h with a server that takes its time over a request,
 * and a client whose packets are short: so a request can be taken back at many steps
 */
#ifndef TESTS_CANCEL_FIXTURE_H
#define TESTS_CANCEL_FIXTURE_H

#include "pair.h"
#include "unit.h"

#define HEADER		sizeof(struct oc_msg)
#define SIZE		900u		/* of a request's body: four packets there and back */
#define LENGTH		(HEADER + 904)
#define TIMEOUT_MS	30

enum worker {
	STOPS,			/* looks, and stops at once */
	FINISHES,		/* does not look */
	WORKERS,
};

/* What the server's work is like, and how far it has come. */
struct work {
	enum worker worker;
	unsigned int turns;	/* of work before the answer */
	unsigned int left;
	bool works;
	unsigned int executed;
	unsigned int stopped;
	unsigned int cancelled;	/* events */
};

extern struct work work;

/* Both are attached, and send packets of 256 bytes. */
struct pair *begin(enum worker worker, unsigned int turns);

/* The client begins to send a request of SIZE bytes. */
void start(struct pair *pair, void *request, uint8_t first);

/* One turn of the server. */
void serve(struct pair *pair);

/* The server's work is done; unless it was all right, this is all that it says. */
void respond(struct pair *pair, int status);

/* Both take turns until the client's request is over; how it ended. */
int drain(struct pair *pair);

/* The response is what the request was. */
void expect_echo(const struct pair *pair, uint32_t size, uint8_t first);

/* The channel is as if nothing had been: a request that nobody takes back goes through. */
void expect_clean(struct pair *pair);

#endif /* TESTS_CANCEL_FIXTURE_H */
