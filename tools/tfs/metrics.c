// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * metrics.c: tfs metrics: what tfsd counts, in Prometheus' text format 0.0.4
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "tables.h"
#include "tfs.h"

/**
 * struct metric - a column of a table as a metric, a sample for each row
 * @label:    the column that tells the rows apart, or NULL
 * @seconds:  the column has milliseconds
 * @is:       the value is 1 where the column is this, and else 0
 */
struct metric {
	const char *name;
	const char *type;
	const char *help;
	const char *table;
	const char *column;
	const char *label;
	bool seconds;
	const char *is;
};

static const struct metric metrics[] = {
	{ "tfsd_uptime_seconds", "gauge", "Time since tfsd was ready.",
	  "server", "up", NULL, true, NULL },
	{ "tfsd_backups_total", "counter", "Databases that were copied.",
	  "backup", "done", NULL, false, NULL },
	{ "tfsd_backups_failed_total", "counter", "Copies, or their commands, that failed.",
	  "backup", "failed", NULL, false, NULL },
	{ "tfsd_channel_granted", "gauge", "1 if a client has the channel.",
	  "channel", "state", "channel", false, "granted" },
	{ "tfsd_channel_sessions", "gauge", "Sessions on the channel.",
	  "channel", "sessions", "channel", false, NULL },
	{ "tfsd_requests_total", "counter", "Requests that were answered.",
	  "channel", "requests", "channel", false, NULL },
	{ "tfsd_requests_failed_total", "counter", "Requests that were answered with an error.",
	  "channel", "failed", "channel", false, NULL },
	{ "tfsd_requests_cancelled_total", "counter", "Requests that were taken back in time.",
	  "channel", "cancelled", "channel", false, NULL },
	{ "tfsd_requests_bad_total", "counter", "Requests that broke the protocol.",
	  "channel", "bad_requests", "channel", false, NULL },
	{ "tfsd_grants_total", "counter", "Clients that were given the channel.",
	  "channel", "grants", "channel", false, NULL },
	{ "tfsd_logins_total", "counter", "Sessions that began.",
	  "channel", "logins", "channel", false, NULL },
	{ "tfsd_commits_total", "counter", "Transactions that ended with changes.",
	  "channel", "commits", "channel", false, NULL },
	{ "tfsd_rollbacks_total", "counter", "Transactions that ended without changes.",
	  "channel", "rollbacks", "channel", false, NULL },
	{ "tfsd_rows_inserted_total", "counter", "Rows that were inserted and committed.",
	  "channel", "inserts", "channel", false, NULL },
	{ "tfsd_rows_read_total", "counter", "Rows that were read.",
	  "channel", "reads", "channel", false, NULL },
	{ "tfsd_database_tables", "gauge", "Tables of the database.",
	  "database", "tables", "database", false, NULL },
	{ "tfsd_thread_cpu_seconds_total", "counter", "Processor time of the thread.",
	  "thread", "cpu", "thread", true, NULL },
};

#define NMETRICS	(sizeof(metrics) / sizeof(metrics[0]))

/* A table's rows are told apart by their first column. */
static const char *row_name(const struct table *table, unsigned int row)
{
	return table->ncolumns > 1 ? table_cell(table, row, table->columns[1]) : "";
}

static void put_label(const char *label, const char *value, char before)
{
	printf("%c%s=\"", before, label);
	for (const char *c = value; *c; c++) {
		if (*c == '\n')
			fputs("\\n", stdout);
		else if (*c == '\\' || *c == '"')
			printf("\\%c", *c);
		else
			putchar(*c);
	}
	putchar('"');
}

static void put_head(const char *name, const char *type, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_sample(const struct metric *metric, const struct table *table, unsigned int row)
{
	uint64_t value = table_number(table, row, metric->column);

	fputs(metric->name, stdout);
	if (metric->label) {
		put_label(metric->label, row_name(table, row), '{');
		putchar('}');
	}
	if (metric->is)
		value = !strcmp(table_cell(table, row, metric->column), metric->is);
	if (metric->seconds)
		printf(" %llu.%03u\n", (unsigned long long)(value / 1000),
		       (unsigned int)(value % 1000));
	else
		printf(" %llu\n", (unsigned long long)value);
}

static void put_metric(const struct metric *metric, const struct tables *tables)
{
	const struct table *table = tables_find(tables, metric->table);

	put_head(metric->name, metric->type, metric->help);
	for (unsigned int row = 0; row < table->nrows; row++)
		put_sample(metric, table, row);
}

static unsigned int count(const struct table *table, const char *column, const char *value)
{
	unsigned int n = 0;

	for (unsigned int row = 0; row < table->nrows; row++)
		n += !strcmp(table_cell(table, row, column), value);
	return n;
}

/* All states, always: a series that comes and goes cannot be drawn. */
static void put_states(const struct table *sessions)
{
	static const char *const states[] = { "active", "idle", "idle in transaction" };

	put_head("tfsd_sessions", "gauge", "Sessions by what they are in.");
	for (unsigned int i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		fputs("tfsd_sessions", stdout);
		put_label("state", states[i], '{');
		printf("} %u\n", count(sessions, "state", states[i]));
	}
}

static bool is_first(const struct table *table, unsigned int row)
{
	for (unsigned int i = 0; i < row; i++)
		if (!strcmp(table_cell(table, i, "wait"), table_cell(table, row, "wait")))
			return false;
	return true;
}

static void put_waits(const struct table *sessions)
{
	put_head("tfsd_sessions_waiting", "gauge", "Sessions by what they wait for.");
	for (unsigned int row = 0; row < sessions->nrows; row++) {
		const char *wait = table_cell(sessions, row, "wait");

		if (!strcmp(wait, "-") || !is_first(sessions, row))
			continue;
		fputs("tfsd_sessions_waiting", stdout);
		put_label("type", table_cell(sessions, row, "wait_type"), '{');
		put_label("wait", wait, ',');
		printf("} %u\n", count(sessions, "wait", wait));
	}
}

static void put_oldest(const struct table *sessions)
{
	uint64_t oldest = 0, age;

	for (unsigned int row = 0; row < sessions->nrows; row++) {
		age = table_number(sessions, row, "transaction");
		oldest = age > oldest ? age : oldest;
	}
	put_head("tfsd_oldest_transaction_seconds", "gauge",
		 "Age of the oldest transaction; 0: there is none.");
	printf("tfsd_oldest_transaction_seconds %llu.%03u\n", (unsigned long long)(oldest / 1000),
	       (unsigned int)(oldest % 1000));
}

int tfs_metrics(int argc, char **argv)
{
	static const char usage[] = "metrics [-s SOCKET]";
	const char *path = control_options(argc, argv, usage);
	const struct table *sessions;
	struct tables tables;
	char *text;

	if (path && optind != argc)
		fprintf(stderr, "usage: tfs %s\n", usage);
	if (!path || optind != argc)
		return TFS_USAGE;
	text = control_ask(path, "dump\n", CONTROL_SECONDS);
	if (!text)
		return TFS_FAILED;
	if (tables_parse(&tables, text)) {
		fprintf(stderr, "tfs: %s: that is no dump\n", path);
		return TFS_FAILED;
	}
	sessions = tables_find(&tables, "session");
	for (size_t i = 0; i < NMETRICS; i++)
		put_metric(&metrics[i], &tables);
	put_states(sessions);
	put_waits(sessions);
	put_oldest(sessions);
	tables_free(&tables);
	return TFS_OK;
}
