// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * view.c: tables as people read them
 */
#include <string.h>

#include "view.h"

#define AGE_MAX	16

const struct view views[VIEWS] = {
	{ "database", "databases", {
		{ "name", "DATABASE", VIEW_TEXT },
		{ "durability", "DURABILITY", VIEW_TEXT },
		{ "tables", "TABLES", VIEW_NUMBER },
	} },
	{ "thread", "threads", {
		{ "name", "THREAD", VIEW_TEXT },
		{ "wait_type", "WAIT", VIEW_TEXT },
		{ "wait", "", VIEW_TEXT },
		{ "age", "SINCE", VIEW_AGE },
		{ "cpu", "CPU", VIEW_AGE },
	} },
	{ "channel", "channels", {
		{ "number", "CHANNEL", VIEW_NUMBER },
		{ "state", "STATE", VIEW_TEXT },
		{ "sessions", "SESSIONS", VIEW_NUMBER },
		{ "op", "OP", VIEW_TEXT },
		{ "wait_type", "WAIT", VIEW_TEXT },
		{ "wait", "", VIEW_TEXT },
		{ "age", "SINCE", VIEW_AGE },
		{ "requests", "REQUESTS", VIEW_NUMBER },
		{ "failed", "FAILED", VIEW_NUMBER },
		{ "commits", "COMMITS", VIEW_NUMBER },
		{ "inserts", "INSERTS", VIEW_NUMBER },
		{ "reads", "READS", VIEW_NUMBER },
	} },
	{ "session", "sessions", {
		{ "id", "SESSION", VIEW_NUMBER },
		{ "channel", "CHANNEL", VIEW_NUMBER },
		{ "client", "CLIENT", VIEW_TEXT },
		{ "database", "DATABASE", VIEW_TEXT },
		{ "state", "STATE", VIEW_TEXT },
		{ "op", "OP", VIEW_TEXT },
		{ "wait_type", "WAIT", VIEW_TEXT },
		{ "wait", "", VIEW_TEXT },
		{ "age", "SINCE", VIEW_AGE },
		{ "transaction", "TRANSACTION", VIEW_AGE },
		{ "requests", "REQUESTS", VIEW_NUMBER },
	} },
};

const struct view *view_find(const char *title)
{
	for (unsigned int i = 0; i < VIEWS; i++)
		if (!strcmp(views[i].title, title))
			return &views[i];
	return NULL;
}

static void write_age(char text[AGE_MAX], uint64_t ms)
{
	uint64_t s = ms / 1000, m = s / 60, h = m / 60;

	if (s < 10)
		snprintf(text, AGE_MAX, "%u.%us", (unsigned int)s, (unsigned int)(ms % 1000 / 100));
	else if (s < 60)
		snprintf(text, AGE_MAX, "%us", (unsigned int)s);
	else if (h < 1)
		snprintf(text, AGE_MAX, "%um%02us", (unsigned int)m, (unsigned int)(s % 60));
	else if (h < 24)
		snprintf(text, AGE_MAX, "%uh%02um", (unsigned int)h, (unsigned int)(m % 60));
	else
		snprintf(text, AGE_MAX, "%ud%02uh", (unsigned int)(h / 24 % 100000),
			 (unsigned int)(h % 24));
}

static const char *cell_text(const struct view_column *column, const struct table *table,
			     unsigned int row, char age[AGE_MAX])
{
	const char *text = table_cell(table, row, column->column);

	if (column->format != VIEW_AGE || !strcmp(text, "-"))
		return text;
	write_age(age, table_number(table, row, column->column));
	return age;
}

static void widen(int *width, const char *text)
{
	int length = (int)strnlen(text, VIEW_LINE_MAX);

	if (*width < length)
		*width = length;
}

void view_measure(const struct view *view, const struct table *table, struct view_widths *widths)
{
	char age[AGE_MAX];

	*widths = (struct view_widths){ .of = { 0 } };
	for (unsigned int c = 0; c < VIEW_COLUMNS_MAX && view->columns[c].title; c++) {
		widen(&widths->of[c], view->columns[c].title);
		for (unsigned int row = 0; row < table->nrows; row++)
			widen(&widths->of[c], cell_text(&view->columns[c], table, row, age));
	}
}

/* Numbers are set to the right, so that they can be compared. */
static size_t put(char line[VIEW_LINE_MAX], size_t n, const struct view_column *column, int width,
		  const char *text)
{
	const char *gap = n ? "  " : "";
	int put;

	if (column->format == VIEW_TEXT)
		put = snprintf(line + n, VIEW_LINE_MAX - n, "%s%-*s", gap, width, text);
	else
		put = snprintf(line + n, VIEW_LINE_MAX - n, "%s%*s", gap, width, text);
	n += (size_t)put;
	return n < VIEW_LINE_MAX ? n : VIEW_LINE_MAX - 1;
}

static void trim(char *line)
{
	size_t n = strlen(line);

	while (n && line[n - 1] == ' ')
		line[--n] = '\0';
}

void view_head(const struct view *view, const struct view_widths *widths,
	       char line[VIEW_LINE_MAX])
{
	size_t n = 0;

	line[0] = '\0';
	for (unsigned int c = 0; c < VIEW_COLUMNS_MAX && view->columns[c].title; c++)
		n = put(line, n, &view->columns[c], widths->of[c], view->columns[c].title);
	trim(line);
}

void view_row(const struct view *view, const struct view_widths *widths,
	      const struct table *table, unsigned int row, char line[VIEW_LINE_MAX])
{
	char age[AGE_MAX];
	size_t n = 0;

	line[0] = '\0';
	for (unsigned int c = 0; c < VIEW_COLUMNS_MAX && view->columns[c].title; c++)
		n = put(line, n, &view->columns[c], widths->of[c],
			cell_text(&view->columns[c], table, row, age));
	trim(line);
}

void view_print(const struct view *view, const struct table *table, FILE *out)
{
	struct view_widths widths;
	char line[VIEW_LINE_MAX];

	view_measure(view, table, &widths);
	view_head(view, &widths, line);
	fprintf(out, "%s\n", line);
	for (unsigned int row = 0; row < table->nrows; row++) {
		view_row(view, &widths, table, row, line);
		fprintf(out, "%s\n", line);
	}
}

static const char *plural(unsigned int n)
{
	return n == 1 ? "" : "s";
}

void view_summary(const struct tables *tables, char line[VIEW_LINE_MAX])
{
	const struct table *server = tables_find(tables, "server");
	unsigned int channels = tables_find(tables, "channel")->nrows;
	unsigned int databases = tables_find(tables, "database")->nrows;
	unsigned int sessions = tables_find(tables, "session")->nrows;
	char age[AGE_MAX];

	write_age(age, server->nrows ? table_number(server, 0, "up") : 0);
	snprintf(line, VIEW_LINE_MAX, "tfsd %s, up %s: %u channel%s, %u database%s, %u session%s",
		 server->nrows ? table_cell(server, 0, "pid") : "-", age, channels,
		 plural(channels), databases, plural(databases), sessions, plural(sessions));
}
