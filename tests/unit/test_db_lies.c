// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server whose responses are in order for the channel, and nonsense for the database
 */
#include "script.h"
#include "unit.h"

/* The script's answer, and then what the test makes of it. */
static void (*script_answer)(struct pair *pair, const struct oc_msg *request,
			     struct oc_msg *response);
static void (*lie)(struct oc_msg *response);
static uint16_t lie_op;

static void answer(struct pair *pair, const struct oc_msg *request, struct oc_msg *response)
{
	uint16_t op = request->op;

	script_answer(pair, request, response);
	if (op == lie_op)
		lie(response);
}

static void lie_about(struct fixture *f, uint16_t op, void (*how)(struct oc_msg *response))
{
	lie_op = op;
	lie = how;
	if (f->pair->answer == answer)
		return;
	script_answer = f->pair->answer;
	f->pair->answer = answer;
}

/* Every further call says the same, and asks nobody. */
static void expect_over(struct fixture *f, int status)
{
	static const uint32_t one[] = { 0 };
	uint32_t nops = script.nops;
	struct oc_cursor cursor;
	struct row row;

	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), status);
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), status);
	assert_status(oc_db_rollback(&f->db), status);
	assert_status(oc_cursor_open(&cursor, &f->db, 0), status);
	assert_status(oc_db_close(&f->db), status);
	assert_int_equal(script.nops, nops);
	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_ENOTOPEN);
}

static void another_session(struct oc_msg *response)
{
	response->session = SCRIPT_SESSION + 1;
}

static void test_response_of_another_session(void **state)
{
	struct fixture *f = *state;
	struct row row, before;

	assert_status(open_db(f), OC_OK);
	lie_about(f, OC_OP_GET, another_session);
	memset(&row, 0xcc, sizeof(row));
	before = row;
	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_EPROTOCOL);
	assert_memory_equal(&row, &before, sizeof(row));
	expect_over(f, OC_EPROTOCOL);
}

static void test_no_session_ends_it(void **state)
{
	struct fixture *f = *state;
	struct row row = { .value = 1 };

	start(f);
	assert_true(oc_db_insert(&f->db, 0, &row, sizeof(row)) > 0);
	script.status[OC_OP_GET] = OC_ENOSESSION;
	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_ENOSESSION);
	assert_status(oc_db_insert(&f->db, 0, &row, sizeof(row)), OC_ENOSESSION);
	assert_status(oc_db_end(&f->db), OC_ENOSESSION);
	expect_over(f, OC_ENOSESSION);
}

/* What lies behind a short response is what another one left there. */
static void test_short_error_body(void **state)
{
	static const uint32_t lengths[] = { 24, 32 };
	struct fixture *f = *state;
	const struct oc_db_error *error = oc_db_error(&f->db);
	struct row row;

	assert_status(open_db(f), OC_OK);
	for (unsigned int i = 0; i < 2; i++) {
		script.status[OC_OP_GET] = OC_ERANGE;
		script.length[OC_OP_GET] = 0;
		assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_ERANGE);
		assert_int_equal(error->index, 3);
		assert_int_equal(error->text_length, 5);

		script.length[OC_OP_GET] = lengths[i];
		assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_ERANGE);
		assert_int_equal(error->index, OC_NONE);
		assert_int_equal(error->table, OC_NONE);
		assert_int_equal(error->column, OC_NONE);
		assert_null(error->text);
		assert_int_equal(error->text_length, 0);
	}
	script.status[OC_OP_GET] = OC_OK;
	script.length[OC_OP_GET] = 0;
	assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_OK);
}

/* --- READ ------------------------------------------------------------------------- */

static struct oc_read_response *read_body(struct oc_msg *response)
{
	return (struct oc_read_response *)(response + 1);
}

static void no_body(struct oc_msg *response)
{
	response->length = sizeof(*response);
}

/* Times 24, the bytes of a rowid and a row, this is the two rows that are there. */
static void too_many_rows(struct oc_msg *response)
{
	read_body(response)->nrows += 1u << 29;
}

static void one_row_less(struct oc_msg *response)
{
	read_body(response)->nrows--;
}

static void nothing_and_more_of_it(struct oc_msg *response)
{
	no_body(response);
	response->length += sizeof(struct oc_read_response);
	*read_body(response) = (struct oc_read_response) { .nrows = 0 };
}

static void test_lies_about_rows(void **state)
{
	static void (*const lies[])(struct oc_msg *response) = {
		no_body, too_many_rows, one_row_less, nothing_and_more_of_it,
	};
	struct fixture *f = *state;
	struct row row, before;

	script.stored[0] = 1;
	script.stored[1] = 2;
	memset(&before, 0xcc, sizeof(before));
	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct oc_cursor cursor;

		lie_about(f, OC_OP_READ, lies[i]);
		assert_status(open_db(f), OC_OK);
		assert_status(oc_cursor_open(&cursor, &f->db, 0), OC_OK);
		row = before;
		assert_status((int)oc_cursor_next(&cursor, &row, sizeof(row)), OC_EPROTOCOL);
		assert_memory_equal(&row, &before, sizeof(row));
		assert_status((int)oc_cursor_next(&cursor, &row, sizeof(row)), OC_EPROTOCOL);
		expect_over(f, OC_EPROTOCOL);
	}
}

