/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * top.h: what tfs top shows: lines, made of two dumps one after the other
 */
#ifndef TFS_TOP_H
#define TFS_TOP_H

#include <stdbool.h>
#include <stdint.h>

#include "view.h"

/**
 * struct top_sort - what sessions can be sorted by
 * @falling: the largest comes first
 */
struct top_sort {
	int key;
	const char *column;
	const char *name;
	bool falling;
};

#define TOP_SORTS	5

extern const struct top_sort top_sorts[TOP_SORTS];

/* NULL: no such key. */
const struct top_sort *top_sort_of(int key);

/**
 * struct top_sample - a dump, and when it was taken
 * @at_ms: on the monotonic clock
 */
struct top_sample {
	struct tables tables;
	uint64_t at_ms;
};

/**
 * struct top
 * @now:      the last dump; no tables: there is none yet
 * @before:   the one before it, of the same tfsd; no tables: there is none
 * @error:    why there is none now; "": there is
 */
struct top {
	const char *path;
	const struct top_sort *sort;
	struct top_sample now;
	struct top_sample before;
	char error[2048];
};

/* The monotonic clock. */
uint64_t top_now_ms(void);

/* Asks tfsd. What was there before stays in @before, or all of it if there is no answer. */
void top_sample(struct top *top);

void top_free(struct top *top);

/* Calls @line for each line of the picture; @bold: it is a heading. */
void top_lines(const struct top *top,
	       void (*line)(void *ctx, const char *text, bool bold), void *ctx);

/* On the terminal, every @seconds, until q. An exit status. */
int top_screen(struct top *top, unsigned int seconds);

#endif /* TFS_TOP_H */
