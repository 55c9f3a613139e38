// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * top_lines.c: what tfs top shows
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "top.h"

/* Less than a turn: a tfsd that hangs must not keep the keys from being heard for long. */
#define TOP_PATIENCE	2

const struct top_sort top_sorts[TOP_SORTS] = {
	{ 't', "transaction", "transaction", true },
	{ 's', "age", "since", true },
	{ 'r', "requests", "requests", true },
	{ 'w', "wait", "wait", false },
	{ 'i', "id", "session", false },
};

const struct top_sort *top_sort_of(int key)
{
	for (unsigned int i = 0; i < TOP_SORTS; i++)
		if (top_sorts[i].key == key)
			return &top_sorts[i];
	return NULL;
}

uint64_t top_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *pid_of(const struct tables *tables)
{
	const struct table *server = tables_find(tables, "server");

	return server->nrows ? table_cell(server, 0, "pid") : "";
}

void top_sample(struct top *top)
{
	struct control_error error;
	struct tables tables;
	char *text = control_try(top->path, "dump\n", TOP_PATIENCE, &error);

	if (!text) {
		snprintf(top->error, sizeof(top->error), "%s", error.text);
		return;
	}
	if (tables_parse(&tables, text)) {
		snprintf(top->error, sizeof(top->error), "%s: that is no dump", top->path);
		return;
	}
	top->error[0] = '\0';
	tables_free(&top->before.tables);
	top->before = top->now;
	top->now = (struct top_sample){ .tables = tables, .at_ms = top_now_ms() };
	/* Another tfsd counts from 0 again. */
	if (strcmp(pid_of(&top->before.tables), pid_of(&tables)))
		tables_free(&top->before.tables);
}

void top_free(struct top *top)
{
	tables_free(&top->now.tables);
	tables_free(&top->before.tables);
}

static uint64_t sum(const struct tables *tables, const char *column)
{
	const struct table *channels = tables_find(tables, "channel");
	uint64_t total = 0;

	for (unsigned int row = 0; row < channels->nrows; row++)
		total += table_number(channels, row, column);
	return total;
}

/* A second, since the dump before this one. */
static double rate(const struct top *top, const char *column)
{
	uint64_t ms = top->now.at_ms - top->before.at_ms;

	if (!top->before.tables.text || !ms)
		return 0;
	return (double)(sum(&top->now.tables, column) - sum(&top->before.tables, column)) * 1000 /
	       (double)ms;
}

static void rates(const struct top *top, char line[VIEW_LINE_MAX])
{
	snprintf(line, VIEW_LINE_MAX,
		 "per second: %.0f requests, %.0f failed, %.0f commits, %.0f rows in, %.0f rows out",
		 rate(top, "requests"), rate(top, "failed"), rate(top, "commits"),
		 rate(top, "inserts"), rate(top, "reads"));
}

struct order {
	const struct table *table;
	const struct top_sort *sort;
	unsigned int row;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Equal ones stay in the order of their numbers, so that nothing jumps about. */
static int compare(const void *left, const void *right)
{
	const struct order *a = left, *b = right;
	const char *column = a->sort->column;
	int difference;

	if (a->sort->falling)
		difference = compare_numbers(table_number(b->table, b->row, column),
					     table_number(a->table, a->row, column));
	else if (!strcmp(column, "id"))
		difference = 0;
	else
		difference = strcmp(table_cell(a->table, a->row, column),
				    table_cell(b->table, b->row, column));
	if (difference)
		return difference;
	return compare_numbers(table_number(a->table, a->row, "id"),
			       table_number(b->table, b->row, "id"));
}

static struct order *sorted(const struct table *table, const struct top_sort *sort)
{
	struct order *orders = calloc(table->nrows + 1, sizeof(*orders));

	for (unsigned int row = 0; orders && row < table->nrows; row++)
		orders[row] = (struct order){ .table = table, .sort = sort, .row = row };
	if (orders)
		qsort(orders, table->nrows, sizeof(*orders), compare);
	return orders;
}

static void table_lines(const struct top *top, const struct view *view, const struct order *orders,
			void (*line)(void *ctx, const char *text, bool bold), void *ctx)
{
	const struct table *table = tables_find(&top->now.tables, view->table);
	struct view_widths widths;
	char text[VIEW_LINE_MAX];

	view_measure(view, table, &widths);
	view_head(view, &widths, text);
	line(ctx, text, true);
	for (unsigned int row = 0; row < table->nrows; row++) {
		view_row(view, &widths, table, orders ? orders[row].row : row, text);
		line(ctx, text, false);
	}
}

void top_lines(const struct top *top,
	       void (*line)(void *ctx, const char *text, bool bold), void *ctx)
{
	struct order *orders = sorted(tables_find(&top->now.tables, "session"), top->sort);
	char text[VIEW_LINE_MAX];

	view_summary(&top->now.tables, text);
	line(ctx, top->error[0] ? top->error : text, top->error[0]);
	rates(top, text);
	line(ctx, text, false);
	line(ctx, "", false);
	table_lines(top, view_find("channels"), NULL, line, ctx);
	line(ctx, "", false);
	table_lines(top, view_find("sessions"), orders, line, ctx);
	free(orders);
}
