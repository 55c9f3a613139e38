// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The statements, prepared once. Never "select *": a column that another program
 * adds must not move ours.
 */
#include <stdlib.h>

#include <oc/status.h>

#include "store_sqlite.h"

static void put_columns(FILE *sql, const struct schema_table *table)
{
	for (uint16_t i = 0; i < table->def.ncolumns; i++)
		fprintf(sql, "%s\"%s\"", i ? ", " : "", table->columns[i].name);
}

/* OR ABORT overrides a schema's ON CONFLICT, which could drop a row and say nothing. */
static void put_insert(FILE *sql, const struct schema_table *table)
{
	fprintf(sql, "INSERT OR ABORT INTO main.\"%s\" (\"%s\", ", table->def.name, table->rowid);
	put_columns(sql, table);
	fputs(") VALUES (?", sql);
	for (uint16_t i = 0; i < table->def.ncolumns; i++)
		fputs(", ?", sql);
	fputs(")", sql);
}

static void put_exists(FILE *sql, const struct schema_table *table)
{
	fprintf(sql, "SELECT 1 FROM main.\"%s\" WHERE \"%s\" = ?", table->def.name, table->rowid);
}

static void put_get(FILE *sql, const struct schema_table *table)
{
	fputs("SELECT ", sql);
	put_columns(sql, table);
	fprintf(sql, " FROM main.\"%s\" WHERE \"%s\" = ?", table->def.name, table->rowid);
}

static void put_read(FILE *sql, const struct schema_table *table)
{
	fprintf(sql, "SELECT \"%s\", ", table->rowid);
	put_columns(sql, table);
	fprintf(sql, " FROM main.\"%s\" WHERE \"%s\" > ?1 ORDER BY \"%s\" LIMIT ?2",
		table->def.name, table->rowid, table->rowid);
}

static void put_last(FILE *sql, const struct schema_table *table)
{
	fprintf(sql, "SELECT max(\"%s\") FROM main.\"%s\"", table->rowid, table->def.name);
}

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
}

static int prepare_for(sqlite3 *db, const struct schema_table *table, sqlite3_stmt **out,
		       void (*put)(FILE *sql, const struct schema_table *table))
{
	char *text = NULL;
	size_t size = 0;
	FILE *sql = open_memstream(&text, &size);
	int rc = SQLITE_NOMEM;

	if (!sql)
		return SQLITE_NOMEM;
	put(sql, table);
	if (!fclose(sql))
		rc = prepare(db, text, out);
	free(text);
	return rc;
}

static int prepare_table(sqlite3 *db, const struct schema_table *table, struct sqlite_table *out)
{
	int rc = prepare_for(db, table, &out->insert, put_insert);

	if (!rc)
		rc = prepare_for(db, table, &out->exists, put_exists);
	if (!rc)
		rc = prepare_for(db, table, &out->get, put_get);
	if (!rc)
		rc = prepare_for(db, table, &out->read, put_read);
	if (!rc)
		rc = prepare_for(db, table, &out->last, put_last);
	return rc;
}

int sqlite_prepare_all(struct sqlite_conn *c)
{
	int rc;

	c->tables = calloc(c->schema->ntables, sizeof(*c->tables));
	if (!c->tables)
		return SQLITE_NOMEM;
	/* IMMEDIATE: with the write lock from the start, BUSY comes before any work. */
	rc = prepare(c->db, "BEGIN IMMEDIATE", &c->begin);
	if (!rc)
		rc = prepare(c->db, "COMMIT", &c->commit);
	if (!rc)
		rc = prepare(c->db, "ROLLBACK", &c->rollback);
	if (!rc)
		rc = prepare(c->db, "PRAGMA schema_version", &c->schema_version);
	for (uint32_t i = 0; !rc && i < c->schema->ntables; i++)
		rc = prepare_table(c->db, &c->schema->tables[i], &c->tables[i]);
	return rc;
}

static void finalize_table(struct sqlite_table *table)
{
	sqlite3_finalize(table->insert);
	sqlite3_finalize(table->exists);
	sqlite3_finalize(table->get);
	sqlite3_finalize(table->read);
	sqlite3_finalize(table->last);
}

void sqlite_finalize_all(struct sqlite_conn *c)
{
	for (uint32_t i = 0; c->tables && i < c->schema->ntables; i++)
		finalize_table(&c->tables[i]);
	free(c->tables);
	c->tables = NULL;
	sqlite3_finalize(c->begin);
	sqlite3_finalize(c->commit);
	sqlite3_finalize(c->rollback);
	sqlite3_finalize(c->schema_version);
	c->begin = NULL;
	c->commit = NULL;
	c->rollback = NULL;
	c->schema_version = NULL;
}

int sqlite_integer(sqlite3_stmt *stmt, int *value)
{
	int rc = sqlite3_step(stmt);

	if (rc == SQLITE_ROW)
		*value = sqlite3_column_int(stmt, 0);
	sqlite3_reset(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}
