/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * schema.h: the tables of a database as clients see them
 *
 *	struct schema *schema;
 *
 *	if (schema_load(&schema, "weather.sql", stderr))
 *		return 1;		(stderr says what and where)
 *	... schema->tables[0].def.hash ...
 *	schema_free(schema);
 *
 * SQLite parses the SQL, so what counts is what SQLite understood. From that come
 * the row layout (oc/schema.h), the hashes (PROTOCOL.md, "Schema hash") and the
 * CHECKs that keep every other program's rows within the declared types. tfs and
 * tfsd share this code: a header and a server can only differ if their SQL does.
 *
 * Served are ordinary rowid tables with an INTEGER PRIMARY KEY column. Views,
 * indexes and triggers may be in the file; they are not served.
 *
 * What is wrong goes to @diag, one line each: "file: table.column: what is wrong;
 * what would be right". All of it, not only the first.
 */
#ifndef TFS_SCHEMA_H
#define TFS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <oc/schema.h>
#include <oc/wire.h>

struct sqlite3;

/**
 * struct schema_table - a table
 * @def:     what clients see; def.columns is @columns
 * @columns: in declared order, without the rowid's
 * @rowid:   name of the INTEGER PRIMARY KEY column, in lower case
 */
struct schema_table {
	struct oc_table def;
	struct oc_column *columns;
	char *rowid;
};

/**
 * struct schema - the tables in the order of their CREATE statements
 */
struct schema {
	struct schema_table *tables;
	uint32_t ntables;
};

/*
 * Reads a file of SQL. OC_OK, OC_ESCHEMA (the file cannot be read, its SQL is
 * wrong, or a table cannot be served), OC_ENOMEM. Does not wait.
 */
int schema_load(struct schema **out, const char *sql_file, FILE *diag);

/*
 * Runs a file of SQL on an open database. Only CREATE, ALTER, DROP and changes of
 * rows are allowed, no PRAGMA, ATTACH, transaction or TEMP: the caller puts the
 * whole of it into one transaction. Returns as schema_load(), OC_PENDING if
 * another program holds the file locked, OC_EFULL, OC_ESTORE.
 */
int schema_run(struct sqlite3 *db, const char *sql_file, FILE *diag);

/*
 * Reads the tables of an open database: those that @only names, in its order, or
 * all if it is NULL. @name is the file's name in messages. Returns as
 * schema_load(), OC_PENDING if another program holds the file locked, OC_ESTORE.
 */
int schema_read(struct schema **out, struct sqlite3 *db, const char *name,
		const struct schema *only, FILE *diag);

void schema_free(struct schema *schema);

/* The number of a table, or OC_NONE. @name is in lower case and need not end in NUL. */
uint32_t schema_find_table(const struct schema *schema, const char *name, size_t length);

/* The number of a table's column, or OC_NONE. */
uint32_t schema_find_column(const struct schema_table *table, const char *name, size_t length);

/* Where two schemas differ first; numbers are those of @want, OC_NONE for "no one". */
struct schema_difference {
	uint32_t table;
	uint32_t column;
	char text[192];		/* "weather.temp_max: int in the file, real in the schema" */
};

/* True if every table of @want is in @have and equal; else @out says where not. */
bool schema_equal(const struct schema *want, const struct schema *have,
		  struct schema_difference *out);

/* The parts; each in a file of its own. */

/* Names: 1..OC_NAME_MAX bytes of ASCII, a letter or _ first. Folds in place. */
bool schema_fold_name(char *name);

/* schema_type.c: fills type and max_length from a declared type; NULL, or what is wrong. */
const char *schema_parse_type(struct oc_column *column, const char *declared);

#define SCHEMA_TYPE_TEXT	16	/* "varchar(32767)" and its NUL */

/* The canonical name of a column's type. */
void schema_type_text(const struct oc_column *column, char text[SCHEMA_TYPE_TEXT]);

/* "smallint" for OC_TYPE_SMALLINT; "?" for a number that is no type. */
const char *schema_type_name(uint8_t type);

/* schema_layout.c: fills offsets and row_size; false if the row is larger than OC_ROW_MAX. */
bool schema_layout(struct schema_table *table);

/* Bytes and alignment of a column's number; of VARCHAR and BLOB: of the length. */
uint32_t schema_value_size(uint8_t type);

/* schema_hash.c: fills the columns' hashes and the table's. */
void schema_hash(struct schema_table *table);

uint32_t schema_fnv32(const char *text);
uint64_t schema_fnv64(uint64_t hash, const char *text);

#define SCHEMA_FNV64_BASIS	0xcbf29ce484222325u

/* schema_check.c: the CHECK that column @c must have, as SQL. */
#define SCHEMA_CHECK_TEXT	640
void schema_check_text(const struct oc_column *c, char text[SCHEMA_CHECK_TEXT]);

/* Whether a CREATE TABLE has this CHECK, whatever its case, white space and comments. */
bool schema_has_check(const char *create, const char *check);

/* Whether a CREATE TABLE has AUTOINCREMENT. */
bool schema_has_autoincrement(const char *create);

/* True if the SQL expression @text is that of @check, without CHECK and its parentheses. */
bool schema_is_check(const char *text, const char *check);

#endif /* TFS_SCHEMA_H */
