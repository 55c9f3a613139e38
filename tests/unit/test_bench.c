// SPDX-License-Identifier: GPL-2.0-only
/* test_bench.c: what tfs bench makes of known figures */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#include "../../tools/tfs/bench_rows.h"

static void is_near(double got, double wanted)
{
	double off = got - wanted;

	if (fabs(off) > 0.000000001)
		fail_msg("got %.9f, wanted %.9f", got, wanted);
}

static void medians(void **state)
{
	const double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };

	(void)state;
	is_near(bench_median(odd, 3), 5);
	is_near(bench_median(even, 4), 2.5);
	is_near(bench_median(one, 1), 7);
	is_near(odd[0], 9);	/* not sorted in place */
}

static void quartiles(void **state)
{
	const double values[] = { 5, 4, 3, 2, 1 }, same[] = { 3, 3, 3 };

	(void)state;
	is_near(bench_quantile(values, 5, 0.25), 2);
	is_near(bench_quantile(values, 5, 0.75), 4);
	is_near(bench_quantile(values, 5, 0), 1);
	is_near(bench_quantile(values, 5, 1), 5);
	is_near(bench_quantile(values, 5, 0.9), 4.6);
	is_near(bench_spread(values, 5), 2.0 / 3);
	is_near(bench_spread(same, 3), 0);
}

static struct bench_histogram *histogram(void)
{
	struct bench_histogram *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	return h;
}

static void small_values_are_exact(void **state)
{
	struct bench_histogram *h = histogram();

	(void)state;
	for (uint64_t ns = 1; ns <= 100; ns++)
		bench_histogram_add(h, ns);
	assert_int_equal(bench_percentile(h, 0.5), 50);
	assert_int_equal(bench_percentile(h, 0.99), 99);
	assert_int_equal(bench_percentile(h, 0.999), 100);
	assert_int_equal(bench_percentile(h, 1), 100);
	assert_int_equal(h->sum, 5050);
	assert_int_equal(h->count, 100);
	free(h);
}

static void percentiles_are_close(void **state)
{
	static const double shares[] = { 0.01, 0.25, 0.5, 0.99, 0.999 };
	struct bench_histogram *h = histogram();

	(void)state;
	for (uint64_t i = 1; i <= 100000; i++)
		bench_histogram_add(h, i * 10);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		double wanted = shares[i] * 1000000;
		double got = (double)bench_percentile(h, shares[i]);

		if (got < wanted || got > wanted * 1.016)
			fail_msg("share %g: got %g, wanted %g", shares[i], got, wanted);
	}
	assert_int_equal(bench_percentile(h, 1), 1000000);
	free(h);
}

static void one_late_trip_is_the_maximum_only(void **state)
{
	struct bench_histogram *h = histogram();

	(void)state;
	for (int i = 0; i < 9999; i++)
		bench_histogram_add(h, 120);
	bench_histogram_add(h, 123456789);
	assert_int_equal(bench_percentile(h, 0.5), 120);
	assert_int_equal(bench_percentile(h, 0.9999), 120);
	assert_int_equal(bench_percentile(h, 1), 123456789);
	assert_int_equal(h->max, 123456789);
	free(h);
}

static void buckets_follow_each_other(void **state)
{
	(void)state;
	for (unsigned int i = 1; i < BENCH_BUCKETS; i++)
		assert_true(bench_bucket_top(i) > bench_bucket_top(i - 1));
}

static void no_trips_and_endless_ones(void **state)
{
	struct bench_histogram *h = histogram();

	(void)state;
	assert_int_equal(bench_percentile(h, 0.5), 0);
	bench_histogram_add(h, UINT64_MAX);
	assert_int_equal(h->max, UINT64_MAX);
	assert_true(bench_percentile(h, 0.5) > 1ull << 40);
	free(h);
}

/* --- rows ---------------------------------------------------------------------------- */

#define ROUNDS 5

static struct bench_side sides[] = {
	{ .name = "ours" }, { .name = "theirs" }, { .name = "absent", .why_not = "nobody has it" },
	{ .name = "wild" }, { .name = "theirs-again" },
};

/* Ratios of ours to theirs: 2, 1.5, 1, 3, 1. Their median is not that of the medians, 2. */
static double values[] = {
	200, 300, 900, 600, 400,
	100, 200, 900, 200, 400,
	0, 0, 0, 0, 0,
	50, 800, 90, 500, 800,
	100, 300, 900, 200, 400,
};

static struct bench_run run = {
	.sides = sides, .nsides = 5, .rounds = ROUNDS, .done = ROUNDS, .values = values,
};

static struct bench_result row(const struct bench_row *row, double noise)
{
	struct bench_table table = { .n = 0 };
	struct bench_result result;

	bench_rows_add(&table, &run, row, 1, noise);
	assert_int_equal(table.n, 1);
	result = table.results[0];
	bench_table_free(&table);
	return result;
}

