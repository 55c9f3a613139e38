// SPDX-License-Identifier: GPL-2.0-only
/*
 * Table locks: many readers or one writer, all of a request or none
 */
#include "../../tools/tfsd/locks.h"
#include "unit.h"

#define UNTOUCHED	77

static struct locks *locks;

static int setup(void **state)
{
	(void)state;
	locks = locks_new(3);
	return locks ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	locks_free(locks);
	return 0;
}

static bool acquire(uint32_t table, enum lock_mode mode)
{
	const struct lock_request request = { .table = table, .mode = mode };
	uint32_t busy = UNTOUCHED;
	bool granted = locks_acquire(locks, &request, 1, &busy);

	assert_int_equal(busy, granted ? UNTOUCHED : table);
	return granted;
}

static void test_readers_share(void **state)
{
	(void)state;
	assert_true(acquire(1, LOCK_READ));
	assert_true(acquire(1, LOCK_READ));
	assert_false(acquire(1, LOCK_WRITE));
	locks_release(locks, 1, LOCK_READ);
	assert_false(acquire(1, LOCK_WRITE));
	locks_release(locks, 1, LOCK_READ);
	assert_true(acquire(1, LOCK_WRITE));
}

static void test_a_writer_is_alone(void **state)
{
	(void)state;
	assert_true(acquire(1, LOCK_WRITE));
	assert_false(acquire(1, LOCK_READ));
	assert_false(acquire(1, LOCK_WRITE));
	assert_true(acquire(0, LOCK_WRITE));
	assert_true(acquire(2, LOCK_READ));
	locks_release(locks, 1, LOCK_WRITE);
	assert_true(acquire(1, LOCK_READ));
}

static void test_all_or_none(void **state)
{
	static const struct lock_request requests[] = {
		{ 0, LOCK_WRITE }, { 1, LOCK_READ }, { 2, LOCK_WRITE },
	};
	uint32_t busy = UNTOUCHED;

	(void)state;
	assert_true(acquire(2, LOCK_READ));
	assert_false(locks_acquire(locks, requests, 3, &busy));
	assert_int_equal(busy, 2);
	assert_true(acquire(0, LOCK_WRITE));
	assert_true(acquire(1, LOCK_WRITE));
	locks_release(locks, 0, LOCK_WRITE);
	locks_release(locks, 1, LOCK_WRITE);
	locks_release(locks, 2, LOCK_READ);
	assert_true(locks_acquire(locks, requests, 3, &busy));
	for (uint32_t i = 0; i < 3; i++)
		assert_false(acquire(i, LOCK_WRITE));
	assert_true(acquire(1, LOCK_READ));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_readers_share, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_writer_is_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_or_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
