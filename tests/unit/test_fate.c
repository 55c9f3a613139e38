// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the client is told of a transaction is what became of it
 *
 * Two sessions share a channel to tfsd's handlers and a file. A seed draws what they ask
 * for and what goes wrong: waits too short or given up, packets of any size, a detach, a
 * takeover, a server that ends, another program that has the file locked. After each
 * request that came to an end the rows in the file are those of the transactions that
 * the client knows to be there, and both sides agree on who is in an update.
 *
 * FATE_SEED is the first seed, FATE_RUNS how many there are.
 */
#include <stdlib.h>

#include "fate.h"

#define SEED	1
#define RUNS	8
#define STEPS	1000		/* too few for the store to begin a checkpoint */

#define MESSAGE_MAX	1464

/* --- what goes wrong ------------------------------------------------------------- */

static void make_trouble(void)
{
	static const int ms[] = { 0, 1, 1, 2, 2, 3, 4, 6, 8, 15 };
	struct tfsd *d = fate.d;

	oc_channel_set_timeout(&d->client, ms[draw(10)]);
	oc_db_set_timeout(&fate.parts[0].db, 0);
	oc_db_set_timeout(&fate.parts[1].db, 0);
	oc_server_set_max_packet(&d->channel.server, OC_PACKET_MIN + 8 * draw(40));
	oc_channel_set_max_packet(&d->client, OC_PACKET_MIN + 8 * draw(40));
	fate.giving_up = !draw(10);
	fate.taking_over = !draw(15);
	fate.restarting = !draw(15);
	if (!d->other && !draw(12))
		lock_file(d);
	else if (d->other && !draw(2))
		unlock_file(d);
}

static void end_trouble(void)
{
	fate.giving_up = false;
	fate.taking_over = false;
	fate.restarting = false;
	if (fate.d->other)
		unlock_file(fate.d);
	oc_channel_set_timeout(&fate.d->client, 20000);
}

static void detach(void)
{
	oc_channel_detach(&fate.d->client);
}

static void lose_channel(struct part *part)
{
	static void (*const ways[])(void) = { detach, take_over, restart };

	(void)part;
	if (!draw(4))
		ways[draw(3)]();
}

static bool is_lost(int status)
{
	return status == OC_EINTERFERENCE || status == OC_ESERVER_RESTARTED;
}

/* The other session may still think that it has the channel: then the grant is no use. */
static void reopen(struct part *part)
{
	int status;

	end_trouble();
	if (part->opened)
		oc_db_close(&part->db);
	part->opened = false;
	part->pending = 0;
	expect(oc_channel_attach_again(&fate.d->client) == OC_OK);
	status = oc_db_open(&part->db, &fate.d->client, "kinds", &kinds_schema, part->mem,
			    sizeof(part->mem), 1);
	expect(status == OC_OK || is_lost(status));
	part->opened = status == OC_OK;
}

/* --- what is asked for ------------------------------------------------------------- */

static void start_update(struct part *part)
{
	static const uint32_t tables[] = { ORDER, FLAGS, KINDS };
	bool updating = part->db.state == OC_DB_UPDATE;
	int status = oc_db_start_update(&part->db, tables, 1 + draw(3), NULL, 0);

	expect(!updating || status == OC_ETRACTIVE);
	if (status == OC_OK)
		part->pending = 0;
}

static void get(struct part *part)
{
	struct kinds_order row;

	oc_db_get(&part->db, ORDER, 1 + draw(50), &row, sizeof(row));
}

static void scan(struct part *part)
{
	struct kinds_order row;
	struct oc_cursor cursor;
	int64_t rowid = 1;

	if (oc_cursor_open(&cursor, &part->db, ORDER) != OC_OK)
		return;
	for (uint32_t n = draw(60); n && rowid > 0; n--)
		rowid = oc_cursor_next(&cursor, &row, sizeof(row));
}

/* Its answer comes when the memory for it may be another call's. */
static void ping(struct part *part)
{
	_Alignas(8) uint8_t request[MESSAGE_MAX] = { 0 }, response[MESSAGE_MAX];
	struct oc_msg *msg = (void *)request;

	(void)part;
	*msg = (struct oc_msg){ .length = sizeof(*msg) + 8 * draw(180), .op = OC_OP_PING };
	oc_channel_call(&fate.d->client, msg, response, sizeof(response));
}

