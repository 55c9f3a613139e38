// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One thread's connection to an SQLite store
 */
#include <stdlib.h>

#include <oc/status.h>

#include "store_sqlite.h"

static int note_log_size(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_conn *c = ctx;

	(void)db;
	(void)name;
	c->wal_pages = (unsigned int)pages;
	return SQLITE_OK;
}

/* An ALTER since the store was opened may be what keeps a statement from being prepared. */
static int prepare(struct sqlite_conn *c, struct store_error *error)
{
	int rc, status = OC_OK;

	sqlite_finalize_all(c);
	rc = sqlite_prepare_all(c);
	if (!rc)
		return OC_OK;
	if ((rc & 0xff) == SQLITE_ERROR)
		status = sqlite_compare(c, error);
	return status ? status : sqlite_open_fail(c->db, c->file, rc, error);
}

static int connect_once(void *ctx, struct store_error *error)
{
	struct sqlite_conn *c = ctx;
	int status = OC_OK;

	if (!c->db)
		status = sqlite_connect(&c->db, c->conn.store->config, error);
	if (!status)
		status = prepare(c, error);
	return status ? status : sqlite_map_log(c->db, c->file, &c->log, error);
}

static void free_conn(struct sqlite_conn *c)
{
	sqlite_finalize_all(c);
	sqlite_disconnect(c->db, true);
	free(c);
}

static struct sqlite_conn *new_conn(struct store *store)
{
	struct sqlite_conn *c = calloc(1, sizeof(*c));
	struct sqlite_store *s = to_sqlite(store);

	if (!c)
		return NULL;
	c->conn.store = store;
	c->file = s->config.file;
	c->schema = s->schema;
	c->sync = s->sync;
	c->suspect = true;	/* the tables were compared when the store was opened, not now */
	return c;
}

int sqlite_conn_open(struct store_conn **out, struct store *store, struct oc_latch *wake,
		     struct store_error *error)
{
	struct sqlite_conn *c = new_conn(store);
	int status;

	if (!c)
		return store_fail(error, OC_ENOMEM, "%s: no memory", store->config->file);
	status = sqlite_patiently(store->config, error, connect_once, c);
	if (status) {
		free_conn(c);
		return status;
	}
	sqlite3_wal_hook(c->db, note_log_size, c);
	sqlite_allow_stop(c);
	store_sync_join(c->sync, &c->waiter, wake);
	*out = &c->conn;
	return OC_OK;
}

void sqlite_conn_close(struct store_conn *conn)
{
	struct sqlite_conn *c = to_sqlite_conn(conn);

	store_sync_leave(c->sync, &c->waiter);
	free_conn(c);
}

int sqlite_durable(struct store_conn *conn, uint64_t ticket)
{
	struct sqlite_conn *c = to_sqlite_conn(conn);

	return store_sync_durable(c->sync, &c->waiter, ticket);
}

void sqlite_forget(struct store_conn *conn)
{
	struct sqlite_conn *c = to_sqlite_conn(conn);

	store_sync_forget(c->sync, &c->waiter);
}
