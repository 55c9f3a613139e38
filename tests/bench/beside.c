// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a light channel's read of a row takes while another channel keeps tfsd at work,
 * against the same in quiet: lines for bench.tsv on standard output.
 *
 *	beside FOLDER [quick]		scratch files on a real disk, removed again
 *
 * The light client's clock is open-loop: a read is due every millisecond and counts from
 * then, however late it could begin. Slices in quiet and slices beside take turns, and
 * each value is a slice's p99. The other client, a process of its own, has one kind of
 * work at a time:
 *
 *	query	one SQL statement that runs for as long as the slice
 *	sync	one-row commits, each of which is durable before the next
 *	backup	one copy of the database after the other, of five megabytes
 */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <oc/bell.h>
#include <oc/db.h>
#include <oc/region.h>

#include "extern.h"
#include "weather.h"

#define TFSD		"build/host/tfsd"
#define TFS		"build/host/tfs"
#define ROWS		50000		/* in the database, to be copied */
#define PERIOD_NS	1000000u
#define TRIPS		1000u		/* a slice: a second */
#define TRIPS_QUICK	400u
#define ROUNDS		16
#define ROUNDS_QUICK	3
#define SLACK_US	25.0
#define PRIORITY	2		/* of the light client, above tfsd's reactor */
#define ENDLESS		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n " \
			"WHERE i < 1000000000000) SELECT count(*) FROM n"

static const char *folder;

static struct weather_weather row = {
	.date_length = 10, .date = "2012-01-01", .wind = 4.7, .weather_length = 3, .weather = "sun",
};

/**
 * struct shared - what the other client is told, and says
 * @go:   a kind of work, or 0: none
 * @busy: it is at work
 * @done: pieces of work since the beginning
 */
static struct shared {
	atomic_int go;
	atomic_int busy;
	atomic_uint done;
} *shared;

/**
 * struct client - one end of a channel with a database open
 */
struct client {
	struct oc_region region;
	struct oc_bell bell;
	struct oc_ladder ladder;
	struct oc_port port;
	struct oc_sleeper sleeper;
	struct oc_channel channel;
	struct oc_db db;
	uint64_t memory[8192];
};

static pid_t tfsd, other;

static void remove_copies(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "weather-", 8))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

static void clean_up(void)
{
	static const char *const names[] = {
		"region", "region.0.server", "region.0.client", "region.1.server",
		"region.1.client", "beside.db", "beside.db-wal", "beside.db-shm", "tfsd.log",
		"control",
	};
	char path[300];

	if (other > 0) {
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
	}
	if (tfsd > 0) {
		kill(tfsd, SIGKILL);
		waitpid(tfsd, NULL, 0);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	remove_copies();
}

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "beside: %s\n", what);
	clean_up();
	exit(1);
}

static void start_tfsd(bool privileged)
{
	char options[5][320];

	snprintf(options[0], sizeof(options[0]), "file=%s/region", folder);
	snprintf(options[1], sizeof(options[1]), "database.weather.file=%s/beside.db", folder);
	snprintf(options[2], sizeof(options[2]), "log=%s/tfsd.log", folder);
	snprintf(options[3], sizeof(options[3]), "control=%s/control", folder);
	snprintf(options[4], sizeof(options[4]), "backup_directory=%s", folder);
	tfsd = fork();
	need(tfsd >= 0, "fork failed");
	if (tfsd)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl(TFSD, "tfsd", "-f", "/dev/null", "-o", options[0], "-o", options[1], "-o", options[2],
	      "-o", options[3], "-o", options[4], "-o", "channels=2", "-o", "durability=full",
	      "-o", privileged ? "reactor_priority=1" : "reactor_priority=0",
	      "-o", "database.weather.schema=tests/data/weather.sql", NULL);
	_exit(127);
}

static void open_client(struct client *c, unsigned int channel)
{
	struct oc_uri uri = { .channel = channel, .stride = 65536 };
	int status = OC_EREGION;

	c->region.fd = -1;
	snprintf(uri.file, sizeof(uri.file), "%s/region", folder);
	for (int i = 0; status != OC_OK && i < 500; i++) {
		status = oc_region_open(&c->region, &uri);
		if (status != OC_OK)
			usleep(10000);
	}
	need(status == OC_OK, "no memory file of tfsd's");
	oc_ladder_init(&c->ladder, OC_WAIT_ADAPTIVE, c->region.line);
	oc_port_linux(&c->port, &c->ladder);
	need(oc_bell_open(&c->bell, &c->region, &uri) == OC_OK, "no bells");
	c->sleeper = (struct oc_sleeper) {
		.bell = &c->bell, .ladder = &c->ladder, .channel = &c->channel,
	};
	oc_port_linux_bell(&c->port, &c->sleeper);
	need(oc_channel_attach(&c->channel, c->region.base, &c->port, c->region.owner, 10000) ==
	     OC_OK, "tfsd does not answer");
	need(oc_db_open(&c->db, &c->channel, "weather", &weather_schema, c->memory,
			sizeof(c->memory), 0) == OC_OK, "tfsd has no database");
}

/* --- the other client --------------------------------------------------------------------- */

static int take_row(void *ctx, const struct oc_sql_row *r)
{
	(void)ctx;
	(void)r;
	return 0;
}

/* Its timeout ends it. */
static bool query(struct client *c)
{
	return oc_db_sql(&c->db, ENDLESS, sizeof(ENDLESS) - 1, take_row, NULL) == OC_ECANCELLED;
}

static bool commit(struct client *c)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };

	return oc_db_start_update(&c->db, tables, 1, NULL, 0) == OC_OK &&
	       oc_db_insert(&c->db, 0, &row, sizeof(row)) > 0 && oc_db_end(&c->db) == OC_OK;
}

