// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_lines.c: memory files of one channel, and which of them is typical */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "bench_lines.h"
#include "bench_run.h"
#include "bench_scratch.h"

#define SLICE_NS	300000

static bool open_one(struct bench_lines *lines, size_t number)
{
	const size_t size = TFS_SHM_POLL_DEFAULT_STRIDE;
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "lines%zu", number);
	lines->path = bench_scratch_path(name);
	if (oc_region_create(lines->path, 1, size, 0600) != OC_OK)
		return false;
	fd = open(lines->path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	lines->base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	close(fd);
	if (lines->base != MAP_FAILED)
		return true;
	lines->base = NULL;
	return false;
}

bool bench_lines_open(struct bench_lines *lines, size_t n)
{
	int error;

	memset(lines, 0, n * sizeof(*lines));
	for (size_t i = 0; i < n; i++) {
		if (open_one(&lines[i], i))
			continue;
		error = errno;
		bench_lines_close(lines, i + 1);
		errno = error;
		return false;
	}
	return true;
}

void bench_lines_close(struct bench_lines *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lines[i].base)
			munmap(lines[i].base, TFS_SHM_POLL_DEFAULT_STRIDE);
		lines[i].base = NULL;
	}
}

static size_t nearest(const double *times, size_t n)
{
	double median = bench_median(times, n);
	size_t best = 0;

	for (size_t i = 0; i < n; i++)
		if ((times[i] - median) * (times[i] - median) <
		    (times[best] - median) * (times[best] - median))
			best = i;
	return best;
}

bool bench_lines_choose(struct bench_lines *lines, size_t n, const int cpus[2])
{
	struct bench_side *sides = calloc(n, sizeof(*sides));
	double *times = calloc(n, sizeof(*times));
	struct bench_run run = { .sides = sides, .nsides = n, .rounds = 3, .slice_ns = SLICE_NS };
	struct bench_lines first = lines[0];
	size_t best;
	bool good;

	for (size_t i = 0; sides && i < n; i++)
		sides[i] = (struct bench_side) {
			.name = "lines", .kind = &bench_loop, .size = 64, .lines = &lines[i],
		};
	good = sides && times && bench_run_open(&run, cpus) && bench_run_rounds(&run);
	for (size_t i = 0; good && i < n; i++)
		times[i] = bench_median(bench_run_values(&run, i), run.done);
	if (good) {
		best = nearest(times, n);
		lines[0] = lines[best];
		lines[best] = first;
	}
	bench_run_close(&run);
	free(times);
	free(sides);
	return good;
}
