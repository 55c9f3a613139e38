// SPDX-License-Identifier: GPL-2.0-only
/*
 * reactors.c: 64 clients at once, served by one reactor, by several, and by one each
 *
 *	TFSD=build/host/tfsd GATE=build/host/stop/gate.so reactors
 *
 * Prints TAP.
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "daemon.h"
#include "weather.h"

#define CLIENTS	64
#define COMMITS	2

/**
 * struct row
 * @reactors: that there are to be
 * @cpus:     that each may run on, as the kernel writes it; NULL: not looked at
 */
static const struct row {
	const char *name;
	const char *config;
	unsigned int reactors;
	const char *cpus;
} rows[] = {
	{ "one reactor, 64 channels", "channels = 64\nreactors = 1", 1, NULL },
	{ "64 reactors, 64 channels", "channels = 64\nreactors = 64", 64, NULL },
	{ "3 reactors on one processor", "channels = 64\nreactors = 3\nreactor_cpus = 0", 3, "0" },
	{ "channels are pinned", "channels = 64\nreactors = 2\n"
	  "[channel 0]\nreactor = 1\n[channel 1]\nreactor = 1", 2, NULL },
	{ "those that have nothing to do", "channels = 64\nreactors = 64\ndoorbell = yes\n"
	  "wait = sleep", 64, NULL },
};

static struct daemon d;

struct client {
	pthread_t thread;
	int channel;
	struct oc_region region;
	struct oc_bell bell;
	struct oc_ladder ladder;
	struct oc_sleeper sleeper;
	struct oc_port port;
	struct oc_channel ch;
	struct oc_db db;
	uint64_t memory[512];
};

static struct client clients[CLIENTS];

static void client_begin(struct client *c)
{
	struct oc_uri uri = { .channel = c->channel, .stride = TFS_SHM_POLL_DEFAULT_STRIDE };

	snprintf(uri.file, sizeof(uri.file), "%s/region", d.dir);
	must_be(oc_region_open(&c->region, &uri), OC_OK, "oc_region_open");
	must_be(oc_bell_open(&c->bell, &c->region, &uri), OC_OK, "oc_bell_open");
	oc_ladder_init(&c->ladder, OC_WAIT_SLEEP, NULL);
	oc_port_linux(&c->port, &c->ladder);
	c->sleeper = (struct oc_sleeper){ &c->bell, &c->ladder, &c->ch };
	oc_port_linux_bell(&c->port, &c->sleeper);
	must_be(oc_channel_attach(&c->ch, c->region.base, &c->port, c->region.owner, 60000), OC_OK,
		"oc_channel_attach");
	must_be(oc_db_open(&c->db, &c->ch, "weather", &weather_schema, c->memory,
			   sizeof(c->memory), (uint64_t)c->channel), OC_OK, "oc_db_open");
	must_be(oc_db_set_timeout(&c->db, 120), OC_OK, "oc_db_set_timeout");
}

static void *client_run(void *arg)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	struct weather_weather row = { .weather_length = 3, .weather = "sun" };
	struct client *c = arg;

	client_begin(c);
	for (int i = 0; i < COMMITS; i++) {
		must_be(oc_db_start_update(&c->db, tables, 1, NULL, 0), OC_OK, "a start");
		must(oc_db_insert(&c->db, WEATHER_TABLE_WEATHER, &row, sizeof(row)) > 0, "insert");
		must_be(oc_db_end(&c->db), OC_OK, "oc_db_end");
	}
	must_be(oc_db_close(&c->db), OC_OK, "oc_db_close");
	oc_channel_detach(&c->ch);
	oc_bell_close(&c->bell);
	oc_region_close(&c->region);
	return NULL;
}

/* A line of a file of a thread's, NAME: and its value; or, without a name, the first line. */
static void read_line(const char *thread, const char *file, const char *name, char *value)
{
	char path[320], line[256];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", (int)d.pid, thread, file);
	in = fopen(path, "re");
	must(in, path);
	while (fgets(line, sizeof(line), in) && strncmp(line, name, strlen(name)))
		;
	fclose(in);
	line[strcspn(line, "\n")] = '\0';
	strcpy(value, line + strlen(name));
}

static unsigned int count_reactors(const struct row *row)
{
	char path[32], value[256];
	unsigned int reactors = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)d.pid);
	dir = opendir(path);
	must(dir, path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		read_line(entry->d_name, "comm", "", value);
		if (strncmp(value, "reactor ", 8))
			continue;
		reactors++;
		read_line(entry->d_name, "status", "Cpus_allowed_list:\t", value);
		must(!row->cpus || !strcmp(value, row->cpus), "on its processor");
	}
	closedir(dir);
	return reactors;
}

/* Each gives itself its name, a moment after the start. */
static void check_threads(const struct row *row)
{
	for (int i = 0; i < 1000 && count_reactors(row) != row->reactors; i++)
		usleep(10000);
	must(count_reactors(row) == row->reactors, "so many reactors");
}

static void run_row(const struct row *row)
{
	daemon_start(&d, row->config);
	check_threads(row);
	oc_bell_close(&d.bell);
	oc_region_close(&d.region);
	for (int i = 0; i < CLIENTS; i++) {
		clients[i].channel = i;
		must(!pthread_create(&clients[i].thread, NULL, client_run, &clients[i]), "thread");
	}
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(clients[i].thread, NULL);
	must(count_rows(&d) == CLIENTS * COMMITS, "the rows");
	kill(d.pid, SIGTERM);
	must(daemon_wait(&d) == 0, "the exit status");
	must(!daemon_log_has(&d, "error: ") && !daemon_log_has(&d, "warning: "), "a quiet log");
	daemon_remove_all(&d);
}

static bool try_row(const struct row *row)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		run_row(row);
		exit(0);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

int main(void)
{
	const unsigned int n = sizeof(rows) / sizeof(rows[0]);
	unsigned int failures = 0;

	printf("1..%u\n", n);
	for (unsigned int i = 0; i < n; i++) {
		bool good = try_row(&rows[i]);

		failures += !good;
		printf("%sok %u - %s\n", good ? "" : "not ", i + 1, rows[i].name);
	}
	return failures ? 1 : 0;
}
