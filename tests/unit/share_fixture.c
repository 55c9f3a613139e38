// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "share_fixture.h"

struct task task;
const uint32_t table_0[] = { 0 };

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

int share_setup(void **state)
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

int share_teardown(void **state)
{
	assert_false(task.held);
	return script_teardown(state);
}

int open_other(struct fixture *f)
{
	return oc_db_open(&task.other, &f->pair->client, "data", &schema, task.other_mem,
			  sizeof(task.other_mem), 6);
}

void open_both(struct fixture *f)
{
	assert_status(open_db(f), OC_OK);
	script.session++;
	assert_status(open_other(f), OC_OK);
}

int get(struct oc_db *db)
{
	struct row row;

	return oc_db_get(db, 0, 1, &row, sizeof(row));
}

/* Its port has no mutex. */
void take_over(struct fixture *f)
{
	static struct oc_port port;

	port = f->pair->client_port;
	port.pause = task.pause;
	port.lock = NULL;
	memset(&task.rude, 0, sizeof(task.rude));
	assert_status(oc_channel_attach(&task.rude, f->pair->memory, &port, PAIR_OWNER, 1000),
		      OC_OK);
}

void restart(struct fixture *f)
{
	pair_start_server(f->pair);
}

void attach_between(struct fixture *f)
{
	take_over(f);
	oc_channel_detach(&task.rude);
	assert_status(pair_call(f->pair, &f->pair->client, 8, 1), OC_EINTERFERENCE);
	assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	script.nops = 0;
}
