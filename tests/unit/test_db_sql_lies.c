// SPDX-License-Identifier: GPL-2.0-only
/* oc_db_sql() with responses that no server may send */
#include "db_sql_fixture.h"

static void test_lies(void **state)
{
	static const struct batch lies[] = {
		{ .flags = 1 },
		{ .statement = 1 },				/* nothing, and more of it */
		{ .nrows = 1 },					/* rows without columns */
		{ .nrows = UINT32_MAX },
		{ .ncolumns = 1, .nrows = 1 },			/* they are missing */
		{ .ncolumns = 1, .nrows = UINT32_MAX, .nwords = 2 },
		{ .ncolumns = UINT32_MAX, .nrows = 1, .nwords = 2 },
		{ .ncolumns = 1, .nrows = 1, .nwords = 4 },	/* bytes behind them */
		{ .ncolumns = 1, .nwords = 2 },
		{ .ncolumns = 1, .nrows = 1, .values = { 5, 0 }, .nwords = 2 },
		{ .ncolumns = 1, .nrows = 1, .values = { 0, 8 }, .nwords = 4 },
		{ .ncolumns = 1, .nrows = 1, .values = { 1, 0 }, .nwords = 2 },
		{ .ncolumns = 1, .nrows = 1, .values = { 1, 8 }, .nwords = 2 },
		{ .ncolumns = 1, .nrows = 1, .values = { 1, 16 }, .nwords = 6 },
		{ .ncolumns = 1, .nrows = 1, .values = { 2, 4 }, .nwords = 4 },
		{ .ncolumns = 1, .nrows = 1, .values = { 3, 1 }, .nwords = 2 },
		{ .ncolumns = 1, .nrows = 1, .values = { 3, 9 }, .nwords = 4 },
		{ .ncolumns = 1, .nrows = 1, .values = { 4, UINT32_MAX }, .nwords = 4 },
		{ .ncolumns = 1, .nrows = 1, .values = { 4, UINT32_MAX - 7 }, .nwords = 4 },
	};
	struct fixture *f = *state;
	struct seen seen = { .rows = 0 };

	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		server.next = 0;
		server.batches[0] = lies[i];
		assert_status(open_db(f), OC_OK);
		assert_status(run(f, &seen), OC_EPROTOCOL);
		assert_status(run(f, &seen), OC_EPROTOCOL);
		assert_status(oc_db_close(&f->db), OC_EPROTOCOL);
		assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	}
	/* A good row before the bad one is not shown either. */
	server.next = 0;
	server.batches[0] = one_two;
	server.batches[0].values[4] = 17;
	assert_status(open_db(f), OC_OK);
	assert_status(run(f, &seen), OC_EPROTOCOL);
	assert_int_equal(seen.rows, 0);
}

static void test_short_response(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { .rows = 0 };

	assert_status(open_db(f), OC_OK);
	script.length[OC_OP_SQL] = sizeof(struct oc_msg) + 8;
	memset(f->db.rx, 0, f->db.rx_size);
	assert_status(run(f, &seen), OC_EPROTOCOL);
}

/* The second batch is another statement's, or has other columns. */
static void test_lies_in_the_middle(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		struct seen seen = { .rows = 0 };

		server.next = 0;
		server.batches[0] = one_two;
		server.batches[1] = one_two;
		if (i)
			server.batches[1].statement++;
		else
			server.batches[1].ncolumns = 2;
		if (!i)
			server.batches[1].nrows = 1;
		assert_status(open_db(f), OC_OK);
		assert_status(run(f, &seen), OC_EPROTOCOL);
		assert_int_equal(seen.rows, 2);
		assert_status(oc_db_close(&f->db), OC_EPROTOCOL);
		assert_status(oc_channel_attach_again(&f->pair->client), OC_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SQL_TEST(test_lies),
		SQL_TEST(test_short_response),
		SQL_TEST(test_lies_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
