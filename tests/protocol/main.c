// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c: runs every test, prints TAP
 *
 *	protocol_heap
 *	protocol_process [file|device]
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "protocol.h"

struct oc_channel channels[CHANNELS];
struct oc_db dbs[3];

static uint64_t memories[3][4096 / 8];
static jmp_buf test_failed;
static const char *note;	/* where in a test of many steps */
static unsigned int count, failures;

void test_note(const char *where)
{
	note = where;
}

static void print_note(void)
{
	if (note)
		printf("# at: %s\n", note);
}

void expect_true_at(const char *file, int line, const char *what, bool good)
{
	if (good)
		return;
	print_note();
	printf("# %s:%d: %s\n", file, line, what);
	longjmp(test_failed, 1);
}

void expect_status_at(const char *file, int line, const char *what, int got, int wanted)
{
	if (got == wanted)
		return;
	print_note();
	printf("# %s:%d: %s is %s, not %s\n", file, line, what, oc_status_name(got),
	       oc_status_name(wanted));
	longjmp(test_failed, 1);
}

struct tfs_shm_poll_header *header(unsigned int channel)
{
	return fixture_base(channel);
}

uint8_t *buffer(unsigned int channel)
{
	return (uint8_t *)fixture_base(channel) + TFS_SHM_POLL_HEADER_SIZE;
}

void attach(unsigned int channel)
{
	expect_status(oc_channel_attach(&channels[channel], fixture_base(channel),
					fixture_port(channel), fixture_owner(channel), 20000),
		      OC_OK);
}

/* A table that is locked is an answer at once: nobody else is there to unlock it. */
int open_db(unsigned int db, unsigned int channel)
{
	int status = oc_db_open(&dbs[db], &channels[channel], "weather", &weather_schema,
				memories[db], sizeof(memories[db]), db + 1);

	return status == OC_OK ? oc_db_set_timeout(&dbs[db], 0) : status;
}

void start(unsigned int db)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };

	expect_status(oc_db_start_update(&dbs[db], tables, 1, NULL, 0), OC_OK);
}

int64_t insert(unsigned int db, const char *date, double wind)
{
	struct weather_weather row = {
		.date_length = strlen(date), .wind = wind, .weather_length = 3, .weather = "sun",
	};

	memcpy(row.date, date, row.date_length);
	return oc_db_insert(&dbs[db], WEATHER_TABLE_WEATHER, &row, sizeof(row));
}

static sqlite3 *open_other(void)
{
	sqlite3 *other = NULL;

	expect(sqlite3_open_v2(fixture_database(), &other, SQLITE_OPEN_READWRITE, NULL) == 0);
	sqlite3_busy_timeout(other, 5000);
	return other;
}

int run_sql(const char *sql)
{
	sqlite3 *other = open_other();
	int code = sqlite3_exec(other, "PRAGMA wal_autocheckpoint = 0", NULL, NULL, NULL);

	if (!code)
		code = sqlite3_exec(other, sql, NULL, NULL, NULL);
	sqlite3_close(other);
	return code;
}

int count_rows(void)
{
	sqlite3 *other = open_other();
	sqlite3_stmt *statement = NULL;
	int rows = -1;

	sqlite3_prepare_v2(other, "SELECT count(*) FROM weather", -1, &statement, NULL);
	if (sqlite3_step(statement) == SQLITE_ROW)
		rows = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(other);
	return rows;
}

void give_packet(unsigned int channel, uint32_t size)
{
	if (__atomic_load_n(&header(channel)->size_from_tfs, __ATOMIC_RELAXED))
		__atomic_store_n(&header(channel)->size_from_tfs, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&header(channel)->size_to_tfs, size, __ATOMIC_RELEASE);
}

struct oc_msg take_answer(unsigned int channel)
{
	const struct oc_port *port = fixture_port(channel);
	struct oc_msg msg;

	for (uint32_t turn = 0; !__atomic_load_n(&header(channel)->size_from_tfs,
						 __ATOMIC_ACQUIRE); turn++) {
		expect(turn < 100000);
		port->pause(port->ctx, turn);
	}
	memcpy(&msg, buffer(channel), sizeof(msg));
	__atomic_store_n(&header(channel)->size_from_tfs, 0, __ATOMIC_RELEASE);
	return msg;
}

/* A packet, or the word that the client has gone. */
static bool something_to_take(unsigned int channel)
{
	const struct tfs_shm_poll_header *h = header(channel);
	uint32_t sw = __atomic_load_n(&h->server_word, __ATOMIC_ACQUIRE);
	uint32_t cw = __atomic_load_n(&h->client_word, __ATOMIC_ACQUIRE);

	if (__atomic_load_n(&h->size_to_tfs, __ATOMIC_ACQUIRE))
		return true;
	return sw & TFS_SHM_POLL_SW_HELD && cw & TFS_SHM_POLL_CW_DETACHED &&
	       cw >> TFS_SHM_POLL_CW_TAG_SHIFT ==
	       (sw & TFS_SHM_POLL_SW_EPOCH_MASK) >> TFS_SHM_POLL_SW_EPOCH_SHIFT;
}

void let_serve(unsigned int channel)
{
	const struct oc_port *port = fixture_port(channel);
	uint32_t from = port->now_us(port->ctx);

	for (uint32_t turn = 0; something_to_take(channel); turn++) {
		if (turn >= 400 && port->now_us(port->ctx) - from >= 200000)
			break;
		port->pause(port->ctx, turn);
	}
}

/* A test may leave anything behind; the next one must not see it. */
static void clean_up(void)
{
	for (unsigned int c = 0; c < CHANNELS; c++) {
		oc_channel_detach(&channels[c]);
		memset(&channels[c], 0, sizeof(channels[c]));
		let_serve(c);
	}
	memset(dbs, 0, sizeof(dbs));
	expect(run_sql("DELETE FROM weather") == 0);
}

static void run_test(const struct protocol_test *test)
{
	volatile bool good = false;

	note = NULL;
	if (!setjmp(test_failed)) {
		clean_up();
		test->run();
		good = true;
	}
	failures += !good;
	printf("%sok %u - %s: %s\n", good ? "" : "not ", ++count, fixture_name, test->name);
	fflush(stdout);
}

/* The server ends as it should, or that is one more failure. */
static void end(void)
{
	volatile bool good = false;

	if (!setjmp(test_failed)) {
		attach(0);	/* a server that has just been started does serve by now */
		oc_channel_detach(&channels[0]);
		fixture_end();
		good = true;
	}
	failures += !good;
	printf("%sok %u - %s: a clean end\n", good ? "" : "not ", ++count, fixture_name);
	fflush(stdout);
}

static void run_tests(const struct protocol_test *tests)
{
	for (; tests->name; tests++)
		run_test(tests);
}

int main(int argc, char **argv)
{
	if (setjmp(test_failed)) {
		puts("Bail out! the server does not start");
		return 1;
	}
	fixture_begin(argc > 1 ? argv[1] : NULL);
	attach(0);	/* a server that answers has made its database */
	run_tests(tests_messages);
	run_tests(tests_refusals);
	run_tests(tests_cancel);
	run_tests(tests_database);
	run_tests(tests_deaths);
	run_tests(tests_takeover);
	run_tests(tests_sharing);
	run_tests(tests_sql);
	end();
	printf("1..%u\n", count);
	return failures ? 1 : 0;
}
