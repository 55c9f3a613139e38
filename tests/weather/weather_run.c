// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stddef.h>

#include <oc/db.h>

#include "weather_run.h"

int memcmp(const void *a, const void *b, size_t size);

#define CLIENT_ID	0x5ea77e

struct run {
	struct oc_db db;
	const struct weather_observer *observer;
	int64_t first_rowid;
};

static bool failed(const struct run *run, const char *what, uint32_t row, int status)
{
	run->observer->failed(run->observer->ctx, what, row, status);
	return false;
}

/* Inserts from row @from on until the memory is full; the row behind the last, or 0. */
static uint32_t insert_rows(struct run *run, uint32_t from)
{
	uint32_t row;
	int64_t rowid;

	for (row = from; row < weather_row_count; row++) {
		rowid = oc_db_insert(&run->db, WEATHER_TABLE_WEATHER, &weather_rows[row],
				     sizeof(weather_rows[row]));
		if (rowid == OC_ECACHE_FULL && row > from)
			return row;
		if (rowid < 0)
			return failed(run, "insert", row, (int)rowid);
		if (row == 0)
			run->first_rowid = rowid;
		if (rowid != run->first_rowid + row)
			return failed(run, "rowid follows the one before", row, OC_OK);
	}
	return row;
}

static bool insert_all(struct run *run)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	uint32_t row, next;
	int status;

	for (row = 0; row < weather_row_count; row = next) {
		status = oc_db_start_update(&run->db, tables, 1, NULL, 0);
		if (status)
			return failed(run, "start_update", row, status);
		next = insert_rows(run, row);
		if (!next)
			return false;
		status = oc_db_end(&run->db);
		if (status)
			return failed(run, "end", row, status);
		run->observer->stored(run->observer->ctx, next, weather_row_count);
	}
	return true;
}

/* The four numbers lie between the texts; bit for bit, so that -0.0 is not 0.0. */
static bool same(const struct weather_weather *a, const struct weather_weather *b)
{
	return a->date_length == b->date_length &&
	       !memcmp(a->date, b->date, a->date_length) &&
	       !memcmp(&a->precipitation, &b->precipitation,
		       offsetof(struct weather_weather, weather_length) -
		       offsetof(struct weather_weather, precipitation)) &&
	       a->weather_length == b->weather_length &&
	       !memcmp(a->weather, b->weather, a->weather_length);
}

static bool get_some(struct run *run)
{
	struct weather_weather got;
	uint32_t row;
	int status;

	for (row = 0; row < weather_row_count; row += 100) {
		status = oc_db_get(&run->db, WEATHER_TABLE_WEATHER, run->first_rowid + row, &got,
				   sizeof(got));
		if (status)
			return failed(run, "get", row, status);
		if (!same(&got, &weather_rows[row]))
			return failed(run, "compare after get", row, OC_OK);
	}
	return true;
}

static bool read_all(struct run *run)
{
	struct weather_weather got;
	struct oc_cursor cursor;
	uint32_t row = 0;
	int64_t rowid;
	int status;

	status = oc_cursor_open(&cursor, &run->db, WEATHER_TABLE_WEATHER);
	if (status)
		return failed(run, "cursor_open", 0, status);
	while ((rowid = oc_cursor_next(&cursor, &got, sizeof(got))) > 0) {
		if (rowid < run->first_rowid)
			continue;	/* of an earlier run */
		if (row == weather_row_count)
			return failed(run, "end of the table", row, OC_OK);
		if (rowid != run->first_rowid + row || !same(&got, &weather_rows[row]))
			return failed(run, "compare by cursor", row, OC_OK);
		row++;
	}
	if (rowid < 0)
		return failed(run, "cursor_next", row, (int)rowid);
	return row == weather_row_count || failed(run, "count by cursor", row, OC_OK);
}

bool weather_run(struct oc_channel *channel, void *mem, uint32_t size,
		 const struct weather_observer *observer)
{
	struct run run = { .observer = observer };
	bool good;
	int status;

	status = oc_db_open(&run.db, channel, "weather", &weather_schema, mem, size, CLIENT_ID);
	if (status)
		return failed(&run, "open", 0, status);
	good = insert_all(&run) && get_some(&run) && read_all(&run);
	status = oc_db_close(&run.db);
	if (good && status)
		return failed(&run, "close", weather_row_count, status);
	return good;
}
