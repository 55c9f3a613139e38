// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A commit: under the writer token, from BEGIN to COMMIT or ROLLBACK in one call
 *
 * Whatever fails, the whole transaction goes. SQLite sometimes has rolled back by
 * itself (disk full, I/O error, a trigger's RAISE(ROLLBACK)): only
 * sqlite3_get_autocommit() tells.
 */
#include <oc/status.h>
#include <oc/wire.h>

#include "log.h"
#include "store_sqlite.h"

static int run(sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* A transaction that cannot be ended would hold the lock, and the next commit's rows. */
static void roll_back(struct sqlite_conn *c)
{
	int rc;

	if (sqlite3_get_autocommit(c->db))
		return;
	rc = run(c->rollback);
	if (sqlite3_get_autocommit(c->db))
		return;
	log_error("%s: cannot roll back: %s", c->file, sqlite3_errstr(rc));
	store_sync_panic(c->sync, "a commit could not be rolled back");
}

static bool row_exists(struct sqlite_conn *c, const struct store_change *change)
{
	sqlite3_stmt *stmt = c->tables[change->table].exists;
	bool exists;

	sqlite3_bind_int64(stmt, 1, change->rowid);
	exists = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_reset(stmt);
	return exists;
}

/* The rowid was free when it was handed out; has another program taken it since? */
static bool is_conflict(struct sqlite_conn *c, const struct store_change *change, int rc,
			uint32_t version)
{
	uint32_t now;

	if (rc != SQLITE_CONSTRAINT_PRIMARYKEY && rc != SQLITE_CONSTRAINT_ROWID)
		return false;
	return row_exists(c, change) && !sqlite_version(&c->conn, &now) && now != version;
}

static int insert_fail(struct sqlite_conn *c, const struct store_change *change, int rc,
		       uint32_t version, struct store_error *error)
{
	int status = sqlite_fail(c, rc, error);

	if (status != OC_ECONSTRAINT || !is_conflict(c, change, rc, version))
		return status;
	return store_fail(error, OC_ECONFLICT, "%s: another program has taken rowid %lld",
			  c->schema->tables[change->table].def.name, (long long)change->rowid);
}

static int check_change(const struct sqlite_conn *c, const struct store_change *change,
			struct store_error *error)
{
	error->column = OC_NONE;
	error->table = OC_NONE;
	if (change->table >= c->schema->ntables)
		return store_fail(error, OC_ENOTABLE, "no table has number %u", change->table);
	error->table = change->table;
	if (change->rowid < 1)
		return store_fail(error, OC_EINVAL, "%s: %lld is no rowid",
				  c->schema->tables[change->table].def.name,
				  (long long)change->rowid);
	return OC_OK;
}

static int step_insert(struct sqlite_conn *c, sqlite3_stmt *stmt,
		       const struct store_change *change, uint32_t version,
		       struct store_error *error)
{
	int rc = sqlite_step_stoppable(c, stmt);

	if (rc != SQLITE_DONE)
		return insert_fail(c, change, rc, version, error);
	/* A trigger's RAISE(IGNORE) drops a row without an error. */
	if (sqlite3_changes(c->db) != 1)
		return store_fail(error, OC_ECONSTRAINT, "%s: a trigger has ignored the row",
				  c->schema->tables[change->table].def.name);
	return sqlite_was_altered(c, stmt, error);
}

static int insert(struct sqlite_conn *c, const struct store_change *change, uint32_t version,
		  struct store_error *error)
{
	sqlite3_stmt *stmt;
	int status = check_change(c, change, error);

	if (status)
		return status;
	stmt = c->tables[change->table].insert;
	sqlite3_bind_int64(stmt, 1, change->rowid);
	status = sqlite_bind_row(stmt, &c->schema->tables[change->table], change->row, error);
	if (!status)
		status = step_insert(c, stmt, change, version, error);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);	/* they point into the caller's row */
	return status;
}

static int insert_all(struct sqlite_conn *c, struct store_changes *changes,
		      struct store_change *change, uint32_t version, struct store_error *error)
{
	int status;

	error->index = 0;
	do {
		status = insert(c, change, version, error);
		if (status)
			return status;
		error->index++;
	} while (changes->next(changes, change));
	error->index = OC_NONE;
	error->table = OC_NONE;
	return OC_OK;
}

static int apply(struct sqlite_conn *c, struct store_changes *changes,
		 struct store_change *first, uint32_t version, struct store_error *error)
{
	int rc, status = OC_OK;

	if (sqlite_log_begins(c->log) && store_sync_begins_log(c->sync))
		status = OC_PENDING;
	if (!status)
		status = insert_all(c, changes, first, version, error);
	if (!status && store_stopped(&c->conn))
		status = store_stop(error);
	if (!status) {
		/* Fails for a deferred foreign key, and leaves the transaction open. */
		rc = run(c->commit);
		status = rc ? sqlite_fail(c, rc, error) : OC_OK;
	}
	if (status)
		roll_back(c);
	return status;
}

static int commit(struct sqlite_conn *c, struct store_changes *changes,
		  struct store_change *first, uint32_t version, struct store_error *error)
{
	struct sqlite_store *s = to_sqlite(c->conn.store);
	int rc = run(c->begin);
	int status;

	if (rc) {
		status = sqlite_fail(c, rc, error);
		roll_back(c);
		return status;
	}
	sqlite_version_begin(s);
	status = apply(c, changes, first, version, error);
	sqlite_version_end(s, status == OC_OK);
	return status;
}

static int take_token(struct sqlite_conn *c, struct store_error *error)
{
	int status = store_sync_begin(c->sync, &c->waiter);

	if (status == OC_PENDING)
		return store_fail(error, status, "another commit or a checkpoint is under way");
	if (status)
		return store_fail(error, status,
				  "%s: a sync has failed; no update is taken until tfsd is restarted",
				  c->file);
	return OC_OK;
}

int sqlite_commit(struct store_conn *conn, struct store_changes *changes, uint32_t version,
		  uint64_t *ticket, struct store_error *error)
{
	struct sqlite_conn *c = to_sqlite_conn(conn);
	struct store_change first;
	int status;

	changes->rewind(changes);
	if (!changes->next(changes, &first))
		return OC_OK;
	status = sqlite_still_fits(c, error);
	if (status) {
		store_sync_forget(c->sync, &c->waiter);
		return status;
	}
	status = take_token(c, error);
	if (status)
		return status;
	status = commit(c, changes, &first, version, error);
	if (status == OC_PENDING) {
		store_sync_begin_log(c->sync, &c->waiter);
		return store_fail(error, status, "the log begins anew");
	}
	*ticket = store_sync_end(c->sync, status == OC_OK, c->wal_pages);
	return status;
}
