// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <stdint.h>

#include "store_utf8.h"

/* Bytes of the character that @p begins, or 0. */
static size_t character(const uint8_t *p, size_t left)
{
	/* The second byte's range tells overlong forms, surrogates and what is too large. */
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > left)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool utf8_is_valid(const char *text, size_t length)
{
	const uint8_t *p = (const uint8_t *)text;

	while (length) {
		size_t n = character(p, length);

		if (!n)
			return false;
		p += n;
		length -= n;
	}
	return true;
}
