/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h: a weakly ordered machine with one processor for each actor
 *
 * The memory is a channel's header as 16 words of 32 bits and the beginning of its
 * buffer as 16 granules of 64 bits: 32 locations, each of which keeps its last values.
 * Time is the number of stores that have reached memory so far.
 *
 * Stores wait in their processor and reach memory in any order, but those to one
 * location in program order, and none before those on the other side of a release or
 * full barrier. A processor sees its own at once.
 *
 * A load may be satisfied early: it may get a value that its location no longer has, if
 * the location had it after the processor's floor, and if no newer one was seen there.
 * An acquire barrier lifts the floor to the latest value that any load before it has
 * seen, a full barrier waits for the own stores, too.
 *
 * A copy out of the buffer may also be satisfied late: until an acquire or full barrier,
 * or a store of the same processor to that location, or until somebody uses the copy.
 *
 * README.md says what of Arm's rules that is, and what it leaves out.
 */
#ifndef TESTS_SIM_MACHINE_H
#define TESTS_SIM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_WORDS		16u
#define MACHINE_GRANULES	16u
#define MACHINE_LOCATIONS	(MACHINE_WORDS + MACHINE_GRANULES)
#define MACHINE_HISTORY		8u
#define MACHINE_PENDING		48u
#define MACHINE_BUFFER		(8 * MACHINE_GRANULES)

/* The header's words by their index. */
enum {
	LOC_T = 0, LOC_F = 1, LOC_S = 2, LOC_C = 6, LOC_G = 10, LOC_SW = 14, LOC_CW = 15,
	LOC_BUFFER = 16,
};

struct location {
	uint64_t value[MACHINE_HISTORY];
	uint32_t since[MACHINE_HISTORY];
	uint32_t n;			/* values so far; the current one is n - 1 */
};

struct pending_store {
	uint64_t value;
	uint32_t due;			/* step from which on it may reach memory */
	uint32_t group;			/* barriers before it */
	uint8_t loc;
};

struct pending_load {
	void *to;
	uint32_t due;
	uint32_t floor;
	uint8_t loc;
};

struct processor {
	struct pending_store store[MACHINE_PENDING];
	struct pending_load load[MACHINE_GRANULES];
	uint32_t stores, loads;
	uint32_t group;
	uint32_t floor;			/* no load sees what ended before this time */
	uint32_t seen_until;		/* the latest beginning of a value that was seen */
	uint32_t drained;		/* when the latest own store reached memory */
	uint32_t seen[MACHINE_LOCATIONS];	/* index of the last value seen of each */
};

/* How the seed wants it this time. */
struct weather {
	uint32_t store_delay;		/* steps that a store may wait */
	uint32_t store_long;		/* one in so many waits much longer; 0: none */
	uint32_t stale;			/* of 256 loads, so many want an older value */
	uint32_t load_delay;		/* steps that a copy may wait */
};

struct machine {
	struct location loc[MACHINE_LOCATIONS];
	uint32_t now;			/* stores that have reached memory */
	uint32_t due;			/* no pending access is due before this step */
	struct weather weather;
};

extern const char *const machine_names[MACHINE_LOCATIONS];

/* Memory begins with @words and granules of @fill. */
void machine_reset(struct machine *m, const uint32_t words[MACHINE_WORDS], uint64_t fill);

/* A processor that has seen nothing, and has nothing on its way. */
void machine_boot(struct machine *m, struct processor *cpu);

/* Its loads from here on see nothing that is older than this moment. */
void machine_sees_now(struct machine *m, struct processor *cpu);

uint64_t machine_load(struct machine *m, struct processor *cpu, uint8_t loc);
void machine_load_late(struct machine *m, struct processor *cpu, uint8_t loc, void *to);
void machine_store(struct machine *m, struct processor *cpu, uint8_t loc, uint64_t value);

void machine_release(struct processor *cpu);
void machine_acquire(struct machine *m, struct processor *cpu);

/* The last step of a full barrier, when no store is pending any more. */
void machine_full(struct machine *m, struct processor *cpu);

/* Lets one store that may go reach memory. */
void machine_drain_one(struct machine *m, struct processor *cpu);

/* What is due of all @n processors happens. */
void machine_run(struct machine *m, struct processor *const cpus[], int n);

/* The late copies are used: they happen now. */
void machine_use(struct machine *m, struct processor *cpu);

/* The processor has stopped: some of its stores happen, the others never will. */
void machine_halt(struct machine *m, struct processor *cpu);

/* Memory now, and a store of somebody who is no processor here, at once. */
uint64_t machine_peek(const struct machine *m, uint8_t loc);
void machine_poke(struct machine *m, uint8_t loc, uint64_t value);

#endif /* TESTS_SIM_MACHINE_H */
