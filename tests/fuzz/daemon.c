// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <sqlite3.h>
#include <sanitizer/allocator_interface.h>
#include <unistd.h>

#include "access.h"
#include "daemon.h"
#include "input.h"

/*
 * For what a session may have: its tables and the store's own cache of pages and
 * statements, which does not grow with requests.
 */
#define MEMORY_MAX	(4u << 20)

#define WAIT_NS		INT64_C(15000000000)	/* the harness's own timeout is 20 s */

struct daemon daemon_now;

static void remove_dir(void)
{
	struct daemon *d = &daemon_now;
	DIR *dir = opendir(d->dir);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(d->dir);
}

static void close_database(void)
{
	struct daemon *d = &daemon_now;

	sqlite3_close(d->other);
	databases_disconnect(&d->conns);
	databases_close(&d->databases);
	oc_latch_close(&d->wake);
	config_free(d->config);
	free(d->base);
	remove_dir();
}

static void set(const char *format, const char *value)
{
	char text[128];

	snprintf(text, sizeof(text), format, value);
	must(!config_set(daemon_now.config, text), text);
}

static void configure(const char *file)
{
	char number[16];

	daemon_now.config = config_new(stderr);
	snprintf(number, sizeof(number), "%d", DAEMON_MAX_MESSAGE);
	set("max_message=%s", number);
	snprintf(number, sizeof(number), "%d", DAEMON_MAX_SESSIONS);
	set("max_sessions=%s", number);
	set("file=%s", "unused");
	set("database.kinds.file=%s", file);
	set("database.kinds.schema=%s", "tests/data/kinds.sql");
	/* A sync is a thread's, and waiting for each would take long. */
	set("database.kinds.durability=%s", "lazy");
	must(!config_check(daemon_now.config), "the configuration is good");
}

void daemon_open(void)
{
	struct daemon *d = &daemon_now;
	const char *dir = getenv("FUZZ_DIR");
	char file[96];

	if (d->config)
		return;
	snprintf(d->dir, sizeof(d->dir), "%s/tfs-fuzz-XXXXXX", dir ? dir : "/dev/shm");
	must(mkdtemp(d->dir), "a folder for the database");
	snprintf(file, sizeof(file), "%s/kinds.db", d->dir);
	/* What a client's words do to the log's formats is tried as well. */
	must(!log_open("/dev/null"), "a log");
	log_set_level(LOG_LEVEL_DEBUG);
	configure(file);
	must(oc_latch_init(&d->wake) == OC_OK, "a latch");
	must(databases_open(&d->databases, d->config) == OC_OK &&
	     databases_connect(&d->conns, &d->databases, &d->wake) == OC_OK,
	     "the database is opened");
	must(!sqlite3_open_v2(file, &d->other, SQLITE_OPEN_READWRITE, NULL) &&
	     !sqlite3_busy_timeout(d->other, 5000) &&
	     !sqlite3_exec(d->other, "PRAGMA wal_autocheckpoint = 0", NULL, NULL, NULL),
	     "another program opens it");
	d->base = aligned_alloc(64, TFS_SHM_POLL_CHANNEL_SIZE);
	atexit(close_database);
}

static void start(void)
{
	struct daemon *d = &daemon_now;
	uint32_t random[4] = { 0x5e1ec7ed * ++d->starts, 1, 2, 3 };

	channel_init(&d->channel, 0, d->config, &d->conns, &d->next_session);
	must(channel_start(&d->channel, d->base, random) == OC_OK, "the server starts");
}

static void nothing(void)
{
}

static void any_store(unsigned int word, uint32_t value)
{
	(void)word;
	(void)value;
}

static void any_copy(const uint8_t *from, size_t n)
{
	(void)from;
	(void)n;
}

void daemon_begin(void)
{
	struct daemon *d = &daemon_now;

	daemon_open();
	access_now = (struct access) {
		.base = d->base, .look = nothing, .store = any_store, .out = any_copy,
	};
	d->memory = __sanitizer_get_current_allocated_bytes();
	memset(d->base, 0, TFS_SHM_POLL_CHANNEL_SIZE);
	d->next_session = 1;
	d->starts = 0;
	start();
}

void daemon_restart(void)
{
	channel_close(&daemon_now.channel);
	start();
}

void daemon_wait(void)
{
	must(oc_latch_wait(&daemon_now.wake, WAIT_NS) == OC_OK,
	     "who waits for the store is called");
	oc_latch_reset(&daemon_now.wake);
}

/* Nobody calls when another program has the file locked: it is asked again. */
static bool waits_for_store(const struct channel *channel)
{
	return !channel_awaits_client(channel) && !channel->request.busy_since_ms;
}

void daemon_turn(void)
{
	struct daemon *d = &daemon_now;

	channel_turn(&d->channel);
	if (waits_for_store(&d->channel))
		daemon_wait();
	must(d->channel.nsessions <= DAEMON_MAX_SESSIONS, "so many sessions and no more");
	must(__sanitizer_get_current_allocated_bytes() < d->memory + MEMORY_MAX,
	     "the server's memory is bounded");
}

void daemon_end(void)
{
	channel_close(&daemon_now.channel);
}

static int take_number(void *number, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int64_t *)number = atoll(values[0]);
	return 0;
}

/* It grows whenever a row is written, by tfsd or by the other program. */
static int64_t rows_written(void)
{
	sqlite3 *other = daemon_now.other;
	int64_t version = 0;

	must(!sqlite3_exec(other, "PRAGMA data_version", take_number, &version, NULL),
	     "the other program sees the file");
	return version + sqlite3_total_changes(other);
}

void daemon_empty(void)
{
	struct daemon *d = &daemon_now;

	if (rows_written() == d->written)
		return;
	must(!sqlite3_exec(d->other, "BEGIN IMMEDIATE; DELETE FROM kinds; DELETE FROM flags; "
			   "DELETE FROM \"order\"; COMMIT", NULL, NULL, NULL),
	     "the other program empties the tables");
	d->written = rows_written();
}
