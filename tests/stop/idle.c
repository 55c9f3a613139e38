// SPDX-License-Identifier: GPL-2.0-only
/*
 * idle.c: a tfsd with nothing to do, whose clients ring, does not run for ten seconds
 *
 *	TFSD=build/host/tfsd GATE=build/host/stop/gate.so idle
 *
 * A thread that runs is switched to; one that sleeps from beginning to end, and was not
 * switched to, has made no system call either. All rows at once; prints TAP.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"

#define SECONDS	10

/**
 * struct row
 * @config: of tfsd
 * @client: there is one, which has committed something
 * @rings:  and it rings
 * @quiet:  what tfsd is to be; false: to see that it would be seen
 */
static const struct row {
	const char *name;
	const char *config;
	bool client;
	bool rings;
	bool quiet;
} rows[] = {
	{ "64 channels without a client", "channels = 64\ndoorbell = yes", false, false, true },
	{ "a client that rings", "doorbell = auto", true, true, true },
	{ "one of three has a client", "channels = 3\ndoorbell = yes", true, true, true },
	{ "a client that does not ring is looked at", "doorbell = auto", true, false, false },
	{ "no promise, no client", "doorbell = auto", false, false, false },
	{ "no doorbell", "doorbell = no", false, false, false },
};

static struct daemon d;

/* What of a process tells that it has run. */
struct trace {
	unsigned int threads;
	unsigned int asleep;
	unsigned long long switches;
};

static void trace_thread(struct trace *trace, const char *thread)
{
	unsigned long long run, waited, slices;
	char path[320], state;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)d.pid, thread);
	in = fopen(path, "re");
	must(in && fscanf(in, "%llu %llu %llu", &run, &waited, &slices) == 3, path);
	fclose(in);
	snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", (int)d.pid, thread);
	in = fopen(path, "re");
	must(in && fscanf(in, "%*d (%*[^)]) %c", &state) == 1, path);
	fclose(in);
	trace->threads++;
	trace->asleep += state == 'S';
	trace->switches += slices;
}

static struct trace take_trace(void)
{
	struct trace trace = { .threads = 0 };
	char path[32];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)d.pid);
	dir = opendir(path);
	must(dir, path);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			trace_thread(&trace, entry->d_name);
	closedir(dir);
	return trace;
}

static bool is_quiet(unsigned int seconds)
{
	struct trace before = take_trace(), after;

	sleep(seconds);
	after = take_trace();
	printf("# %u threads, %u asleep, switched to %llu times in %u s\n", after.threads,
	       after.asleep, after.switches - before.switches, seconds);
	return before.asleep == before.threads && after.asleep == after.threads &&
	       after.threads == before.threads && after.switches == before.switches;
}

static void commit(void)
{
	client_insert(&d);
	must_be(oc_db_end(&d.db), OC_OK, "oc_db_end");
}

/* What it has begun at the start, or after a commit, it may end. */
static void settle(void)
{
	for (int i = 0; i < 30 && !is_quiet(1); i++)
		;
}

static void run_row(const struct row *row)
{
	daemon_start(&d, row->config);
	if (row->client) {
		client_open(&d, row->rings);
		commit();
	}
	if (row->quiet)
		settle();
	must(is_quiet(row->quiet ? SECONDS : 1) == row->quiet, "it is as it should be");
	if (!row->client)
		client_open(&d, row->rings || row->quiet);
	commit();
	must(count_rows(&d) == row->client + 1, "the rows");
	kill(d.pid, SIGTERM);
	must(daemon_wait(&d) == 0, "the exit status");
	daemon_remove_all(&d);
}

int main(void)
{
	const unsigned int n = sizeof(rows) / sizeof(rows[0]);
	unsigned int failures = 0;
	pid_t pids[sizeof(rows) / sizeof(rows[0])];
	int status;

	printf("1..%u\n", n);
	fflush(stdout);
	for (unsigned int i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		run_row(&rows[i]);
		exit(0);
	}
	for (unsigned int i = 0; i < n; i++) {
		bool good = waitpid(pids[i], &status, 0) == pids[i] && status == 0;

		failures += !good;
		printf("%sok %u - %s\n", good ? "" : "not ", i + 1, rows[i].name);
	}
	return failures ? 1 : 0;
}
