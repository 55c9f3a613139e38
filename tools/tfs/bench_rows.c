// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_rows.c: rows that compare sides of a run */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench_rows.h"

/* Its values, or NULL if it was not measured. */
static const double *values_of(const struct bench_run *run, const char *name,
			       const struct bench_side **side)
{
	for (size_t i = 0; i < run->nsides; i++) {
		*side = &run->sides[i];
		if (strcmp(run->sides[i].name, name))
			continue;
		return run->done && !run->sides[i].why_not ? bench_run_values(run, i) : NULL;
	}
	*side = NULL;
	return NULL;
}

/* The ratios of pairs, malloced; NULL if there are none. */
static double *ratios_of(const struct bench_run *run, const double *ours, const double *theirs)
{
	double *ratios = NULL;

	if (ours && theirs)
		ratios = malloc(run->done * sizeof(*ratios));
	for (size_t i = 0; ratios && i < run->done; i++)
		ratios[i] = ours[i] / theirs[i];
	return ratios;
}

double bench_rows_noise(const struct bench_run *run, const char *side, const char *twin)
{
	const struct bench_side *found;
	const double *ours = values_of(run, side, &found);
	double *ratios = ratios_of(run, ours, values_of(run, twin, &found));
	double spread = ratios ? bench_spread(ratios, run->done) : NAN;

	free(ratios);
	return spread;
}

/*
 * On a noisy machine only what is clearly on one side of its target has a verdict: both
 * quartiles are.
 */
enum bench_verdict bench_judge(const double *what, size_t n, double target, double noise)
{
	bool low = bench_quantile(what, n, 0.25) <= target;
	bool high = bench_quantile(what, n, 0.75) <= target;

	if (!(noise <= BENCH_SPREAD_MAX) && low != high)
		return BENCH_NOISY;
	return bench_median(what, n) <= target ? BENCH_OK : BENCH_SHORT;
}

static void fill(struct bench_result *result, const struct bench_run *run,
		 const struct bench_row *row, double noise)
{
	const double scale = strcmp(row->unit, "us") ? 1 : 1000;
	const struct bench_side *side, *reference = NULL;
	const double *ours = values_of(run, row->side, &side), *theirs = NULL;
	double *ratios = NULL;

	if (row->reference)
		theirs = values_of(run, row->reference, &reference);
	ratios = ratios_of(run, ours, theirs);
	if (ours)
		result->value = bench_median(ours, run->done) / scale;
	if (theirs)
		result->reference = bench_median(theirs, run->done) / scale;
	if (ratios)
		result->ratio = bench_median(ratios, run->done);
	if (row->target > 0 && ratios)
		result->verdict = bench_judge(ratios, run->done, row->target, noise);
	else if (row->target > 0 && ours && !row->reference)
		result->verdict = bench_judge(ours, run->done, row->target * scale, noise);
	else if (row->target > 0)
		result->verdict = BENCH_NOISY;
	free(ratios);

	if (side && side->why_not)
		snprintf(result->remark, sizeof(result->remark), "no %s: %s", side->name,
			 side->why_not);
	else if (reference && reference->why_not)
		snprintf(result->remark, sizeof(result->remark), "no %s: %s", reference->name,
			 reference->why_not);
	else if (row->reference)
		snprintf(result->remark, sizeof(result->remark), "%s : %s", row->side,
			 row->reference);
}

void bench_rows_add(struct bench_table *table, const struct bench_run *run,
		    const struct bench_row *rows, size_t n, double noise)
{
	for (size_t i = 0; i < n; i++) {
		struct bench_result *result = bench_table_add(table, rows[i].name, rows[i].unit);

		if (rows[i].target > 0)
			result->target = rows[i].target;
		fill(result, run, &rows[i], noise);
	}
}
