/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protocol.h: the protocol's tests, the same over every kind of memory
 *
 * A fixture is a tfsd and a way to its channels: in this process over the heap
 * (fixture_heap.c), or a process of its own over a memory file or the driver's
 * devices (fixture_process.c). The tests do not know which.
 */
#ifndef TESTS_PROTOCOL_H
#define TESTS_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/tfs_shm_poll.h>

#include <oc/db.h>

#include "weather.h"	/* by tfs compile, from tests/data/weather.sql */

#define CHANNELS	2

/* --- the fixture ---------------------------------------------------------------- */

extern const char *const fixture_name;

/* Starts a server for both channels on an empty database. @argument: see main(). */
void fixture_begin(const char *argument);
void fixture_end(void);

/* The memory of a channel, opened in the client's role, and the port that goes with it. */
void *fixture_base(unsigned int channel);
const struct oc_port *fixture_port(unsigned int channel);
uint32_t fixture_owner(unsigned int channel);

/* The file that the server keeps its rows in. */
const char *fixture_database(void);

/* The server ends without a word, as by SIGKILL; the next begins on what it left. */
void fixture_kill_server(void);
void fixture_start_server(void);

/*
 * The server is asked to stop, as by SIGTERM, or SIGINT if @fast; wait is over when it has.
 * True: cleanly.
 */
void fixture_stop_server(bool fast);
bool fixture_wait_server(void);

/* A second server on the same channels: OC_OK, or why it did not start. */
int fixture_second_server(void);

/* --- results -------------------------------------------------------------------- */

/* TAP: one line a test. expect() ends the test that it fails in. */
void expect_status_at(const char *file, int line, const char *what, int got, int wanted);
void expect_true_at(const char *file, int line, const char *what, bool good);
#define expect_status(call, wanted) \
	expect_status_at(__FILE__, __LINE__, #call, call, wanted)
#define expect(condition) expect_true_at(__FILE__, __LINE__, #condition, condition)

/* Where a test of many steps is; printed if it fails. */
void test_note(const char *where);

/* --- what tests are made of ------------------------------------------------------ */

/* Each test starts with detached channels and closed handles, and an empty table. */
extern struct oc_channel channels[CHANNELS];
extern struct oc_db dbs[3];

struct tfs_shm_poll_header *header(unsigned int channel);
uint8_t *buffer(unsigned int channel);

void attach(unsigned int channel);
int open_db(unsigned int db, unsigned int channel);
void start(unsigned int db);
int64_t insert(unsigned int db, const char *date, double wind);

/* Rows that another program sees in the server's file. */
int count_rows(void);

/* Runs SQL in the server's file as another program would; 0, or SQLite's code. */
int run_sql(const char *sql);

/* The packet in the buffer goes to the server, and what it sent last goes back. */
void give_packet(unsigned int channel, uint32_t size);

/* Waits, with the server at work, until size_from_tfs is set; copies the answer's header. */
struct oc_msg take_answer(unsigned int channel);

/* Lets the server work until it has taken what we gave it, or a while has passed. */
void let_serve(unsigned int channel);

struct protocol_test {
	const char *name;
	void (*run)(void);
};

extern const struct protocol_test tests_messages[];
extern const struct protocol_test tests_refusals[];
extern const struct protocol_test tests_cancel[];
extern const struct protocol_test tests_database[];
extern const struct protocol_test tests_deaths[];
extern const struct protocol_test tests_takeover[];
extern const struct protocol_test tests_sharing[];
extern const struct protocol_test tests_sql[];

#endif /* TESTS_PROTOCOL_H */
