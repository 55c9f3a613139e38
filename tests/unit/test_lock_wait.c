// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for a table that is locked, without keeping the channel from those who share it
 */
#include "share_fixture.h"

/* The holder goes on working on the same channel, and ends when it was asked thrice. */
static void holder_works(struct fixture *f)
{
	assert_status(get(&f->db), OC_OK);
	if (task.sleeps != 3)
		return;
	insert_own(f, 1);
	assert_status(oc_db_end(&f->db), OC_OK);
	script.status[OC_OP_START_UPDATE] = OC_OK;
}

static void test_wait_for_a_lock(void **state)
{
	static const uint32_t ops[] = {
		OC_OP_START_UPDATE, OC_OP_GET, OC_OP_START_UPDATE, OC_OP_GET,
		OC_OP_START_UPDATE, OC_OP_GET, OC_OP_END, OC_OP_START_UPDATE,
	};
	struct fixture *f = *state;

	open_both(f);
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_OK);
	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	script.nops = 0;
	task.at_sleep = holder_works;
	assert_status(oc_db_start_update(&task.other, table_0, 1, NULL, 0), OC_OK);
	assert_int_equal(task.sleeps, 3);
	assert_int_equal(task.slept_us[0], 125);
	assert_int_equal(task.slept_us[1], 250);
	assert_int_equal(task.slept_us[2], 500);
	assert_int_equal(script.nops, 8);
	assert_memory_equal(script.ops, ops, sizeof(ops));
	assert_status(oc_db_error(&task.other)->status, OC_OK);
	assert_status(oc_db_end(&task.other), OC_OK);
}

static void test_lock_timeout(void **state)
{
	struct fixture *f = *state;
	uint32_t from;

	assert_status(open_db(f), OC_OK);
	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	from = f->pair->now_us;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_EUNAVAILABLE);
	assert_in_range(f->pair->now_us - from, 10000000, 10020000);
	assert_int_equal(task.slept_us[(task.sleeps - 1) % 64], 8000);
	assert_int_equal(oc_db_error(&f->db)->table, 1);
	assert_int_equal(oc_db_error(&f->db)->text_length, 5);

	assert_status(oc_db_set_timeout(&f->db, 2), OC_OK);
	from = f->pair->now_us;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_EUNAVAILABLE);
	assert_in_range(f->pair->now_us - from, 2000000, 2020000);

	assert_status(oc_db_set_timeout(&f->db, 0), OC_OK);
	task.sleeps = 0;
	script.nops = 0;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_EUNAVAILABLE);
	assert_int_equal(task.sleeps, 0);
	assert_int_equal(script.nops, 1);
}

static void test_lock_timeout_arguments(void **state)
{
	struct fixture *f = *state;

	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_set_timeout(&f->db, 0), OC_OK);
	assert_status(oc_db_set_timeout(&f->db, -2), OC_EINVAL);
	assert_status(oc_db_set_timeout(&f->db, OC_TIMEOUT_MAX / 1000 + 1), OC_EINVAL);
	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_EUNAVAILABLE);
	assert_int_equal(task.sleeps, 0);
	assert_status(oc_db_set_timeout(&f->db, OC_TIMEOUT_MAX / 1000), OC_OK);
}

/* Hours, in which the port's clock wraps several times. */
static void wait_for_hours(struct fixture *f)
{
	f->pair->now_us += 1000000000;
	if (task.sleeps == 20)
		task.answer = 1;
}

static void test_wait_for_ever_is_abandoned(void **state)
{
	struct fixture *f = *state;

	assert_status(open_db(f), OC_OK);
	assert_status(oc_db_set_timeout(&f->db, OC_FOREVER), OC_OK);
	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	task.at_sleep = wait_for_hours;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_EABANDONED);
	assert_int_equal(task.sleeps, 20);
	/* What was refused has left no transaction to be rolled back. */
	script.status[OC_OP_START_UPDATE] = OC_OK;
	script.nops = 0;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_OK);
	assert_int_equal(script.nops, 1);
}

/* Other refusals than a lock's are not asked about again. */
static void shut_down(struct fixture *f)
{
	(void)f;
	script.status[OC_OP_START_UPDATE] = OC_ESHUTDOWN;
}

static void test_wait_ends_by_another_answer(void **state)
{
	struct fixture *f = *state;

	assert_status(open_db(f), OC_OK);
	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	task.at_sleep = shut_down;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_ESHUTDOWN);
	assert_int_equal(task.sleeps, 1);

	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	task.at_sleep = restart;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_ESERVER_RESTARTED);
	assert_int_equal(task.sleeps, 2);
}

/* While one waits for a lock, another finds the channel lost and attaches it again. */
static void test_wait_ends_by_another_grant(void **state)
{
	struct fixture *f = *state;

	assert_status(open_db(f), OC_OK);
	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	f->pair->client_port.pause = task.pause;
	task.at_sleep = attach_between;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_ENOSESSION);
	assert_int_equal(script.nops, 0);
}

/* The turns of each period of pauses, which the mutex's absence tells from a call's. */
static int pause_unlocked(void *ctx, uint32_t turn)
{
	if (!task.held) {
		task.sleeps += !turn;
		assert_int_equal(turn, task.slept_us[task.sleeps - 1]++);
	}
	return task.pause(ctx, turn) || task.sleeps == 3;
}

/* Without a sleep the port's pauses stand in, 100 us each, and end the wait as well. */
static void test_without_a_sleep(void **state)
{
	struct fixture *f = *state;

	assert_status(open_db(f), OC_OK);
	f->pair->client_port.sleep = NULL;
	f->pair->client_port.pause = pause_unlocked;
	script.status[OC_OP_START_UPDATE] = OC_EUNAVAILABLE;
	script.nops = 0;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_EABANDONED);
	assert_int_equal(script.nops, 3);
	assert_int_equal(task.slept_us[0], 2);
	assert_int_equal(task.slept_us[1], 3);
	assert_int_equal(task.slept_us[2], 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SHARE_TEST(test_wait_for_a_lock),
		SHARE_TEST(test_lock_timeout),
		SHARE_TEST(test_lock_timeout_arguments),
		SHARE_TEST(test_wait_for_ever_is_abandoned),
		SHARE_TEST(test_wait_ends_by_another_answer),
		SHARE_TEST(test_wait_ends_by_another_grant),
		SHARE_TEST(test_without_a_sleep),
	};

	return cmocka_run_group_tests_name("lock_wait", tests, NULL, NULL);
}
