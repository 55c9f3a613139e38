// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_table.c: what was measured, as a table for people and as bench.tsv */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench_table.h"

#define GROW	64

static const char *const verdicts[] = {
	[BENCH_NONE] = "-",
	[BENCH_OK] = "ok",
	[BENCH_SHORT] = "short",
	[BENCH_NOISY] = "noisy",
};

struct bench_result *bench_table_add(struct bench_table *table, const char *name, const char *unit)
{
	static struct bench_result lost;
	struct bench_result *result = &lost, *more;

	if (table->n % GROW == 0) {
		more = realloc(table->results, (table->n + GROW) * sizeof(*more));
		table->full |= !more;
		if (more)
			table->results = more;
	}
	if (!table->full)
		result = &table->results[table->n++];
	*result = (struct bench_result) {
		.value = NAN, .reference = NAN, .ratio = NAN, .target = NAN,
	};
	snprintf(result->name, sizeof(result->name), "%s", name);
	snprintf(result->unit, sizeof(result->unit), "%s", unit);
	return result;
}

void bench_table_value(struct bench_table *table, const char *name, double value, const char *unit)
{
	bench_table_add(table, name, unit)->value = value;
}

/* Four digits that count, and no exponent: for people and programs alike. */
const char *bench_number(char text[32], double value)
{
	int digits = 3;

	if (isnan(value))
		return strcpy(text, "-");
	if (fabs(value) >= 1000)
		digits = 0;
	else if (fabs(value) >= 100)
		digits = 1;
	else if (fabs(value) >= 10)
		digits = 2;
	snprintf(text, 32, "%.*f", digits, value);
	return text;
}

struct cells {
	char value[32];
	char reference[32];
	char ratio[32];
	char target[32];
};

static struct cells cells_of(const struct bench_result *result)
{
	struct cells cells;

	bench_number(cells.value, result->value);
	bench_number(cells.reference, result->reference);
	bench_number(cells.ratio, result->ratio);
	bench_number(cells.target, result->target);
	return cells;
}

void bench_table_print(const struct bench_table *table, FILE *out)
{
	fprintf(out, "%-22s %10s %-6s %10s %7s %7s  %s\n", "name", "value", "unit", "reference",
		"ratio", "target", "verdict");
	for (size_t i = 0; i < table->n; i++) {
		const struct bench_result *r = &table->results[i];
		const struct cells cells = cells_of(r);

		if (r->file_only)
			continue;
		fprintf(out, "%-22s %10s %-6s %10s %7s %7s  %-7s %s\n", r->name, cells.value,
			r->unit, cells.reference, cells.ratio, cells.target,
			verdicts[r->verdict], r->remark);
	}
}

void bench_table_write(const struct bench_table *table, FILE *out)
{
	fputs("name\tvalue\tunit\treference\tratio\ttarget\tverdict\n", out);
	for (size_t i = 0; i < table->n; i++) {
		const struct bench_result *r = &table->results[i];
		const struct cells cells = cells_of(r);

		fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r->name, cells.value, r->unit,
			cells.reference, cells.ratio, cells.target, verdicts[r->verdict]);
	}
}

void bench_table_free(struct bench_table *table)
{
	free(table->results);
	*table = (struct bench_table) { .n = 0 };
}
