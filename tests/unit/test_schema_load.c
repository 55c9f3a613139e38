// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading a file of SQL: what is served, and every refusal with its words
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../tools/schema/schema.h"
#include "kinds.h"
#include "unit.h"

#define CHECK_N " CHECK (typeof(n) = 'integer')"
#define N "n INTEGER NOT NULL" CHECK_N
#define T "CREATE TABLE t (id INTEGER PRIMARY KEY, " N ");"

struct loading {
	char file[40];
	struct schema *schema;
	char *words;
	size_t size;
};

static int setup(void **state)
{
	struct loading *l = calloc(1, sizeof(*l));
	int fd;

	strcpy(l->file, "/tmp/tfs-schema-XXXXXX");
	fd = mkstemp(l->file);
	*state = l;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	struct loading *l = *state;

	schema_free(l->schema);
	free(l->words);
	unlink(l->file);
	free(l);
	return 0;
}

static int load(struct loading *l, const char *sql)
{
	FILE *out = fopen(l->file, "w");
	FILE *diag;
	int status;

	fputs(sql, out);
	fclose(out);
	schema_free(l->schema);
	free(l->words);
	l->schema = (struct schema *)l;
	diag = open_memstream(&l->words, &l->size);
	status = schema_load(&l->schema, l->file, diag);
	fclose(diag);
	return status;
}

static void must_load(struct loading *l, const char *sql)
{
	int status = load(l, sql);

	if (status)
		fail_msg("%s: %s", oc_status_name(status), l->words);
	assert_string_equal(l->words, "");
}

/* @words is one of the lines that are said, each of which begins with the file's name. */
static void must_refuse(struct loading *l, const char *sql, const char *words)
{
	char line[512];

	assert_status(load(l, sql), OC_ESCHEMA);
	assert_null(l->schema);
	snprintf(line, sizeof(line), "%s%s", l->file, words);
	if (!strstr(l->words, line))
		fail_msg("\"%s\" does not say \"%s\"", l->words, line);
}

static void test_kinds(void **state)
{
	struct loading *l = *state;
	const struct schema_table *kinds;

	assert_status(schema_load(&l->schema, "tests/data/kinds.sql", stderr), OC_OK);
	assert_int_equal(l->schema->ntables, 3);
	kinds = &l->schema->tables[0];
	assert_int_equal(kinds->def.ncolumns, 16);
	assert_string_equal(kinds->rowid, "key");
	assert_int_equal(schema_find_table(l->schema, "order", 5), 2);
	assert_int_equal(schema_find_table(l->schema, "orders", 5), 2);
	assert_int_equal(schema_find_table(l->schema, "orders", 6), OC_NONE);
	assert_int_equal(schema_find_table(l->schema, "orde", 4), OC_NONE);
	assert_int_equal(schema_find_column(kinds, "n_bytes", 7), 15);
	assert_int_equal(schema_find_column(kinds, "key", 3), OC_NONE);
}

/* What `tfs compile` wrote for clients is what a server reads from the same file. */
static void test_header(void **state)
{
	struct loading *l = *state;

	assert_status(schema_load(&l->schema, "tests/data/kinds.sql", stderr), OC_OK);
	assert_int_equal(kinds_schema.ntables, l->schema->ntables);
	for (uint32_t t = 0; t < l->schema->ntables; t++) {
		const struct oc_table *ours = &kinds_schema.tables[t];
		const struct oc_table *theirs = &l->schema->tables[t].def;

		assert_string_equal(ours->name, theirs->name);
		assert_true(ours->hash == theirs->hash);
		assert_int_equal(ours->row_size, theirs->row_size);
		assert_int_equal(ours->ncolumns, theirs->ncolumns);
		for (uint16_t c = 0; c < ours->ncolumns; c++) {
			const struct oc_column *x = &ours->columns[c], *y = &theirs->columns[c];

			assert_string_equal(x->name, y->name);
			assert_int_equal(x->hash, y->hash);
			assert_int_equal(x->offset, y->offset);
			assert_int_equal(x->has_value, y->has_value);
			assert_int_equal(x->max_length, y->max_length);
			assert_int_equal(x->type, y->type);
		}
	}
	assert_int_equal(offsetof(struct kinds_kinds, n_words_length),
			 kinds_schema.tables[KINDS_TABLE_KINDS].columns[14].offset);
}

