// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A connection to the database file, set up the way all of ours are
 */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <oc/status.h>

#include "store_sqlite.h"

#define LARGEST_VALUE	(1 << 20)	/* bytes of a value, row or SQL text */

int sqlite_open_fail(sqlite3 *db, const char *file, int rc, struct store_error *error)
{
	int number = db ? sqlite3_system_errno(db) : 0;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return store_fail(error, OC_PENDING, "%s: another program has it locked", file);
	case SQLITE_NOMEM:
		return store_fail(error, OC_ENOMEM, "%s: no memory", file);
	case SQLITE_FULL:
		return store_fail(error, OC_EFULL, "%s: the disk is full", file);
	case SQLITE_NOTADB:
		return store_fail(error, OC_ESTORE,
				  "%s: not an SQLite database; name another file", file);
	default:
		return store_fail(error, OC_ESTORE, "%s: %s%s%s", file, sqlite3_errstr(rc),
				  number ? ": " : "", number ? strerror(number) : "");
	}
}

/* SQLite would fall back to reading; the words here are better than "readonly". */
static int check_directory(const char *file, struct store_error *error)
{
	char *copy = strdup(file);
	struct stat st;
	char *dir;
	int status = OC_OK;

	if (!copy)
		return store_fail(error, OC_ENOMEM, "%s: no memory", file);
	dir = dirname(copy);
	if (stat(dir, &st))
		status = store_fail(error, OC_ESTORE, "%s: its directory %s: %s", file, dir,
				    strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		status = store_fail(error, OC_ESTORE, "%s: %s is no directory", file, dir);
	else if (access(dir, W_OK | X_OK))
		status = store_fail(error, OC_ESTORE,
				    "%s: its directory %s must be writable for the log beside the "
				    "database: %s", file, dir, strerror(errno));
	free(copy);
	return status;
}

static int check_file(const char *file, struct store_error *error)
{
	struct stat st;

	if (stat(file, &st))
		return errno == ENOENT ? OC_OK :
		       store_fail(error, OC_ESTORE, "%s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return store_fail(error, OC_ESTORE, "%s: not a regular file", file);
	if (access(file, R_OK | W_OK))
		return store_fail(error, OC_ESTORE, "%s: must be readable and writable: %s", file,
				  strerror(errno));
	return OC_OK;
}

static void set_limits(sqlite3 *db)
{
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LARGEST_VALUE);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, LARGEST_VALUE);
	sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 32);
	sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
}

/* The schema in the file was written by whoever may write the file: no trust. */
static int harden(sqlite3 *db)
{
	static const struct {
		int option;
		int value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0 },
		{ SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 1 },
	};

	set_limits(db);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		int rc = sqlite3_db_config(db, options[i].option, options[i].value, NULL);

		if (rc)
			return rc;
	}
	return SQLITE_OK;
}

/* What a PRAGMA answers; it may differ from what was asked for. */
static int pragma(sqlite3 *db, const char *sql, char *answer, size_t size)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc)
		return rc;
	rc = sqlite3_step(stmt);
	answer[0] = '\0';
	if (rc == SQLITE_ROW)
		snprintf(answer, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int use_wal(sqlite3 *db, const char *file, struct store_error *error)
{
	char answer[32];
	int rc = pragma(db, "PRAGMA journal_mode = WAL", answer, sizeof(answer));

	if (rc)
		return sqlite_open_fail(db, file, rc, error);
	if (strcmp(answer, "wal"))
		return store_fail(error, OC_ESTORE,
				  "%s: its file system cannot hold a write-ahead log (journal mode "
				  "stays %s); use a local one", file, answer);
	rc = pragma(db, "PRAGMA encoding", answer, sizeof(answer));
	if (rc)
		return sqlite_open_fail(db, file, rc, error);
	if (strcmp(answer, "UTF-8"))
		return store_fail(error, OC_ESTORE, "%s: its encoding is %s; it must be UTF-8",
				  file, answer);
	return OC_OK;
}

/*
 * NORMAL: a commit does not sync, the maintenance thread does. Temporary things stay
 * in memory, so that a full /tmp fails no commit. A log that somebody's long read
 * has made large is cut when it is reset.
 */
static int tune(sqlite3 *db, const struct store_config *config)
{
	char sql[320];

	sqlite3_wal_autocheckpoint(db, 0);
	snprintf(sql, sizeof(sql),
		 "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF;"
		 "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;"
		 "PRAGMA journal_size_limit = %llu;"
		 "SELECT count(*) FROM sqlite_schema",
		 8192ull * config->checkpoint_pages);
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int sqlite_connect(sqlite3 **out, const struct store_config *config, struct store_error *error)
{
	const char *file = config->file;
	sqlite3 *db = NULL;
	int rc, status;

	status = check_directory(file, error);
	if (!status)
		status = check_file(file, error);
	if (status)
		return status;
	rc = sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			     SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (!rc)
		rc = harden(db);
	if (rc) {
		status = sqlite_open_fail(db, file, rc, error);
		goto close_db;
	}
	status = use_wal(db, file, error);
	if (status)
		goto close_db;
	rc = tune(db, config);
	if (rc) {
		status = sqlite_open_fail(db, file, rc, error);
		goto close_db;
	}
	*out = db;
	return OC_OK;
close_db:
	sqlite3_close(db);
	return status;
}

void sqlite_disconnect(sqlite3 *db, bool keep_log)
{
	if (!db)
		return;
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep_log, NULL);
	sqlite3_close(db);
}
