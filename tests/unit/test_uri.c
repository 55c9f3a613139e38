// SPDX-License-Identifier: GPL-2.0-only
/* test_uri.c: what oc_uri_parse() takes, and where it says that it is wrong */
#include <stdio.h>
#include <stdlib.h>

#include <oc/region.h>

#include "unit.h"

#define POISON 0xa5
#define S "tfs-shm-poll://"
#define NAME63 "0123456789_0123456789_0123456789_0123456789_0123456789_01234567"
#define PATH50 "/456789abcdef0123456789abcdef0123456789abcdef01234"
#define PATH255 PATH50 PATH50 PATH50 PATH50 PATH50 "12345"

struct accepted {
	const char *text;
	int channel;
	const char *database;
	const char *file;
	uint32_t stride;
	enum oc_wait wait;
	int32_t timeout_ms;
};

static const struct accepted accepted[] = {
	{ S, -1, "", "", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "0", 0, "", "", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "4095", 4095, "", "", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "/", -1, "", "", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "/weather", -1, "weather", "", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "12/a.B_c-9", 12, "a.B_c-9", "", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "1/" NAME63, 1, NAME63, "", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "?wait=busy", -1, "", "", 65536, OC_WAIT_BUSY, 5000 },
	{ S "3?wait=yield", 3, "", "", 65536, OC_WAIT_YIELD, 5000 },
	{ S "3/d?wait=sleep", 3, "d", "", 65536, OC_WAIT_SLEEP, 5000 },
	{ S "3?wait=adaptive", 3, "", "", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "3?wait=monitor", 3, "", "", 65536, OC_WAIT_MONITOR, 5000 },
	{ S "0/d?file=/dev/shm/tfs", 0, "d", "/dev/shm/tfs", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "0/d?file=" PATH255, 0, "d", PATH255, 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "0?file=a%20%26%25%23%C3%a4b?c=d", 0, "", "a &%#\xc3\xa4" "b?c=d", 65536,
	  OC_WAIT_ADAPTIVE, 5000 },
	{ S "0?file=\xc3\xa4", 0, "", "\xc3\xa4", 65536, OC_WAIT_ADAPTIVE, 5000 },
	{ S "?timeout=-1", -1, "", "", 65536, OC_WAIT_ADAPTIVE, -1 },
	{ S "?timeout=0", -1, "", "", 65536, OC_WAIT_ADAPTIVE, 0 },
	{ S "?timeout=2000000", -1, "", "", 65536, OC_WAIT_ADAPTIVE, 2000000 },
	{ S "7/x?timeout=20&stride=131072&wait=busy&file=f", 7, "x", "f", 131072, OC_WAIT_BUSY,
	  20 },
};

struct refused {
	const char *text;
	size_t where;
};

#define AT(prefix) (sizeof(S prefix) - 1)

static const struct refused refused[] = {
	{ "", 0 },
	{ "tfs-shm-poll:/", 14 },
	{ "tfs-shm-poll", 12 },
	{ "tfs-shm://0", 7 },
	{ "TFS-SHM-POLL://0", 0 },
	{ " " S "0", 0 },
	{ S "x", AT("") },
	{ S "-1", AT("") },
	{ S "+1", AT("") },
	{ S " 1", AT("") },
	{ S "1 ", AT("1") },
	{ S "00", AT("0") },
	{ S "01", AT("0") },
	{ S "4096", AT("409") },
	{ S "18446744073709551616", AT("1844") },
	{ S "0x1", AT("0") },
	{ S "%30", AT("") },
	{ S "1:2", AT("1") },
	{ S "1&wait=busy", AT("1") },
	{ S "1/a/b", AT("1/a") },
	{ S "1/a b", AT("1/a") },
	{ S "1/a%20b", AT("1/a") },
	{ S "1/\xc3\xa4", AT("1/") },
	{ S "1/a#b", AT("1/a") },
	{ S "1/" NAME63 "x", AT("1/" NAME63) },
	{ S "?", AT("?") },
	{ S "1/d?", AT("1/d?") },
	{ S "?&", AT("?") },
	{ S "?wait", AT("?") },
	{ S "?colour=red", AT("?") },
	{ S "?Wait=busy", AT("?") },
	{ S "?wait=", AT("?wait=") },
	{ S "?wait=bus", AT("?wait=") },
	{ S "?wait=busyy", AT("?wait=") },
	{ S "?wait=adaptiv", AT("?wait=") },
	{ S "?wait=BUSY", AT("?wait=") },
	{ S "?wait=busy&", AT("?wait=busy&") },
	{ S "?wait=busy&&timeout=1", AT("?wait=busy&") },
	{ S "?wait=busy&wait=busy", AT("?wait=busy&") },
	{ S "?timeout=1&timeout=1", AT("?timeout=1&") },
	{ S "?file=a&file=a", AT("?file=a&") },
	{ S "?file=a&stride=65536&stride=65536", AT("?file=a&stride=65536&") },
	{ S "?timeout=", AT("?timeout=") },
	{ S "?timeout=-2", AT("?timeout=") },
	{ S "?timeout=-10", AT("?timeout=") },
	{ S "?timeout=2000001", AT("?timeout=200000") },
	{ S "?timeout=1s", AT("?timeout=1") },
	{ S "?timeout=010", AT("?timeout=0") },
	{ S "?file=", AT("?file=") },
	{ S "?file=&wait=busy", AT("?file=") },
	{ S "?file=/a b", AT("?file=/a") },
	{ S "?file=/a\n", AT("?file=/a") },
	{ S "?file=/a\x7f", AT("?file=/a") },
	{ S "?file=/a#b", AT("?file=/a") },
	{ S "?file=/a%", AT("?file=/a") },
	{ S "?file=/a%2", AT("?file=/a") },
	{ S "?file=/a%2&wait=busy", AT("?file=/a") },
	{ S "?file=/a%2g", AT("?file=/a") },
	{ S "?file=/a%00", AT("?file=/a") },
	{ S "?file=" PATH255 "x", AT("?file=" PATH255) },
	{ S "?stride=65536", AT("?") },
	{ S "?wait=busy&stride=65536", AT("?wait=busy&") },
	{ S "?file=a&stride=", AT("?file=a&stride=") },
	{ S "?file=a&stride=0", AT("?file=a&stride=") },
	{ S "?file=a&stride=1073741825", AT("?file=a&stride=107374182") },
	{ S "?file=a&stride=64k", AT("?file=a&stride=64") },
};

