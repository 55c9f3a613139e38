// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions: what is seen, when, and by whom
 */
#include <stdio.h>
#include <string.h>

#include "protocol.h"

#define WEATHER	WEATHER_TABLE_WEATHER

static void get(unsigned int db, int64_t rowid, const char *date)
{
	struct weather_weather row;

	memset(&row, 0xcc, sizeof(row));
	expect_status(oc_db_get(&dbs[db], WEATHER, rowid, &row, sizeof(row)), OC_OK);
	expect(row.date_length == strlen(date) && !memcmp(row.date, date, row.date_length));
	expect(!memcmp(row.weather, "sun", row.weather_length) && row.weather_length == 3);
}

static int count_by_cursor(unsigned int db)
{
	struct weather_weather row;
	struct oc_cursor cursor;
	int64_t rowid, last = 0;
	int rows = 0;

	expect_status(oc_cursor_open(&cursor, &dbs[db], WEATHER), OC_OK);
	while ((rowid = oc_cursor_next(&cursor, &row, sizeof(row))) > 0) {
		expect(rowid > last);
		last = rowid;
		rows++;
	}
	expect_status((int)rowid, OC_OK);
	return rows;
}

static void test_insert_and_read(void)
{
	struct weather_weather row;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	expect(insert(0, "2012-01-01", 4.7) == 1);
	expect(insert(0, "2012-01-02", 4.5) == 2);
	expect(count_rows() == 0);
	get(0, 2, "2012-01-02");
	expect(count_by_cursor(0) == 2);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	expect(count_rows() == 2);
	get(0, 1, "2012-01-01");
	expect_status(oc_db_get(&dbs[0], WEATHER, 3, &row, sizeof(row)), OC_ENOTFOUND);
	expect(count_by_cursor(0) == 2);
	start(0);
	expect(insert(0, "2012-01-03", 2.3) == 3);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	expect_status(oc_db_close(&dbs[0]), OC_OK);
}

static void test_many_rows(void)
{
	int rows = 0;
	char date[11];

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	while (rows < 600) {
		start(0);
		for (;;) {
			snprintf(date, sizeof(date), "%d", rows);
			if (insert(0, date, rows) < 0)
				break;
			rows++;
		}
		expect_status(oc_db_error(&dbs[0])->status, OC_ECACHE_FULL);
		expect_status(oc_db_end(&dbs[0]), OC_OK);
	}
	expect(count_rows() == rows);
	expect(count_by_cursor(0) == rows);
	get(0, 500, "499");
}

static void test_rollback(void)
{
	struct weather_weather row;

	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	expect(insert(0, "x", 1) == 1);
	expect_status(oc_db_rollback(&dbs[0]), OC_OK);
	expect_status(oc_db_get(&dbs[0], WEATHER, 1, &row, sizeof(row)), OC_ENOTFOUND);
	start(0);
	expect(insert(0, "y", 1) == 1);
	expect_status(oc_db_close(&dbs[0]), OC_OK);
	expect(count_rows() == 0);
}

static void test_all_or_nothing(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	insert(0, "good", 1);
	insert(0, "bad", __builtin_nan(""));
	insert(0, "good", 1);
	expect_status(oc_db_end(&dbs[0]), OC_ECONSTRAINT);
	expect(oc_db_error(&dbs[0])->index == 1);
	expect(oc_db_error(&dbs[0])->column == 4);
	expect(count_rows() == 0);
	start(0);
	expect(insert(0, "good", 1) == 1);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
}

/* Two sessions on one channel, and one on another: a write lock excludes them all. */
static void test_locked_table(void)
{
	static const uint32_t tables[] = { WEATHER };
	struct weather_weather row;

	attach(0);
	attach(1);
	expect_status(open_db(0, 0), OC_OK);
	expect_status(open_db(1, 0), OC_OK);
	expect_status(open_db(2, 1), OC_OK);
	start(0);
	expect_status(oc_db_start_update(&dbs[1], tables, 1, NULL, 0), OC_EUNAVAILABLE);
	expect_status(oc_db_start_update(&dbs[2], tables, 1, NULL, 0), OC_EUNAVAILABLE);
	expect(oc_db_error(&dbs[2])->table == WEATHER);
	insert(0, "mine", 1);
	expect_status(oc_db_get(&dbs[2], WEATHER, 1, &row, sizeof(row)), OC_ENOTFOUND);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	get(2, 1, "mine");
	start(2);
	expect(insert(2, "yours", 1) == 2);
	expect_status(oc_db_start_update(&dbs[0], tables, 1, NULL, 0), OC_EUNAVAILABLE);
	expect_status(oc_db_rollback(&dbs[2]), OC_OK);
	start(1);
	expect_status(oc_db_close(&dbs[1]), OC_OK);
	start(0);
}

/* Another program takes the rowid that our insert was promised. */
static void test_conflict(void)
{
	attach(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	expect(insert(0, "ours", 1) == 1);
	expect(run_sql("INSERT INTO weather VALUES (1, 'd', 0.5, 0.5, 0.5, 0.5, 'fog')") == 0);
	expect_status(oc_db_end(&dbs[0]), OC_ECONFLICT);
	expect(oc_db_error(&dbs[0])->index == 0);
	expect(count_rows() == 1);
	start(0);
	expect(insert(0, "ours", 1) == 2);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	expect(count_rows() == 2);
}

static void test_message_larger_than_the_client(void)
{
	uint64_t memory[WEATHER_DB_MEM_MIN / 8];

	attach(0);
	expect_status(oc_db_open(&dbs[0], &channels[0], "weather", &weather_schema, memory,
				 sizeof(memory), 0), OC_OK);
	start(0);
	expect(insert(0, "one", 1) == 1);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	start(0);
	expect(insert(0, "two", 1) == 2);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	expect(count_by_cursor(0) == 2);
}

const struct protocol_test tests_database[] = {
	{ "insert, end, get, cursor", test_insert_and_read },
	{ "hundreds of rows in transactions as large as the memory", test_many_rows },
	{ "a rollback leaves nothing", test_rollback },
	{ "a refused row takes its transaction with it", test_all_or_nothing },
	{ "a locked table is unavailable to others", test_locked_table },
	{ "another program's insert is a conflict", test_conflict },
	{ "the least memory is enough", test_message_larger_than_the_client },
	{ NULL, NULL },
};
