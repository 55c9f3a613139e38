/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test application: puts four years of weather into a database and reads them
 * back. It knows no operating system; firmware and a Linux process run the same.
 */
#ifndef TEST_WEATHER_RUN_H
#define TEST_WEATHER_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/channel.h>

#include "weather.h"	/* by tfs compile, from tests/data/weather.sql */

/* By rows.awk, from tests/data/seattle-weather.csv */
extern const struct weather_weather weather_rows[];
extern const uint32_t weather_row_count;

/**
 * struct weather_observer - what happens, as it happens
 * @stored: a transaction was committed; so many rows of all are in
 * @failed: the run ends: what was tried, with which row, and why. @status is OC_OK
 *          where a row that was read back is not the one that was written.
 */
struct weather_observer {
	void (*stored)(void *ctx, uint32_t rows, uint32_t all);
	void (*failed)(void *ctx, const char *what, uint32_t row, int status);
	void *ctx;
};

/*
 * Inserts all rows into database "weather", as many a transaction as fit into @mem,
 * which is as for oc_db_open(). Then gets each hundredth by its rowid, reads all by
 * a cursor, compares, and closes. True if all went well; false after failed().
 */
bool weather_run(struct oc_channel *channel, void *mem, uint32_t size,
		 const struct weather_observer *observer);

#endif
