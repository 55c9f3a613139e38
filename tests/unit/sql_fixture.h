/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sql_fixture.h: tfsd_fixture.h with a worker, and clients' SQL message by message
 */
#ifndef SQL_FIXTURE_H
#define SQL_FIXTURE_H

#include "../../tools/tfsd/statement.h"
#include "tfsd_fixture.h"

/* Never ends by itself, with and without rows. */
#define FOREVER \
	"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) " \
	"SELECT sum(x) FROM c"
#define ROWS_FOREVER \
	"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
#define ROWS(n) \
	"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT " #n ") " \
	"SELECT x FROM c"

/* The state that setup leaves; the fixture's own lies in it. */
struct sql {
	struct tfsd *d;
	struct oc_proc_barrier barrier;
	struct workers workers;
	struct statements statements;
	uint32_t session;		/* logged in, all tables open */
};

int sql_make(void **state);
int sql_remove(void **state);

#define SQL_TEST(name) cmocka_unit_test_setup_teardown(name, sql_make, sql_remove)

/* One message and its status. */
int sql(struct sql *s, const char *text);
int sql_of(struct sql *s, uint32_t session, const char *text);
int sql_next(struct sql *s, uint32_t statement);
int sql_end(struct sql *s, uint32_t statement);

/* Sends it; the server has had no turn yet. */
void send_sql(struct sql *s, const char *text);
void send_next(struct sql *s, uint32_t statement);

/* Turns of the server and looks of the client until the call is over; its status. */
int finish(struct sql *s);

/* Turns until a worker runs the request's statement. */
void await_running(struct sql *s);

/* Until all statements but @n have been closed. */
void await_statements(struct sql *s, unsigned int n);

/* Of the last response. */
const struct oc_sql_response *batch(const struct sql *s);
const struct oc_sql_value *first_value(const struct sql *s);
void expect_text(const struct sql *s, const char *part);

#endif /* SQL_FIXTURE_H */
