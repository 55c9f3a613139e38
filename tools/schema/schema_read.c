// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reading the tables of an open database: what SQLite knows about them, and
 * whether they can be served
 */
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <oc/status.h>

#include "schema.h"

struct reader {
	sqlite3 *db;
	const char *name;	/* of the file, in messages */
	FILE *diag;
	bool refused;		/* something has been said */
	int rc;			/* first error of SQLite's */
};

/* Rows of one table in the queries below. */
static const char table_sql[] =
	"SELECT s.name, l.type, l.wr, l.strict, s.sql"
	" FROM sqlite_schema AS s JOIN pragma_table_list AS l"
	" ON l.name = s.name AND l.schema = 'main'"
	" WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	" AND (?1 IS NULL OR s.name = ?1 COLLATE NOCASE)"
	" ORDER BY s.rowid";
static const char column_sql[] =
	"SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid";
static const char pk_index_sql[] =
	"SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk'";

__attribute__((format(printf, 4, 5)))
static void refuse(struct reader *r, const char *table, const char *column, const char *format,
		   ...)
{
	va_list ap;

	fprintf(r->diag, "%s: %s%s%s: ", r->name, table, column ? "." : "", column ? column : "");
	va_start(ap, format);
	vfprintf(r->diag, format, ap);
	va_end(ap);
	fputc('\n', r->diag);
	r->refused = true;
}

static sqlite3_stmt *query(struct reader *r, const char *sql, const char *argument)
{
	sqlite3_stmt *stmt = NULL;

	if (r->rc)
		return NULL;
	r->rc = sqlite3_prepare_v2(r->db, sql, -1, &stmt, NULL);
	if (!r->rc)
		r->rc = sqlite3_bind_text(stmt, 1, argument, -1, SQLITE_TRANSIENT);
	return stmt;
}

static bool step(struct reader *r, sqlite3_stmt *stmt)
{
	int rc;

	if (r->rc)
		return false;
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		r->rc = rc;
	return rc == SQLITE_ROW;
}

static const char *text(sqlite3_stmt *stmt, int i)
{
	const char *value = (const char *)sqlite3_column_text(stmt, i);

	return value ? value : "";
}

/* A copy in lower case; NULL if it is no name for a client. */
static char *take_name(struct reader *r, const char *table, const char *column)
{
	char *name = strdup(column ? column : table);

	if (!name) {
		r->rc = SQLITE_NOMEM;
		return NULL;
	}
	if (schema_fold_name(name))
		return name;
	refuse(r, table, column, "no name for a client; use 1 to 63 letters, digits and _");
	free(name);
	return NULL;
}

static void check_constraint(struct reader *r, const struct schema_table *table,
			     const struct oc_column *column, const char *create)
{
	char check[SCHEMA_CHECK_TEXT];
	char type[SCHEMA_TYPE_TEXT];

	schema_check_text(column, check);
	if (schema_has_check(create, check))
		return;
	schema_type_text(column, type);
	refuse(r, table->def.name, column->name,
	       "the CHECK for %s is missing; add to the column: %s", type, check);
}

static void add_column(struct reader *r, struct schema_table *table, sqlite3_stmt *stmt,
		       const char *create)
{
	struct oc_column *column = &table->columns[table->def.ncolumns];
	const char *declared = text(stmt, 1);
	const char *problem;
	char *name;

	if (sqlite3_column_int(stmt, 4)) {
		refuse(r, table->def.name, text(stmt, 0),
		       "generated columns are not served; make it a view");
		return;
	}
	name = take_name(r, table->def.name, text(stmt, 0));
	if (!name)
		return;
	*column = (struct oc_column){
		.name = name,
		.has_value = sqlite3_column_int(stmt, 2) ? OC_NOT_NULL : 0,
	};
	table->def.ncolumns++;
	problem = schema_parse_type(column, declared);
	if (problem)
		refuse(r, table->def.name, name, "%s%s%s", declared, *declared ? ": " : "",
		       problem);
	else
		check_constraint(r, table, column, create);
}

/* Every key but a true rowid has an index, INTEGER PRIMARY KEY DESC too. */
static bool has_pk_index(struct reader *r, const char *table)
{
	sqlite3_stmt *stmt = query(r, pk_index_sql, table);
	bool found = step(r, stmt);

	sqlite3_finalize(stmt);
	return found;
}

/* Returns whether one of them is the rowid. */
static bool read_columns(struct reader *r, struct schema_table *table, const char *sql_name,
			 const char *create)
{
	bool rowid = false;
	bool pk_index = has_pk_index(r, sql_name);
	sqlite3_stmt *stmt = query(r, column_sql, sql_name);

	while (step(r, stmt)) {
		bool pk = sqlite3_column_int(stmt, 3) != 0;

		if (pk && !pk_index && !strcasecmp(text(stmt, 1), "INTEGER")) {
			rowid = true;
			table->rowid = take_name(r, table->def.name, text(stmt, 0));
			continue;
		}
		if (table->def.ncolumns == OC_COLUMNS_MAX) {
			refuse(r, table->def.name, NULL, "more than %u columns", OC_COLUMNS_MAX);
			break;
		}
		add_column(r, table, stmt, create);
	}
	sqlite3_finalize(stmt);
	return rowid;
}

