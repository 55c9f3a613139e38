/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench_lines.h: the cache lines that sides share
 *
 * How long a line takes from one processor to another depends on where the machine
 * keeps it: lines of two pages may differ by a factor of two. So whatever is compared
 * uses the same ones, a channel's header and buffer, in turn; and of several pages the
 * one is taken whose line is as fast as most.
 */
#ifndef BENCH_LINES_H
#define BENCH_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct bench_lines
 * @path: the memory file, one channel long
 * @base: the channel in it: a header of 64 bytes, then the buffer
 */
struct bench_lines {
	const char *path;
	uint8_t *base;
};

/* Makes @n of them, in the scratch folder; false with errno. */
bool bench_lines_open(struct bench_lines *lines, size_t n);

/* Unmaps all of them. */
void bench_lines_close(struct bench_lines *lines, size_t n);

/* Puts the typical one of @n first, on processors @cpus; false if that failed. */
bool bench_lines_choose(struct bench_lines *lines, size_t n, const int cpus[2]);

#endif /* BENCH_LINES_H */
