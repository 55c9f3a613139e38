/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * tables.h: what tfsd dumps, taken apart into tables
 */
#ifndef TFS_TABLES_H
#define TFS_TABLES_H

#include <stdint.h>

#define TABLES_MAX	16
#define COLUMNS_MAX	48

/**
 * struct table - cells point into the text
 * @columns: their names; the first is the table's own
 * @rows:    @nrows times @ncolumns cells
 */
struct table {
	const char *columns[COLUMNS_MAX];
	unsigned int ncolumns;
	const char **rows;
	unsigned int nrows;
};

struct tables {
	char *text;
	struct table list[TABLES_MAX];
	unsigned int count;
};

/* Takes over @text (from malloc). 0, or -1: it is no dump, or there is no memory. */
int tables_parse(struct tables *tables, char *text);
void tables_free(struct tables *tables);

/* An empty table if there is none. */
const struct table *tables_find(const struct tables *tables, const char *name);

/* "-" if the table has no such column. */
const char *table_cell(const struct table *table, unsigned int row, const char *column);

/* 0 if it is no number. */
uint64_t table_number(const struct table *table, unsigned int row, const char *column);

#endif /* TFS_TABLES_H */
