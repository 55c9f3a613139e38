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

static int altered(const struct sqlite_store *s, struct store_error *error)
{
	error->table = s->difference.table;
	error->column = s->difference.column;
	return store_fail(error, OC_ESCHEMA, "%s", s->difference.text);
}

/* The file has a table that could not be served at all: the reader's first line. */
static void keep_words(struct sqlite_store *s, const char *words)
{
	size_t prefix = strlen(s->config.file) + 2;	/* "file: " */

	if (strlen(words) > prefix && !strncmp(words, s->config.file, prefix - 2))
		words += prefix;
	s->difference.table = OC_NONE;
	s->difference.column = OC_NONE;
	snprintf(s->difference.text, sizeof(s->difference.text), "%.*s",
		 (int)strcspn(words, "\n"), words);
}

static int read_and_compare(struct sqlite_store *s)
{
	struct schema *have;
	char *words = NULL;
	size_t size = 0;
	FILE *diag = open_memstream(&words, &size);
	int status;

	if (!diag)
		return OC_ENOMEM;
	status = schema_read(&have, s->db, s->config.file, s->schema, diag);
	fclose(diag);
	if (!status && !schema_equal(s->schema, have, &s->difference))
		status = OC_ESCHEMA;
	else if (status == OC_ESCHEMA)
		keep_words(s, words);
	schema_free(have);
	free(words);
	return status;
}

static void note(struct sqlite_store *s, int version, bool is_altered)
{
	if (is_altered && !s->altered)
		log_error("%s: altered by another program: %s; refused until it fits again",
			  s->config.file, s->difference.text);
	else if (!is_altered && s->altered)
		log_info("%s: fits its schema again", s->config.file);
	s->altered = is_altered;
	s->checked = true;
	s->checked_version = version;
}

int sqlite_compare(struct sqlite_store *s, struct store_error *error)
{
	int version = 0, status;
	int rc = sqlite_integer(s->schema_version, &version);

	/* With these two sqlite_fail() would come back here: read the tables instead. */
	if (rc && (rc & 0xff) != SQLITE_ERROR && (rc & 0xff) != SQLITE_SCHEMA)
		return sqlite_fail(s, rc, error);
	if (!rc && s->checked && version == s->checked_version)
		return s->altered ? altered(s, error) : OC_OK;
	status = read_and_compare(s);
	if (status && status != OC_ESCHEMA)
		return store_fail(error, status, "%s: cannot read its tables", s->config.file);
	note(s, version, status == OC_ESCHEMA);
	return status ? altered(s, error) : OC_OK;
}

int sqlite_still_fits(struct sqlite_store *s, struct store_error *error)
{
	if (!s->altered && !s->suspect)
		return OC_OK;
	s->suspect = false;
	return sqlite_compare(s, error);
}

int sqlite_was_altered(struct sqlite_store *s, sqlite3_stmt *stmt, struct store_error *error)
{
	if (!sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_REPREPARE, 1))
		return OC_OK;
	return sqlite_compare(s, error);
}
