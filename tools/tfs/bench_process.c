// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_process.c: what a process has used, seen from outside */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_clock.h"
#include "bench_process.h"

static void take(const char *line, const char *key, uint64_t *value)
{
	if (!strncmp(line, key, strlen(key)))
		*value = strtoull(line + strlen(key), NULL, 10);
}

struct bench_usage bench_usage(pid_t pid)
{
	struct bench_usage usage = { 0 };
	char path[64], line[256];
	clockid_t id;
	FILE *file;

	if (!pid)
		pid = getpid();
	if (!clock_getcpuclockid(pid, &id))
		usage.cpu = bench_clock(id);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return usage;
	while (fgets(line, sizeof(line), file)) {
		take(line, "voluntary_ctxt_switches:", &usage.wakeups);
		take(line, "nonvoluntary_ctxt_switches:", &usage.losses);
	}
	fclose(file);
	return usage;
}
