// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * top_screen.c: tfs top on a terminal
 *
 * ncurses tells of a resize as of a key, and has the new size by then.
 */
#include <curses.h>
#include <stdio.h>
#include <unistd.h>

#include "tfs.h"
#include "top.h"

struct canvas {
	int row;
};

static void put_line(void *ctx, const char *text, bool bold)
{
	struct canvas *canvas = ctx;

	if (canvas->row >= LINES - 1)
		return;
	if (bold)
		attron(A_BOLD);
	mvaddnstr(canvas->row++, 0, text, COLS);
	attroff(A_BOLD);
}

static void put_keys(const struct top *top)
{
	char text[VIEW_LINE_MAX];
	size_t n = 0;

	n += (size_t)snprintf(text, sizeof(text), "q quit  sort by");
	for (unsigned int i = 0; i < TOP_SORTS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %c %s%s",
				      i ? " " : "", top_sorts[i].key, top_sorts[i].name,
				      &top_sorts[i] == top->sort ? "*" : "");
	attron(A_REVERSE);
	mvaddnstr(LINES - 1, 0, text, COLS);
	attroff(A_REVERSE);
}

static void draw(const struct top *top)
{
	struct canvas canvas = { .row = 0 };

	erase();
	top_lines(top, put_line, &canvas);
	put_keys(top);
	refresh();
}

/* False: it is time to leave. @next_ms: of the next dump. */
static bool take_key(struct top *top, int key, uint64_t *next_ms)
{
	const struct top_sort *sort = top_sort_of(key);

	if (key == 'q')
		return false;
	if (key == '\f')
		clearok(curscr, TRUE);
	if (key == ' ')
		*next_ms = 0;
	if (sort)
		top->sort = sort;
	return true;
}

/* Keys do not put the next dump off. */
static void loop(struct top *top, unsigned int seconds)
{
	uint64_t next_ms = 0, now;

	do {
		now = top_now_ms();
		if (now >= next_ms) {
			top_sample(top);
			now = top_now_ms();
			next_ms = now + seconds * 1000ull;
		}
		draw(top);
		timeout((int)(next_ms - now));
	} while (take_key(top, getch(), &next_ms));
}

int top_screen(struct top *top, unsigned int seconds)
{
	SCREEN *screen = NULL;

	/* Without a terminal to read from there would be no key, and no pause either. */
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		fputs("tfs: no terminal that can be drawn on; -b prints instead\n", stderr);
		return TFS_FAILED;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	loop(top, seconds);
	endwin();
	delscreen(screen);
	return TFS_OK;
}
