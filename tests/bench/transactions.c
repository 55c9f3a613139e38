// SPDX-License-Identifier: GPL-2.0-only
/*
 * One-row transactions: through a channel and tfsd, two messages each, or with SQLite in
 * this process.
 *
 *	transactions tfsd|sqlite lazy|full FOLDER	scratch files, removed again
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include <oc/bell.h>
#include <oc/db.h>
#include <oc/region.h>

#include "extern.h"
#include "weather.h"

#define TFSD	"build/host/tfsd"

/*
 * How it is measured: lazy, where both ends spin on a processor each; full, where the
 * disk is waited for, both sleep, and tfsd's sync thread needs a processor.
 */
struct way {
	const char *durability;
	const char *wait;
	enum oc_wait client_wait;
	bool pinned;
	const char *pragma;
};

static const struct way ways[] = {
	{ "lazy", "busy", OC_WAIT_BUSY, true, "PRAGMA synchronous = NORMAL" },
	{ "full", "sleep", OC_WAIT_SLEEP, false, "PRAGMA synchronous = FULL" },
};

static const struct way *way;
static const char *folder;

static struct weather_weather row = {
	.date_length = 10, .date = "2012-01-01", .wind = 4.7, .weather_length = 3, .weather = "sun",
};

static void need(bool good, const char *what)
{
	if (!good)
		extern_cannot(what);
}

/* Of this way alone: both ways, and both programs, run at once. */
static char *path(const char *name)
{
	static char text[4][256];
	static int next;

	next = (next + 1) % 4;
	snprintf(text[next], sizeof(text[next]), "%s/%s-%s", folder, way->durability, name);
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

/* --- through tfsd ----------------------------------------------------------------------- */

static struct {
	pid_t pid;
	struct oc_channel channel;
	struct oc_region region;
	struct oc_bell bell;
	struct oc_ladder ladder;
	struct oc_port port;
	struct oc_sleeper sleeper;
	struct oc_db db;
	uint64_t memory[WEATHER_DB_MEM_MIN / 8 + 64];
} ours = {
	.region = { .fd = -1 },
	.bell = { .fd = -1 },
	.sleeper = { .bell = &ours.bell, .ladder = &ours.ladder, .channel = &ours.channel },
};

static void start_tfsd(void)
{
	char file[300], database[300], level[64], wait[64], log[300];

	ours.pid = fork();
	need(ours.pid >= 0, "fork failed");
	if (ours.pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!(way->pinned ? extern_pin(true) : extern_unpin()))
		_exit(127);
	snprintf(file, sizeof(file), "file=%s", path("region"));
	snprintf(database, sizeof(database), "database.weather.file=%s", path("ours.db"));
	snprintf(level, sizeof(level), "durability=%s", way->durability);
	snprintf(wait, sizeof(wait), "wait=%s", way->wait);
	snprintf(log, sizeof(log), "log=%s", path("tfsd.log"));
	execl(TFSD, "tfsd", "-f", "/dev/null", "-o", file, "-o", "channels=1", "-o", database,
	      "-o", "database.weather.schema=tests/data/weather.sql", "-o", level, "-o", wait,
	      "-o", log, NULL);
	_exit(127);
}

/* Others need the processor in between. */
static void run_tfsd(bool run)
{
	kill(ours.pid, run ? SIGCONT : SIGSTOP);
	if (!run)
		waitpid(ours.pid, NULL, WUNTRACED);
}

static void open_tfsd(void)
{
	struct oc_uri uri = { .channel = 0, .stride = 65536, .wait = way->client_wait };
	int status = OC_EREGION;

	strcpy(uri.file, path("region"));
	start_tfsd();
	for (int i = 0; status != OC_OK && i < 500; i++) {
		status = oc_region_open(&ours.region, &uri);
		if (status != OC_OK)
			usleep(10000);
	}
	need(status == OC_OK, "no memory file of tfsd's");
	oc_ladder_init(&ours.ladder, way->client_wait, ours.region.line);
	oc_port_linux(&ours.port, &ours.ladder);
	need(oc_bell_open(&ours.bell, &ours.region, &uri) == OC_OK, "no bells");
	oc_port_linux_bell(&ours.port, &ours.sleeper);
	need(oc_channel_attach(&ours.channel, ours.region.base, &ours.port, ours.region.owner,
			       10000) == OC_OK, "tfsd does not answer");
	need(oc_db_open(&ours.db, &ours.channel, "weather", &weather_schema, ours.memory,
			sizeof(ours.memory), 0) == OC_OK, "tfsd has no database");
	run_tfsd(false);
}

static double transact_tfsd(uint64_t n)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	double from = extern_seconds();

	while (n--)
		if (oc_db_start_update(&ours.db, tables, 1, NULL, 0) != OC_OK ||
		    oc_db_insert(&ours.db, 0, &row, sizeof(row)) <= 0 ||
		    oc_db_end(&ours.db) != OC_OK)
			return -1;
	return extern_seconds() - from;
}

