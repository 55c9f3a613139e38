// SPDX-License-Identifier: GPL-2.0-only
/*
 * GET and READ: what is refused, and that no response is longer than it may be
 */
#include "../../tools/tfsd/request.h"
#include "tfsd_fixture.h"

#define MANY	"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "

static int get(struct tfsd *d, uint32_t session, uint32_t table, int64_t rowid)
{
	const struct oc_get_request body = { .table = table, .rowid = rowid };

	return raw(d, OC_OP_GET, session, &body, sizeof(body));
}

static int read_rows(struct tfsd *d, uint32_t session, uint32_t table, uint32_t max_rows)
{
	const struct oc_read_request body = { .table = table, .max_rows = max_rows };

	return raw(d, OC_OP_READ, session, &body, sizeof(body));
}

static uint32_t open_all(struct tfsd *d, uint32_t max_message)
{
	static const uint32_t tables[] = { KINDS, FLAGS, ORDER };
	uint32_t session = log_in(d, max_message);

	assert_status(open_tables(d, session, tables, 3), OC_OK);
	return session;
}

/* A client may take more than the server has room for. */
static void test_read_by_a_client_without_limits(void **state)
{
	const uint32_t rows = (TFSD_MAX_MESSAGE - sizeof(struct oc_msg) -
			       sizeof(struct oc_read_response)) / 24;
	struct tfsd *d = *state;
	const struct oc_read_response *answer = response_at(d);
	uint32_t session = open_all(d, 0x40000000);

	run_sql(d, MANY "INSERT INTO \"order\" (id) SELECT i FROM n");
	assert_status(read_rows(d, session, ORDER, 0xffffffff), OC_OK);
	assert_int_equal(answer->nrows, rows);
	assert_int_equal(answer->flags, 0);
	assert_int_equal(response_size(d), sizeof(*answer) + 24 * rows);
	assert_true(d->response->length <= TFSD_MAX_MESSAGE);
}

static void test_read_fills_what_the_client_takes(void **state)
{
	struct tfsd *d = *state;
	const struct oc_read_response *answer = response_at(d);

	run_sql(d, MANY "INSERT INTO \"order\" (id) SELECT i FROM n");
	for (uint32_t rows = 1; rows <= 2; rows++) {
		uint32_t least = sizeof(struct oc_msg) + sizeof(*answer) + 24 * rows;

		assert_status(read_rows(d, open_all(d, least), ORDER, 5), OC_OK);
		assert_int_equal(answer->nrows, rows);
		assert_int_equal(d->response->length, least);
	}
	assert_status(read_rows(d, open_all(d, 1024), ORDER, 3), OC_OK);
	assert_int_equal(answer->nrows, 3);
}

/* Not one row fits; then what else is wrong counts first. */
static void test_read_of_a_row_that_is_too_long(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = open_all(d, 48);

	assert_status(read_rows(d, session, ORDER, 1), OC_ETOOBIG);
	assert_status(read_rows(d, session, KINDS, 1), OC_ETOOBIG);
	assert_status(read_rows(d, session, ORDER, 0), OC_EINVAL);
	assert_status(read_rows(d, session, 3, 0), OC_ENOTABLE);
	assert_status(read_rows(d, session, FLAGS, 1), OC_OK);
	assert_int_equal(((const struct oc_read_response *)response_at(d))->flags, OC_READ_END);
}

static void test_get_of_a_row_that_is_too_long(void **state)
{
	struct tfsd *d = *state;
	uint32_t session = open_all(d, 40);

	assert_status(get(d, session, KINDS, 1), OC_ETOOBIG);
	assert_int_equal(d->response->length, 40);
	run_sql(d, "INSERT INTO \"order\" (id) VALUES (1)");
	assert_status(get(d, session, ORDER, 1), OC_OK);
	assert_int_equal(response_size(d), sizeof(struct kinds_order));
}

static void test_bodies_of_another_length(void **state)
{
	static const uint64_t body[3] = { ORDER | 1ull << 32 };
	const struct oc_get_request good = { .table = ORDER, .rowid = 1 };
	uint64_t longer[3] = { 0 };
	struct tfsd *d = *state;
	uint32_t session = log_in_and_open(d);

	run_sql(d, "INSERT INTO \"order\" (id) VALUES (1)");
	memcpy(longer, &good, sizeof(good));
	assert_status(raw(d, OC_OP_GET, session, longer, 24), OC_EPROTOCOL);
	assert_status(raw(d, OC_OP_GET, session, longer, 8), OC_EPROTOCOL);
	assert_status(raw(d, OC_OP_GET, session, longer, 16), OC_OK);
	assert_status(raw(d, OC_OP_READ, session, body, 24), OC_EPROTOCOL);
	assert_status(raw(d, OC_OP_READ, session, body, 8), OC_EPROTOCOL);
	assert_status(raw(d, OC_OP_READ, session, body, 16), OC_OK);
}

/* No handler asks for so much; one that did must not get a wrapped size's worth. */
static void test_padding_does_not_wrap(void **state)
{
	static const uint32_t sizes[] = { 17, 0xfffffff8, 0xfffffff9, 0xffffffff };
	const uint8_t bytes[16] = { 0 };
	struct body body = { .at = bytes, .left = sizeof(bytes) };

	(void)state;
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_null(body_take_padded(&body, sizes[i]));
		assert_null(body_take(&body, sizes[i]));
		assert_ptr_equal(body.at, bytes);
		assert_int_equal(body.left, sizeof(bytes));
	}
	assert_ptr_equal(body_take_padded(&body, 9), bytes);
	assert_int_equal(body.left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TFSD_TEST(test_read_by_a_client_without_limits),
		TFSD_TEST(test_read_fills_what_the_client_takes),
		TFSD_TEST(test_read_of_a_row_that_is_too_long),
		TFSD_TEST(test_get_of_a_row_that_is_too_long),
		TFSD_TEST(test_bodies_of_another_length),
		cmocka_unit_test(test_padding_does_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
