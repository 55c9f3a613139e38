// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c: runs seeds
 *
 *	sim [--runs N] [--from SEED] [--seconds N] [--jobs N]
 *	sim --seed SEED [--trace]
 *
 * Ends at the first run that finds a bug and prints its seed. Exit status: 0 none was
 * found, 1 one was, 2 usage.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actors.h"

#define JOBS_MAX	64u

struct options {
	uint64_t from, runs;
	uint32_t seconds, jobs;
	bool one, trace;
};

/* What the jobs tell their parent, even if they crash. */
struct job {
	uint64_t seed;			/* the run that it is in */
	uint64_t runs, steps, requests;
	bool failed;
	char failure[sizeof(world.failure)];
};

static struct {
	struct job job[JOBS_MAX];
	bool stop;
} *shared;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void *pages(size_t size, int protection)
{
	void *p = mmap(NULL, size, protection, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("sim: mmap");
		exit(2);
	}
	return p;
}

static bool time_is_up(const struct options *options, double start, uint64_t runs)
{
	return options->seconds && runs % 256 == 0 && now() - start >= options->seconds;
}

/* Seeds from + n, from + n + jobs, ... */
static bool run_job(const struct options *options, uint32_t n)
{
	struct job *job = &shared->job[n];
	double start = now();

	for (uint64_t i = n; i < options->runs; i += options->jobs) {
		if (shared->stop || time_is_up(options, start, job->runs))
			break;
		job->seed = options->from + i;
		if (!world_run(job->seed, options->trace)) {
			memcpy(job->failure, world.failure, sizeof(job->failure));
			job->failed = true;
			shared->stop = true;
			return false;
		}
		job->runs++;
		job->steps += world.steps;
		job->requests += sim_clients[CLIENT].calls + sim_clients[NEIGHBOUR].calls;
	}
	return true;
}

static bool report(const struct options *options, double seconds)
{
	struct job sum = { .runs = 0 };
	bool good = true;

	for (uint32_t n = 0; n < options->jobs; n++) {
		const struct job *job = &shared->job[n];

		sum.runs += job->runs;
		sum.steps += job->steps;
		sum.requests += job->requests;
		if (!job->failed)
			continue;
		printf("seed %llu: %s\n", (unsigned long long)job->seed, job->failure);
		good = false;
	}
	printf("%llu runs, %.1f s, %.0f runs/s, %.0f steps and %.1f requests a run\n",
	       (unsigned long long)sum.runs, seconds, sum.runs / seconds,
	       sum.runs ? (double)sum.steps / sum.runs : 0,
	       sum.runs ? (double)sum.requests / sum.runs : 0);
	return good;
}

static void start_job(const struct options *options, uint32_t n)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("sim: fork");
		exit(2);
	}
	if (!pid)
		_exit(run_job(options, n) ? 0 : 1);
}

/* A job that was killed by a signal has found something, too. */
static bool run_jobs(const struct options *options)
{
	bool good = true;
	int status;

	for (uint32_t n = 0; n < options->jobs; n++)
		start_job(options, n);
	while (wait(&status) > 0 || errno == EINTR) {
		if (WIFSIGNALED(status)) {
			printf("a job died of signal %d; the runs were", WTERMSIG(status));
			for (uint32_t n = 0; n < options->jobs; n++)
				printf(" %llu", (unsigned long long)shared->job[n].seed);
			printf("\n");
			good = false;
			shared->stop = true;
		}
	}
	return good;
}

static void usage(void)
{
	fprintf(stderr, "usage: sim [--runs N] [--from SEED] [--seconds N] [--jobs N]\n"
			"       sim --seed SEED [--trace]\n");
	exit(2);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-') {
		fprintf(stderr, "sim: not a number: %s\n", text);
		exit(2);
	}
	return value;
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "runs", required_argument, NULL, 'r' },
		{ "from", required_argument, NULL, 'f' },
		{ "seconds", required_argument, NULL, 's' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "seed", required_argument, NULL, 'o' },
		{ "trace", no_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'r':
			options->runs = number(optarg);
			break;
		case 'f':
			options->from = number(optarg);
			break;
		case 's':
			options->seconds = number(optarg);
			break;
		case 'j':
			options->jobs = number(optarg);
			break;
		case 'o':
			options->from = number(optarg);
			options->one = true;
			break;
		case 't':
			options->trace = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !options->jobs || options->jobs > JOBS_MAX ||
	    (options->trace && !options->one))
		usage();
}

int main(int argc, char **argv)
{
	struct options options = { .from = 1, .jobs = 1 };
	double start;
	bool good;

	parse(&options, argc, argv);
	if (options.one) {
		options.runs = 1;
		options.jobs = 1;
	}
	if (!options.runs)
		options.runs = options.seconds ? UINT64_MAX - options.from : 100000;
	shared = pages(sizeof(*shared), PROT_READ | PROT_WRITE);
	sim_base = pages(TFS_SHM_POLL_DEFAULT_STRIDE, PROT_NONE);

	start = now();
	good = options.one ? run_job(&options, 0) : run_jobs(&options);
	good &= report(&options, now() - start);
	return good ? 0 : 1;
}
