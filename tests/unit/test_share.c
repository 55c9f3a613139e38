// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions that share a channel object: they take turns, and lose it together
 */
#include "share_fixture.h"

static void test_a_message_a_turn(void **state)
{
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row = { .value = 1 };

	assert_status(open_db(f), OC_OK);
	/* Two messages, and what LOGIN says about the channel. */
	assert_int_equal(task.locks, 3);
	task.locks = 0;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_OK);
	assert_int_equal(task.locks, 1);
	assert_true(oc_db_insert(&f->db, 0, &row, sizeof(row)) > 0);
	assert_int_equal(task.locks, 1);
	assert_status(oc_db_end(&f->db), OC_OK);
	assert_status(get(&f->db), OC_OK);
	assert_status(oc_cursor_open(&cursor, &f->db, 0), OC_OK);
	assert_status(oc_cursor_next(&cursor, &row, sizeof(row)), OC_OK);
	assert_int_equal(task.locks, 4);
	assert_status(oc_db_close(&f->db), OC_OK);
	assert_int_equal(task.locks, 6);
	assert_int_equal(task.sleeps, 0);
	script.status[OC_OP_OPEN] = OC_ESCHEMA;
	assert_status(open_db(f), OC_ESCHEMA);
	assert_int_equal(task.locks, 10);
}

static void test_restart_is_told_to_each(void **state)
{
	struct fixture *f = *state;

	open_both(f);
	pair_start_server(f->pair);
	script.nops = 0;
	assert_status(get(&f->db), OC_ESERVER_RESTARTED);
	assert_true(oc_db_error(&f->db)->on_write);
	assert_status(get(&task.other), OC_ESERVER_RESTARTED);
	assert_true(oc_db_error(&task.other)->on_write);
	assert_status(oc_db_end(&task.other), OC_ESERVER_RESTARTED);
	assert_int_equal(script.nops, 0);
	/* A session that has yet to be is not told of what happened before. */
	assert_status(oc_db_close(&f->db), OC_ESERVER_RESTARTED);
	assert_status(open_db(f), OC_EDETACHED);
}

/* The first one attaches; the second finds that done, and its session gone. */
static void test_one_attaches_again(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 1 };

	open_both(f);
	assert_status(oc_db_start_update(&task.other, table_0, 1, NULL, 0), OC_OK);
	assert_true(oc_db_insert(&task.other, 0, &row, sizeof(row)) > 0);
	pair_start_server(f->pair);
	assert_status(get(&f->db), OC_ESERVER_RESTARTED);
	assert_status(oc_db_close(&f->db), OC_ESERVER_RESTARTED);
	assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	assert_int_equal(f->pair->grants, 2);
	script.session++;
	assert_status(open_db(f), OC_OK);

	script.nops = 0;
	assert_status(oc_db_end(&task.other), OC_ENOSESSION);
	assert_status(oc_db_end(&task.other), OC_ENOSESSION);
	assert_status(oc_db_close(&task.other), OC_ENOSESSION);
	assert_int_equal(script.nops, 0);
	assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	assert_int_equal(f->pair->grants, 2);
	assert_status(open_other(f), OC_OK);
	assert_status(get(&task.other), OC_OK);
	assert_status(get(&f->db), OC_OK);
}

static void test_interference_is_told_to_each(void **state)
{
	struct fixture *f = *state;

	open_both(f);
	take_over(f);
	script.nops = 0;
	assert_status(get(&f->db), OC_EINTERFERENCE);
	assert_true(oc_db_error(&f->db)->on_write);
	assert_true(oc_channel_lost_on_write(&f->pair->client));
	assert_status(get(&task.other), OC_EINTERFERENCE);
	assert_int_equal(script.nops, 0);
	/* Who goes on takes the channel back. */
	assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	assert_status(oc_channel_poll(&task.rude), OC_EINVAL);
	assert_status(pair_call(f->pair, &task.rude, 8, 1), OC_EINTERFERENCE);
}

/* The request has left when the channel is lost: it may have been executed. */
static void test_interference_on_a_read(void **state)
{
	struct fixture *f = *state;

	open_both(f);
	task.at_pause = take_over;
	assert_status(get(&f->db), OC_EINTERFERENCE);
	assert_false(oc_db_error(&f->db)->on_write);
	assert_false(oc_channel_lost_on_write(&f->pair->client));
	assert_status(get(&f->db), OC_EINTERFERENCE);
	assert_false(oc_db_error(&f->db)->on_write);
	/* The other one's was not even sent. */
	assert_status(get(&task.other), OC_EINTERFERENCE);
	assert_true(oc_db_error(&task.other)->on_write);
}

