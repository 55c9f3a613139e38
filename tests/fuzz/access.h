/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access.h: the core's accesses to shared memory, as a harness sees them
 *
 * One side runs as it is compiled; the other one is the input, which writes the memory
 * with no accessor. @look comes before each load and copy: there the input may change
 * anything, also between the two loads of a word that a careless reader would make.
 */
#ifndef FUZZ_ACCESS_H
#define FUZZ_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCESS_WORDS	16

/* The header's words by their number. */
enum access_word {
	WORD_T = 0,
	WORD_F = 1,
	WORD_S = 2,
	WORD_C = 6,
	WORD_G = 10,
	WORD_SW = 14,
	WORD_CW = 15,
};

/**
 * struct access - what a harness wants to see
 * @base:   of the channel
 * @look:   before a load or a copy from the buffer
 * @store:  before a word is stored
 * @out:    before a copy to the buffer, which must be at its beginning
 * @loaded: what each word was when the core loaded it last
 */
struct access {
	uint8_t *base;
	void (*look)(void);
	void (*store)(unsigned int word, uint32_t value);
	void (*out)(const uint8_t *from, size_t n);
	uint32_t loaded[ACCESS_WORDS];
};

extern struct access access_now;

/* The other side's accesses: no hook sees them. */
uint32_t word_get(unsigned int word);
void word_set(unsigned int word, uint32_t value);

#endif /* FUZZ_ACCESS_H */