/* --- LOGIN ------------------------------------------------------------------------ */

static struct oc_login_response *login_body(struct oc_msg *response)
{
	return (struct oc_login_response *)(response + 1);
}

static void another_major(struct oc_msg *response)
{
	login_body(response)->major = OC_WIRE_MAJOR + 1;
}

static void higher_minor(struct oc_msg *response)
{
	login_body(response)->minor = OC_WIRE_MINOR + 1;
}

static void tiny_message(struct oc_msg *response)
{
	login_body(response)->max_message = OC_PACKET_MIN - 8;
}

static void tiny_packet(struct oc_msg *response)
{
	login_body(response)->max_packet = OC_PACKET_MIN - 8;
}

static void huge_packet(struct oc_msg *response)
{
	login_body(response)->max_packet = OC_PACKET_MAX + 8;
}

static void session_0(struct oc_msg *response)
{
	response->session = 0;
}

static void short_login(struct oc_msg *response)
{
	response->length -= 8;
}

static void test_lies_about_the_login(void **state)
{
	static void (*const lies[])(struct oc_msg *response) = {
		another_major, higher_minor, tiny_message, tiny_packet, huge_packet, session_0,
		short_login,
	};
	struct fixture *f = *state;
	struct row row;

	for (unsigned int i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		script.nops = 0;
		lie_about(f, OC_OP_LOGIN, lies[i]);
		assert_status(open_db(f), OC_EPROTOCOL);
		assert_status(oc_db_error(&f->db)->status, OC_EPROTOCOL);
		assert_int_equal(script.nops, 1);
		assert_int_equal(script.ops[0], OC_OP_LOGIN);
		assert_status(oc_db_get(&f->db, 0, 1, &row, sizeof(row)), OC_ENOTOPEN);
	}
	lie_op = 0;
	assert_status(open_db(f), OC_OK);
}

/* --- what the caller lies about ---------------------------------------------------- */

static void test_schemas_that_cannot_be(void **state)
{
	struct fixture *f = *state;
	struct oc_table table = schema.tables[0];
	const struct oc_schema one = { .tables = &table, .ntables = 1 };
	const struct oc_schema many = { .tables = &table, .ntables = OC_TABLES_MAX + 1 };
	static const uint32_t sizes[] = { 0, 4, 12, 20, OC_ROW_MAX + 8 };
	struct oc_channel *ch = &f->pair->client;

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		table.row_size = sizes[i];
		assert_status(oc_db_open(&f->db, ch, "data", &one, f->mem, sizeof(f->mem), 0),
			      OC_EINVAL);
	}
	table.row_size = 16;
	assert_status(oc_db_open(&f->db, ch, "data", &many, f->mem, sizeof(f->mem), 0),
		      OC_EINVAL);
	table.ncolumns = 0;
	assert_status(oc_db_open(&f->db, ch, "data", &one, f->mem, sizeof(f->mem), 0), OC_EINVAL);
	table.ncolumns = OC_COLUMNS_MAX + 1;
	assert_status(oc_db_open(&f->db, ch, "data", &one, f->mem, sizeof(f->mem), 0), OC_EINVAL);
	assert_int_equal(script.nops, 0);
	assert_status(oc_db_get(&f->db, 0, 1, &table, 16), OC_ENOTOPEN);
}

/* --- whose own rows ---------------------------------------------------------------- */

/*
 * Behind the server's rows of the first transaction, and asked next in the second:
 * what the first one inserted is the server's now, and not all that it has.
 */
static void test_own_rows_of_another_transaction(void **state)
{
	static const uint32_t one[] = { 0 };
	static const int64_t first[] = { 1, 10, 11, 0 }, second[] = { 12, 20, 21, 0 };
	struct fixture *f = *state;
	struct oc_cursor cursor;
	struct row row;

	script.stored[0] = 1;
	start(f);
	insert_own(f, 2);
	assert_status(oc_cursor_open(&cursor, &f->db, 0), OC_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), first[i]);
	assert_status(oc_db_end(&f->db), OC_OK);

	for (int i = 1; i < 4; i++)
		script.stored[i] = 9 + i;
	script.next_rowid = 20;
	assert_status(oc_db_start_update(&f->db, one, 1, NULL, 0), OC_OK);
	insert_own(f, 2);
	for (int i = 0; i < 4; i++)
		assert_int_equal(oc_cursor_next(&cursor, &row, sizeof(row)), second[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRIPT_TEST(test_response_of_another_session),
		SCRIPT_TEST(test_no_session_ends_it),
		SCRIPT_TEST(test_short_error_body),
		SCRIPT_TEST(test_lies_about_rows),
		SCRIPT_TEST(test_lies_about_the_login),
		SCRIPT_TEST(test_schemas_that_cannot_be),
		SCRIPT_TEST(test_own_rows_of_another_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
