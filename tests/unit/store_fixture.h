/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_fixture.h: a store in a directory of its own, and another program
 *
 * The other program is this one, run again: two connections in one process would
 * share SQLite's idea of which locks are held. main() gives it its turn:
 *
 *	if (argc == 3 && !strcmp(argv[1], "--program"))
 *		return program_main(argv[2]);
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <stdio.h>

#include <oc/latch.h>
#include <oc/wire.h>

#include "../../tools/tfsd/store_sqlite.h"
#include "kinds.h"
#include "unit.h"

#define KINDS_SQL	"tests/data/kinds.sql"

struct fixture {
	char dir[32];
	char file[64];
	char wal[72];
	char log[64];
	char sql[64];		/* a schema of the test's own, by fixture_schema() */
	struct oc_latch wake;
	struct store_config config;
	struct store_error error;
	struct store *store;	/* NULL unless open */
	struct store_conn *conn;
};

/* cmocka's setup and teardown: the directory; closes the store if it is open. */
int fixture_make(void **state);
int fixture_remove(void **state);

/* The same, with the store open on KINDS_SQL. */
int fixture_make_open(void **state);

/* Makes @sql the schema. */
void fixture_schema(struct fixture *f, const char *sql);

int fixture_open(struct fixture *f);
int fixture_open_with(struct fixture *f, const struct sqlite_seams *seams);
void fixture_must_open(struct fixture *f);
int fixture_close(struct fixture *f);

/* An array of changes as a store_changes. */
struct array {
	struct store_changes changes;
	const struct store_change *at;
	size_t n, next;
};

struct store_changes *array_changes(struct array *array, const struct store_change *at, size_t n);

/* Commits; with the version of now. */
int fixture_commit(struct fixture *f, const struct store_change *at, size_t n, uint64_t *ticket);

/* Waits, at most five seconds, until the ticket is durable or lost. */
int fixture_wait_durable(struct fixture *f, uint64_t ticket);

/* A row of kinds, valid in every column; @seed makes rows differ. */
struct kinds_kinds kinds_row(int seed);

/* One insert of kinds_row(rowid) into kinds, or of a flag. */
struct store_change kinds_change(const struct kinds_kinds *row, int64_t rowid);
struct store_change flag_change(const struct kinds_flags *row, int64_t rowid);

/* Whether the latch has been set since the last call. */
bool fixture_was_woken(struct fixture *f);

/* Whether, and how often, the log has a line with these words. */
bool fixture_logged(struct fixture *f, const char *words);
int fixture_count_logged(struct fixture *f, const char *words);

/* Rows in a table, counted by another program. */
int fixture_count(struct fixture *f, const char *table);

/* The other program. */
struct program {
	int pid;
	FILE *in, *out;
};

int program_main(const char *file);
void program_start(struct program *p, const char *file);

/* Runs SQL, one line; what it printed, without the last newline. "error: ..." on an error. */
const char *program_run(struct program *p, const char *sql);
void program_must(struct program *p, const char *sql, const char *answer);
void program_stop(struct program *p);

/* start, run one line, stop */
void other_program(struct fixture *f, const char *sql, const char *answer);

#endif /* STORE_FIXTURE_H */
