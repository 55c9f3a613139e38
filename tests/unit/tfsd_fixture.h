/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tfsd_fixture.h: tfsd's handlers in this process, one channel, and a client that sends
 * any bytes it likes. The tables are those of tests/data/kinds.sql.
 */
#ifndef TFSD_FIXTURE_H
#define TFSD_FIXTURE_H

#include <oc/channel.h>
#include <oc/latch.h>

#include "../../tools/tfsd/channel.h"
#include "kinds.h"
#include "unit.h"

#define TFSD_MAX_MESSAGE	8192	/* what the server takes and sends at most */
#define TFSD_MAX_SESSIONS	3

#define KINDS	KINDS_TABLE_KINDS
#define FLAGS	KINDS_TABLE_FLAGS
#define ORDER	KINDS_TABLE_ORDER

struct tfsd {
	char dir[32];
	char file[48];
	struct config *config;
	struct databases databases;
	struct database_conns conns;
	uint32_t next_session;
	struct oc_latch wake;
	void *memory;
	struct channel channel;
	struct oc_port port;
	struct oc_channel client;
	struct oc_msg *request;
	struct oc_msg *response;	/* to the last request */
	void *other;			/* the program that has the file locked */
};

/* cmocka's setup and teardown; the durability is lazy, or full. */
int tfsd_make(void **state);
int tfsd_make_full(void **state);
int tfsd_remove(void **state);

#define TFSD_TEST(name) cmocka_unit_test_setup_teardown(name, tfsd_make, tfsd_remove)
#define TFSD_TEST_FULL(name) cmocka_unit_test_setup_teardown(name, tfsd_make_full, tfsd_remove)

/* A request's body as it grows. */
struct bytes {
	_Alignas(8) uint8_t at[4096];
	uint32_t n;
};

/* Appends, and zeroes up to the next multiple of 8. */
void bytes_put(struct bytes *bytes, const void *from, uint32_t n);

/* Sends a body as it is, waits for the response and returns its status. */
int raw(struct tfsd *d, uint16_t op, uint32_t session, const void *body, uint32_t size);
int raw_bytes(struct tfsd *d, uint16_t op, uint32_t session, const struct bytes *bytes);

static inline const void *response_at(const struct tfsd *d)
{
	return d->response + 1;
}

static inline uint32_t response_size(const struct tfsd *d)
{
	return d->response->length - sizeof(struct oc_msg);
}

/* The last response is an error about this; anything else fails the test. */
void expect_error_about(const struct tfsd *d, uint32_t index, uint32_t table);

/* A session whose largest response is of @max_message bytes. */
uint32_t log_in(struct tfsd *d, uint32_t max_message);
int try_login(struct tfsd *d, uint32_t max_message);

/* Its state in the server; NULL: there is none of this number. */
const struct session *find_session(const struct tfsd *d, uint32_t id);

/* An OPEN: its head, then its tables, which are numbered in the order in which they come. */
void put_open(struct bytes *open, uint32_t ntables);
void put_table(struct bytes *open, const struct oc_table *table);
int open_tables(struct tfsd *d, uint32_t session, const uint32_t *tables, uint32_t n);

/* A session with all three tables under the numbers that they have in kinds.h. */
uint32_t log_in_and_open(struct tfsd *d);

/* START_UPDATE; the first @nwrite of @n tables are for writing. */
int start(struct tfsd *d, uint32_t session, const uint32_t *tables, uint32_t nwrite, uint32_t n);
int start_one(struct tfsd *d, uint32_t session, uint32_t table);
int64_t first_rowid(const struct tfsd *d, uint32_t i);

/* An END: its head, then its changes with their rows. */
void put_end(struct bytes *end, uint32_t nchanges);
void put_change(struct bytes *end, uint32_t table, int64_t rowid);
void put_order(struct bytes *end, int64_t rowid);	/* with an empty row of "order" */

/* What another program does to the file, and how many rows it sees in "order". */
void run_sql(struct tfsd *d, const char *sql);
int count_orders(struct tfsd *d);

/* It begins to write, and is done with it. */
void lock_file(struct tfsd *d);
void unlock_file(struct tfsd *d);

#endif /* TFSD_FIXTURE_H */
