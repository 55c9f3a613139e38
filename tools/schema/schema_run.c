// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Running a file of SQL: one statement after the other, so that an error has a
 * line, and under an authorizer, so that the file does what a schema does and
 * nothing else.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include <oc/status.h>

#include "schema.h"

#define SQL_MAX		(1 << 20)	/* a schema of a megabyte is the wrong file */

struct run {
	sqlite3 *db;
	const char *file;
	const char *denied;	/* what the authorizer refused in this statement */
	FILE *diag;
};

static const struct {
	int action;
	const char *name;
} refused[] = {
	{ SQLITE_ATTACH, "ATTACH" },
	{ SQLITE_DETACH, "DETACH" },
	{ SQLITE_PRAGMA, "PRAGMA" },
	{ SQLITE_TRANSACTION, "BEGIN, COMMIT or ROLLBACK (the file is one transaction)" },
	{ SQLITE_SAVEPOINT, "SAVEPOINT (the file is one transaction)" },
	{ SQLITE_CREATE_TEMP_TABLE, "TEMP" },
	{ SQLITE_CREATE_TEMP_VIEW, "TEMP" },
	{ SQLITE_CREATE_TEMP_INDEX, "TEMP" },
	{ SQLITE_CREATE_TEMP_TRIGGER, "TEMP" },
	{ SQLITE_CREATE_VTABLE, "CREATE VIRTUAL TABLE" },
};

static int authorize(void *ctx, int action, const char *a, const char *b, const char *c,
		     const char *d)
{
	struct run *run = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (refused[i].action != action)
			continue;
		run->denied = refused[i].name;
		return SQLITE_DENY;
	}
	return SQLITE_OK;
}

static unsigned int line_of(const char *sql, const char *at)
{
	unsigned int line = 1;

	for (; sql < at; sql++)
		line += *sql == '\n';
	return line;
}

static int status_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return OC_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return OC_PENDING;
	case SQLITE_NOMEM:
		return OC_ENOMEM;
	case SQLITE_FULL:
		return OC_EFULL;
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_NOTADB:
		return OC_ESTORE;
	default:
		return OC_ESCHEMA;
	}
}

/* Past blanks and comments, to where people look for the statement. */
static const char *statement_start(const char *sql)
{
	for (;;) {
		sql += strspn(sql, " \t\r\n;");
		if (!strncmp(sql, "--", 2))
			sql += strcspn(sql, "\n");
		else if (!strncmp(sql, "/*", 2) && strstr(sql + 2, "*/"))
			sql = strstr(sql + 2, "*/") + 2;
		else
			return sql;
	}
}

static int complain(const struct run *run, const char *sql, const char *statement, int rc)
{
	const char *at = statement_start(statement);
	int offset = sqlite3_error_offset(run->db);
	int status = run->denied ? OC_ESCHEMA : status_of(rc);

	if (offset >= 0 && (size_t)offset <= strlen(statement))
		at = statement + offset;
	if (run->denied)
		fprintf(run->diag, "%s:%u: not allowed in a schema file: %s\n", run->file,
			line_of(sql, at), run->denied);
	else if (status != OC_PENDING)
		fprintf(run->diag, "%s:%u: %s\n", run->file, line_of(sql, at),
			sqlite3_errmsg(run->db));
	return status;
}

static int run_statement(struct run *run, const char *sql, const char **at)
{
	const char *statement = *at;
	sqlite3_stmt *stmt = NULL;
	int rc, status = OC_OK;

	run->denied = NULL;
	rc = sqlite3_prepare_v2(run->db, statement, -1, &stmt, at);
	while (stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		;
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		status = complain(run, sql, statement, rc);
	sqlite3_finalize(stmt);
	return status;
}

static int no_schema(FILE *diag, const char *file, const char *why)
{
	fprintf(diag, "%s: %s\n", file, why);
	return OC_ESCHEMA;
}

/* The whole file, NUL-terminated, malloced. */
static int read_text(const char *file, char **out, FILE *diag)
{
	FILE *in = fopen(file, "re");
	char *text;
	size_t n;

	if (!in)
		return no_schema(diag, file, strerror(errno));
	text = malloc(SQL_MAX + 1);
	if (!text) {
		fclose(in);
		return OC_ENOMEM;
	}
	n = fread(text, 1, SQL_MAX + 1, in);
	if (ferror(in) || n > SQL_MAX || memchr(text, '\0', n)) {
		int status = no_schema(diag, file, ferror(in) ? strerror(errno) :
				       n > SQL_MAX ? "is larger than 1 MiB: no schema" :
				       "holds a zero byte: no SQL text");

		free(text);
		fclose(in);
		return status;
	}
	fclose(in);
	text[n] = '\0';
	*out = text;
	return OC_OK;
}

int schema_run(sqlite3 *db, const char *sql_file, FILE *diag)
{
	struct run run = { .db = db, .file = sql_file, .diag = diag };
	const char *at;
	char *sql;
	int status;

	status = read_text(sql_file, &sql, diag);
	if (status)
		return status;
	sqlite3_set_authorizer(db, authorize, &run);
	for (at = sql; *at && !status;)
		status = run_statement(&run, sql, &at);
	sqlite3_set_authorizer(db, NULL, NULL);
	free(sql);
	return status;
}
