// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tfs sql: has tfsd run one SQL statement and prints its rows, tab-separated
 *
 * Values are printed so that they can be told apart and read back: NULL is \N, a blob \x
 * and hexadecimal digits, and in texts a backslash, tab, newline or carriage return is
 * written with a backslash.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <oc/bell.h>
#include <oc/db.h>
#include <oc/region.h>

#include "tfs.h"

#define MEMORY	(5u << 20)	/* a quarter of it is for rows: as much as tfsd's messages */

/* Nothing but SQL: no table is asked for. */
static const struct oc_schema no_tables = { .tables = NULL, .ntables = 0 };

struct sql {
	struct oc_uri uri;
	struct oc_region region;
	struct oc_bell bell;
	struct oc_ladder ladder;
	struct oc_sleeper sleeper;
	struct oc_port port;
	struct oc_channel channel;
	struct oc_db db;
};

static volatile sig_atomic_t interrupted;
static int (*pause_turn)(void *ctx, uint32_t turn);

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* An interrupt ends the wait, and the statement is taken back. */
static int pause_until_signal(void *ctx, uint32_t turn)
{
	return interrupted ? 1 : pause_turn(ctx, turn);
}

static int usage(void)
{
	fputs("usage: tfs sql URI STATEMENT\n", stderr);
	return TFS_USAGE;
}

static int fail(const char *what, int status)
{
	fprintf(stderr, "tfs: %s: %s%s%s\n", what, oc_status_text(status),
		status == OC_EREGION ? ": " : "", status == OC_EREGION ? strerror(errno) : "");
	return TFS_FAILED;
}

/* --- rows ------------------------------------------------------------------------------- */

static void print_text(const char *text, uint32_t length)
{
	static const char special[] = "\\\t\n\r", letters[] = "\\tnr";

	for (uint32_t i = 0; i < length; i++) {
		const char *found = text[i] ? strchr(special, text[i]) : NULL;

		if (found)
			printf("\\%c", letters[found - special]);
		else
			putchar(text[i]);
	}
}

static void print_blob(const uint8_t *bytes, uint32_t length)
{
	fputs("\\x", stdout);
	for (uint32_t i = 0; i < length; i++)
		printf("%02x", bytes[i]);
}

/* As short as gives the same number when it is read. */
static void print_real(double real)
{
	char text[32];

	snprintf(text, sizeof(text), "%.15g", real);
	if (strtod(text, NULL) != real)
		snprintf(text, sizeof(text), "%.17g", real);
	fputs(text, stdout);
	if (!strpbrk(text, ".enia"))
		fputs(".0", stdout);
}

static void print_value(const struct oc_sql_value *value)
{
	switch (value->type) {
	case OC_SQL_NULL:
		fputs("\\N", stdout);
		break;
	case OC_SQL_INTEGER:
		printf("%" PRId64, oc_sql_integer(value));
		break;
	case OC_SQL_REAL:
		print_real(oc_sql_real(value));
		break;
	case OC_SQL_TEXT:
		print_text(oc_sql_bytes(value), value->length);
		break;
	case OC_SQL_BLOB:
		print_blob(oc_sql_bytes(value), value->length);
		break;
	}
}

/* Ends early where nobody reads any more, or wants to. */
static int print_row(void *ctx, const struct oc_sql_row *row)
{
	const struct oc_sql_value *value = row->values;

	(void)ctx;
	for (uint32_t i = 0; i < row->ncolumns; i++) {
		if (i)
			putchar('\t');
		print_value(value);
		value = oc_sql_next_value(value);
	}
	putchar('\n');
	return interrupted || ferror(stdout) ? OC_EABANDONED : OC_OK;
}

/* --- the way to tfsd ---------------------------------------------------------------------- */

static void make_port(struct sql *sql)
{
	sql->sleeper = (struct oc_sleeper) {
		.bell = &sql->bell, .ladder = &sql->ladder, .channel = &sql->channel,
	};
	oc_ladder_init(&sql->ladder, sql->uri.wait, sql->region.line);
	oc_port_linux(&sql->port, &sql->ladder);
	if (oc_bell_open(&sql->bell, &sql->region, &sql->uri) == OC_OK)
		oc_port_linux_bell(&sql->port, &sql->sleeper);
	pause_turn = sql->port.pause;
	sql->port.pause = pause_until_signal;
}

static int run_statement(struct sql *sql, const char *text)
{
	const struct oc_db_error *error = oc_db_error(&sql->db);
	int status = oc_db_sql(&sql->db, text, strlen(text), print_row, NULL);

	if (status == OC_OK)
		return TFS_OK;
	fflush(stdout);
	if (interrupted)
		fputs("tfs: interrupted\n", stderr);
	else if (error->text_length)
		fprintf(stderr, "tfs: %s: %.*s\n", oc_status_text(status),
			(int)error->text_length, error->text);
	else if (status == OC_ECANCELLED || status == OC_ETIMEOUT)
		fprintf(stderr, "tfs: no answer within %d ms, or taken back by tfs cancel; "
			"timeout= in the URI allows more\n", sql->uri.timeout_ms);
	else
		fail("the statement", status);
	return TFS_FAILED;
}

static int run_session(struct sql *sql, const char *text)
{
	uint64_t *memory = malloc(MEMORY);
	int status, result;

	if (!memory)
		return fail("starting", OC_ENOMEM);
	status = oc_db_open(&sql->db, &sql->channel, sql->uri.database, &no_tables, memory,
			    MEMORY, 0);
	result = status == OC_OK ? run_statement(sql, text) : fail(sql->uri.database, status);
	if (status == OC_OK)
		oc_db_close(&sql->db);
	free(memory);
	return result;
}

static int run(struct sql *sql, const char *uri, const char *text)
{
	int result, status = oc_region_open(&sql->region, &sql->uri);

	if (status != OC_OK)
		return fail(uri, status);
	make_port(sql);
	status = oc_channel_attach(&sql->channel, sql->region.base, &sql->port,
				   sql->region.owner, sql->uri.timeout_ms);
	result = status == OC_OK ? run_session(sql, text) : fail(uri, status);
	oc_channel_detach(&sql->channel);
	oc_bell_close(&sql->bell);
	oc_region_close(&sql->region);
	return result;
}

int tfs_sql(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct sql sql = { .bell = { .fd = -1 } };
	size_t where;

	if (argc != 3)
		return usage();
	if (oc_uri_parse(&sql.uri, argv[1], &where) != OC_OK) {
		fprintf(stderr, "tfs: %s: wrong from character %zu on\n", argv[1], where + 1);
		return TFS_USAGE;
	}
	if (!sql.uri.database[0]) {
		fprintf(stderr, "tfs: %s: it names no database: tfs-shm-poll://0/NAME\n", argv[1]);
		return TFS_USAGE;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return run(&sql, argv[1], argv[2]);
}
