/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script.h: a database handle on a pair (pair.h) whose server answers what the test
 * tells it to
 */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include <oc/db.h>

#include "pair.h"

struct row {
	_Alignas(8) int64_t value;
	uint16_t text_length;
	char text[6];
};

extern const struct oc_schema schema;	/* tables 0 of struct row, 1 of 8 bytes */

/* header 24, open 8, name 8, and two times 16 + 8 + 8 */
#define OPEN_SIZE	104
#define MEM_MIN		OC_DB_MEM_MIN(2, sizeof(struct row), OPEN_SIZE)

/* What the next answers are; status and length by operation. */
struct script {
	int status[16];
	uint32_t length[16];		/* 0: the right one */
	int64_t next_rowid;
	int64_t stored[8];		/* rowids in the server's table, ascending, 0 ends */
	uint32_t session;
	uint32_t max_message;
	uint32_t last_changes;
	uint32_t ops[64], nops;
	bool text;
};

extern struct script script;

#define SCRIPT_SESSION	77

struct fixture {
	struct pair *pair;
	struct oc_db db;
	uint64_t mem[(MEM_MIN + 400) / 8];
	uint64_t guard;
};

int script_setup(void **state);
int script_teardown(void **state);

#define SCRIPT_TEST(name) cmocka_unit_test_setup_teardown(name, script_setup, script_teardown)

int open_db(struct fixture *f);

/* Opens, and starts an update of table 0. */
void start(struct fixture *f);

/* Inserts @n rows whose value is their rowid; the server's have its negative. */
void insert_own(struct fixture *f, int n);

#endif /* TESTS_SCRIPT_H */
