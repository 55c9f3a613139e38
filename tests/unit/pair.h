/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pair.h: a client and a server on one channel in ordinary memory, in one thread
 *
 * Whenever the client waits, its port gives the server a turn and lets 100
 * microseconds pass. So a test runs to its end at once, and the same way each time.
 */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/tfs_shm_poll.h>

#include <oc/channel.h>
#include <oc/server.h>

#define PAIR_OWNER	0x1001
#define PAIR_RX_SIZE	(256 * 1024)

struct pair {
	/* Each a multiple of 64 bytes, and so aligned. */
	_Alignas(64) uint8_t memory[TFS_SHM_POLL_CHANNEL_SIZE];
	uint8_t rx[PAIR_RX_SIZE];
	uint8_t tx[PAIR_RX_SIZE];
	uint8_t response[PAIR_RX_SIZE];
	struct oc_channel client;
	struct oc_server server;
	struct oc_port client_port;
	struct oc_port server_port;
	uint32_t now_us;
	uint32_t rings_to_client;
	uint32_t rings_to_server;
	bool mute;			/* the server gets no turns */
	bool slow;			/* it works on a request until that is taken back */
	bool works;
	int abandon;			/* what the client's pause returns */
	enum oc_server_event event;	/* of the last turn that was not idle */
	uint32_t grants, frees, requests, bad, stopped;
	/* Makes the response to what lies in rx; NULL: an echo. */
	void (*answer)(struct pair *pair, const struct oc_msg *request, struct oc_msg *response);
};

/* Memory as a region has it before its first server; no server yet. */
struct pair *pair_new(void);
void pair_free(struct pair *pair);

static inline struct tfs_shm_poll_header *pair_header(struct pair *pair)
{
	return (struct tfs_shm_poll_header *)pair->memory;
}

static inline uint8_t *pair_buffer(struct pair *pair)
{
	return pair->memory + TFS_SHM_POLL_HEADER_SIZE;
}

/* A server begins; each one has another UUID. */
void pair_start_server(struct pair *pair);

/* One turn of the server. */
void pair_serve(struct pair *pair);

/* Turns until nothing happens any more. */
void pair_settle(struct pair *pair);

/* A server and an attached client. */
struct pair *pair_new_attached(void);

int pair_attach(struct pair *pair, struct oc_channel *ch, uint32_t owner, int32_t timeout_ms);

/* Calls with a body of @size bytes that count up from @first; the response is in pair->response. */
int pair_call(struct pair *pair, struct oc_channel *ch, uint32_t size, uint8_t first);

/* The same request into @to, which has room for it; its length is returned. */
uint32_t pair_request(void *to, uint32_t size, uint8_t first);

/* Puts @bytes into the buffer and @size into size_to_tfs, as a client that ignores all rules. */
void pair_poke(struct pair *pair, const void *bytes, uint32_t length, uint32_t size);

#endif /* TESTS_PAIR_H */
