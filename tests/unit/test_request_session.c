// SPDX-License-Identifier: GPL-2.0-only
/*
 * LOGIN, LOGOUT, OPEN and CLOSE that are refused, and what they leave as it was
 */
#include "tfsd_fixture.h"

static const uint64_t one_word;

static void test_smallest_client(void **state)
{
	static const uint32_t sizes[] = { 0, 24, 32, 36, 44 };
	struct tfsd *d = *state;

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_status(try_login(d, sizes[i]), OC_EINVAL);
		expect_error_about(d, OC_NONE, OC_NONE);
		assert_int_equal(d->channel.nsessions, 0);
	}
	/* The least there is: an error without a word about it. */
	assert_status(raw(d, OC_OP_CLOSE, log_in(d, 40), "", 0), OC_ENOTOPEN);
	assert_int_equal(d->response->length, 40);
	assert_status(raw(d, OC_OP_LOGOUT, log_in(d, 40), &one_word, 8), OC_EPROTOCOL);
	assert_int_equal(d->response->length, 40);
	assert_int_equal(d->channel.nsessions, 2);
}

static void test_login_while_draining(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	channel_drain(&d->channel);
	assert_status(try_login(d, 1024), OC_ESHUTDOWN);
	assert_int_equal(d->channel.nsessions, 1);
	assert_status(raw(d, OC_OP_CLOSE, session, "", 0), OC_OK);
	assert_status(raw(d, OC_OP_LOGOUT, session, "", 0), OC_OK);
	assert_int_equal(d->channel.nsessions, 0);
}

static void test_logout_with_a_body(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	assert_status(raw(d, OC_OP_LOGOUT, session, &one_word, 8), OC_EPROTOCOL);
	assert_non_null(find_session(d, session)->database);
	assert_status(raw(d, OC_OP_LOGOUT, session, "", 0), OC_OK);
	assert_null(find_session(d, session));
	assert_status(raw(d, OC_OP_LOGOUT, session, "", 0), OC_ENOSESSION);
}

/* --- OPEN ------------------------------------------------------------------------- */

/* The same session may open as it should be done, after each refusal. */
static void expect_refused_open(struct tfsd *d, uint32_t session, const struct bytes *open,
				int status)
{
	static const uint32_t one[] = { FLAGS };

	assert_status(raw_bytes(d, OC_OP_OPEN, session, open), status);
	assert_null(find_session(d, session)->database);
	assert_null(find_session(d, session)->tables);
	assert_status(open_tables(d, session, one, 1), OC_OK);
	assert_status(raw(d, OC_OP_CLOSE, session, "", 0), OC_OK);
}

static void test_second_open(void **state)
{
	static const uint32_t first[] = { ORDER, FLAGS }, second[] = { KINDS };
	struct tfsd *d = *state;
	uint32_t session = log_in(d, TFSD_MAX_MESSAGE);
	const struct session_table *tables;

	assert_status(open_tables(d, session, first, 2), OC_OK);
	tables = find_session(d, session)->tables;
	assert_status(open_tables(d, session, second, 1), OC_EINVAL);
	assert_ptr_equal(find_session(d, session)->tables, tables);
	assert_int_equal(find_session(d, session)->ntables, 2);
	assert_int_equal(tables[0].table, ORDER);
	assert_int_equal(tables[0].row_size, sizeof(struct kinds_order));
}

static void test_table_named_twice(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in(d, TFSD_MAX_MESSAGE);
	struct bytes open;

	put_open(&open, 3);
	put_table(&open, &kinds_tables[ORDER]);
	put_table(&open, &kinds_tables[FLAGS]);
	put_table(&open, &kinds_tables[ORDER]);
	expect_refused_open(d, session, &open, OC_EINVAL);
	assert_status(raw_bytes(d, OC_OP_OPEN, session, &open), OC_EINVAL);
	expect_error_about(d, OC_NONE, 2);
}

static void test_number_of_tables(void **state)
{
	static const uint32_t numbers[] = { 0, OC_TABLES_MAX + 1, 0x80000000, 0xffffffff };
	struct tfsd *d = *state;
	uint32_t session = log_in(d, TFSD_MAX_MESSAGE);
	struct bytes open;

	/* With the same table again and again, only the number is wrong at first sight. */
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		put_open(&open, numbers[i]);
		put_table(&open, &kinds_tables[FLAGS]);
		put_table(&open, &kinds_tables[FLAGS]);
		expect_refused_open(d, session, &open, OC_EPROTOCOL);
	}
	put_open(&open, OC_TABLES_MAX);
	put_table(&open, &kinds_tables[FLAGS]);
	put_table(&open, &kinds_tables[FLAGS]);
	expect_refused_open(d, session, &open, OC_EINVAL);
	/* None is enough for SQL. */
	put_open(&open, 0);
	assert_status(raw_bytes(d, OC_OP_OPEN, session, &open), OC_OK);
	assert_int_equal(find_session(d, session)->ntables, 0);
	assert_status(start_one(d, session, 0), OC_ENOTABLE);
	assert_status(raw(d, OC_OP_CLOSE, session, "", 0), OC_OK);
}

