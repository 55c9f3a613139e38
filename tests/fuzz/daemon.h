/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * daemon.h: tfsd's channel and store in this process, for harnesses
 *
 * The database (tests/data/kinds.sql) is opened once; the channel is new, and the
 * tables are empty, for each input. The folder that holds the file is $FUZZ_DIR, or
 * one of its own in /dev/shm that is removed at the end.
 */
#ifndef FUZZ_DAEMON_H
#define FUZZ_DAEMON_H

#include <linux/tfs_shm_poll.h>

#include <oc/wire.h>

#include <oc/latch.h>

#include "../../tools/tfsd/channel.h"
#include "kinds.h"

#define DAEMON_MAX_MESSAGE	40960	/* what the server takes and sends: more than a packet */
#define DAEMON_MAX_SESSIONS	3

struct sqlite3;

struct daemon {
	struct config *config;
	struct databases databases;
	struct database_conns conns;
	struct oc_latch wake;
	struct channel channel;
	struct sqlite3 *other;		/* another program's connection */
	int64_t written;		/* rows, when the tables were emptied last: a count */
	uint32_t next_session;
	uint32_t starts;		/* of the server, with this input */
	size_t memory;			/* bytes that were allocated before this input */
	uint8_t *base;			/* the channel's memory and not a byte more */
	char dir[64];
};

extern struct daemon daemon_now;

/* Opens the database, the first time. */
void daemon_open(void);

/* The same, then zeroes the channel and starts its server. */
void daemon_begin(void);

/* The server stops, and another one comes. */
void daemon_restart(void);

/*
 * One turn of the reactor; if it leaves a request to the store's thread, until that calls:
 * how many turns an answer takes depends on nothing but the input. What the server may
 * allocate is bounded, whatever came.
 */
void daemon_turn(void);

/* Until what was OC_PENDING is to be asked again. */
void daemon_wait(void);

/* Stops the server. What it should have freed, libFuzzer reports as a leak. */
void daemon_end(void);

/* Empties the tables if a row has been written. */
void daemon_empty(void);

#endif /* FUZZ_DAEMON_H */
