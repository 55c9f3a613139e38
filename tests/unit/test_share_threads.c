// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three threads, a session each on one channel object. The server's turns are taken by
 * whoever has the channel and waits for an answer.
 */
#include <pthread.h>

#include <oc/db.h>
#include <oc/region.h>

#include "tfsd_fixture.h"

#define THREADS		3	/* as many sessions as the fixture's server takes */
#define COMMITS		40	/* of each */
#define RESTARTS	4
#define RESTART_EVERY	20	/* commits */

/**
 * struct work - what the threads share; guarded by @mutex, as the channel is
 * @commits:  acknowledged ones
 * @restarts: how many there are to be
 * @failure:  the first status that should not be
 */
struct work {
	struct tfsd *d;
	pthread_mutex_t mutex;
	int commits, restarts, failure;
};

struct worker {
	struct work *work;
	pthread_t thread;
	struct oc_db db;
	uint64_t mem[KINDS_DB_MEM_MIN / 8 + 64];
	int commits, lost;
};

static int open_session(struct worker *worker)
{
	struct oc_channel *ch = &worker->work->d->client;
	int status = oc_db_open(&worker->db, ch, "kinds", &kinds_schema, worker->mem,
				sizeof(worker->mem), 0);

	return status == OC_OK ? oc_db_set_timeout(&worker->db, OC_FOREVER) : status;
}

/* The new row's number is counted on from the last: all saw each other's. */
static int commit_one(struct worker *worker)
{
	static const uint32_t tables[] = { ORDER };
	const struct kinds_order row = { .group_has_value = 0 };
	struct kinds_order read;
	struct oc_db *db = &worker->db;
	int status = oc_db_start_update(db, tables, 1, NULL, 0);
	int64_t rowid;

	if (status != OC_OK)
		return status;
	rowid = oc_db_insert(db, ORDER, &row, sizeof(row));
	if (rowid < 1)
		return rowid ? (int)rowid : OC_EINVAL;
	/* A message in the middle of the transaction, so that others come in between. */
	if (rowid > 1) {
		status = oc_db_get(db, ORDER, rowid - 1, &read, sizeof(read));
		if (status != OC_OK)
			return status;
	}
	return oc_db_end(db);
}

static bool is_lost(int status)
{
	return status == OC_ESERVER_RESTARTED || status == OC_ENOSESSION ||
	       status == OC_EDETACHED;
}

static int go_on(struct worker *worker)
{
	int status;

	worker->lost++;
	oc_db_close(&worker->db);
	status = oc_channel_attach_again(&worker->work->d->client);
	return status == OC_OK ? open_session(worker) : status;
}

/* Another server on the same store. With the mutex held nobody is in a call. */
static int restart(struct tfsd *d, uint32_t id)
{
	const uint32_t random[4] = { id * 0x01234567, 1, 2, 3 };

	channel_close(&d->channel);
	channel_init(&d->channel, 0, d->config, &d->conns, &d->next_session);
	return channel_start(&d->channel, d->memory, random);
}

static void count(struct work *work)
{
	int status = OC_OK;

	pthread_mutex_lock(&work->mutex);
	work->commits++;
	if (work->restarts && work->commits % RESTART_EVERY == 0)
		status = restart(work->d, work->restarts--);
	if (!work->failure)
		work->failure = status;
	pthread_mutex_unlock(&work->mutex);
}

static void end(struct work *work, int status)
{
	pthread_mutex_lock(&work->mutex);
	if (!work->failure)
		work->failure = status;
	pthread_mutex_unlock(&work->mutex);
}

static void *run(void *arg)
{
	struct worker *worker = arg;
	int status = open_session(worker);

	while (worker->commits < COMMITS && (status == OC_OK || is_lost(status))) {
		if (status != OC_OK) {
			status = go_on(worker);
			continue;
		}
		status = commit_one(worker);
		if (status == OC_OK) {
			worker->commits++;
			count(worker->work);
		}
	}
	if (status == OC_OK)
		status = oc_db_close(&worker->db);
	end(worker->work, is_lost(status) ? OC_OK : status);
	return NULL;
}

static void begin(struct work *work, struct worker workers[THREADS], struct tfsd *d,
		  int restarts)
{
	*work = (struct work){ .d = d, .restarts = restarts };
	pthread_mutex_init(&work->mutex, NULL);
	oc_port_linux_share(&d->port, &work->mutex);
	for (int i = 0; i < THREADS; i++) {
		memset(&workers[i], 0, sizeof(workers[i]));
		workers[i].work = work;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
	}
}

static void join(struct work *work, struct worker workers[THREADS])
{
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	assert_status(work->failure, OC_OK);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(workers[i].commits, COMMITS);
	assert_int_equal(count_orders(work->d), THREADS * COMMITS);
	pthread_mutex_destroy(&work->mutex);
}

static void test_threads(void **state)
{
	struct tfsd *d = *state;
	static struct worker workers[THREADS];
	struct work work;

	begin(&work, workers, d, 0);
	join(&work, workers);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(workers[i].lost, 0);
	assert_int_equal(d->client.grant, 1);
	assert_int_equal(d->channel.nsessions, 0);
}

/* Every commit that was acknowledged is there, and one of the three attached, each time. */
static void test_threads_and_restarts(void **state)
{
	struct tfsd *d = *state;
	static struct worker workers[THREADS];
	struct work work;
	int lost = 0;

	begin(&work, workers, d, RESTARTS);
	join(&work, workers);
	for (int i = 0; i < THREADS; i++)
		lost += workers[i].lost;
	assert_true(lost >= RESTARTS);
	assert_int_equal(d->client.grant, 1 + RESTARTS);
	assert_int_equal(d->channel.nsessions, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TFSD_TEST(test_threads),
		TFSD_TEST(test_threads_and_restarts),
	};

	return cmocka_run_group_tests_name("share_threads", tests, NULL, NULL);
}
