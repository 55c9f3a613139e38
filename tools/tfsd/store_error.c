// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * From SQLite's errors to ours
 *
 * Its messages are for people, but they are the only place where a constraint's
 * table and column stand, and their form has not changed since 2013. What does not
 * look as expected costs the column's name, nothing else.
 */
#include <string.h>
#include <strings.h>

#include <oc/status.h>
#include <oc/wire.h>

#include "log.h"
#include "store_sqlite.h"

/* The part after "... constraint failed: ", or NULL. */
static const char *constraint_subject(const char *message)
{
	static const char mark[] = " constraint failed: ";
	const char *at = strstr(message, mark);

	return at ? at + sizeof(mark) - 1 : NULL;
}

/* "table.column" or "table.column, table.column": the first. SQLite keeps capitals. */
static void find_column(const struct sqlite_conn *c, const char *subject,
			struct store_error *error)
{
	char name[2 * OC_NAME_MAX + 2];
	size_t length = strcspn(subject, ",");
	char *dot;

	if (length >= sizeof(name))
		return;
	memcpy(name, subject, length);
	name[length] = '\0';
	dot = strchr(name, '.');
	if (!dot)
		return;
	*dot++ = '\0';
	if (!schema_fold_name(name) || !schema_fold_name(dot))
		return;
	/* A trigger may have failed in another table than the change's. */
	error->table = schema_find_table(c->schema, name, strlen(name));
	if (error->table != OC_NONE)
		error->column = schema_find_column(&c->schema->tables[error->table], dot,
						   strlen(dot));
}

/* A CHECK without a name is reported by its text: ours names a column. */
static void find_check(const struct sqlite_conn *c, const char *subject,
		       struct store_error *error)
{
	const struct schema_table *table;
	char check[SCHEMA_CHECK_TEXT];

	if (error->table == OC_NONE)
		return;
	table = &c->schema->tables[error->table];
	for (uint16_t i = 0; i < table->def.ncolumns; i++) {
		schema_check_text(&table->columns[i], check);
		if (!schema_is_check(subject, check))
			continue;
		error->column = i;
		return;
	}
}

int sqlite_constraint(struct sqlite_conn *c, int rc, struct store_error *error)
{
	const char *message = sqlite3_errmsg(c->db);
	const char *subject = constraint_subject(message);
	const struct schema_table *table;

	if (subject && rc == SQLITE_CONSTRAINT_CHECK)
		find_check(c, subject, error);
	else if (subject)
		find_column(c, subject, error);
	if (error->table == OC_NONE)
		return store_fail(error, OC_ECONSTRAINT, "%s", message);
	table = &c->schema->tables[error->table];
	if (error->column == OC_NONE)
		return store_fail(error, OC_ECONSTRAINT, "%s: %s", table->def.name, message);
	return store_fail(error, OC_ECONSTRAINT, "%s.%s: %s", table->def.name,
			  table->columns[error->column].name, message);
}

static int disk_fail(struct sqlite_conn *c, int rc, struct store_error *error)
{
	int number = sqlite3_system_errno(c->db);

	store_fail(error, OC_ESTORE, "%s: %s%s%s", c->file, sqlite3_errstr(rc),
		   number ? ": " : "", number ? strerror(number) : "");
	log_error("%s (%d)", error->text, rc);
	if (rc != SQLITE_IOERR_FSYNC && rc != SQLITE_IOERR_DIR_FSYNC)
		return OC_ESTORE;
	store_sync_panic(c->sync, "a sync in a commit failed");
	return OC_EWRITEPANIC;
}

/* "no such column" and the like: an ALTER, or a trigger that no longer works. */
static int sql_fail(struct sqlite_conn *c, struct store_error *error)
{
	char message[sizeof(error->text) / 2];
	int status;

	snprintf(message, sizeof(message), "%s", sqlite3_errmsg(c->db));
	c->checked = false;
	status = sqlite_compare(c, error);
	if (status)
		return status;
	/* A trigger is compiled from the tables as SQLite remembers them: look before the next. */
	c->suspect = true;
	store_fail(error, OC_ESTORE, "%s: %s", c->file, message);
	log_error("%s", error->text);
	return OC_ESTORE;
}

int sqlite_fail(struct sqlite_conn *c, int rc, struct store_error *error)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:	/* the log's locks were contended for long */
		return store_fail(error, OC_EUNAVAILABLE,
				  "another program has the database locked");
	case SQLITE_INTERRUPT:
		return store_stop(error);
	case SQLITE_NOMEM:
		return store_fail(error, OC_ENOMEM, "the server has no memory");
	case SQLITE_FULL:
		return store_fail(error, OC_EFULL, "%s: the disk is full", c->file);
	case SQLITE_CONSTRAINT:
		return sqlite_constraint(c, rc, error);
	case SQLITE_TOOBIG:
		return store_fail(error, OC_ERANGE, "a value is stored that is far too long");
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
		return sql_fail(c, error);
	default:
		return disk_fail(c, rc, error);
	}
}