/* In the order of the CREATEs, not of names or of SQLite's memory. */
static void test_order(void **state)
{
	struct loading *l = *state;
	static const char *const names[] = { "zebra", "apple", "mole", "b", "a" };
	char sql[1024] = "", one[160];

	for (size_t i = 0; i < 5; i++) {
		snprintf(one, sizeof(one), "CREATE TABLE %s (id INTEGER PRIMARY KEY, " N ");\n",
			 names[i]);
		strcat(sql, one);
	}
	must_load(l, sql);
	assert_int_equal(l->schema->ntables, 5);
	for (uint32_t i = 0; i < 5; i++)
		assert_string_equal(l->schema->tables[i].def.name, names[i]);
}

/* Things beside the tables; a table constraint that makes a rowid of its column. */
static void test_other_things(void **state)
{
	struct loading *l = *state;

	must_load(l, "CREATE TABLE T (N INTEGER NOT NULL" CHECK_N ", "
		     "Id integer, PRIMARY KEY (ID));\n"
		     "CREATE VIEW v AS SELECT n FROM t;\nCREATE INDEX i ON t (n);\n"
		     "CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t WHERE n < 0; END;\n"
		     "INSERT INTO t VALUES (1, 2);\n-- the end");
	assert_int_equal(l->schema->ntables, 1);
	assert_string_equal(l->schema->tables[0].def.name, "t");
	assert_string_equal(l->schema->tables[0].rowid, "id");
	assert_string_equal(l->schema->tables[0].columns[0].name, "n");
}

static const struct {
	const char *sql;
	const char *words;
} refused[] = {
	/* SQL that is none, or more than a schema; by line */
	{ "CREATE TABLE t (\n  id INTEGER PRIMARY KEY,\n  n INTEGER NOT NUL\n);",
	  ":3: near \"NUL\": syntax error" },
	{ T "\n\n/* two\nlines */ " T, ":4: table t already exists" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL\n"
	  "  CHECK (n IN (\"a\", 'b')));", ":2: no such column: a" },
	{ T "\nPRAGMA journal_mode = OFF;", ":2: not allowed in a schema file: PRAGMA" },
	{ "BEGIN; " T " COMMIT;", ":1: not allowed in a schema file: BEGIN" },
	{ "ATTACH 'x' AS y;", ":1: not allowed in a schema file: ATTACH" },
	{ "SAVEPOINT a;", ":1: not allowed in a schema file: SAVEPOINT" },
	{ "CREATE TEMP TABLE t (id INTEGER PRIMARY KEY);",
	  ":1: not allowed in a schema file: TEMP" },
	{ "CREATE VIRTUAL TABLE t USING fts5(x);",
	  ":1: not allowed in a schema file: CREATE VIRTUAL TABLE" },
	{ T "\nINSERT INTO t VALUES (1, 'x');",
	  ":2: CHECK constraint failed: typeof(n) = 'integer'" },
	{ "", ": schema: no table; a database needs one" },
	{ "CREATE VIEW v AS SELECT 1;", ": schema: no table; a database needs one" },

	/* tables */
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, " N ") WITHOUT ROWID;",
	  ": t: has no rowid; leave out WITHOUT ROWID" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, " N ") STRICT;",
	  ": t: STRICT knows no SMALLINT and no VARCHAR(n); leave it out, the CHECKs do its work" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, " N ");",
	  ": t: clients number their rows; leave out AUTOINCREMENT" },
	{ "CREATE TABLE t (" N ");", ": t: no INTEGER PRIMARY KEY; add a column such as: "
	  "id INTEGER PRIMARY KEY" },
	{ "CREATE TABLE t (id INT PRIMARY KEY, " N ");", ": t: no INTEGER PRIMARY KEY" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, " N ");", ": t: no INTEGER PRIMARY KEY" },
	{ "CREATE TABLE t (id INTEGER, " N ", PRIMARY KEY (id, n));",
	  ": t: no INTEGER PRIMARY KEY" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY);",
	  ": t: only a primary key; a row needs a column" },
	{ "CREATE TABLE t AS SELECT 1 AS n;", ": t: no INTEGER PRIMARY KEY" },
	{ "CREATE TABLE \"t t\" (id INTEGER PRIMARY KEY, " N ");",
	  ": t t: no name for a client; use 1 to 63 letters, digits and _" },
	{ "CREATE TABLE _TFS_x (id INTEGER PRIMARY KEY, " N ");",
	  ": _tfs_x: names that begin with _tfs_ are the server's own" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB(32767) NOT NULL "
	  "CHECK (typeof(a) = 'blob' AND length(a) <= 32767), " N ");",
	  ": t: a row is larger than 32768 bytes; make columns shorter or split the table" },

	/* columns */
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n);", ": t.n: a column needs a type: SMALLINT" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT);",
	  ": t.n: TEXT: unknown type; use VARCHAR(n)" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n DOUBLE PRECISION);",
	  ": t.n: DOUBLE PRECISION: unknown type; use REAL" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n COLOUR);",
	  ": t.n: COLOUR: unknown type; use SMALLINT, INT, BIGINT, FLOAT, REAL, "
	  "VARCHAR(n) or BLOB(n)" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n VARCHAR);",
	  ": t.n: VARCHAR: the type needs its largest length in bytes, such as VARCHAR(32)" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n VARCHAR(0));",
	  ": t.n: VARCHAR(0): the length must be one number from 1 to 32767" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT(11));",
	  ": t.n: INT(11): this type takes no length; leave out the parentheses" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER AS (id + 1)" CHECK_N ");",
	  ": t.n: generated columns are not served; make it a view" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER AS (id + 1) STORED" CHECK_N ");",
	  ": t.n: generated columns are not served; make it a view" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, \"n-n\" INT);",
	  ": t.n-n: no name for a client; use 1 to 63 letters, digits and _" },
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);",
	  ": t.n: the CHECK for bigint is missing; add to the column: "
	  "CHECK (typeof(n) = 'integer')" },
	/* nullable: the CHECK of a NOT NULL column would refuse NULL */
	{ "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER" CHECK_N ");",
	  ": t.n: the CHECK for bigint is missing; add to the column: "
	  "CHECK (n IS NULL OR (typeof(n) = 'integer'))" },
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		must_refuse(*state, refused[i].sql, refused[i].words);
}