static void insert(struct part *part)
{
	const struct kinds_order row = { .group_has_value = 0 };
	int64_t rowid;

	for (uint32_t n = draw(40); n; n--) {
		rowid = oc_db_insert(&part->db, ORDER, &row, sizeof(row));
		expect(rowid > 0 || rowid == OC_ECACHE_FULL);
		part->pending += rowid > 0;
	}
}

/* The client was told neither that it is done nor that it is not. */
static bool is_unknown(const struct part *part, int status)
{
	if (status == OC_ETIMEOUT || status == OC_EABANDONED)
		return true;
	return is_lost(status) && !oc_db_error(&part->db)->on_write;
}

/* It was told, without a word from the server or with one, that nothing is done. */
static bool is_refused(int status)
{
	return status == OC_EUNAVAILABLE || status == OC_ENOSESSION || status == OC_EDETACHED ||
	       is_lost(status);
}

static void end(struct part *part)
{
	int status = oc_db_end(&part->db);

	if (status == OC_ECANCELLED) {
		fate.outcomes.taken_back++;
		expect(part->db.state == OC_DB_UPDATE);
		check_rows();
		return;
	}
	if (status == OC_OK) {
		fate.outcomes.committed++;
		fate.rows += part->pending;
		check_rows();
	} else if (is_unknown(part, status)) {
		expect(!fate.unknown);
		fate.unknown = part->pending;
	} else {
		expect(is_refused(status));
	}
	part->pending = 0;
}

static void roll_back(struct part *part)
{
	if (oc_db_rollback(&part->db) != OC_ECANCELLED)
		part->pending = 0;
}

static void take_step(struct part *part)
{
	static void (*const ways[])(struct part *part) = {
		start_update, start_update, start_update, start_update, start_update,
		get, scan, lose_channel, ping,
		insert, insert, end, end, roll_back,	/* in an update */
	};

	if (!part->opened || part->db.state == OC_DB_BROKEN) {
		reopen(part);
		return;
	}
	make_trouble();
	ways[draw(part->db.state == OC_DB_UPDATE ? 14 : 9)](part);
	check();
}

/* --- runs ------------------------------------------------------------------------ */

static void run(struct tfsd *d, unsigned int seed)
{
	fate_begin(d, seed);
	reopen(&fate.parts[0]);
	reopen(&fate.parts[1]);
	for (; fate.step < STEPS; fate.step++)
		take_step(&fate.parts[draw(2)]);
	reopen(&fate.parts[0]);
	reopen(&fate.parts[1]);
	check_rows();
}

static unsigned int variable(const char *name, unsigned int preset)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : preset;
}

static void run_seeds(int (*make)(void **state))
{
	unsigned int first = variable("FATE_SEED", SEED), runs = variable("FATE_RUNS", RUNS);
	void *state;

	for (unsigned int seed = first; seed - first < runs; seed++) {
		print_message("# seed %u\n", seed);	/* also of one that crashes */
		assert_int_equal(make(&state), 0);
		run(state, seed);
		fate.d = NULL;
		assert_int_equal(tfsd_remove(&state), 0);
	}
}

static int remove_failed(void **state)
{
	void *d = fate.d;

	(void)state;
	if (!d)
		return 0;
	if (fate.d->other)
		unlock_file(fate.d);
	fate.d = NULL;
	return tfsd_remove(&d);
}

static void test_lazy(void **state)
{
	(void)state;
	run_seeds(tfsd_make);
}

static void test_full(void **state)
{
	(void)state;
	run_seeds(tfsd_make_full);
}

/* Without one of each the runs would have looked at nothing. */
static void test_outcomes(void **state)
{
	const struct fate_outcomes *outcomes = &fate.outcomes;

	(void)state;
	if (variable("FATE_RUNS", RUNS) < RUNS)
		skip();
	assert_true(outcomes->committed > 0);
	assert_true(outcomes->taken_back > 0);
	assert_true(outcomes->found > 0);
	assert_true(outcomes->missing > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_lazy, remove_failed),
		cmocka_unit_test_teardown(test_full, remove_failed),
		cmocka_unit_test(test_outcomes),
	};

	return cmocka_run_group_tests_name("fate", tests, NULL, NULL);
}