/* What the columns as a whole must be; only asked when each alone is right. */
static void finish_table(struct reader *r, struct schema_table *table)
{
	if (!table->def.ncolumns)
		refuse(r, table->def.name, NULL, "only a primary key; a row needs a column");
	else if (!schema_layout(table))
		refuse(r, table->def.name, NULL,
		       "a row is larger than %u bytes; make columns shorter or split the table",
		       OC_ROW_MAX);
	else
		schema_hash(table);
}

static const char *table_problem(sqlite3_stmt *stmt, const char *create)
{
	if (!strncasecmp(text(stmt, 0), "_tfs_", 5))
		return "names that begin with _tfs_ are the server's own";
	if (!strcmp(text(stmt, 1), "virtual"))
		return "virtual tables are not served";
	if (sqlite3_column_int(stmt, 2))
		return "has no rowid; leave out WITHOUT ROWID";
	if (sqlite3_column_int(stmt, 3))
		return "STRICT knows no SMALLINT and no VARCHAR(n); leave it out, "
		       "the CHECKs do its work";
	if (schema_has_autoincrement(create))
		return "clients number their rows; leave out AUTOINCREMENT";
	return NULL;
}

static void read_table(struct reader *r, struct schema_table *table, sqlite3_stmt *stmt)
{
	const char *create = text(stmt, 4);
	const char *problem = table_problem(stmt, create);
	bool refused = r->refused;

	table->columns = calloc(OC_COLUMNS_MAX, sizeof(*table->columns));
	table->def.columns = table->columns;
	table->def.name = take_name(r, text(stmt, 0), NULL);
	if (!table->columns)
		r->rc = SQLITE_NOMEM;
	if (!table->columns || !table->def.name)
		return;
	if (problem) {
		refuse(r, table->def.name, NULL, "%s", problem);
		return;
	}
	r->refused = false;
	if (!read_columns(r, table, text(stmt, 0), create) && !r->rc)
		refuse(r, table->def.name, NULL,
		       "no INTEGER PRIMARY KEY; add a column such as: id INTEGER PRIMARY KEY "
		       "(INT is not enough, nor DESC, nor a key of several columns)");
	if (!r->refused && !r->rc)
		finish_table(r, table);
	r->refused |= refused;
}

static bool add_table(struct reader *r, struct schema *schema)
{
	struct schema_table *more;

	if (schema->ntables == OC_TABLES_MAX) {
		refuse(r, "schema", NULL, "more than %u tables", OC_TABLES_MAX);
		return false;
	}
	more = realloc(schema->tables, (schema->ntables + 1) * sizeof(*more));
	if (!more) {
		r->rc = SQLITE_NOMEM;
		return false;
	}
	schema->tables = more;
	more[schema->ntables++] = (struct schema_table){ 0 };
	return true;
}

/* All tables, or those called @only. */
static void read_tables(struct reader *r, struct schema *schema, const char *only)
{
	sqlite3_stmt *stmt = query(r, table_sql, only);

	while (step(r, stmt) && add_table(r, schema))
		read_table(r, &schema->tables[schema->ntables - 1], stmt);
	sqlite3_finalize(stmt);
}

static int read_status(const struct reader *r)
{
	switch (r->rc & 0xff) {
	case SQLITE_OK:
		return r->refused ? OC_ESCHEMA : OC_OK;
	case SQLITE_BUSY:
		return OC_PENDING;
	case SQLITE_NOMEM:
		return OC_ENOMEM;
	default:
		fprintf(r->diag, "%s: %s\n", r->name, sqlite3_errmsg(r->db));
		return OC_ESTORE;
	}
}

int schema_read(struct schema **out, sqlite3 *db, const char *name, const struct schema *only,
		FILE *diag)
{
	struct reader r = { .db = db, .name = name, .diag = diag };
	struct schema *schema = calloc(1, sizeof(*schema));
	int status;

	*out = NULL;
	if (!schema)
		return OC_ENOMEM;
	if (!only)
		read_tables(&r, schema, NULL);
	for (uint32_t i = 0; only && i < only->ntables; i++)
		read_tables(&r, schema, only->tables[i].def.name);
	if (!only && !schema->ntables && !r.rc)
		refuse(&r, "schema", NULL, "no table; a database needs one");
	status = read_status(&r);
	if (status)
		schema_free(schema);
	else
		*out = schema;
	return status;
}
