/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * order_fixture.h: both sides of a channel, and the order in which one stores into it
 *
 * Words of the memory: a side's own copy of a message, where the parent can see it, the
 * channel's header, and the beginning of its buffer.
 */
#ifndef TESTS_ORDER_FIXTURE_H
#define TESTS_ORDER_FIXTURE_H

#include <linux/tfs_shm_poll.h>

#include <oc/channel.h>
#include <oc/server.h>

#include "steps.h"
#include "unit.h"

#define HEADER		sizeof(struct oc_msg)
#define BODY		104
#define LENGTH		(HEADER + BODY)
#define LONG		(OC_PACKET_MIN + 16)	/* two packets */
#define NOT_THERE	0xa5a5a5a5u	/* what no store of these tests leaves */

#define OWN		0
#define OWN_SIZE	(2 * OC_PACKET_MIN)
#define CHANNEL		(OWN + OWN_SIZE / 4)
#define T		(CHANNEL + 0)
#define F		(CHANNEL + 1)
#define S		(CHANNEL + 2)
#define C		(CHANNEL + 6)
#define G		(CHANNEL + 10)
#define SW		(CHANNEL + 14)
#define CW		(CHANNEL + 15)
#define BUFFER		(CHANNEL + 16)
#define WORDS		(BUFFER + 64)

#define READY	TFS_SHM_POLL_SW_READY
#define HELD	TFS_SHM_POLL_SW_HELD
#define GRANTED	TFS_SHM_POLL_SW_GRANTED

struct sides {
	uint32_t *memory;
	struct oc_channel client;
	struct oc_server server;
	struct oc_port port;
	uint64_t request[LONG / 8];
};

extern struct sides sides;
extern struct steps steps;

/* For cmocka: memory of which no word is what a test expects. */
int order_setup(void **state);

#define ORDER_TEST(f)	cmocka_unit_test_setup(f, order_setup)

/* A side's own copy. */
void *own(void);

/* server_word. */
uint32_t word(uint16_t epoch, uint32_t flags);

/* What a side does, to be recorded or not; @ctx is NULL. */
void start(void *ctx);
void look(void *ctx);		/* the client, while it attaches */
void grant(void *ctx);
void server_turn(void *ctx);
void client_turn(void *ctx);	/* in a call */

/* Runs one of them and fills steps. */
void record(void (*run)(void *ctx));

void begin_attach(void);

/* A client that has asked, and a server that has seen it. */
void ask(void);

/* The client begins a call. */
void begin(uint32_t length);

/* A client that is about to send a request. */
void attach(void);

/* The same, and the request takes two packets, as its response does. */
void attach_long(void);

void expect_step(unsigned int i, unsigned int at, uint32_t value);

/* Step @i and no other is of a word outside @from .. @to - 1. */
void expect_alone_outside(unsigned int i, unsigned int from, unsigned int to);

#endif /* TESTS_ORDER_FIXTURE_H */
