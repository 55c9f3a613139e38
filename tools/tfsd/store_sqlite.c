// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Opening and closing an SQLite store
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <oc/status.h>

#include "log.h"
#include "store_memory.h"
#include "store_sqlite.h"

#define OPEN_RETRY_MS	10

/* A log that has been unlinked takes syncs and keeps nothing. */
static int sync_log(int fd)
{
	struct stat st;

	if (fdatasync(fd) || fstat(fd, &st))
		return -1;
	if (st.st_nlink)
		return 0;
	errno = ENOENT;
	return -1;
}

const struct sqlite_seams sqlite_seams = { .sync = sync_log };

static void free_store(struct sqlite_store *s)
{
	pthread_mutex_destroy(&s->mutex);
	schema_free(s->schema);
	free((char *)s->config.name);
	free((char *)s->config.file);
	free((char *)s->config.schema_file);
	free(s);
}

static void close_files(struct sqlite_store *s, bool keep_log)
{
	sqlite_disconnect(s->db, keep_log);
	if (s->wal_fd >= 0)
		close(s->wal_fd);
}

/* BUSY: somebody still reads an older state, or writes; the log stays for him. */
static int last_checkpoint(struct sqlite_store *s)
{
	int rc = sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if (!rc || (rc & 0xff) == SQLITE_BUSY)
		return OC_OK;
	log_error("%s: checkpoint: %s (%d)", s->config.file, sqlite3_errstr(rc), rc);
	return OC_ESTORE;
}

/* After a failed sync the log is left as it is: whoever repairs the disk may need it. */
static int close_store(struct store *store)
{
	struct sqlite_store *s = to_sqlite(store);
	int status = store_sync_stop(s->sync);

	if (!status)
		status = last_checkpoint(s);
	close_files(s, status != OC_OK);
	free_store(s);
	return status;
}

static const struct store_ops ops = {
	.close = close_store,
	.connect = sqlite_conn_open,
	.disconnect = sqlite_conn_close,
	.version = sqlite_version,
	.next_rowid = sqlite_next_rowid,
	.commit = sqlite_commit,
	.forget = sqlite_forget,
	.durable = sqlite_durable,
	.get = sqlite_get,
	.read = sqlite_read,
};

static struct sqlite_store *new_store(const struct store_config *config)
{
	struct sqlite_store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->wal_fd = -1;
	pthread_mutex_init(&s->mutex, NULL);
	s->config = *config;
	s->config.name = strdup(config->name);
	s->config.file = strdup(config->file);
	s->config.schema_file = strdup(config->schema_file);
	if (s->config.name && s->config.file && s->config.schema_file)
		return s;
	free_store(s);
	return NULL;
}

/* A file that was created is not there after a power loss until its directory is synced. */
static int sync_directory(const char *file)
{
	char *copy = strdup(file);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int rc = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	free(copy);
	return rc;
}

/* Also makes durable what an earlier server left in the log: clients may read it now. */
static int open_log(struct sqlite_store *s, const struct sqlite_seams *seams,
		    struct store_error *error)
{
	const char *file = sqlite3_filename_wal(sqlite3_db_filename(s->db, "main"));

	s->wal_fd = open(file, O_RDWR | O_CLOEXEC);
	if (s->wal_fd < 0)
		return store_fail(error, OC_ESTORE, "%s: %s", file, strerror(errno));
	if (seams->sync(s->wal_fd) || sync_directory(s->config.file))
		return store_fail(error, OC_ESTORE, "%s: cannot be synced: %s", file,
				  strerror(errno));
	return OC_OK;
}

static int start_sync(struct sqlite_store *s, const struct sqlite_seams *seams,
		      struct store_error *error)
{
	const struct store_sync_config config = {
		.name = s->config.file,
		.fd = s->wal_fd,
		.checkpoint_pages = s->config.checkpoint_pages,
		.sync = seams->sync,
		.checkpoint = sqlite_checkpoint,
		.begin_log = sqlite_begin_log,
		.ctx = s,
	};

	if (store_sync_start(&s->sync, &config))
		return store_fail(error, OC_ENOMEM, "%s: cannot start a thread", s->config.file);
	return OC_OK;
}

/* Here there is time to sync its header; the first client's commit would have none. */
static int begin_log(struct sqlite_store *s, struct store_error *error)
{
	int rc = sqlite_commit_nothing(s);

	return rc ? sqlite_open_fail(s->db, s->config.file, rc, error) : OC_OK;
}

static int open_files(void *ctx, struct store_error *error)
{
	struct sqlite_store *s = ctx;
	int status = sqlite_load_schema(s, error);

	if (!status && !s->db)
		status = sqlite_connect(&s->db, &s->config, error);
	if (!status)
		status = sqlite_create(s, error);
	if (!status)
		status = sqlite_map_log(s->db, s->config.file, &s->log, error);
	return status ? status : begin_log(s, error);
}

int sqlite_patiently(const struct store_config *config, struct store_error *error,
		     int (*try)(void *ctx, struct store_error *error), void *ctx)
{
	const struct timespec pause = { .tv_nsec = OPEN_RETRY_MS * 1000000L };
	unsigned int waited = 0;
	int status;

	for (;;) {
		error->text[0] = '\0';
		status = try(ctx, error);
		if (status != OC_PENDING)
			return status;
		if (waited >= config->busy_timeout_ms)
			return OC_EUNAVAILABLE;
		nanosleep(&pause, NULL);
		waited += OPEN_RETRY_MS;
	}
}

int sqlite_open(struct store **out, const struct store_config *config,
		const struct sqlite_seams *seams, struct store_error *error)
{
	struct sqlite_store *s;
	int status;

	if (store_memory_install())
		return store_fail(error, OC_ESTORE, "SQLite was used before a store was opened");
	s = new_store(config);
	if (!s)
		return store_fail(error, OC_ENOMEM, "%s: no memory", config->file);
	status = sqlite_patiently(&s->config, error, open_files, s);
	if (!status)
		status = open_log(s, seams, error);
	if (!status)
		status = start_sync(s, seams, error);
	if (status) {
		close_files(s, s->wal_fd >= 0);
		free_store(s);
		return status;
	}
	s->store = (struct store){ .ops = &ops, .config = &s->config, .schema = s->schema };
	*out = &s->store;
	return OC_OK;
}

int store_sqlite_open(struct store **out, const struct store_config *config,
		      struct store_error *error)
{
	return sqlite_open(out, config, &sqlite_seams, error);
}
