// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Noticing that another program has altered a table
 *
 * A table that no longer fits the schema is answered OC_ESCHEMA until it fits again.
 * schema_version steps at every CREATE, ALTER and DROP, so the tables are read once
 * for each of its values, not for each statement that was prepared anew.
 */
#include <stdlib.h>
#include <string.h>

#include <oc/status.h>
#include <oc/wire.h>

#include "log.h"
#include "store_sqlite.h"

static int altered(const struct sqlite_conn *c, struct store_error *error)
{
	error->table = c->difference.table;
	error->column = c->difference.column;
	return store_fail(error, OC_ESCHEMA, "%s", c->difference.text);
}

/* The file has a table that could not be served at all: the reader's first line. */
static void keep_words(struct sqlite_conn *c, const char *words)
{
	size_t prefix = strlen(c->file) + 2;	/* "file: " */

	if (strlen(words) > prefix && !strncmp(words, c->file, prefix - 2))
		words += prefix;
	c->difference.table = OC_NONE;
	c->difference.column = OC_NONE;
	snprintf(c->difference.text, sizeof(c->difference.text), "%.*s",
		 (int)strcspn(words, "\n"), words);
}

static int read_and_compare(struct sqlite_conn *c)
{
	struct schema *have;
	char *words = NULL;
	size_t size = 0;
	FILE *diag = open_memstream(&words, &size);
	int status;

	if (!diag)
		return OC_ENOMEM;
	status = schema_read(&have, c->db, c->file, c->schema, diag);
	fclose(diag);
	if (!status && !schema_equal(c->schema, have, &c->difference))
		status = OC_ESCHEMA;
	else if (status == OC_ESCHEMA)
		keep_words(c, words);
	schema_free(have);
	free(words);
	return status;
}

/* Each connection finds it out by itself; the log hears it once. */
static void note(struct sqlite_conn *c, int version, bool is_altered)
{
	struct sqlite_store *s = to_sqlite(c->conn.store);
	bool logged = __atomic_exchange_n(&s->altered, is_altered, __ATOMIC_RELAXED);

	if (is_altered && !logged)
		log_error("%s: altered by another program: %s; refused until it fits again",
			  c->file, c->difference.text);
	else if (!is_altered && logged)
		log_info("%s: fits its schema again", c->file);
	c->altered = is_altered;
	c->checked = true;
	c->checked_version = version;
}

int sqlite_compare(struct sqlite_conn *c, struct store_error *error)
{
	int version = 0, status;
	int rc = sqlite_integer(c->schema_version, &version);

	/* With these two sqlite_fail() would come back here: read the tables instead. */
	if (rc && (rc & 0xff) != SQLITE_ERROR && (rc & 0xff) != SQLITE_SCHEMA)
		return sqlite_fail(c, rc, error);
	if (!rc && c->checked && version == c->checked_version)
		return c->altered ? altered(c, error) : OC_OK;
	status = read_and_compare(c);
	if (status && status != OC_ESCHEMA)
		return store_fail(error, status, "%s: cannot read its tables", c->file);
	note(c, version, status == OC_ESCHEMA);
	return status ? altered(c, error) : OC_OK;
}

int sqlite_still_fits(struct sqlite_conn *c, struct store_error *error)
{
	if (!c->altered && !c->suspect)
		return OC_OK;
	c->suspect = false;
	return sqlite_compare(c, error);
}

int sqlite_was_altered(struct sqlite_conn *c, sqlite3_stmt *stmt, struct store_error *error)
{
	if (!sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_REPREPARE, 1))
		return OC_OK;
	return sqlite_compare(c, error);
}
