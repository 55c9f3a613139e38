/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * input.h: the bytes that libFuzzer made, taken from the front; zeroes behind their end
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
	const uint8_t *at;
	size_t left;
};

/* Up to @n bytes; how many there were. */
static inline size_t input_bytes(struct input *in, void *to, size_t n)
{
	size_t some = n < in->left ? n : in->left;

	memset(to, 0, n);
	if (some)
		memcpy(to, in->at, some);
	in->at += some;
	in->left -= some;
	return some;
}

static inline uint8_t input_u8(struct input *in)
{
	uint8_t v;

	input_bytes(in, &v, sizeof(v));
	return v;
}

static inline uint16_t input_u16(struct input *in)
{
	uint16_t v;

	input_bytes(in, &v, sizeof(v));
	return v;
}

static inline uint32_t input_u32(struct input *in)
{
	uint32_t v;

	input_bytes(in, &v, sizeof(v));
	return v;
}

/* What must hold whatever the input is. libFuzzer keeps the input that breaks it. */
static inline void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "BROKEN: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FUZZ_INPUT_H */
