// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Ending a statement before it is done, because nobody wants its result any more
 *
 * SQLite asks its progress handler every so many of its own instructions, also in the
 * triggers of an insert. It asks once more behind the last one, when a COMMIT has
 * happened: a yes would make an error of it. So only statements that can be undone run
 * through sqlite_step_stoppable(), and the handler says no to all others.
 */
#include "store_sqlite.h"

#define INSTRUCTIONS_PER_LOOK	1000	/* tens of microseconds */

static int is_stopped(void *ctx)
{
	struct sqlite_conn *c = ctx;

	return c->stoppable && store_stopped(&c->conn);
}

void sqlite_allow_stop(struct sqlite_conn *c)
{
	sqlite3_progress_handler(c->db, INSTRUCTIONS_PER_LOOK, is_stopped, c);
}

int sqlite_step_stoppable(struct sqlite_conn *c, sqlite3_stmt *stmt)
{
	int rc;

	c->stoppable = true;
	rc = sqlite3_step(stmt);
	c->stoppable = false;
	return rc;
}
