// SPDX-License-Identifier: GPL-2.0-only
/*
 * daemon.c: starting and looking at a tfsd
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include <linux/tfs_shm_poll.h>

#include "daemon.h"
#include "weather.h"

void must(bool holds, const char *what)
{
	if (holds)
		return;
	printf("# %s: no\n", what);
	exit(1);
}

void must_be(int status, int wanted, const char *what)
{
	if (status == wanted)
		return;
	printf("# %s: %s, not %s\n", what, oc_status_name(status), oc_status_name(wanted));
	exit(1);
}

static void sleep_ms(long ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

const char *daemon_file(const struct daemon *d, const char *name)
{
	static _Thread_local char path[256];

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	return path;
}

void daemon_configure(const struct daemon *d, const char *config)
{
	FILE *out = fopen(daemon_file(d, "tfsd.conf"), "we");

	must(out, "the configuration can be written");
	fprintf(out, "file = %s/region\n", d->dir);
	fprintf(out, "control = %s/control\nbackup_directory = %s\n", d->dir, d->dir);
	fprintf(out, "%s\n", config);
	if (!strstr(config, "channels"))
		fputs("channels = 1\n", out);
	fprintf(out, "[database weather]\nfile = %s/w.db\n", d->dir);
	fputs("schema = tests/data/weather.sql\n", out);
	fclose(out);
}

static void execute(const struct daemon *d)
{
	const char *tfsd = getenv("TFSD");
	char conf[128], log[128];

	snprintf(conf, sizeof(conf), "%s/tfsd.conf", d->dir);
	snprintf(log, sizeof(log), "log=%s/log", d->dir);
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* a row that fails leaves nobody behind */
	setenv("LD_PRELOAD", getenv("GATE"), 1);
	setenv("SYNC_GATE", daemon_file(d, "gate"), 1);
	execl(tfsd, "tfsd", "-f", conf, "-o", log, (char *)NULL);
	_exit(127);
}

static bool file_has(const char *path, const char *text)
{
	char *content = NULL;
	size_t size = 0;
	FILE *in = fopen(path, "re");
	bool found;

	if (!in)
		return false;
	found = getdelim(&content, &size, '\0', in) > 0 && strstr(content, text);
	free(content);
	fclose(in);
	return found;
}

bool daemon_log_has(const struct daemon *d, const char *text)
{
	return file_has(daemon_file(d, "log"), text);
}

void daemon_await_log(const struct daemon *d, const char *text)
{
	while (!daemon_log_has(d, text)) {
		must(kill(d->pid, 0) == 0, text);
		sleep_ms(2);
	}
}

static void open_region(struct daemon *d)
{
	struct oc_uri uri = { .stride = TFS_SHM_POLL_DEFAULT_STRIDE };

	snprintf(uri.file, sizeof(uri.file), "%s", daemon_file(d, "region"));
	must_be(oc_region_open(&d->region, &uri), OC_OK, "oc_region_open");
	must_be(oc_bell_open(&d->bell, &d->region, &uri), OC_OK, "oc_bell_open");
}

void daemon_start(struct daemon *d, const char *config)
{
	memset(d, 0, sizeof(*d));
	strcpy(d->dir, "/tmp/tfs-stop-XXXXXX");
	must(mkdtemp(d->dir), "a folder");
	daemon_configure(d, config);
	d->pid = fork();
	must(d->pid >= 0, "fork");
	if (!d->pid)
		execute(d);
	daemon_await_log(d, "ready: ");
	open_region(d);
}

void daemon_await_draining(const struct daemon *d)
{
	const struct tfs_shm_poll_header *h = d->region.base;
	uint32_t sw;

	do {
		sw = __atomic_load_n(&h->server_word, __ATOMIC_RELAXED);
	} while (sw & TFS_SHM_POLL_SW_READY && !(sw & TFS_SHM_POLL_SW_DRAINING));
}

void daemon_await_gone(const struct daemon *d)
{
	const struct tfs_shm_poll_header *h = d->region.base;

	while (__atomic_load_n(&h->server_word, __ATOMIC_RELAXED) & TFS_SHM_POLL_SW_READY)
		sleep_ms(1);
}

int daemon_wait(struct daemon *d)
{
	int status;

	must(waitpid(d->pid, &status, 0) == d->pid, "waitpid");
	d->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void daemon_await(const struct daemon *d, const char *name)
{
	while (access(daemon_file(d, name), F_OK))
		sleep_ms(1);
}

void daemon_touch(const struct daemon *d, const char *name)
{
	int fd = open(daemon_file(d, name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	must(fd >= 0, name);
	close(fd);
}

void daemon_remove(const struct daemon *d, const char *name)
{
	must(!unlink(daemon_file(d, name)), name);
}

void client_open(struct daemon *d, bool rings)
{
	oc_ladder_init(&d->ladder, OC_WAIT_ADAPTIVE, NULL);
	oc_port_linux(&d->port, &d->ladder);
	d->sleeper = (struct oc_sleeper){ &d->bell, &d->ladder, &d->channel };
	if (rings)
		oc_port_linux_bell(&d->port, &d->sleeper);
	must_be(oc_channel_attach(&d->channel, d->region.base, &d->port, d->region.owner, 60000),
		OC_OK, "oc_channel_attach");
	must_be(oc_db_open(&d->db, &d->channel, "weather", &weather_schema, d->memory,
			   sizeof(d->memory), 17), OC_OK, "oc_db_open");
}

void client_insert(struct daemon *d)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	struct weather_weather row = {
		.date_length = 2, .date = "it", .weather_length = 3, .weather = "sun",
	};

	must_be(oc_db_start_update(&d->db, tables, 1, NULL, 0), OC_OK, "oc_db_start_update");
	must(oc_db_insert(&d->db, WEATHER_TABLE_WEATHER, &row, sizeof(row)) > 0, "oc_db_insert");
}

unsigned int daemon_count_files(const struct daemon *d, const char *pattern)
{
	unsigned int n;
	glob_t found;

	must(glob(daemon_file(d, pattern), 0, NULL, &found) != GLOB_NOSPACE, "glob");
	n = found.gl_pathc;
	globfree(&found);
	return n;
}

static int ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int n = -1;

	sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	if (sqlite3_step(statement) == SQLITE_ROW)
		n = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return n;
}

/* Pages of a table that is not there any more are free, but part of the file. */
void enlarge(const struct daemon *d)
{
	sqlite3 *db = NULL;

	must(!sqlite3_open_v2(daemon_file(d, "w.db"), &db, SQLITE_OPEN_READWRITE, NULL), "w.db");
	must(!sqlite3_exec(db, "BEGIN; CREATE TABLE large AS SELECT zeroblob(4 << 20);"
			   "DROP TABLE large; COMMIT", NULL, NULL, NULL), "a large database");
	sqlite3_close(db);
}

int count_rows(const struct daemon *d)
{
	sqlite3 *db = NULL;
	int rows;

	must(!sqlite3_open_v2(daemon_file(d, "w.db"), &db, SQLITE_OPEN_READWRITE, NULL), "w.db");
	must(ask(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1,
	     "the database is whole");
	rows = ask(db, "SELECT count(*) FROM weather");
	sqlite3_close(db);
	return rows;
}

void daemon_remove_all(struct daemon *d)
{
	char command[128];

	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		waitpid(d->pid, NULL, 0);
	}
	oc_bell_close(&d->bell);
	oc_region_close(&d->region);
	snprintf(command, sizeof(command), "rm -rf '%s'", d->dir);
	must(!system(command), "the folder is removed");
}
