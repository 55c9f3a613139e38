/* SPDX-License-Identifier: MIT */
/*
 * env.h: all that the core takes from its surroundings
 *
 * The only core file with system includes; a port with other names for these
 * types replaces it. Of libc the core uses the four functions declared here.
 */
#ifndef OC_ENV_H
#define OC_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* Words and messages are little-endian and used in place: no swapping anywhere. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "liboc speaks a little-endian protocol and does not convert");

#endif /* OC_ENV_H */
