// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The log's beginning
 *
 * A log whose pages are all in the database is begun anew by the next commit, which
 * writes a new header and syncs it, whatever "synchronous" says: with an old header and
 * new pages behind it a power loss would be taken for a part of the old log. That sync
 * takes milliseconds. So a commit of nothing is made where there is time, and the commits
 * of clients look first.
 *
 * Whether it is so stands in the log's index, which SQLite shares between processes: its
 * format is that of https://sqlite.org/walformat.html. Its last frame and how many were
 * copied into the database are equal then. With the write lock held, a no is certain:
 * nobody else can append or begin anew, and frames that were not all copied when our
 * transaction began keep it from doing so. A yes may be one too many, if somebody still
 * reads the old log or has copied the rest since.
 */
#include <oc/status.h>

#include "log.h"
#include "store_sqlite.h"

#define INDEX_BLOCK	32768	/* bytes of the index that are mapped at a time */
#define INDEX_VERSION	3007000

/* Offsets of words in the index, in bytes. */
#define VERSION		0
#define COMMITS		8
#define LAST_FRAME	16
#define COPIED		96

static uint32_t load(const volatile uint8_t *index, unsigned int offset)
{
	return __atomic_load_n((const volatile uint32_t *)(index + offset), __ATOMIC_ACQUIRE);
}

static int map(sqlite3 *db, const volatile uint8_t **index)
{
	sqlite3_file *file = NULL;
	void volatile *at = NULL;
	int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);

	if (!rc)
		rc = file->pMethods->xShmMap(file, 0, INDEX_BLOCK, 0, &at);
	if (rc)
		return rc;
	if (!at || load(at, VERSION) != INDEX_VERSION)
		return SQLITE_MISMATCH;
	*index = at;
	return SQLITE_OK;
}

int sqlite_map_log(sqlite3 *db, const char *name, const volatile uint8_t **index,
		   struct store_error *error)
{
	int rc = map(db, index);

	if (rc == SQLITE_MISMATCH)
		return store_fail(error, OC_ESTORE, "%s: this SQLite (%s) has an unknown log index",
				  name, sqlite3_libversion());
	return rc ? sqlite_open_fail(db, name, rc, error) : OC_OK;
}

bool sqlite_log_begins(const volatile uint8_t *index)
{
	return load(index, LAST_FRAME) == load(index, COPIED);
}

uint32_t sqlite_log_commits(const volatile uint8_t *index)
{
	return load(index, COMMITS);
}

/* A number that is nobody's but the user's, written as it was: the shortest commit there is. */
static int rewrite_version(sqlite3 *db)
{
	sqlite3_stmt *stmt;
	char sql[48];
	int version = 0;
	int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);

	if (rc)
		return rc;
	rc = sqlite_integer(stmt, &version);
	sqlite3_finalize(stmt);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", version);
	return rc ? rc : sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int sqlite_commit_nothing(struct sqlite_store *s)
{
	sqlite3 *db = s->db;
	int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (rc)
		return rc;
	sqlite_version_begin(s);
	rc = rewrite_version(db);
	if (!rc)
		rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite_version_end(s, !rc);
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

int sqlite_begin_log(void *ctx)
{
	struct sqlite_store *s = ctx;
	int rc = sqlite_commit_nothing(s);

	if (!rc)
		return OC_OK;
	if ((rc & 0xff) == SQLITE_BUSY)
		return OC_PENDING;
	log_error("%s: beginning the log: %s (%d)", s->config.file,
		  sqlite3_errstr(rc), rc);
	return rc == SQLITE_IOERR_FSYNC ? OC_EWRITEPANIC : OC_ESTORE;
}