static bool back_up(struct client *c)
{
	char control[300];
	int status;
	pid_t pid;

	(void)c;
	snprintf(control, sizeof(control), "%s/control", folder);
	pid = fork();
	if (!pid && dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO) == STDOUT_FILENO)
		execl(TFS, "tfs", "backup", "-s", control, NULL);
	if (!pid)
		_exit(127);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	remove_copies();
	return !status;
}

static const struct work {
	const char *name;
	bool (*piece)(struct client *c);
} works[] = {
	{ "query", query },
	{ "sync", commit },
	{ "backup", back_up },
};

#define WORKS	(sizeof(works) / sizeof(works[0]))

static void run_other(int32_t slice_ms)
{
	static struct client c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	open_client(&c, 1);
	oc_channel_set_timeout(&c.channel, slice_ms + 500);
	atomic_fetch_add(&shared->done, 1);
	for (;;) {
		const int go = atomic_load(&shared->go);

		if (!go) {
			atomic_store(&shared->busy, 0);
			usleep(1000);
			continue;
		}
		atomic_store(&shared->busy, 1);
		if (!works[go - 1].piece(&c))
			_exit(1);
		atomic_fetch_add(&shared->done, 1);
	}
}

static void check_other(void)
{
	const bool gone = waitpid(other, NULL, WNOHANG) == other;

	if (gone)
		other = 0;
	need(!gone, "the other client has failed");
}

static void set_work(int go)
{
	atomic_store(&shared->go, go);
	while (atomic_load(&shared->busy) != !!go) {
		check_other();
		usleep(1000);
	}
	usleep(20000);
}

/* --- the light one --------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u),
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, size_t n)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, n * sizeof(values[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare);
	return (sorted[n / 2] + sorted[(n - 1) / 2]) / 2;
}

/* A slice's p99 in microseconds. */
static double slice(struct client *c, unsigned int trips)
{
	static double us[TRIPS];
	struct weather_weather got;
	uint64_t due = now_ns();

	for (unsigned int i = 0; i < trips; i++) {
		due += PERIOD_NS;
		sleep_until(due);
		need(oc_db_get(&c->db, 0, 1, &got, sizeof(got)) == OC_OK, "a read failed");
		us[i] = (double)(now_ns() - due) / 1000;
	}
	qsort(us, trips, sizeof(us[0]), compare);
	return us[trips * 99 / 100];
}

static double bound(double quiet)
{
	return fmax(2 * quiet, quiet + SLACK_US);
}

/* A row of bench.tsv; the target is what the bound comes to as a ratio. */
static void print_row(const char *name, const double *beside, const double *quiet, int rounds)
{
	double ratios[ROUNDS], target = bound(median(quiet, rounds)) / median(quiet, rounds);
	int within = 0;

	for (int i = 0; i < rounds; i++) {
		ratios[i] = beside[i] / quiet[i];
		within += beside[i] <= bound(quiet[i]);
	}
	printf("light-beside-%s\t%.1f\tus\t%.1f\t%.3f\t%.3f\t%s\n", name, median(beside, rounds),
	       median(quiet, rounds), median(ratios, rounds), target,
	       4 * within >= 3 * rounds ? "ok" : 4 * within <= rounds ? "short" : "noisy");
}

static void fill(struct client *c)
{
	static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };
	int64_t rowid = 0;

	while (rowid < ROWS) {
		need(oc_db_start_update(&c->db, tables, 1, NULL, 0) == OC_OK, "no update begins");
		for (int i = 0; i < 500; i++)
			rowid = oc_db_insert(&c->db, 0, &row, sizeof(row));
		need(rowid > 0 && oc_db_end(&c->db) == OC_OK, "the rows are refused");
	}
}

static void measure(struct client *light, int rounds, unsigned int trips)
{
	double quiet[ROUNDS], beside[ROUNDS];
	unsigned int done;

	for (size_t w = 0; w < WORKS; w++) {
		done = atomic_load(&shared->done);
		for (int i = 0; i < rounds; i++) {
			quiet[i] = slice(light, trips);
			set_work((int)w + 1);
			beside[i] = slice(light, trips);
			set_work(0);
		}
		need(atomic_load(&shared->done) > done, "the other client did nothing");
		print_row(works[w].name, beside, quiet, rounds);
	}
}

/* As a machine's control loop would: the light client goes first, then tfsd's reactor. */
static bool go_first(int priority)
{
	struct sched_param param = { .sched_priority = priority };

	prctl(PR_SET_TIMERSLACK, 1000);
	return !sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &param);
}

int main(int argc, char **argv)
{
	static struct client light;
	const bool quick = argc == 3, privileged = go_first(PRIORITY);
	const unsigned int trips = quick ? TRIPS_QUICK : TRIPS;

	need(argc == 2 || (quick && !strcmp(argv[2], "quick")),
	     "usage: beside FOLDER [quick]");
	folder = argv[1];
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	need(shared != MAP_FAILED, "no memory");
	if (privileged)
		go_first(0);
	else
		fputs("beside: not privileged: nobody has priority\n", stderr);
	start_tfsd(privileged);
	other = fork();
	need(other >= 0, "fork failed");
	if (!other)
		run_other((int32_t)(trips * PERIOD_NS / 1000000));
	open_client(&light, 0);
	fill(&light);
	while (!atomic_load(&shared->done)) {
		check_other();
		usleep(1000);
	}
	if (privileged)
		go_first(PRIORITY);
	measure(&light, quick ? ROUNDS_QUICK : ROUNDS, trips);
	oc_db_close(&light.db);
	oc_channel_detach(&light.channel);
	clean_up();
	return 0;
}