/* All that is wrong is said at once. */
static void test_all_errors(void **state)
{
	struct loading *l = *state;
	int lines = 0;

	must_refuse(l, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT);\n"
		       "CREATE TABLE u (" N ", c INT);", ": t.a: ");
	assert_non_null(strstr(l->words, ": t.b: "));
	assert_non_null(strstr(l->words, ": u.c: "));
	assert_non_null(strstr(l->words, ": u: "));
	for (const char *p = l->words; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 4);
}

static void append_columns(char *sql, int n)
{
	strcpy(sql, "CREATE TABLE t (id INTEGER PRIMARY KEY");
	for (int i = 0; i < n; i++)
		sprintf(sql + strlen(sql), ", c%d INTEGER NOT NULL CHECK (typeof(c%d) = 'integer')",
			i, i);
	strcat(sql, ");");
}

static void test_many_columns(void **state)
{
	struct loading *l = *state;
	char *sql = malloc(65536);

	append_columns(sql, 256);
	must_load(l, sql);
	assert_int_equal(l->schema->tables[0].def.ncolumns, 256);
	append_columns(sql, 257);
	must_refuse(l, sql, ": t: more than 256 columns");
	free(sql);
}

static void append_tables(char *sql, int n)
{
	*sql = '\0';
	for (int i = 0; i < n; i++)
		sprintf(sql + strlen(sql), "CREATE TABLE t%d (id INTEGER PRIMARY KEY, " N ");\n",
			i);
}

static void test_many_tables(void **state)
{
	struct loading *l = *state;
	char *sql = malloc(65536);

	append_tables(sql, 256);
	must_load(l, sql);
	assert_int_equal(l->schema->ntables, 256);
	assert_string_equal(l->schema->tables[255].def.name, "t255");
	append_tables(sql, 257);
	must_refuse(l, sql, ": schema: more than 256 tables");
	free(sql);
}

static void test_no_file(void **state)
{
	struct loading *l = *state;
	FILE *diag = open_memstream(&l->words, &l->size);

	assert_status(schema_load(&l->schema, "/nonexistent.sql", diag), OC_ESCHEMA);
	fclose(diag);
	assert_string_equal(l->words, "/nonexistent.sql: No such file or directory\n");
}

static void test_no_text(void **state)
{
	struct loading *l = *state;
	FILE *out, *diag;

	out = fopen(l->file, "w");
	fwrite("SELECT 1;\0;", 1, 11, out);
	fclose(out);
	diag = open_memstream(&l->words, &l->size);
	assert_status(schema_load(&l->schema, l->file, diag), OC_ESCHEMA);
	fclose(diag);
	assert_non_null(strstr(l->words, ": holds a zero byte: no SQL text"));
	assert_int_equal(truncate(l->file, (1 << 20) + 1), 0);
	free(l->words);
	diag = open_memstream(&l->words, &l->size);
	assert_status(schema_load(&l->schema, l->file, diag), OC_ESCHEMA);
	fclose(diag);
	assert_non_null(strstr(l->words, ": is larger than 1 MiB: no schema"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		TEST(test_kinds),
		TEST(test_header),
		TEST(test_order),
		TEST(test_other_things),
		TEST(test_refused),
		TEST(test_all_errors),
		TEST(test_many_columns),
		TEST(test_many_tables),
		TEST(test_no_file),
		TEST(test_no_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
