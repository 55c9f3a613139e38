// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_process.c: what a process has used, seen from outside */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_clock.h"
#include "bench_process.h"

static void add(const char *line, const char *key, uint64_t *value)
{
	if (!strncmp(line, key, strlen(key)))
		*value += strtoull(line + strlen(key), NULL, 10);
}

static void add_thread(struct bench_usage *usage, pid_t pid, const char *thread)
{
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)pid, thread);
	file = fopen(path, "re");
	if (!file)
		return;		/* it has just ended */
	while (fgets(line, sizeof(line), file)) {
		add(line, "voluntary_ctxt_switches:", &usage->wakeups);
		add(line, "nonvoluntary_ctxt_switches:", &usage->losses);
	}
	fclose(file);
}

/* /proc/PID/status counts the first thread's switches alone. */
static void add_threads(struct bench_usage *usage, pid_t pid)
{
	struct dirent *entry;
	char path[64];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	threads = opendir(path);
	if (!threads)
		return;
	while ((entry = readdir(threads)))
		if (entry->d_name[0] != '.')
			add_thread(usage, pid, entry->d_name);
	closedir(threads);
}

struct bench_usage bench_usage(pid_t pid)
{
	struct bench_usage usage = { 0 };
	clockid_t id;

	if (!pid)
		pid = getpid();
	if (!clock_getcpuclockid(pid, &id))
		usage.cpu = bench_clock(id);
	add_threads(&usage, pid);
	return usage;
}
