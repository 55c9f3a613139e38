// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions that share a channel object. There is one thread: what the other task does
 * meanwhile happens in the port's calls.
 */
#include <stdlib.h>

#include "script.h"
#include "unit.h"

static const uint32_t table_0[] = { 0 };

/* The mutex, and what the other task does when it gets the processor. */
static struct {
	bool held;
	uint32_t locks, sleeps;
	uint32_t slept_us[64];
	int answer;				/* of sleep */
	void (*at_lock)(struct fixture *f);
	void (*at_pause)(struct fixture *f);
	void (*at_sleep)(struct fixture *f);
	int (*pause)(void *ctx, uint32_t turn);	/* the pair's */
	struct fixture *f;
	struct oc_db other;
	uint64_t other_mem[(MEM_MIN + 400) / 8];
	struct oc_channel rude;			/* of the same owner */
} task;

/* Once: what it does calls the port, too. */
static void let_other_run(void (**what)(struct fixture *f))
{
	void (*run)(struct fixture *f) = *what;

	*what = NULL;
	if (run)
		run(task.f);
}

static void lock(void *mutex)
{
	assert_ptr_equal(mutex, &task.held);
	assert_false(task.held);
	let_other_run(&task.at_lock);
	assert_false(task.held);
	task.held = true;
	task.locks++;
}

static void unlock(void *mutex)
{
	assert_ptr_equal(mutex, &task.held);
	assert_true(task.held);
	task.held = false;
}

static int pause_turn(void *ctx, uint32_t turn)
{
	assert_true(task.held);
	let_other_run(&task.at_pause);
	return task.pause(ctx, turn);
}

static int sleep_us(void *ctx, uint32_t us)
{
	struct pair *pair = ctx;

	assert_false(task.held);
	task.slept_us[task.sleeps++ % 64] = us;
	pair->now_us += us;
	if (task.at_sleep)
		task.at_sleep(task.f);
	return task.answer;
}

static int setup(void **state)
{
	struct oc_port *port;

	script_setup(state);
	memset(&task, 0, sizeof(task));
	task.f = *state;
	port = &task.f->pair->client_port;
	task.pause = port->pause;
	port->pause = pause_turn;
	port->sleep = sleep_us;
	port->lock = lock;
	port->unlock = unlock;
	port->mutex = &task.held;
	return 0;
}

static int teardown(void **state)
{
	assert_false(task.held);
	return script_teardown(state);
}

static int open_other(struct fixture *f)
{
	return oc_db_open(&task.other, &f->pair->client, "data", &schema, task.other_mem,
			  sizeof(task.other_mem), 6);
}

static void open_both(struct fixture *f)
{
	assert_status(open_db(f), OC_OK);
	script.session++;
	assert_status(open_other(f), OC_OK);
}

static int get(struct oc_db *db)
{
	struct row row;

	return oc_db_get(db, 0, 1, &row, sizeof(row));
}

/* A client of this owner that should not be there. Its port has no mutex. */
static void take_over(struct fixture *f)
{
	static struct oc_port port;

	port = f->pair->client_port;
	port.pause = task.pause;
	port.lock = NULL;
	memset(&task.rude, 0, sizeof(task.rude));
	assert_status(oc_channel_attach(&task.rude, f->pair->memory, &port, PAIR_OWNER, 1000),
		      OC_OK);
}

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

static void restart(struct fixture *f)
{
	pair_start_server(f->pair);
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

static void attach_between(struct fixture *f)
{
	take_over(f);
	oc_channel_detach(&task.rude);
	assert_status(pair_call(f->pair, &f->pair->client, 8, 1), OC_EINTERFERENCE);
	assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	script.nops = 0;
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
#define SHARE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
		SHARE_TEST(test_wait_for_a_lock),
		SHARE_TEST(test_lock_timeout),
		SHARE_TEST(test_lock_timeout_arguments),
		SHARE_TEST(test_wait_for_ever_is_abandoned),
		SHARE_TEST(test_wait_ends_by_another_answer),
		SHARE_TEST(test_wait_ends_by_another_grant),
		SHARE_TEST(test_without_a_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
