// SPDX-License-Identifier: GPL-2.0-only
/*
 * One-row transactions through a channel and tfsd (two messages each), against the
 * same with SQLite in this process.
 *
 *	transactions FOLDER		scratch files, removed again
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include <oc/db.h>
#include <oc/region.h>

#include "bench.h"
#include "weather.h"

static const char *folder;

static char *path(const char *name)
{
	static char text[4][256];
	static int next;

	next = (next + 1) % 4;
	snprintf(text[next], sizeof(text[next]), "%s/%s", folder, name);
	return text[next];
}

static void remove_files(const char *database)
{
	static const char *const endings[] = { "", "-wal", "-shm" };
	char name[300];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path(database), endings[i]);
		unlink(name);
	}
}

static struct weather_weather row = {
	.date_length = 10, .date = "2012-01-01", .wind = 4.7, .weather_length = 3, .weather = "sun",
};

/*
 * One way of measuring: lazy, where both sides spin on a processor each; full, where
 * the disk is waited for, both sides sleep, and tfsd's sync thread needs a processor.
 */
struct way {
	const char *durability;
	const char *wait;
	enum oc_wait client_wait;
	bool pinned;
	const char *pragma;
	int rows;
};

static const struct way lazy = {
	"lazy", "busy", OC_WAIT_BUSY, true, "PRAGMA synchronous = NORMAL", 4000,
};

static const struct way full = {
	"full", "sleep", OC_WAIT_SLEEP, false, "PRAGMA synchronous = FULL", 400,
};

static pid_t start_tfsd(const struct way *way)
{
	char file[300], database[300], level[64], wait[64], log[300];
	pid_t pid = fork();

	bench_need(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bench_need(way->pinned ? bench_pin(1) : bench_unpin(), "cannot pin tfsd");
	snprintf(file, sizeof(file), "file=%s", path("region"));
	snprintf(database, sizeof(database), "database.weather.file=%s", path("ours.db"));
	snprintf(level, sizeof(level), "durability=%s", way->durability);
	snprintf(wait, sizeof(wait), "wait=%s", way->wait);
	snprintf(log, sizeof(log), "log=%s", path("tfsd.log"));
	execl("build/host/tfsd", "tfsd", "-f", "/dev/null", "-o", file, "-o", "channels=1", "-o",
	      database, "-o", "database.weather.schema=tests/data/weather.sql", "-o", level, "-o",
	      wait, "-o", log, NULL);
	_exit(127);
}

static double transact(struct oc_db *db, int n)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	double from = bench_seconds();

	for (int i = 0; i < n; i++) {
		bench_need(oc_db_start_update(db, tables, 1, NULL, 0) == OC_OK, "start");
		bench_need(oc_db_insert(db, 0, &row, sizeof(row)) > 0, "insert");
		bench_need(oc_db_end(db) == OC_OK, "end");
	}
	return n / (bench_seconds() - from);
}

static double measure_ours(const struct way *way)
{
	static uint64_t memory[WEATHER_DB_MEM_MIN / 8 + 64];
	struct oc_uri uri = { .channel = 0, .stride = 65536, .wait = way->client_wait };
	struct oc_channel channel = { .state = 0 };
	struct oc_region region = { .fd = -1 };
	struct oc_ladder ladder;
	struct oc_port port;
	struct oc_db db;
	double rate;
	int status = OC_EREGION;
	pid_t pid;

	strcpy(uri.file, path("region"));
	pid = start_tfsd(way);
	for (int i = 0; status != OC_OK && i < 500; i++) {
		status = oc_region_open(&region, &uri);
		if (status != OC_OK)
			usleep(10000);
	}
	bench_need(status == OC_OK, "region");
	oc_ladder_init(&ladder, way->client_wait, region.line);
	oc_port_linux(&port, &ladder);
	bench_need(oc_channel_attach(&channel, region.base, &port, region.owner, 10000) == OC_OK,
		   "attach");
	bench_need(oc_db_open(&db, &channel, "weather", &weather_schema, memory, sizeof(memory),
			      0) == OC_OK, "open");
	rate = transact(&db, way->rows);
	bench_need(oc_db_close(&db) == OC_OK, "close");
	oc_channel_detach(&channel);
	oc_region_close(&region);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	unlink(path("region"));
	remove_files("ours.db");
	return rate;
}

static void bind_row(sqlite3_stmt *statement)
{
	sqlite3_bind_text(statement, 1, row.date, row.date_length, SQLITE_STATIC);
	sqlite3_bind_double(statement, 2, row.precipitation);
	sqlite3_bind_double(statement, 3, row.temp_max);
	sqlite3_bind_double(statement, 4, row.temp_min);
	sqlite3_bind_double(statement, 5, row.wind);
	sqlite3_bind_text(statement, 6, row.weather, row.weather_length, SQLITE_STATIC);
}

static void run_sql(sqlite3 *db, const char *sql)
{
	bench_need(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(db));
}

static char *read_schema(void)
{
	static char text[8192];
	FILE *file = fopen("tests/data/weather.sql", "r");

	bench_need(file, "tests/data/weather.sql");
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

static double measure_sqlite(const struct way *way)
{
	sqlite3_stmt *statement;
	double from;
	sqlite3 *db;

	bench_need(sqlite3_open(path("theirs.db"), &db) == SQLITE_OK, "theirs.db");
	run_sql(db, "PRAGMA journal_mode = WAL");
	run_sql(db, way->pragma);
	run_sql(db, read_schema());
	bench_need(sqlite3_prepare_v2(db, "INSERT INTO weather VALUES (NULL,?,?,?,?,?,?)", -1,
				      &statement, NULL) == SQLITE_OK, "prepare");
	from = bench_seconds();
	for (int i = 0; i < way->rows; i++) {
		bind_row(statement);
		bench_need(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(db));
		sqlite3_reset(statement);
	}
	from = bench_seconds() - from;
	sqlite3_finalize(statement);
	sqlite3_close(db);
	remove_files("theirs.db");
	return way->rows / from;
}

static void compare(const char *what, const char *reference, const struct way *way)
{
	double ours[BENCH_ROUNDS], theirs[BENCH_ROUNDS];

	for (int i = 0; i < BENCH_ROUNDS; i++) {
		ours[i] = measure_ours(way);
		theirs[i] = measure_sqlite(way);
	}
	bench_row(what, ours, reference, theirs, BENCH_ROUNDS, "tx/s");
}

int main(int argc, char **argv)
{
	bench_need(argc == 2, "usage: transactions FOLDER");
	folder = argv[1];
	bench_need(bench_pin(0), "cannot pin to a processor");
	compare("one-row transactions, lazy", "SQLite in process, WAL, NORMAL", &lazy);
	compare("one-row transactions, full", "SQLite in process, WAL, FULL", &full);
	return 0;
}