static void the_ratio_is_of_pairs(void **state)
{
	const struct bench_row wanted = { "row", "ours", "theirs", 1.5, "ns" };
	struct bench_result got = row(&wanted, 0.01);

	(void)state;
	is_near(got.value, 400);
	is_near(got.reference, 200);
	is_near(got.ratio, 1.5);
	is_near(got.target, 1.5);
	assert_int_equal(got.verdict, BENCH_OK);
}

static void above_its_target_it_is_short(void **state)
{
	const struct bench_row wanted = { "row", "ours", "theirs", 1.49, "us" };
	struct bench_result got = row(&wanted, 0.01);

	(void)state;
	is_near(got.value, 0.4);
	assert_int_equal(got.verdict, BENCH_SHORT);
}

static void a_target_without_reference_is_the_values(void **state)
{
	const struct bench_row reached = { "row", "ours", NULL, 0.4, "us" };
	const struct bench_row missed = { "row", "ours", NULL, 0.39, "us" };

	(void)state;
	assert_int_equal(row(&reached, 0.01).verdict, BENCH_OK);
	assert_int_equal(row(&missed, 0.01).verdict, BENCH_SHORT);
	assert_true(isnan(row(&reached, 0.01).ratio));
}

/* Quartiles of the ratios: 1 and 2. */
static void noise_leaves_open_what_is_close(void **state)
{
	const struct bench_row near_it = { "row", "ours", "theirs", 1.5, "us" };
	const struct bench_row below = { "row", "ours", "theirs", 2.5, "us" };
	const struct bench_row above = { "row", "ours", "theirs", 0.5, "us" };

	(void)state;
	assert_int_equal(row(&near_it, 0.15).verdict, BENCH_OK);
	assert_int_equal(row(&near_it, 0.16).verdict, BENCH_NOISY);
	assert_int_equal(row(&near_it, NAN).verdict, BENCH_NOISY);
	assert_int_equal(row(&below, 0.16).verdict, BENCH_OK);
	assert_int_equal(row(&above, 0.16).verdict, BENCH_SHORT);
}

static void what_was_not_measured_has_no_verdict(void **state)
{
	const struct bench_row no_side = { "row", "absent", "theirs", 1.5, "us" };
	const struct bench_row no_reference = { "row", "ours", "absent", 1.5, "us" };
	const struct bench_row no_target = { "row", "ours", "absent", 0, "us" };
	struct bench_result got = row(&no_side, 0.01);

	(void)state;
	assert_true(isnan(got.value) && isnan(got.ratio));
	assert_int_equal(got.verdict, BENCH_NOISY);
	assert_string_equal(got.remark, "no absent: nobody has it");
	got = row(&no_reference, 0.01);
	is_near(got.value, 0.4);
	assert_true(isnan(got.reference) && isnan(got.ratio));
	assert_int_equal(got.verdict, BENCH_NOISY);
	assert_int_equal(row(&no_target, 0.01).verdict, BENCH_NONE);
}

static void twins_tell_the_noise(void **state)
{
	(void)state;
	is_near(bench_rows_noise(&run, "theirs", "theirs"), 0);
	is_near(bench_rows_noise(&run, "theirs", "theirs-again"), 0);
	is_near(bench_rows_noise(&run, "ours", "theirs"), 1 / 1.5);
	assert_true(bench_rows_noise(&run, "wild", "theirs") > BENCH_SPREAD_MAX);
	assert_true(isnan(bench_rows_noise(&run, "absent", "theirs")));
}

static void the_file_has_its_columns(void **state)
{
	struct bench_table table = { .n = 0 };
	struct bench_result *result;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	result = bench_table_add(&table, "row", "us");
	result->value = 1234.5;
	result->reference = 0.12345;
	result->ratio = 99.999;
	result->target = 1.1;
	result->verdict = BENCH_SHORT;
	bench_table_value(&table, "alone", 0, "1/s");
	bench_table_write(&table, out);
	fclose(out);
	assert_string_equal(text, "name\tvalue\tunit\treference\tratio\ttarget\tverdict\n"
			    "row\t1234\tus\t0.123\t100.00\t1.100\tshort\n"
			    "alone\t0.000\t1/s\t-\t-\t-\t-\n");
	free(text);
	bench_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(medians),
		cmocka_unit_test(quartiles),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(percentiles_are_close),
		cmocka_unit_test(one_late_trip_is_the_maximum_only),
		cmocka_unit_test(buckets_follow_each_other),
		cmocka_unit_test(no_trips_and_endless_ones),
		cmocka_unit_test(the_ratio_is_of_pairs),
		cmocka_unit_test(above_its_target_it_is_short),
		cmocka_unit_test(a_target_without_reference_is_the_values),
		cmocka_unit_test(noise_leaves_open_what_is_close),
		cmocka_unit_test(what_was_not_measured_has_no_verdict),
		cmocka_unit_test(twins_tell_the_noise),
		cmocka_unit_test(the_file_has_its_columns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
