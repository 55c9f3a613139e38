// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/tfsd/log.h"
#include "store_fixture.h"

int fixture_make(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/tfs-store-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->file, sizeof(f->file), "%s/test.db", f->dir);
	snprintf(f->wal, sizeof(f->wal), "%s-wal", f->file);
	snprintf(f->sql, sizeof(f->sql), "%s/test.sql", f->dir);
	snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	log_open(f->log);
	f->config = (struct store_config){
		.name = "test",
		.file = f->file,
		.schema_file = KINDS_SQL,
		.durability = STORE_FULL,
		.busy_timeout_ms = 0,
		.checkpoint_pages = 1000,
	};
	*state = f;
	return oc_latch_init(&f->wake);
}

int fixture_make_open(void **state)
{
	if (fixture_make(state))
		return -1;
	return fixture_open(*state) ? -1 : 0;
}

int fixture_close(struct fixture *f)
{
	struct store *store = f->store;

	f->store = NULL;
	if (f->conn)
		store_disconnect(f->conn);
	f->conn = NULL;
	return store_close(store);
}

int fixture_remove(void **state)
{
	static const char *const names[] = { "test.db", "test.db-wal", "test.db-shm", "test.sql",
					     "log" };
	struct fixture *f = *state;
	char path[96];
	int status = f->store ? fixture_close(f) : OC_OK;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		unlink(path);
	}
	if (rmdir(f->dir))
		status = -1;
	log_close();
	oc_latch_close(&f->wake);
	free(f);
	return status;
}

void fixture_schema(struct fixture *f, const char *sql)
{
	FILE *out = fopen(f->sql, "w");

	assert_non_null(out);
	assert_true(fputs(sql, out) >= 0);
	assert_int_equal(fclose(out), 0);
	f->config.schema_file = f->sql;
}

int fixture_open_with(struct fixture *f, const struct sqlite_seams *seams)
{
	int status = sqlite_open(&f->store, &f->config, seams, &f->error);

	return status ? status : store_connect(&f->conn, f->store, &f->wake, &f->error);
}

int fixture_open(struct fixture *f)
{
	int status;

	memset(&f->error, 0xa5, sizeof(f->error));
	f->store = (struct store *)f;
	status = store_open(&f->store, &f->config, &f->error);
	if (status) {
		assert_null(f->store);
		return status;
	}
	f->conn = (struct store_conn *)f;
	status = store_connect(&f->conn, f->store, &f->wake, &f->error);
	if (status)
		assert_null(f->conn);
	return status;
}

void fixture_must_open(struct fixture *f)
{
	int status = fixture_open(f);

	if (status)
		fail_msg("store_open: %d: %s", status, f->error.text);
}

static bool array_next(struct store_changes *changes, struct store_change *out)
{
	struct array *array = (struct array *)changes;

	if (array->next == array->n)
		return false;
	*out = array->at[array->next++];
	return true;
}

static void array_rewind(struct store_changes *changes)
{
	((struct array *)changes)->next = 0;
}

struct store_changes *array_changes(struct array *array, const struct store_change *at, size_t n)
{
	/* Not at the beginning: store_commit() must rewind by itself. */
	*array = (struct array){
		.changes = { .next = array_next, .rewind = array_rewind },
		.at = at, .n = n, .next = n,
	};
	return &array->changes;
}

int fixture_commit(struct fixture *f, const struct store_change *at, size_t n, uint64_t *ticket)
{
	struct array array;
	uint32_t version;

	assert_status(store_version(f->conn, &version), OC_OK);
	memset(&f->error, 0xa5, sizeof(f->error));
	*ticket = 0xa5a5;
	return store_commit(f->conn, array_changes(&array, at, n), version, ticket, &f->error);
}

int fixture_wait_durable(struct fixture *f, uint64_t ticket)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int status = OC_PENDING;

	for (int i = 0; i < 5000 && status == OC_PENDING; i++) {
		status = store_durable(f->conn, ticket);
		if (status == OC_PENDING)
			nanosleep(&pause, NULL);
	}
	return status;
}

struct kinds_kinds kinds_row(int seed)
{
	struct kinds_kinds row = {
		.small = (int16_t)-seed,
		.num = seed * 1000,
		.big = -5000000000 - seed,
		.whole = INT64_MAX - seed,
		.single = 0.5f * (float)seed,
		.wide = 0.1 * seed,
		.words_length = 5,
		.words = "caf\xc3\xa9",
		.bytes_length = 3,
		.bytes = { 0, 255, (uint8_t)seed },
	};

	return row;
}

struct store_change kinds_change(const struct kinds_kinds *row, int64_t rowid)
{
	return (struct store_change){ KINDS_TABLE_KINDS, rowid, row };
}

struct store_change flag_change(const struct kinds_flags *row, int64_t rowid)
{
	return (struct store_change){ KINDS_TABLE_FLAGS, rowid, row };
}

bool fixture_was_woken(struct fixture *f)
{
	bool woken = oc_latch_is_set(&f->wake);

	oc_latch_reset(&f->wake);
	return woken;
}

int fixture_count_logged(struct fixture *f, const char *words)
{
	char line[512];
	FILE *in = fopen(f->log, "r");
	int found = 0;

	assert_non_null(in);
	while (fgets(line, sizeof(line), in))
		found += !!strstr(line, words);
	fclose(in);
	return found;
}

bool fixture_logged(struct fixture *f, const char *words)
{
	return fixture_count_logged(f, words) > 0;
}

int fixture_count(struct fixture *f, const char *table)
{
	struct program p;
	char sql[128];
	int count;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"%s\"", table);
	program_start(&p, f->file);
	count = atoi(program_run(&p, sql));
	program_stop(&p);
	return count;
}
