/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.h: one run - the actors, the seed that moves them, the steps
 *
 * A run is a function of its seed. The server and the clients are coroutines that run
 * the library's own code; each access of theirs to shared memory, each barrier and each
 * call of a port is a step, and between two steps anything may happen: another actor
 * runs, stores reach memory, somebody is killed, time jumps.
 *
 * For the first part of a run there is an adversary. Then it is calm: the dead come
 * back, nobody is killed or held up, and everybody has to finish.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "coroutine.h"
#include "machine.h"

enum actor_id { SERVER, CLIENT, NEIGHBOUR, ACTORS };

enum actor_state {
	ABSENT,			/* not in this run */
	ALIVE,
	DEAD,			/* killed; another incarnation may follow */
	DONE,			/* ended by itself */
};

struct actor {
	struct coroutine co;
	struct processor cpu;
	enum actor_state state;
	uint32_t incarnation;		/* counts from 1 */
	uint32_t paused_until;		/* step */
	uint32_t returns_at;		/* DEAD: step at which the next incarnation begins */
	bool blocked;			/* waits for its bell */
	bool bell;			/* has been rung since it last waited */
	bool gave_up_waiting;		/* a blocked wait was ended by its timeout */
};

enum event_kind {
	EVENT_KILL_SERVER, EVENT_KILL_CLIENT, EVENT_KILL_NEIGHBOUR, EVENT_PAUSE, EVENT_TIME,
	EVENT_STOP_SERVER, EVENT_TROUBLE, EVENT_KINDS,
};

struct event {
	uint32_t step;
	enum event_kind kind;
};

/* What happens that the protocol excludes; trouble.c. */
enum trouble {
	TROUBLE_NONE,
	TROUBLE_TWIN,			/* the neighbour has the client's owner */
	TROUBLE_CLIENT,			/* somebody scribbles where clients write */
	TROUBLE_ANYBODY,		/* anywhere */
};

#define EVENTS_MAX	16

/* What a seed makes of a run, beside the interleaving. */
struct plan {
	struct event events[EVENTS_MAX];
	uint32_t n_events, next_event;
	uint32_t calm_at;		/* step */
	uint32_t turn;			/* steps that an actor may make in one go */
	uint32_t us_per_step;
	bool neighbour;			/* a second client, with another owner */
	uint32_t dies_asking;		/* that one, at so many stores to C; 0: not so */
	bool driver;			/* marks the dead server's header */
	enum trouble trouble;
	bool bells;			/* both sides sleep and ring */
	uint32_t abandon;		/* one in so many pauses ends the wait; 0: none */
	uint32_t timeout_ms;
	uint32_t answer_late;		/* looks that a server makes while it works */
};

struct world {
	uint64_t seed, rng;
	uint32_t steps, left;		/* so far, and in this turn */
	uint32_t next_event_step;
	uint32_t clock_us;
	uint32_t nonces;		/* drawn by the clients */
	uint32_t near_ids;		/* servers whose id was near their predecessor's */
	bool calm, trace, failed, stop_server, neighbour_died;
	bool wild;			/* there is trouble now */
	bool free_by_hand;		/* the server is told to free the channel */
	bool marked;			/* the driver has marked the dead server's header */
	struct actor *current;		/* NULL: the scheduler */
	struct machine machine;
	struct plan plan;
	struct actor actors[ACTORS];
	struct processor ghost;		/* the client's former incarnation: stores on their way */
	char failure[200];
};

extern struct world world;

/* Runs @seed to its end. False: world.failure says what was wrong. */
bool world_run(uint64_t seed, bool trace);

static inline uint64_t world_random64(void)
{
	uint64_t x = world.rng += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 32) * 0xd6e8feb86659fd93;
	return x ^ x >> 32;
}

/* 0 .. n - 1; 0 for n == 0. */
static inline uint32_t world_random(uint32_t n)
{
	return (world_random64() >> 32) * n >> 32;
}

/* In @of256 of 256 cases. */
static inline bool world_chance(uint32_t of256)
{
	return of256 && world_random64() >> 56 < of256;
}

static inline uint32_t world_steps(void)
{
	return world.steps;
}

/* One step of the current actor; others may go on before it returns. */
void world_step(void);

/* Before each store of the current actor: its former incarnation's are over. */
void world_first_store(void);

/* A store to a UUID or SW, which was @old, has reached memory. */
void world_arrived(uint8_t loc, uint32_t old);

/* The current actor waits for its bell; false: its timeout came first. */
bool world_block(void);

/* Rings @to's bell. */
void world_ring(enum actor_id to);

/* The current actor has ended by itself. */
_Noreturn void world_exit(void);

/* The current actor, or the scheduler, has found a bug: the run ends. */
__attribute__((format(printf, 1, 2))) void world_fail(const char *format, ...);

/* An incarnation begins. */
void fate_start(enum actor_id id);

/* They end now. The client comes back, and does something. */
void fate_kill(enum actor_id id);
void fate_reset_client(void);

/* There is trouble; it is over. */
void trouble_strike(void);
void trouble_ends(void);

/* The neighbour writes a word of C: its last one, if that is planned. */
void fate_asks(void);

/* What is planned for this step, and the dead that come back. */
void fate_strike(void);

const char *world_name(const struct processor *cpu);

__attribute__((format(printf, 1, 2))) void world_print(const char *format, ...);
#define world_trace(...)				\
	do {						\
		if (__builtin_expect(world.trace, 0))	\
			world_print(__VA_ARGS__);	\
	} while (0)

#endif /* TESTS_SIM_WORLD_H */
