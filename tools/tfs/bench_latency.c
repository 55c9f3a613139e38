// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_latency.c: how long single trips take, by size, and how a channel's ends wait
 *
 * Rows are WHAT-SIZE-FIGURE: WHAT is a way of waiting, or "call" for the server of a URI,
 * "loop" (the bare loop, from 64k
 * on that of fragments), "socket" or "mqueue"; SIZE is of the whole message, 0 for one
 * that is a header only. Each trip includes one reading of the clock, row "clock".
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "bench_clock.h"

#define NAME_SIZE	32
#define CLOCK_BATCHES	21
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	uint32_t bytes;
} sizes[] = {
	{ "0", 0 },
	{ "64", 64 },
	{ "256", 256 },
	{ "1k", 1024 },
	{ "4k", 4096 },
	{ "32k", 32768 },
	{ "64k", 65536 },
	{ "1m", 1048576 },
};

/* What channels are compared with: the header of an empty message is 24 bytes of data. */
static const struct {
	const char *name;
	const struct bench_kind *kind;
	const struct bench_kind *large;		/* above a channel's buffer */
} others[] = {
	{ "loop", &bench_loop, &bench_fragments },
	{ "socket", &bench_socket, &bench_socket },
	{ "mqueue", &bench_mqueue, NULL },
};

struct matrix {
	struct bench_side *sides;
	struct bench_sample *samples;
	char (*names)[NAME_SIZE];
	size_t n;
};

static void add_side(struct matrix *matrix, const char *what, size_t size,
		     const struct bench_kind *kind, enum oc_wait wait)
{
	char *name = matrix->names[matrix->n];

	snprintf(name, NAME_SIZE, "%s-%s", what, sizes[size].name);
	matrix->sides[matrix->n++] = (struct bench_side) {
		.name = name,
		.kind = kind,
		.size = sizes[size].bytes ? sizes[size].bytes : sizeof(struct oc_msg),
		.wait = wait,
	};
}

static void add_channel(struct matrix *matrix, size_t size, const struct bench_options *options)
{
	if (options->remote) {
		add_side(matrix, "call", size, &bench_remote, options->uri.wait);
		matrix->sides[matrix->n - 1].argument = &options->uri;
		return;
	}
	for (int wait = 0; wait < OC_WAIT_POLICIES; wait++)
		add_side(matrix, oc_wait_names[wait], size, &bench_channel, wait);
}

static void add_size(struct matrix *matrix, size_t size, const struct bench_options *options)
{
	bool large = sizes[size].bytes > OC_PACKET_MAX;
	const struct bench_kind *kind;

	add_channel(matrix, size, options);
	for (size_t i = 0; i < COUNT(others); i++) {
		kind = large ? others[i].large : others[i].kind;
		if (kind)
			add_side(matrix, others[i].name, size, kind, OC_WAIT_BUSY);
	}
}

static bool make(struct matrix *matrix, const struct bench *bench)
{
	size_t most = COUNT(sizes) * (OC_WAIT_POLICIES + COUNT(others));

	matrix->sides = calloc(most, sizeof(*matrix->sides));
	matrix->samples = calloc(most, sizeof(*matrix->samples));
	matrix->names = calloc(most, sizeof(*matrix->names));
	if (!matrix->sides || !matrix->samples || !matrix->names)
		return false;
	for (size_t i = 0; i < COUNT(sizes); i++)
		add_size(matrix, i, bench->options);
	for (size_t i = 0; i < matrix->n; i++)
		matrix->sides[i].lines = bench->lines;
	return true;
}

static void release(struct matrix *matrix)
{
	free(matrix->sides);
	free(matrix->samples);
	free(matrix->names);
}

static bool take_samples(struct bench_run *run, struct bench_sample *samples)
{
	for (size_t i = 0; i < run->nsides; i++)
		if (!run->sides[i].why_not && !bench_run_calibrate(run, i))
			return false;
	while (!bench_run_is_over(run)) {
		for (size_t i = 0; i < run->nsides; i++)
			if (!run->sides[i].why_not &&
			    !bench_run_sample(run, i, &samples[i], NULL))
				return false;
		run->done++;
	}
	return true;
}

