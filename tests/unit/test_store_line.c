// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line of writers: who has the token next, who is called, who is passed. A writer is
 * a letter; those who stand in line are told by whom they let in, one after the other.
 */
#include <string.h>

#include <oc/latch.h>

#include "../../tools/tfsd/store_token.h"
#include "unit.h"

#define WRITERS	4

static struct store_token token;
static struct store_place places[WRITERS];
static struct oc_latch latches[WRITERS];

/* It stands still unless a test lets somebody oversleep. */
static uint64_t now_ns;

uint64_t __wrap_oc_clock_ns(void);

uint64_t __wrap_oc_clock_ns(void)
{
	return now_ns;
}

static int setup(void **state)
{
	(void)state;
	now_ns = 1;
	token = (struct store_token){ .taken = false };
	for (int i = 0; i < WRITERS; i++) {
		assert_status(oc_latch_init(&latches[i]), OC_OK);
		places[i] = (struct store_place){ .latch = &latches[i] };
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < WRITERS; i++)
		oc_latch_close(&latches[i]);
	return 0;
}

static bool take(char who)
{
	return store_token_take(&token, &places[who - 'a']);
}

static void forget(char who)
{
	store_token_forget(&token, &places[who - 'a']);
}

/* Exactly these have been called since the last time. */
static void expect_called(const char *who)
{
	char called[WRITERS + 1] = "";

	for (int i = 0; i < WRITERS; i++) {
		if (oc_latch_is_set(&latches[i]))
			called[strlen(called)] = (char)('a' + i);
		oc_latch_reset(&latches[i]);
	}
	assert_string_equal(called, who);
}

static void oversleep(void)
{
	now_ns += STORE_TOKEN_KEEP_NS + 1;
}

static void test_alone(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(take('a'));
		store_token_give(&token);
	}
	expect_called("");
}

static void test_first_come_first_served(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('c'));
	assert_false(take('b'));
	assert_false(take('d'));
	expect_called("");
	store_token_give(&token);
	expect_called("c");
	assert_true(take('c'));
	assert_false(take('a'));
	store_token_give(&token);
	expect_called("b");
	assert_true(take('b'));
	store_token_give(&token);
	expect_called("d");
	assert_true(take('d'));
	store_token_give(&token);
	expect_called("a");
	assert_true(take('a'));
	store_token_give(&token);
	expect_called("");
}

/* Asking again and again moves nobody ahead, and calls nobody. */
static void test_impatience(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('b'));
	for (int i = 0; i < 5; i++)
		assert_false(take('c'));
	store_token_give(&token);
	expect_called("b");
	assert_true(take('b'));
	store_token_give(&token);
	expect_called("c");
}

/* Nobody waits for one who has been called and sleeps. */
static void test_sleeper_is_passed(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('b'));
	store_token_give(&token);
	expect_called("b");
	for (int i = 0; i < 3; i++) {
		assert_true(take('a'));
		store_token_give(&token);
	}
	/* His latch is set since then: it need not be set again. */
	expect_called("");
	assert_true(take('b'));
}

/* But once only, if he does not sleep. */
static void test_owed(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('b'));
	store_token_give(&token);
	expect_called("b");
	assert_true(take('a'));
	assert_false(take('b'));
	store_token_give(&token);
	/* He may be asleep again. */
	expect_called("b");
	assert_false(take('a'));
	assert_false(take('c'));
	assert_true(take('b'));
	store_token_give(&token);
	expect_called("a");
	assert_true(take('a'));
	store_token_give(&token);
	expect_called("c");
}

/* What is kept for him is not kept for ever. */
static void test_owed_and_asleep(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('b'));
	store_token_give(&token);
	assert_true(take('a'));
	assert_false(take('b'));
	store_token_give(&token);
	assert_false(take('c'));
	assert_false(take('d'));
	expect_called("b");
	oversleep();
	assert_true(take('d'));
	store_token_give(&token);
	/* He has had his turn; the others are not kept asleep by him. */
	expect_called("c");
	assert_true(take('c'));
	store_token_give(&token);
	expect_called("b");
	assert_true(take('b'));
}

static void test_place_given_back(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('b'));
	assert_false(take('c'));
	assert_false(take('d'));
	forget('c');
	store_token_give(&token);
	expect_called("b");
	/* The one who was called: the next is called at once. */
	forget('b');
	expect_called("d");
	forget('b');
	forget('c');
	expect_called("");
	assert_true(take('d'));
	store_token_give(&token);
	expect_called("");
}

/* Given back while somebody writes, it is nobody's call. */
static void test_given_back_meanwhile(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('b'));
	assert_false(take('c'));
	forget('b');
	expect_called("");
	store_token_give(&token);
	expect_called("c");
	forget('c');
	expect_called("");
	assert_true(take('b'));
}

static void test_closed(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('b'));
	store_token_close(&token);
	store_token_give(&token);
	expect_called("");
	assert_false(take('b'));
	assert_false(take('c'));
	forget('c');
	expect_called("");
	store_token_open(&token);
	expect_called("b");
	assert_true(take('b'));
}

/* Called, then closed before he came: he asks in vain, and is called again. */
static void test_closed_after_call(void **state)
{
	(void)state;
	assert_true(take('a'));
	assert_false(take('b'));
	store_token_give(&token);
	expect_called("b");
	store_token_close(&token);
	assert_false(take('b'));
	store_token_open(&token);
	expect_called("b");
	assert_false(take('a'));
	assert_true(take('b'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		TEST(test_alone),
		TEST(test_first_come_first_served),
		TEST(test_impatience),
		TEST(test_sleeper_is_passed),
		TEST(test_owed),
		TEST(test_owed_and_asleep),
		TEST(test_place_given_back),
		TEST(test_given_back_meanwhile),
		TEST(test_closed),
		TEST(test_closed_after_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
