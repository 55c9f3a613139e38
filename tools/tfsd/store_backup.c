// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Copying an SQLite database
 *
 * sqlite3_backup_step() begins again when somebody else has written in between. It does
 * not see that if a transaction of ours that reads is open all the time; then it copies
 * that one state, however long it takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <oc/status.h>
#include <oc/wire.h>

#include "store_backup.h"
#include "store_sqlite.h"

#define STEP_BYTES	(512 << 10)

/**
 * struct store_backup
 * @path: where the copy goes
 * @part: where it is made
 * @from: with a transaction that reads
 * @to:   @part
 * @copy: from one to the other
 * @fd:   of @part, for its way to the disk
 */
struct store_backup {
	char *path;
	char *part;
	sqlite3 *from;
	sqlite3 *to;
	sqlite3_backup *copy;
	int fd;
	int step_pages;
};

static int fail_system(const char *path, struct store_error *error)
{
	if (errno == EEXIST)
		return store_fail(error, OC_EINVAL, "%s: is there already; nothing is replaced",
				  path);
	if (errno == ENOSPC || errno == EDQUOT)
		return store_fail(error, OC_EFULL, "%s: the disk is full", path);
	return store_fail(error, OC_ESTORE, "%s: %s", path, strerror(errno));
}

static int fail_sqlite(sqlite3 *db, const char *path, int rc, struct store_error *error)
{
	int status = sqlite_open_fail(db, path, rc, error);

	return status == OC_PENDING ? OC_EUNAVAILABLE : status;
}

static bool make_names(struct store_backup *b, const char *path)
{
	b->path = strdup(path);
	if (asprintf(&b->part, "%s.part", path) < 0)
		b->part = NULL;
	return b->path && b->part;
}

/* With what SQLite had beside it when tfsd was killed. */
static int remove_part(const struct store_backup *b)
{
	static const char *const suffixes[] = { "", "-journal", "-wal", "-shm" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (snprintf(path, sizeof(path), "%s%s", b->part, suffixes[i]) >= PATH_MAX)
			errno = ENAMETOOLONG;
		else if (!unlink(path) || errno == ENOENT)
			continue;
		return -1;
	}
	return 0;
}