static const struct {
	const char *name;
	const char *unit;
	double share;		/* of the trips that did not take longer; 0: something else */
} figures[] = {
	{ "p50", "us", 0.5 },
	{ "p99", "us", 0.99 },
	{ "p99.9", "us", 0.999 },
	{ "max", "us", 1 },
	{ "rate", "1/s", 0 },
	{ "cpu", "us", 0 },
};

static double figure(const struct bench_sample *sample, size_t i)
{
	const struct bench_histogram *wall = &sample->wall;

	if (!wall->count)
		return NAN;
	if (figures[i].share > 0)
		return (double)bench_percentile(wall, figures[i].share) / 1000;
	if (!strcmp(figures[i].name, "rate"))
		return (double)wall->count / (double)wall->sum * 1e9;
	return (double)(sample->client_cpu + sample->server_cpu) / (double)wall->count / 1000;
}

void bench_sample_rows(struct bench *bench, const char *side, const struct bench_sample *sample)
{
	char name[64], text[32];
	struct bench_result *result;

	fprintf(bench->samples, "%-14s", side);
	for (size_t i = 0; i < COUNT(figures); i++) {
		snprintf(name, sizeof(name), "%s-%s", side, figures[i].name);
		result = bench_table_add(&bench->table, name, figures[i].unit);
		result->value = figure(sample, i);
		result->file_only = true;
		fprintf(bench->samples, " %10s", bench_number(text, result->value));
	}
	fputc('\n', bench->samples);
}

void bench_sample_heading(FILE *out)
{
	fprintf(out, "%-14s", "round trips");
	for (size_t i = 0; i < COUNT(figures); i++)
		fprintf(out, " %6s %-3s", figures[i].name, figures[i].unit);
	fputc('\n', out);
}

void bench_sample_plot(struct bench *bench, const char *side, const struct bench_sample *sample)
{
	const struct bench_histogram *wall = &sample->wall;
	uint64_t seen = 0;

	if (!bench->histograms || !wall->count)
		return;
	fprintf(bench->histograms, "# %s\n", side);
	for (unsigned int i = 0; i < BENCH_BUCKETS; i++) {
		seen += wall->buckets[i];
		if (wall->buckets[i])
			fprintf(bench->histograms, "%.3f\t%.6f\n",
				(double)bench_bucket_top(i) / 1000,
				(double)seen / (double)wall->count);
	}
	fputs("\n\n", bench->histograms);
}

static double clock_cost(void)
{
	const int readings = 1000;
	double batches[CLOCK_BATCHES];
	uint64_t from, now = bench_now();

	for (int i = 0; i < CLOCK_BATCHES; i++) {
		from = now;
		for (int j = 0; j < readings; j++)
			now = bench_now();
		batches[i] = (double)(now - from) / readings;
	}
	return bench_median(batches, CLOCK_BATCHES);
}

bool bench_latency(struct bench *bench)
{
	struct matrix matrix = { .n = 0 };
	struct bench_run run = {
		.rounds = bench->options->rounds ? bench->options->rounds : 10000,
		.slice_ns = bench_time(bench, 0.002, 0.005),
		.until = bench_now() + bench_time(bench, 14, 120),
	};
	bool good = make(&matrix, bench);

	run.sides = matrix.sides;
	run.nsides = matrix.n;
	good = good && bench_run_open(&run, bench->cpus) && take_samples(&run, matrix.samples);
	for (size_t i = 0; good && i < matrix.n; i++) {
		bench_sample_rows(bench, matrix.names[i], &matrix.samples[i]);
		bench_sample_plot(bench, matrix.names[i], &matrix.samples[i]);
	}
	if (good)
		bench_table_value(&bench->table, "clock", clock_cost(), "ns");
	bench_run_close(&run);
	release(&matrix);
	return good;
}
