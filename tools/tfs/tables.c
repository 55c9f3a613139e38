// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tables.c: what tfsd dumps, taken apart
 */
#include <stdlib.h>
#include <string.h>

#include "tables.h"

static const struct table empty;

/* Splits at tabs, in place. How many; those beyond @max are dropped. */
static unsigned int split(char *line, const char **cells, unsigned int max)
{
	unsigned int n = 0;
	char *cell;

	while ((cell = strsep(&line, "\t")) && n < max)
		cells[n++] = cell;
	return n;
}

static int add_table(struct tables *tables, char *line)
{
	struct table *table = &tables->list[tables->count];

	if (tables->count == TABLES_MAX)
		return -1;
	*table = (struct table){ .ncolumns = 0 };
	table->ncolumns = split(line, table->columns, COLUMNS_MAX);
	tables->count++;
	return 0;
}

/* A row that is short has no value in the columns that it lacks. */
static int add_row(struct table *table, char *line)
{
	const char *cells[COLUMNS_MAX], **rows;
	unsigned int n = split(line, cells, COLUMNS_MAX);

	if (strcmp(cells[0], table->columns[0]))
		return -1;
	rows = reallocarray(table->rows, (table->nrows + 1) * (size_t)table->ncolumns,
			    sizeof(*rows));
	if (!rows)
		return -1;
	table->rows = rows;
	rows += (size_t)table->nrows * table->ncolumns;
	for (unsigned int c = 0; c < table->ncolumns; c++)
		rows[c] = c < n ? cells[c] : "-";
	table->nrows++;
	return 0;
}

static int add_line(struct tables *tables, char *line)
{
	if (line[0] == '#')
		return add_table(tables, line + 1);
	if (!tables->count)
		return -1;
	return add_row(&tables->list[tables->count - 1], line);
}

int tables_parse(struct tables *tables, char *text)
{
	char *rest = text, *line;

	*tables = (struct tables){ .text = text };
	while ((line = strsep(&rest, "\n"))) {
		if (!line[0] || !add_line(tables, line))
			continue;
		tables_free(tables);
		return -1;
	}
	return 0;
}

void tables_free(struct tables *tables)
{
	for (unsigned int i = 0; i < tables->count; i++)
		free(tables->list[i].rows);
	free(tables->text);
	*tables = (struct tables){ .text = NULL };
}

const struct table *tables_find(const struct tables *tables, const char *name)
{
	for (unsigned int i = 0; i < tables->count; i++)
		if (!strcmp(tables->list[i].columns[0], name))
			return &tables->list[i];
	return &empty;
}

const char *table_cell(const struct table *table, unsigned int row, const char *column)
{
	for (unsigned int c = 0; c < table->ncolumns; c++)
		if (!strcmp(table->columns[c], column))
			return table->rows[(size_t)row * table->ncolumns + c];
	return "-";
}

uint64_t table_number(const struct table *table, unsigned int row, const char *column)
{
	return strtoull(table_cell(table, row, column), NULL, 10);
}