static void test_number_of_columns(void **state)
{
	static struct oc_column columns[OC_COLUMNS_MAX + 1];
	static const struct {
		uint16_t n;
		int status;
	} numbers[] = {
		{ 0, OC_EPROTOCOL }, { OC_COLUMNS_MAX, OC_ESCHEMA },
		{ OC_COLUMNS_MAX + 1, OC_EPROTOCOL },
	};
	struct tfsd *d = *state;
	uint32_t session = log_in(d, TFSD_MAX_MESSAGE);
	struct oc_table table = kinds_tables[FLAGS];
	struct bytes open;

	table.columns = columns;
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		table.ncolumns = numbers[i].n;
		put_open(&open, 1);
		put_table(&open, &table);
		expect_refused_open(d, session, &open, numbers[i].status);
	}
}

static void test_length_of_a_name(void **state)
{
	static char name[OC_NAME_MAX + 2];
	struct tfsd *d = *state;
	uint32_t session = log_in(d, TFSD_MAX_MESSAGE);
	struct oc_table table = kinds_tables[FLAGS];
	struct bytes open;

	table.name = name;
	put_open(&open, 1);
	put_table(&open, &table);
	expect_refused_open(d, session, &open, OC_EPROTOCOL);
	memset(name, 'x', OC_NAME_MAX);
	put_open(&open, 1);
	put_table(&open, &table);
	expect_refused_open(d, session, &open, OC_ENOTABLE);
	name[OC_NAME_MAX] = 'x';
	put_open(&open, 1);
	put_table(&open, &table);
	expect_refused_open(d, session, &open, OC_EPROTOCOL);
}

static void test_length_of_the_database_s_name(void **state)
{
	static const struct {
		uint32_t length;
		int status;
	} names[] = {
		{ 0, OC_EPROTOCOL }, { OC_NAME_MAX, OC_ENODATABASE },
		{ OC_NAME_MAX + 1, OC_EPROTOCOL }, { 0xfffffff9, OC_EPROTOCOL },
	};
	struct tfsd *d = *state;
	uint32_t session = log_in(d, TFSD_MAX_MESSAGE);

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct oc_open_request head = { .name_length = names[i].length, .ntables = 1 };
		struct bytes open = { .n = 0 };
		char name[OC_NAME_MAX + 1];

		memset(name, 'x', sizeof(name));
		bytes_put(&open, &head, sizeof(head));
		bytes_put(&open, name, sizeof(name));
		put_table(&open, &kinds_tables[FLAGS]);
		expect_refused_open(d, session, &open, names[i].status);
	}
}

static void test_open_of_another_length(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in(d, TFSD_MAX_MESSAGE);
	struct bytes open;

	put_open(&open, 1);
	put_table(&open, &kinds_tables[FLAGS]);
	bytes_put(&open, &one_word, 8);
	expect_refused_open(d, session, &open, OC_EPROTOCOL);
	for (open.n -= 16; open.n; open.n -= 8)
		expect_refused_open(d, session, &open, OC_EPROTOCOL);
	expect_refused_open(d, session, &open, OC_EPROTOCOL);
}

/* --- CLOSE ------------------------------------------------------------------------ */

static void test_close_in_a_transaction(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);
	uint32_t other = log_in_and_open(d);
	struct bytes end;

	assert_status(start_one(d, session, ORDER), OC_OK);
	put_end(&end, 1);
	put_order(&end, first_rowid(d, 0));
	assert_status(raw(d, OC_OP_CLOSE, session, "", 0), OC_ETRACTIVE);
	assert_true(find_session(d, session)->updating);
	assert_status(start_one(d, other, ORDER), OC_EUNAVAILABLE);
	assert_status(raw_bytes(d, OC_OP_END, session, &end), OC_OK);
	assert_int_equal(count_orders(d), 1);
	assert_status(raw(d, OC_OP_CLOSE, session, "", 0), OC_OK);
}

static void test_close_with_a_body(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	assert_status(raw(d, OC_OP_CLOSE, session, &one_word, 8), OC_EPROTOCOL);
	assert_non_null(find_session(d, session)->database);
	assert_status(raw(d, OC_OP_CLOSE, session, "", 0), OC_OK);
	assert_status(raw(d, OC_OP_CLOSE, session, "", 0), OC_ENOTOPEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TFSD_TEST(test_smallest_client),
		TFSD_TEST(test_login_while_draining),
		TFSD_TEST(test_logout_with_a_body),
		TFSD_TEST(test_second_open),
		TFSD_TEST(test_table_named_twice),
		TFSD_TEST(test_number_of_tables),
		TFSD_TEST(test_number_of_columns),
		TFSD_TEST(test_length_of_a_name),
		TFSD_TEST(test_length_of_the_database_s_name),
		TFSD_TEST(test_open_of_another_length),
		TFSD_TEST(test_close_in_a_transaction),
		TFSD_TEST(test_close_with_a_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