static void close_tfsd(void)
{
	run_tfsd(true);
	oc_db_close(&ours.db);
	oc_channel_detach(&ours.channel);
	oc_bell_close(&ours.bell);
	oc_region_close(&ours.region);
	kill(ours.pid, SIGTERM);
	waitpid(ours.pid, NULL, 0);
	unlink(path("region"));
	unlink(path("region.0.server"));
	unlink(path("region.0.client"));
	unlink(path("tfsd.log"));
	remove_files("ours.db");
}

/* --- in process --------------------------------------------------------------------------- */

static struct sqlite3 *theirs;
static struct sqlite3_stmt *insert;

static void run_sql(const char *sql)
{
	need(sqlite3_exec(theirs, sql, NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(theirs));
}

static char *read_schema(void)
{
	static char text[8192];
	FILE *file = fopen("tests/data/weather.sql", "r");

	need(file, "no tests/data/weather.sql here");
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

static void open_sqlite(void)
{
	need(sqlite3_open(path("theirs.db"), &theirs) == SQLITE_OK, "theirs.db");
	run_sql("PRAGMA journal_mode = WAL");
	run_sql(way->pragma);
	run_sql(read_schema());
	need(sqlite3_prepare_v2(theirs, "INSERT INTO weather VALUES (NULL,?,?,?,?,?,?)", -1,
				&insert, NULL) == SQLITE_OK, sqlite3_errmsg(theirs));
}

static bool insert_row(void)
{
	sqlite3_bind_text(insert, 1, row.date, row.date_length, SQLITE_STATIC);
	sqlite3_bind_double(insert, 2, row.precipitation);
	sqlite3_bind_double(insert, 3, row.temp_max);
	sqlite3_bind_double(insert, 4, row.temp_min);
	sqlite3_bind_double(insert, 5, row.wind);
	sqlite3_bind_text(insert, 6, row.weather, row.weather_length, SQLITE_STATIC);
	return sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
}

static double transact_sqlite(uint64_t n)
{
	double from = extern_seconds();

	while (n--)
		if (!insert_row())
			return -1;
	return extern_seconds() - from;
}

static void close_sqlite(void)
{
	sqlite3_finalize(insert);
	sqlite3_close(theirs);
	remove_files("theirs.db");
}

static const struct {
	const char *name;
	void (*open)(void);
	double (*transact)(uint64_t n);
	void (*turn)(bool ours);
	void (*close)(void);
} stores[] = {
	{ "tfsd", open_tfsd, transact_tfsd, run_tfsd, close_tfsd },
	{ "sqlite", open_sqlite, transact_sqlite, NULL, close_sqlite },
};

int main(int argc, char **argv)
{
	int store, status;

	need(argc == 4, "usage: transactions tfsd|sqlite lazy|full FOLDER");
	store = strcmp(argv[1], "tfsd") != 0;
	way = &ways[strcmp(argv[2], "lazy") != 0];
	folder = argv[3];
	need(!(way->pinned && extern_alone()), "it needs two processors");
	need(!(way->pinned && !extern_pin(false)), "cannot stay on a processor");
	if (!way->pinned)
		extern_unpin();
	stores[store].open();
	status = extern_run(stores[store].transact, stores[store].turn);
	stores[store].close();
	return status;
}
