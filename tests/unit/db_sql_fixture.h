/* SPDX-License-Identifier: GPL-2.0-only */
/* db_sql_fixture.h: a server that answers to SQL what a test tells it to, and who asks it */
#ifndef TESTS_DB_SQL_FIXTURE_H
#define TESTS_DB_SQL_FIXTURE_H

#include "script.h"
#include "unit.h"

#define STATEMENT	9
#define SELECT		"SELECT 1"

/* What the server answers to SQL and each SQL_NEXT; the last batch repeats. */
struct batch {
	uint32_t statement, ncolumns, nrows, flags;
	uint32_t values[64];		/* as 32-bit words, as they lie in the message */
	uint32_t nwords;
};

struct sql_server {
	struct batch batches[3];
	unsigned int next;
	char text[64];			/* of the statement */
	uint32_t length;		/* of the whole request */
	uint32_t asked[4], ended;	/* by which number */
	unsigned int nasked;
	void (*answer)(struct pair *pair, const struct oc_msg *request, struct oc_msg *response);
};

extern struct sql_server server;

/* Two rows of one integer, and more; one, and no more. */
extern const struct batch one_two, three;

int sql_setup(void **state);

#define SQL_TEST(name) cmocka_unit_test_setup_teardown(name, sql_setup, script_teardown)

struct seen {
	struct fixture *f;
	unsigned int rows;
	int64_t integers[8];
	int result, at;			/* the callback's value at this row */
};

/* A callback that keeps what it sees; @ctx is a struct seen. */
int take_row(void *ctx, const struct oc_sql_row *row);

/* SELECT, with that. */
int run(struct fixture *f, struct seen *seen);

#endif /* TESTS_DB_SQL_FIXTURE_H */