static void test_restart_on_a_read(void **state)
{
	struct fixture *f = *state;

	start(f);
	insert_own(f, 1);
	task.at_pause = restart;
	assert_status(oc_db_end(&f->db), OC_ESERVER_RESTARTED);
	assert_false(oc_db_error(&f->db)->on_write);
	/* After the next grant nothing of that is left. */
	assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	assert_status(open_db(f), OC_OK);
	assert_false(oc_db_error(&f->db)->on_write);
}

static void test_detached_is_told_to_each(void **state)
{
	struct fixture *f = *state;

	open_both(f);
	oc_channel_detach(&f->pair->client);
	assert_status(get(&f->db), OC_EDETACHED);
	assert_status(get(&task.other), OC_EDETACHED);
	assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	assert_status(get(&task.other), OC_EDETACHED);
}

static void test_never_attached(void **state)
{
	struct fixture *f = *state;
	struct oc_channel ch = { .state = 0 };

	assert_status(oc_channel_attach_again(&ch), OC_EDETACHED);
	assert_status(oc_db_open(&f->db, &ch, "data", &schema, f->mem, sizeof(f->mem), 0),
		      OC_EDETACHED);
	assert_int_equal(task.locks, 0);
}

/* The server is away for longer than one of them waits. */
static void test_attach_again_is_pending(void **state)
{
	struct fixture *f = *state;

	open_both(f);
	oc_server_stop(&f->pair->server);
	assert_status(get(&f->db), OC_ESERVER_RESTARTED);
	f->pair->mute = true;
	assert_status(oc_channel_set_timeout(&f->pair->client, 20), OC_OK);
	assert_status(oc_channel_attach_again(&f->pair->client), OC_ETIMEOUT);
	assert_status(get(&task.other), OC_ESERVER_RESTARTED);
	assert_status(open_db(f), OC_EDETACHED);
	f->pair->mute = false;
	pair_start_server(f->pair);
	assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	assert_status(open_db(f), OC_OK);
}

static void prepare_to_attach_between(struct fixture *f)
{
	(void)f;
	task.at_lock = attach_between;
}

/* Between LOGIN and OPEN another session attaches anew: the number is of no use. */
static void test_no_session_outlives_its_grant(void **state)
{
	struct fixture *f = *state;

	/* In LOGIN's pause, so that it is the next call's lock at which it happens. */
	f->pair->client_port.pause = task.pause;
	task.at_lock = prepare_to_attach_between;
	assert_status(open_db(f), OC_ENOSESSION);
	assert_int_equal(script.nops, 0);
	assert_status(oc_db_end(&f->db), OC_ENOTOPEN);
	assert_status(open_db(f), OC_OK);
}

/* What one asked and did not wait for is not what the next one gets. */
static void test_timeout_of_one_is_not_the_others(void **state)
{
	struct fixture *f = *state;

	open_both(f);
	assert_status(oc_channel_set_timeout(&f->pair->client, 20), OC_OK);
	f->pair->mute = true;
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_ETIMEOUT);
	f->pair->mute = false;
	assert_status(get(&task.other), OC_OK);
	assert_status(get(&f->db), OC_OK);
	assert_status(oc_db_start_update(&f->db, table_0, 1, NULL, 0), OC_OK);
	assert_status(oc_db_end(&f->db), OC_OK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SHARE_TEST(test_a_message_a_turn),
		SHARE_TEST(test_restart_is_told_to_each),
		SHARE_TEST(test_one_attaches_again),
		SHARE_TEST(test_interference_is_told_to_each),
		SHARE_TEST(test_interference_on_a_read),
		SHARE_TEST(test_restart_on_a_read),
		SHARE_TEST(test_detached_is_told_to_each),
		SHARE_TEST(test_never_attached),
		SHARE_TEST(test_attach_again_is_pending),
		SHARE_TEST(test_no_session_outlives_its_grant),
		SHARE_TEST(test_timeout_of_one_is_not_the_others),
	};

	return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
