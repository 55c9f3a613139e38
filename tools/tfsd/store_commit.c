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
static void roll_back(struct sqlite_store *s)
{
	int rc;

	if (sqlite3_get_autocommit(s->db))
		return;
	rc = run(s->rollback);
	if (sqlite3_get_autocommit(s->db))
		return;
	log_error("%s: cannot roll back: %s", s->config.file, sqlite3_errstr(rc));
	store_sync_panic(s->sync, "a commit could not be rolled back");
}

static bool row_exists(struct sqlite_store *s, const struct store_change *change)
{
	sqlite3_stmt *stmt = s->tables[change->table].exists;
	bool exists;

	sqlite3_bind_int64(stmt, 1, change->rowid);
	exists = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_reset(stmt);
	return exists;
}

/* The rowid was free when it was handed out; has another program taken it since? */
static bool is_conflict(struct sqlite_store *s, const struct store_change *change, int rc,
			uint32_t version)
{
	int now = 0;

	if (rc != SQLITE_CONSTRAINT_PRIMARYKEY && rc != SQLITE_CONSTRAINT_ROWID)
		return false;
	return row_exists(s, change) && !sqlite_integer(s->data_version, &now) &&
	       (uint32_t)now != version;
}

static int insert_fail(struct sqlite_store *s, const struct store_change *change, int rc,
		       uint32_t version, struct store_error *error)
{
	int status = sqlite_fail(s, rc, error);

	if (status != OC_ECONSTRAINT || !is_conflict(s, change, rc, version))
		return status;
	return store_fail(error, OC_ECONFLICT, "%s: another program has taken rowid %lld",
			  s->schema->tables[change->table].def.name, (long long)change->rowid);
}

static int check_change(const struct sqlite_store *s, const struct store_change *change,
			struct store_error *error)
{
	error->column = OC_NONE;
	error->table = OC_NONE;
	if (change->table >= s->schema->ntables)
		return store_fail(error, OC_ENOTABLE, "no table has number %u", change->table);
	error->table = change->table;
	if (change->rowid < 1)
		return store_fail(error, OC_EINVAL, "%s: %lld is no rowid",
				  s->schema->tables[change->table].def.name,
				  (long long)change->rowid);
	return OC_OK;
}

static int step_insert(struct sqlite_store *s, sqlite3_stmt *stmt,
		       const struct store_change *change, uint32_t version,
		       struct store_error *error)
{
	int rc = sqlite_step_stoppable(s, stmt);

	if (rc != SQLITE_DONE)
		return insert_fail(s, change, rc, version, error);
	/* A trigger's RAISE(IGNORE) drops a row without an error. */
	if (sqlite3_changes(s->db) != 1)
		return store_fail(error, OC_ECONSTRAINT, "%s: a trigger has ignored the row",
				  s->schema->tables[change->table].def.name);
	return sqlite_was_altered(s, stmt, error);
}

static int insert(struct sqlite_store *s, const struct store_change *change, uint32_t version,
		  struct store_error *error)
{
	sqlite3_stmt *stmt;
	int status = check_change(s, change, error);

	if (status)
		return status;
	stmt = s->tables[change->table].insert;
	sqlite3_bind_int64(stmt, 1, change->rowid);
	status = sqlite_bind_row(stmt, &s->schema->tables[change->table], change->row, error);
	if (!status)
		status = step_insert(s, stmt, change, version, error);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);	/* they point into the caller's row */
	return status;
}

static int insert_all(struct sqlite_store *s, struct store_changes *changes,
		      struct store_change *change, uint32_t version, struct store_error *error)
{
	int status;

	error->index = 0;
	do {
		status = insert(s, change, version, error);
		if (status)
			return status;
		error->index++;
	} while (changes->next(changes, change));
	error->index = OC_NONE;
	error->table = OC_NONE;
	return OC_OK;
}

static int apply(struct sqlite_store *s, struct store_changes *changes,
		 struct store_change *first, uint32_t version, struct store_error *error)
{
	int rc = run(s->begin);
	int status = rc ? sqlite_fail(s, rc, error) : OC_OK;

	if (!status)
		status = insert_all(s, changes, first, version, error);
	if (!status && store_stopped(&s->store))
		status = store_stop(error);
	if (!status) {
		/* Fails for a deferred foreign key, and leaves the transaction open. */
		rc = run(s->commit);
		status = rc ? sqlite_fail(s, rc, error) : OC_OK;
	}
	if (status)
		roll_back(s);
	return status;
}

static int take_token(struct sqlite_store *s, struct store_error *error)
{
	int status = store_sync_begin(s->sync);

	if (status == OC_PENDING)
		return store_fail(error, status, "a checkpoint is under way");
	if (status)
		return store_fail(error, status,
				  "%s: a sync has failed; no update is taken until tfsd is restarted",
				  s->config.file);
	return OC_OK;
}

int sqlite_commit(struct store *store, struct store_changes *changes, uint32_t version,
		  uint64_t *ticket, struct store_error *error)
{
	struct sqlite_store *s = to_sqlite(store);
	struct store_change first;
	int status;

	changes->rewind(changes);
	if (!changes->next(changes, &first))
		return OC_OK;
	status = sqlite_still_fits(s, error);
	if (!status)
		status = take_token(s, error);
	if (status)
		return status;
	status = apply(s, changes, &first, version, error);
	*ticket = store_sync_end(s->sync, status == OC_OK, s->wal_pages);
	return status;
}