/* The copy is for whom the database is for. What an earlier tfsd has left goes. */
static int make_part(struct store_backup *b, const char *file, struct store_error *error)
{
	struct stat st;

	if (!access(b->path, F_OK)) {
		errno = EEXIST;
		return fail_system(b->path, error);
	}
	if (stat(file, &st))
		return fail_system(file, error);
	if (remove_part(b))
		return fail_system(b->part, error);
	b->fd = open(b->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (b->fd < 0 || fchmod(b->fd, st.st_mode & 0666))
		return fail_system(b->part, error);
	if (fchown(b->fd, st.st_uid, st.st_gid) && errno != EPERM)
		return fail_system(b->part, error);
	return OC_OK;
}

static int open_from(struct store_backup *b, const struct store_config *config,
		     struct store_error *error)
{
	int status = sqlite_connect(&b->from, config, error);
	int rc;

	if (status)
		return status == OC_PENDING ? OC_EUNAVAILABLE : status;
	/* BEGIN alone reads nothing, and so holds nothing. */
	rc = sqlite3_exec(b->from, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
	return rc ? fail_sqlite(b->from, config->file, rc, error) : OC_OK;
}

/* Nobody reads it before it is complete, so it needs no journal and no locks. */
static int open_to(struct store_backup *b, struct store_error *error)
{
	int rc = sqlite3_open_v2(b->part, &b->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
				 SQLITE_OPEN_EXRESCODE, NULL);

	if (!rc)
		rc = sqlite3_exec(b->to, "PRAGMA locking_mode = EXCLUSIVE;"
				  "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
				  NULL, NULL, NULL);
	if (rc)
		return fail_sqlite(b->to, b->part, rc, error);
	b->copy = sqlite3_backup_init(b->to, "main", b->from, "main");
	return b->copy ? OC_OK : fail_sqlite(b->to, b->part, sqlite3_errcode(b->to), error);
}

static int step_pages(sqlite3 *db, int *pages)
{
	sqlite3_stmt *stmt;
	int size = 4096;
	int rc = sqlite3_prepare_v2(db, "PRAGMA page_size", -1, &stmt, NULL);

	if (!rc)
		rc = sqlite_integer(stmt, &size);
	sqlite3_finalize(stmt);
	*pages = STEP_BYTES / size;
	return rc;
}

static int start(struct store_backup *b, const struct store_config *config,
		 struct store_error *error)
{
	int status = make_part(b, config->file, error);
	int rc;

	if (!status)
		status = open_from(b, config, error);
	if (!status)
		status = open_to(b, error);
	if (status)
		return status;
	rc = step_pages(b->from, &b->step_pages);
	return rc ? fail_sqlite(b->from, config->file, rc, error) : OC_OK;
}

int store_backup_start(struct store_backup **out, struct store *store, const char *path,
		       struct store_error *error)
{
	struct store_backup *b = calloc(1, sizeof(*b));
	int status;

	*out = NULL;
	*error = (struct store_error) {
		.index = OC_NONE, .table = OC_NONE, .column = OC_NONE,
	};
	if (!b)
		return store_fail(error, OC_ENOMEM, "%s: no memory", path);
	b->fd = -1;
	if (make_names(b, path))
		status = start(b, store_config(store), error);
	else
		status = store_fail(error, OC_ENOMEM, "%s: no memory", path);
	if (status) {
		store_backup_abandon(b);
		return status;
	}
	*out = b;
	return OC_OK;
}

int store_backup_step(struct store_backup *b, bool *done, struct store_error *error)
{
	int rc = sqlite3_backup_step(b->copy, b->step_pages);

	*done = rc == SQLITE_DONE;
	if (rc && rc != SQLITE_DONE)
		return fail_sqlite(b->to, b->part, rc, error);
	/*
	 * On its way to the disk now: all of it at the end, or in the next sync of the log
	 * on a file system that orders them, would make others wait.
	 */
	if (sync_file_range(b->fd, 0, 0, SYNC_FILE_RANGE_WRITE))
		return fail_system(b->part, error);
	return OC_OK;
}

void store_backup_progress(const struct store_backup *b, unsigned int *copied, unsigned int *all)
{
	*all = (unsigned int)sqlite3_backup_pagecount(b->copy);
	*copied = *all - (unsigned int)sqlite3_backup_remaining(b->copy);
}

/* Its header says that there is a log, which a copy on a disk that cannot be written has not. */
static int complete(struct store_backup *b, struct store_error *error)
{
	int rc = sqlite3_backup_finish(b->copy);

	b->copy = NULL;
	if (!rc)
		rc = sqlite3_exec(b->to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	if (rc)
		return fail_sqlite(b->to, b->part, rc, error);
	sqlite3_close(b->to);
	b->to = NULL;
	return OC_OK;
}

static int sync_directory(const char *path, struct store_error *error)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int failed = fd < 0 ? -1 : fsync(fd);
	int status = failed ? fail_system(path, error) : OC_OK;

	if (fd >= 0)
		close(fd);
	free(copy);
	return status;
}

/* Neither replaces a file; not every file system has the first. */
static int publish(struct store_backup *b, struct store_error *error)
{
	int status;

	if (fsync(b->fd))
		return fail_system(b->part, error);
	if (renameat2(AT_FDCWD, b->part, AT_FDCWD, b->path, RENAME_NOREPLACE) &&
	    (errno != EINVAL || link(b->part, b->path)))
		return fail_system(b->path, error);
	unlink(b->part);
	status = sync_directory(b->path, error);
	if (status)
		unlink(b->path);
	return status;
}

static void close_databases(struct store_backup *b)
{
	sqlite3_backup_finish(b->copy);
	sqlite3_close(b->to);
	sqlite_disconnect(b->from, true);
}

static void free_backup(struct store_backup *b)
{
	if (b->fd >= 0)
		close(b->fd);
	free(b->part);
	free(b->path);
	free(b);
}

int store_backup_finish(struct store_backup *b, struct store_error *error)
{
	int status = complete(b, error);

	if (!status)
		status = publish(b, error);
	if (status) {
		store_backup_abandon(b);
		return status;
	}
	close_databases(b);
	free_backup(b);
	return OC_OK;
}

void store_backup_abandon(struct store_backup *b)
{
	close_databases(b);
	if (b->fd >= 0)
		remove_part(b);
	free_backup(b);
}
