/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * view.h: tables as people read them: chosen columns, under each other
 */
#ifndef TFS_VIEW_H
#define TFS_VIEW_H

#include <stdio.h>

#include "tables.h"

enum view_format {
	VIEW_TEXT,
	VIEW_NUMBER,
	VIEW_AGE,	/* milliseconds: 0.5s, 59s, 3m07s, 5h12m, 3d04h */
};

struct view_column {
	const char *column;
	const char *title;
	enum view_format format;
};

#define VIEW_COLUMNS_MAX	20

/**
 * struct view - a table's columns; the one after the last has no title
 * @title: what the table is called
 */
struct view {
	const char *table;
	const char *title;
	struct view_column columns[VIEW_COLUMNS_MAX];
};

#define VIEWS	4

/* Databases, threads, channels, sessions. */
extern const struct view views[VIEWS];

/* NULL: there is none of this title. */
const struct view *view_find(const char *title);

#define VIEW_LINE_MAX	512

/**
 * struct view_widths - how wide the columns have to be for what is in them
 */
struct view_widths {
	int of[VIEW_COLUMNS_MAX];
};

void view_measure(const struct view *view, const struct table *table, struct view_widths *widths);

/* A line without its newline, and without blanks at its end. */
void view_head(const struct view *view, const struct view_widths *widths,
	       char line[VIEW_LINE_MAX]);
void view_row(const struct view *view, const struct view_widths *widths,
	      const struct table *table, unsigned int row, char line[VIEW_LINE_MAX]);

/* The whole table in its own order. */
void view_print(const struct view *view, const struct table *table, FILE *out);

/* "tfsd 123, up 3m07s: 2 channels, 1 database, 3 sessions" */
void view_summary(const struct tables *tables, char line[VIEW_LINE_MAX]);

#endif /* TFS_VIEW_H */
