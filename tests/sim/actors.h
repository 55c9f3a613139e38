/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * actors.h: who acts in a run
 *
 * client.c and server.c are applications of the library, as firmware and tfsd are;
 * access.c is where the library's accesses become steps; history.c knows what was
 * asked, executed and answered, and finds what must not be.
 */
#ifndef TESTS_SIM_ACTORS_H
#define TESTS_SIM_ACTORS_H

#include <linux/tfs_shm_poll.h>

#include <oc/channel.h>
#include <oc/server.h>

#include "world.h"

static inline uint32_t owner_of(enum actor_id id)
{
	return 0x1000u + (world.plan.trouble == TROUBLE_TWIN ? CLIENT : id);
}

/* Messages fit the machine's buffer; their packets may be smaller. */
#define SIM_MESSAGE_MAX	MACHINE_BUFFER

/* Never mapped readable: an access that does not go through barrier_calls.h faults. */
extern uint8_t *sim_base;

extern void (*const actor_programs[ACTORS])(void *ctx);

void plan_make(struct plan *plan, struct weather *weather);
void plan_memory(uint32_t words[MACHINE_WORDS]);

/* Before a run. */
void actors_reset(void);

/* The port of @id, whose bell rings for @peer. */
struct oc_port sim_port(enum actor_id id);

/* --- client.c ----------------------------------------------------------------------- */

struct client {
	struct oc_channel channel;
	enum actor_id id;
	uint32_t rounds;		/* attach, calls, detach: still to do */
	uint32_t calls;			/* so far, of all incarnations */
	bool detached;			/* DETACHED is stored, and C not yet again */
	uint32_t sw, f;			/* what it saw last of SW, of F */
	bool looked;			/* at SW, since it last looked at T */
	uint8_t request[SIM_MESSAGE_MAX] __attribute__((aligned(8)));
	uint8_t response[2][SIM_MESSAGE_MAX] __attribute__((aligned(8)));	/* by turns */
	uint32_t unread;		/* 1 + the call whose response is not read; 0: none */
};

extern struct client sim_clients[ACTORS];	/* by actor_id; [SERVER] is not used */

void client_reset(enum actor_id id);

/* One turn of a wait; @ctx is the actor. */
int client_pause(void *ctx, uint32_t turn);

/* Has the grant, as far as it knows. */
bool client_attached(enum actor_id id);

/* Whether @n bytes at @to are memory that this client, the server, receives into. */
bool client_receives(enum actor_id id, const uint8_t *to, size_t n);
bool server_receives(const uint8_t *to, size_t n);

/* --- server.c ------------------------------------------------------------------------ */

void server_run(void *ctx);

/* Whether the server of this id is alive and does not stop. */
bool server_serves(uint32_t id);

/* It has loaded CW. */
void server_sees_cw(uint32_t cw);

/* --- history.c ---------------------------------------------------------------------- */

#define CALLS_MAX	64u

void history_reset(void);

/* Fills in a new request of @id. */
void history_request(enum actor_id id, struct oc_msg *request);

/* The server of the id @server is about to grant to the UUID @asked, with @epoch. */
void history_grant(const uint32_t asked[4], uint32_t server, uint16_t epoch);

/* Whether that was the last grant; and whether it was given in good order. */
bool history_granted(const uint32_t asked[4], uint16_t epoch);
bool history_in_order(void);

/*
 * A whole request has arrived: checks its header, notes its execution, makes its
 * response. Its body is read then, or later.
 */
void history_execute(const struct oc_msg *request, uint32_t length, struct oc_msg *response);
void history_read(const struct oc_msg *request);

/* It is not executed, for its client has taken it back: makes the answer. */
void history_stop(const struct oc_msg *request, struct oc_msg *response);

/* The client's last request is as if it had never been made: was it not executed? */
void history_taken_back(enum actor_id id);

/* The response to that has left as a whole; the server has come to its end. */
void history_sent(void);
void history_stopped(void);

/* The server is killed, perhaps on the last steps of that. */
void history_killed(void);

/* The last request of @id got OC_ESERVER_RESTARTED. */
void history_lost(enum actor_id id);

/* This request of @id got OC_OK. Its response is read then, or later. */
void history_answer(enum actor_id id, uint32_t number);
void history_answer_of_twins(enum actor_id id, const struct oc_msg *response);
void history_read_answer(enum actor_id id, uint32_t number, const struct oc_msg *response);

#endif /* TESTS_SIM_ACTORS_H */
