// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The tables of the file: created from the schema if there are none, otherwise
 * compared with it
 */
#include <stdlib.h>
#include <string.h>

#include <oc/status.h>

#include "store_sqlite.h"

/* The first line of what has been said about a schema. */
static int fail_with_words(struct store_error *error, int status, const char *words,
			   const char *file)
{
	if (status == OC_ENOMEM)
		return store_fail(error, status, "%s: no memory", file);
	if (status == OC_PENDING)
		return store_fail(error, status, "%s: another program has it locked", file);
	return store_fail(error, status, "%.*s", (int)strcspn(words, "\n"), words);
}

static int is_empty(sqlite3 *db, bool *empty)
{
	sqlite3_stmt *stmt;
	int n = 0;
	int rc = sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_schema", -1, &stmt, NULL);

	if (rc)
		return rc;
	rc = sqlite_integer(stmt, &n);
	sqlite3_finalize(stmt);
	*empty = !n;
	return rc;
}

/* In a transaction, so that a second creator sees all tables or none. */
static int create_tables(struct sqlite_store *s, FILE *diag, struct store_error *error)
{
	bool empty;
	int status = OC_OK;
	int rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (!rc)
		rc = is_empty(s->db, &empty);
	if (!rc && empty)
		status = schema_run(s->db, s->config.schema_file, diag);
	if (!rc && !status)
		rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	if (rc)
		status = sqlite_open_fail(s->db, s->config.file, rc, error);
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return status;
}

static int compare_tables(struct sqlite_store *s, FILE *diag, struct store_error *error)
{
	struct schema_difference difference;
	struct schema *have;
	int status = schema_read(&have, s->db, s->config.file, s->schema, diag);

	if (status)
		return status;
	if (!schema_equal(s->schema, have, &difference)) {
		error->table = difference.table;
		error->column = difference.column;
		status = store_fail(error, OC_ESCHEMA, "%s: %s", s->config.file, difference.text);
	}
	schema_free(have);
	return status;
}

static int create_or_compare(struct sqlite_store *s, FILE *diag, struct store_error *error)
{
	bool empty;
	int rc = is_empty(s->db, &empty);
	int status = OC_OK;

	if (rc)
		return sqlite_open_fail(s->db, s->config.file, rc, error);
	if (empty)
		status = create_tables(s, diag, error);
	return status ? status : compare_tables(s, diag, error);
}

static int load(struct sqlite_store *s, FILE *diag, struct store_error *error)
{
	(void)error;
	return schema_load(&s->schema, s->config.schema_file, diag);
}

/* Runs @job; if it has said on its stream what is wrong, that becomes the error. */
static int with_words(struct sqlite_store *s, struct store_error *error,
		      int (*job)(struct sqlite_store *s, FILE *diag, struct store_error *error))
{
	char *words = NULL;
	size_t size = 0;
	FILE *diag = open_memstream(&words, &size);
	int status;

	if (!diag)
		return store_fail(error, OC_ENOMEM, "%s: no memory", s->config.file);
	status = job(s, diag, error);
	fclose(diag);
	if (status && !error->text[0])
		status = fail_with_words(error, status, words, s->config.file);
	free(words);
	return status;
}

int sqlite_load_schema(struct sqlite_store *s, struct store_error *error)
{
	return s->schema ? OC_OK : with_words(s, error, load);
}

int sqlite_create(struct sqlite_store *s, struct store_error *error)
{
	return with_words(s, error, create_or_compare);
}
