// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What all backends have in common: the choice of one, and the checks of arguments
 */
#include <stdarg.h>
#include <stdio.h>

#include <oc/status.h>
#include <oc/wire.h>

#include "store_ops.h"

static void clear(struct store_error *error)
{
	error->index = OC_NONE;
	error->table = OC_NONE;
	error->column = OC_NONE;
	error->text[0] = '\0';
}

int store_fail(struct store_error *error, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return status;
}

int store_open(struct store **out, const struct store_config *config,
	       struct store_error *error)
{
	clear(error);
	*out = NULL;
	return store_sqlite_open(out, config, error);
}

int store_close(struct store *store)
{
	return store->ops->close(store);
}

const struct store_config *store_config(const struct store *store)
{
	return store->config;
}

const struct schema *store_schema(const struct store *store)
{
	return store->schema;
}

int store_connect(struct store_conn **out, struct store *store, struct oc_latch *wake,
		  struct store_error *error)
{
	clear(error);
	*out = NULL;
	return store->ops->connect(out, store, wake, error);
}

void store_disconnect(struct store_conn *conn)
{
	conn->store->ops->disconnect(conn);
}

void store_watch(struct store_conn *conn, bool (*stop)(void *ctx), void *ctx)
{
	conn->stop = stop;
	conn->stop_ctx = ctx;
}

bool store_stopped(const struct store_conn *conn)
{
	return conn->stop && conn->stop(conn->stop_ctx);
}

int store_stop(struct store_error *error)
{
	return store_fail(error, OC_ECANCELLED, "taken back");
}

int store_version(struct store_conn *conn, uint32_t *version)
{
	return conn->store->ops->version(conn, version);
}

static int check_table(const struct store *store, uint32_t table, struct store_error *error)
{
	clear(error);
	if (table >= store->schema->ntables)
		return store_fail(error, OC_ENOTABLE, "no table has number %u", table);
	error->table = table;
	return OC_OK;
}

int store_next_rowid(struct store_conn *conn, uint32_t table, int64_t *rowid,
		     struct store_error *error)
{
	int status = check_table(conn->store, table, error);

	return status ? status : conn->store->ops->next_rowid(conn, table, rowid, error);
}

int store_commit(struct store_conn *conn, struct store_changes *changes, uint32_t version,
		 uint64_t *ticket, struct store_error *error)
{
	clear(error);
	*ticket = 0;
	return conn->store->ops->commit(conn, changes, version, ticket, error);
}

void store_forget(struct store_conn *conn)
{
	conn->store->ops->forget(conn);
}

int store_durable(struct store_conn *conn, uint64_t ticket)
{
	return conn->store->ops->durable(conn, ticket);
}

int store_get(struct store_conn *conn, uint32_t table, int64_t rowid, void *row,
	      struct store_error *error)
{
	int status = check_table(conn->store, table, error);

	return status ? status : conn->store->ops->get(conn, table, rowid, row, error);
}

int store_read(struct store_conn *conn, uint32_t table, int64_t after, uint32_t max_rows,
	       void *buffer, size_t size, uint32_t *nrows, bool *end,
	       struct store_error *error)
{
	const struct store *store = conn->store;
	int status = check_table(store, table, error);

	*nrows = 0;
	*end = false;
	if (status)
		return status;
	if (!max_rows || size < sizeof(int64_t) + store->schema->tables[table].def.row_size)
		return store_fail(error, OC_EINVAL, "no room for a row");
	return store->ops->read(conn, table, after, max_rows, buffer, size, nrows, end, error);
}
