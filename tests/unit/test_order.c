// SPDX-License-Identifier: GPL-2.0-only
/*
 * Orders for sessions: they hit whom they mean, and once
 */
#include "../../tools/tfsd/order.h"
#include "unit.h"

static struct activity_session session;

static int setup(void **state)
{
	(void)state;
	session = (struct activity_session) { .id = 0x80000001 };
	return 0;
}

static void test_none(void **state)
{
	(void)state;
	assert_int_equal(order_take(&session, 0), ORDER_NONE);
}

static void test_cancel(void **state)
{
	(void)state;
	order_give(&session, ORDER_CANCEL, session.id, 0xffffffff);
	assert_int_equal(order_take(&session, 0xffffffff), ORDER_CANCEL);
	assert_int_equal(order_take(&session, 0xffffffff), ORDER_NONE);
}

/* The request that was meant has ended. */
static void test_cancel_too_late(void **state)
{
	(void)state;
	order_give(&session, ORDER_CANCEL, session.id, 5);
	assert_int_equal(order_take(&session, 6), ORDER_NONE);
	assert_int_equal(order_take(&session, 5), ORDER_NONE);
}

/* The session that was meant has ended, and the record is another's. */
static void test_another_session(void **state)
{
	(void)state;
	order_give(&session, ORDER_KILL, session.id, 0);
	session.id++;
	assert_int_equal(order_take(&session, 0), ORDER_NONE);
	order_give(&session, ORDER_CANCEL, session.id - 1, 9);
	assert_int_equal(order_take(&session, 9), ORDER_NONE);
}

static void test_kill(void **state)
{
	(void)state;
	order_give(&session, ORDER_KILL, session.id, 3);
	assert_int_equal(order_take(&session, 4), ORDER_KILL);
	assert_int_equal(order_take(&session, 4), ORDER_NONE);
}

static void test_a_kill_stays(void **state)
{
	(void)state;
	order_give(&session, ORDER_CANCEL, session.id, 3);
	order_give(&session, ORDER_KILL, session.id, 3);
	order_give(&session, ORDER_CANCEL, session.id, 3);
	assert_int_equal(order_take(&session, 3), ORDER_KILL);
	/* But not another session's. */
	order_give(&session, ORDER_KILL, session.id - 1, 0);
	order_give(&session, ORDER_CANCEL, session.id, 3);
	assert_int_equal(order_take(&session, 3), ORDER_CANCEL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_none, setup),
		cmocka_unit_test_setup(test_cancel, setup),
		cmocka_unit_test_setup(test_cancel_too_late, setup),
		cmocka_unit_test_setup(test_another_session, setup),
		cmocka_unit_test_setup(test_kill, setup),
		cmocka_unit_test_setup(test_a_kill_stays, setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
