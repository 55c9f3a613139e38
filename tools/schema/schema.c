// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A schema as a whole: loading it from SQL, finding in it, comparing two
 */
#include <ctype.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include <oc/status.h>

#include "schema.h"

bool schema_fold_name(char *name)
{
	size_t length = strlen(name);

	if (!length || length > OC_NAME_MAX || isdigit((unsigned char)*name))
		return false;
	for (; *name; name++) {
		if (*name >= 'A' && *name <= 'Z')
			*name += 'a' - 'A';
		if (!(*name >= 'a' && *name <= 'z') && !(*name >= '0' && *name <= '9') &&
		    *name != '_')
			return false;
	}
	return true;
}

static int open_memory(sqlite3 **db)
{
	int rc = sqlite3_open_v2(":memory:", db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
				 NULL);

	if (rc)
		return rc;
	/* "text" in double quotes is a name; SQLite would take it for a string. */
	sqlite3_db_config(*db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	return SQLITE_OK;
}

int schema_load(struct schema **out, const char *sql_file, FILE *diag)
{
	sqlite3 *db = NULL;
	int status = OC_ENOMEM;

	*out = NULL;
	if (open_memory(&db) == SQLITE_OK) {
		status = schema_run(db, sql_file, diag);
		if (!status)
			status = schema_read(out, db, sql_file, NULL, diag);
	}
	sqlite3_close(db);
	return status;
}

static void free_table(struct schema_table *table)
{
	for (uint16_t i = 0; i < table->def.ncolumns; i++)
		free((char *)table->columns[i].name);
	free(table->columns);
	free((char *)table->def.name);
	free(table->rowid);
}

void schema_free(struct schema *schema)
{
	if (!schema)
		return;
	for (uint32_t i = 0; i < schema->ntables; i++)
		free_table(&schema->tables[i]);
	free(schema->tables);
	free(schema);
}

static bool is_name(const char *name, const char *other, size_t length)
{
	return strlen(name) == length && !memcmp(name, other, length);
}

uint32_t schema_find_table(const struct schema *schema, const char *name, size_t length)
{
	for (uint32_t i = 0; i < schema->ntables; i++)
		if (is_name(schema->tables[i].def.name, name, length))
			return i;
	return OC_NONE;
}

uint32_t schema_find_column(const struct schema_table *table, const char *name, size_t length)
{
	for (uint32_t i = 0; i < table->def.ncolumns; i++)
		if (is_name(table->columns[i].name, name, length))
			return i;
	return OC_NONE;
}

static const char *null_text(const struct oc_column *column)
{
	return column->has_value == OC_NOT_NULL ? "" : " null";
}

static bool differ(struct schema_difference *out, uint32_t table, uint32_t column)
{
	out->table = table;
	out->column = column;
	return false;
}

static bool columns_equal(const struct schema_table *want, const struct schema_table *have,
			  uint32_t t, uint32_t c, struct schema_difference *out)
{
	const struct oc_column *w = &want->columns[c];
	const struct oc_column *h = &have->columns[c];
	char wanted[SCHEMA_TYPE_TEXT], had[SCHEMA_TYPE_TEXT];

	if (w->hash == h->hash && !strcmp(w->name, h->name))
		return true;
	schema_type_text(w, wanted);
	schema_type_text(h, had);
	if (strcmp(w->name, h->name))
		snprintf(out->text, sizeof(out->text),
			 "%s.%s: missing in the file, which has %s at this place",
			 want->def.name, w->name, h->name);
	else
		snprintf(out->text, sizeof(out->text),
			 "%s.%s: %s%s in the file, %s%s in the schema", want->def.name, w->name,
			 had, null_text(h), wanted, null_text(w));
	return differ(out, t, c);
}

static bool tables_equal(const struct schema_table *want, const struct schema_table *have,
			 uint32_t t, struct schema_difference *out)
{
	uint32_t nwant = want->def.ncolumns, nhave = have->def.ncolumns;

	for (uint32_t c = 0; c < nwant && c < nhave; c++)
		if (!columns_equal(want, have, t, c, out))
			return false;
	if (nwant > nhave) {
		snprintf(out->text, sizeof(out->text), "%s.%s: missing in the file",
			 want->def.name, want->columns[nhave].name);
		return differ(out, t, nhave);
	}
	if (nwant < nhave) {
		snprintf(out->text, sizeof(out->text), "%s.%s: in the file, not in the schema",
			 want->def.name, have->columns[nwant].name);
		return differ(out, t, OC_NONE);
	}
	if (strcmp(want->rowid, have->rowid)) {
		snprintf(out->text, sizeof(out->text),
			 "%s.%s: the file's INTEGER PRIMARY KEY is %s", want->def.name,
			 want->rowid, have->rowid);
		return differ(out, t, OC_NONE);
	}
	return true;
}

bool schema_equal(const struct schema *want, const struct schema *have,
		  struct schema_difference *out)
{
	for (uint32_t t = 0; t < want->ntables; t++) {
		const struct schema_table *table = &want->tables[t];
		uint32_t other = schema_find_table(have, table->def.name, strlen(table->def.name));

		if (other == OC_NONE) {
			snprintf(out->text, sizeof(out->text), "%s: no such table in the file",
				 table->def.name);
			return differ(out, t, OC_NONE);
		}
		if (!tables_equal(table, &have->tables[other], t, out))
			return false;
	}
	return true;
}