static void accepts(void **state)
{
	const struct accepted *wanted = *state;
	struct oc_uri uri;
	size_t where = 12345;

	memset(&uri, POISON, sizeof(uri));
	assert_int_equal(oc_uri_parse(&uri, wanted->text, &where), OC_OK);
	assert_int_equal(where, 12345);
	assert_int_equal(uri.channel, wanted->channel);
	assert_string_equal(uri.database, wanted->database);
	assert_string_equal(uri.file, wanted->file);
	assert_int_equal(uri.stride, wanted->stride);
	assert_int_equal(uri.wait, wanted->wait);
	assert_int_equal(uri.timeout_ms, wanted->timeout_ms);
}

static void refuses(void **state)
{
	const struct refused *wanted = *state;
	struct oc_uri uri, before;
	size_t where = 12345;

	memset(&uri, POISON, sizeof(uri));
	memcpy(&before, &uri, sizeof(uri));
	assert_int_equal(oc_uri_parse(&uri, wanted->text, &where), OC_EURI);
	assert_int_equal(where, wanted->where);
	assert_memory_equal(&uri, &before, sizeof(uri));
	assert_int_equal(oc_uri_parse(&uri, wanted->text, NULL), OC_EURI);
}

/* Pieces in any order make URIs that are wrong in deeper places than random bytes. */
static void survives_nonsense(void **state)
{
	static const char *const pieces[] = {
		S, "tfs", "/", "?", "&", "=", "%", "%41", "%00", "file=", "stride=", "wait=",
		"timeout=", "busy", "sleep", "-1", "0", "7", "65536", "99999999999999999999",
		"weather", NAME63, PATH255, " ", "#", "\xff", "\n", ".",
	};
	static const size_t n = sizeof(pieces) / sizeof(pieces[0]);
	unsigned int seed = 1, taken = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char text[1024];
		size_t length = (size_t)snprintf(text, sizeof(text), "%s", i % 8 ? S : "");
		struct oc_uri uri;
		size_t where = SIZE_MAX;
		char *exact;

		for (int k = rand_r(&seed) % 9; k > 0; k--)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s",
						   length < 600 ? pieces[(size_t)rand_r(&seed) % n]
								: "");
		/* Of exactly its length, so that a sanitizer sees a step beyond it. */
		exact = strdup(text);
		if (oc_uri_parse(&uri, exact, &where) == OC_OK)
			taken++;
		else
			assert_true(where <= length);
		free(exact);
	}
	assert_true(taken > 100);
}

/* The URI itself, as far as TAP may have it. */
static void name_test(char *name, size_t size, const char *verb, const char *text)
{
	size_t n = (size_t)snprintf(name, size, "%s \"%s\"", verb, text);

	for (size_t i = 0; i < n && i < size - 1; i++)
		if (name[i] < ' ' || name[i] == '#' || name[i] == 0x7f)
			name[i] = '.';
}

int main(void)
{
	enum { NACCEPTED = sizeof(accepted) / sizeof(accepted[0]) };
	enum { NREFUSED = sizeof(refused) / sizeof(refused[0]) };
	static struct CMUnitTest tests[NACCEPTED + NREFUSED + 1];
	static char names[NACCEPTED + NREFUSED][100];

	for (int i = 0; i < NACCEPTED; i++) {
		name_test(names[i], sizeof(names[i]), "accepts", accepted[i].text);
		tests[i].name = names[i];
		tests[i].test_func = accepts;
		tests[i].initial_state = (void *)&accepted[i];
	}
	for (int i = 0; i < NREFUSED; i++) {
		struct CMUnitTest *test = &tests[NACCEPTED + i];

		name_test(names[NACCEPTED + i], sizeof(names[0]), "refuses", refused[i].text);
		test->name = names[NACCEPTED + i];
		test->test_func = refuses;
		test->initial_state = (void *)&refused[i];
	}
	tests[NACCEPTED + NREFUSED] = (struct CMUnitTest)cmocka_unit_test(survives_nonsense);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
