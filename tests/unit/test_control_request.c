// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of the control socket
 */
#include "../../tools/tfsd/control_request.h"
#include "unit.h"

#define NAME63 "123456789012345678901234567890123456789012345678901234567890123"

/* From memory that ends with the line. */
static const char *parse(struct control_request *request, const char *line)
{
	size_t length = strlen(line);
	char *copy = test_malloc(length ? length : 1);
	const char *error;

	memcpy(copy, line, length);
	error = control_parse(request, copy, length);
	test_free(copy);
	return error;
}

static void test_good(void **state)
{
	struct control_request request;

	(void)state;
	assert_null(parse(&request, "dump"));
	assert_int_equal(request.verb, CONTROL_DUMP);
	assert_null(parse(&request, "backup"));
	assert_int_equal(request.verb, CONTROL_BACKUP);
	assert_string_equal(request.database, "");
	assert_null(parse(&request, "backup weather"));
	assert_string_equal(request.database, "weather");
	assert_null(parse(&request, "backup " NAME63));
	assert_string_equal(request.database, NAME63);
	assert_null(parse(&request, "cancel backup"));
	assert_int_equal(request.verb, CONTROL_CANCEL);
	assert_int_equal(request.session, 0);
	assert_null(parse(&request, "reload"));
	assert_int_equal(request.verb, CONTROL_RELOAD);
	assert_null(parse(&request, "cancel 1"));
	assert_int_equal(request.verb, CONTROL_CANCEL);
	assert_int_equal(request.session, 1);
	assert_null(parse(&request, "kill 4294967295"));
	assert_int_equal(request.verb, CONTROL_KILL);
	assert_int_equal(request.session, 0xffffffff);
}

static void expect_bad(const char *line, const char *error)
{
	struct control_request request, before;

	memset(&request, 0x5a, sizeof(request));
	before = request;
	assert_string_equal(parse(&request, line), error);
	assert_memory_equal(&request, &before, sizeof(request));
}

static void test_bad(void **state)
{
	(void)state;
	expect_bad("", "no such verb");
	expect_bad(" dump", "no such verb");
	expect_bad("DUMP", "no such verb");
	expect_bad("dum", "no such verb");
	expect_bad("dump\r", "no such verb");
	expect_bad("dump ", "a blank at the end");
	expect_bad("dump all", "nothing may follow this verb");
	expect_bad("reload 1", "nothing may follow this verb");
	expect_bad("backup " NAME63 "x", "no such database");
	expect_bad("backup ", "a blank at the end");
	expect_bad("kill backup", "a session is a number");
	expect_bad("cancel backups", "a session is a number");
	expect_bad("cancel", "which session?");
	expect_bad("kill", "which session?");
	expect_bad("kill 0", "which session?");
	expect_bad("kill ", "a blank at the end");
	expect_bad("kill  1", "a session is a number");
	expect_bad("kill 1 ", "a session is a number");
	expect_bad("kill -1", "a session is a number");
	expect_bad("kill 0x10", "a session is a number");
	expect_bad("cancel 4294967296", "a session is a number below 2^32");
	expect_bad("cancel 18446744073709551617", "a session is a number below 2^32");
}

/* Every verb has a name, and no byte of a line is read as the end of one. */
static void test_names(void **state)
{
	struct control_request request;

	(void)state;
	for (int i = 0; i < CONTROL_VERBS; i++)
		assert_non_null(control_verb_names[i]);
	assert_string_equal(control_parse(&request, "dump\0", 5), "no such verb");
	assert_string_equal(control_parse(&request, "backup a\0b", 10), "no such database");
	assert_string_equal(control_parse(&request, "\0dump", 5), "no such verb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
