/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steps.h: in which order a function stores into memory
 *
 * A child process runs it one machine instruction at a time, and after each one the
 * parent looks at what has changed in memory that both share. So the order is what the
 * compiler made of the code, whole and the same each time. What a processor makes of it
 * is for the barriers, which nothing here can see.
 */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include <stdint.h>

#define STEPS_MAX	512

/* The word at index @word of the memory became @value; one instruction may change several. */
struct step {
	unsigned int instruction;
	unsigned int word;
	uint32_t value;
};

struct steps {
	struct step at[STEPS_MAX];
	unsigned int n;
};

/* Memory that a child shares; all zeroes. */
void *steps_memory(uint32_t size);

/*
 * Runs @run(@ctx) in a child and records what it changes in the first @words words of
 * @memory. A system where no process may be traced fails the test; the leak sanitizer
 * would not work there either.
 */
void steps_record(struct steps *steps, const uint32_t *memory, unsigned int words,
		  void (*run)(void *ctx), void *ctx);

#endif /* TESTS_STEPS_H */
