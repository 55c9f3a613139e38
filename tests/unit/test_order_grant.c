// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which order both sides store when a channel changes hands: each step of
 * lib/PROTOCOL.md that the other side may see halfway
 */
#include "order_fixture.h"

/* Not READY, the UUID, READY: nobody takes half of it for a live server's. */
static void test_start(void **state)
{
	(void)state;
	sides.memory[SW] = word(7, READY | HELD | GRANTED);
	record(start);
	assert_int_equal(steps.n, 6);
	expect_step(0, SW, word(7, HELD));
	for (unsigned int i = 1; i < 5; i++)
		assert_true(steps.at[i].word >= S && steps.at[i].word < S + 4);
	expect_step(5, SW, word(7, HELD | READY));
}

static void test_ask(void **state)
{
	(void)state;
	sides.memory[SW] = 0;
	start(NULL);
	begin_attach();
	record(look);
	assert_int_equal(steps.n, 4);
	expect_alone_outside(-1, C, C + 4);
}

/* The old client sees that it has lost the channel; then what it would write is cleared. */
static void test_takeover(void **state)
{
	(void)state;
	attach();
	begin_attach();
	look(NULL);
	assert_int_equal(oc_server_poll(&sides.server), OC_SERVER_ATTACH);
	memset(&sides.memory[G], 0xa5, 16);
	sides.memory[T] = NOT_THERE;
	sides.memory[F] = NOT_THERE;
	record(grant);
	assert_int_equal(steps.n, 8);
	expect_step(0, SW, word(1, READY | HELD));
	for (unsigned int i = 1; i < 7; i++)
		assert_true(steps.at[i].word == T || steps.at[i].word == F ||
			    (steps.at[i].word >= G && steps.at[i].word < G + 4));
	expect_step(7, SW, word(2, READY | HELD | GRANTED));
}

/* On a channel that nobody has there is nothing to take away. */
static void test_grant(void **state)
{
	(void)state;
	ask();
	sides.memory[T] = NOT_THERE;
	sides.memory[F] = NOT_THERE;
	record(grant);
	assert_int_equal(steps.n, 7);
	expect_step(6, SW, word(1, READY | HELD | GRANTED));
}

static void test_accept(void **state)
{
	(void)state;
	ask();
	grant(NULL);
	record(look);
	assert_int_equal(steps.n, 1);
	expect_step(0, CW, 1u << TFS_SHM_POLL_CW_TAG_SHIFT);
}

static void detach(void *ctx)
{
	(void)ctx;
	oc_channel_detach(&sides.client);
}

static void test_detach(void **state)
{
	(void)state;
	attach();
	record(detach);
	assert_int_equal(steps.n, 1);
	expect_step(0, CW, 1u << TFS_SHM_POLL_CW_TAG_SHIFT | TFS_SHM_POLL_CW_DETACHED);
}

static void release(void *ctx)
{
	(void)ctx;
	oc_server_free(&sides.server);
}

static void test_release(void **state)
{
	(void)state;
	attach();
	detach(NULL);
	record(release);
	assert_int_equal(steps.n, 1);
	expect_step(0, SW, word(2, READY));
}

static void stop(void *ctx)
{
	(void)ctx;
	oc_server_stop(&sides.server);
}

static void test_stop(void **state)
{
	(void)state;
	attach();
	record(stop);
	assert_int_equal(steps.n, 1);
	expect_step(0, SW, word(1, HELD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDER_TEST(test_start),
		ORDER_TEST(test_ask),
		ORDER_TEST(test_takeover),
		ORDER_TEST(test_grant),
		ORDER_TEST(test_accept),
		ORDER_TEST(test_detach),
		ORDER_TEST(test_release),
		ORDER_TEST(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
