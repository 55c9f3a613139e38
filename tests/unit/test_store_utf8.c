// SPDX-License-Identifier: GPL-2.0-only
/*
 * UTF-8: against a decoder that is written another way, over all short sequences
 */
#include "../../tools/tfsd/store_utf8.h"
#include "unit.h"

/* By value: decode, then ask whether that value's shortest form is what was read. */
static size_t encode(uint32_t c, uint8_t out[4])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (uint8_t)(0xe0 | c >> 12);
		out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | c >> 18);
	out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

static void test_every_character(void **state)
{
	uint8_t bytes[4];

	(void)state;
	for (uint32_t c = 0; c < 0x1fffff; c++) {
		size_t n = encode(c, bytes);
		bool good = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);

		if (utf8_is_valid((char *)bytes, n) != good)
			fail_msg("U+%X", c);
		if (n > 1 && utf8_is_valid((char *)bytes, n - 1))
			fail_msg("U+%X cut short", c);
	}
}

static void test_pairs_and_triples(void **state)
{
	(void)state;
	/* Counted by hand: 128 * 128 of ASCII, 1920 characters of two bytes. */
	unsigned int pairs = 0;

	for (unsigned int i = 0; i < 0x10000; i++) {
		const char bytes[2] = { (char)(i >> 8), (char)i };

		pairs += utf8_is_valid(bytes, 2);
	}
	assert_int_equal(pairs, 128 * 128 + 1920);
	assert_true(utf8_is_valid("", 0));
	assert_false(utf8_is_valid("\xc0\x80", 2));		/* overlong */
	assert_false(utf8_is_valid("\xe0\x9f\xbf", 3));
	assert_false(utf8_is_valid("\xf0\x8f\xbf\xbf", 4));
	assert_false(utf8_is_valid("\xed\xa0\x80", 3));		/* surrogate */
	assert_false(utf8_is_valid("\xf4\x90\x80\x80", 4));	/* above U+10FFFF */
	assert_false(utf8_is_valid("\x80", 1));
	assert_false(utf8_is_valid("caf\xe9", 4));		/* Latin-1 */
	assert_true(utf8_is_valid("caf\xc3\xa9\xf0\x9f\x98\x80", 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_pairs_and_triples),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
