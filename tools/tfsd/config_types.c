// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* config_types.c: the kinds of values that keys take */
#include <stdlib.h>
#include <string.h>

#include "config_keys.h"

/* Decimal digits and nothing else; *end is behind them. */
static bool parse_digits(const char *text, const char **end, uint32_t *out)
{
	uint64_t n = 0;

	for (*end = text; **end >= '0' && **end <= '9'; ++*end) {
		n = n * 10 + (uint64_t)(**end - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)n;
	return *end > text;
}

static bool parse_number(const struct config_key *key, void *field, const char *text)
{
	const char *end;
	uint32_t n;

	if (!parse_digits(text, &end, &n) || *end)
		return false;
	if (n < key->min || n > key->max || (key->multiple && n % key->multiple))
		return false;
	*(uint32_t *)field = key->scale ? n * key->scale : n;
	return true;
}

static void describe_number(const struct config_key *key, FILE *out)
{
	if (key->multiple)
		fprintf(out, "a multiple of %u", key->multiple);
	else
		fputs("a number", out);
	fprintf(out, " from %u to %u", key->min, key->max);
}

static void print_number(const struct config_key *key, const void *field, FILE *out)
{
	fprintf(out, "%u", *(const uint32_t *)field / (key->scale ? key->scale : 1));
}

const struct config_type config_number = { parse_number, describe_number, print_number };

static bool parse_word(const struct config_key *key, void *field, const char *text)
{
	for (unsigned int i = 0; key->words[i]; i++) {
		if (!strcmp(text, key->words[i])) {
			*(unsigned int *)field = i;
			return true;
		}
	}
	return false;
}

static void describe_word(const struct config_key *key, FILE *out)
{
	for (int i = 0; key->words[i]; i++) {
		const char *separator = key->words[i + 1] ? ", " : " or ";

		fprintf(out, "%s%s", i ? separator : "", key->words[i]);
	}
}

static void print_word(const struct config_key *key, const void *field, FILE *out)
{
	fputs(key->words[*(const unsigned int *)field], out);
}

const struct config_type config_word = { parse_word, describe_word, print_word };

/* Both spellings are around. */
static bool parse_listen(const struct config_key *key, void *field, const char *text)
{
	return parse_word(key, field, strcmp(text, "shm-poll") ? text : "shm_poll");
}

const struct config_type config_listen = { parse_listen, describe_word, print_word };

static bool parse_path(const struct config_key *key, void *field, const char *text)
{
	const char **path = field;
	char *copy = NULL;

	if (strlen(text) > key->max)
		return false;
	if (!key->preset || strcmp(text, key->preset)) {
		copy = strdup(text);
		if (!copy)
			return false;
	}
	free((char *)*path);
	*path = copy;
	return true;
}

static void describe_path(const struct config_key *key, FILE *out)
{
	if (key->preset)
		fprintf(out, "%s or ", key->preset);
	fprintf(out, "a path of at most %u bytes", key->max);
}

static void print_path(const struct config_key *key, const void *field, FILE *out)
{
	const char *path = *(const char *const *)field;

	if (path || key->preset)
		fputs(path ? path : key->preset, out);
}

const struct config_type config_path = { parse_path, describe_path, print_path };

/* Keeps the list ascending; a channel that is there already is refused. */
static bool add_channel(struct config_channels *list, uint32_t max, uint32_t number)
{
	unsigned int i = list->count;

	if (i == max)
		return false;
	for (; i && list->number[i - 1] >= number; i--) {
		if (list->number[i - 1] == number)
			return false;
	}
	memmove(&list->number[i + 1], &list->number[i],
		(list->count - i) * sizeof(list->number[0]));
	list->number[i] = (uint16_t)number;
	list->count++;
	return true;
}

/* N or N-M */
static bool parse_range(struct config_channels *list, uint32_t max, const char *text,
			const char **end)
{
	uint32_t first, last;

	if (!parse_digits(text, end, &first))
		return false;
	last = first;
	if (**end == '-' && !parse_digits(*end + 1, end, &last))
		return false;
	if (last > OC_CHANNEL_MAX || first > last)
		return false;
	for (; first <= last; first++)
		if (!add_channel(list, max, first))
			return false;
	return true;
}

static bool parse_channels(const struct config_key *key, void *field, const char *text)
{
	struct config_channels list = { .count = 0 };
	const char *end;

	for (;; text = end + 1) {
		if (!parse_range(&list, key->max, text, &end))
			return false;
		if (*end != ',')
			break;
	}
	if (*end)
		return false;
	*(struct config_channels *)field = list;
	return true;
}

static void describe_channels(const struct config_key *key, FILE *out)
{
	fprintf(out, "up to %u channels, each once, from 0 to %d, such as 0 or 0-3 or 0,2",
		key->max, OC_CHANNEL_MAX);
}

static void print_channels(const struct config_key *key, const void *field, FILE *out)
{
	const struct config_channels *list = field;

	(void)key;
	for (unsigned int i = 0; i < list->count; i++) {
		unsigned int first = i;

		while (i + 1 < list->count && list->number[i + 1] == list->number[i] + 1)
			i++;
		fprintf(out, "%s%u", first ? "," : "", list->number[first]);
		if (i > first)
			fprintf(out, "-%u", list->number[i]);
	}
}

const struct config_type config_channel_list = {
	parse_channels, describe_channels, print_channels
};

static bool parse_cpus(const struct config_key *key, void *field, const char *text)
{
	struct config_channels list = { .count = 0 };

	if (strcmp(text, "any") && !parse_channels(key, &list, text))
		return false;
	if (list.count && list.number[list.count - 1] > CONFIG_CPU_MAX)
		return false;
	*(struct config_channels *)field = list;
	return true;
}

static void describe_cpus(const struct config_key *key, FILE *out)
{
	fprintf(out, "any or up to %u processors, each once, from 0 to %d, such as 2 or 2-3 or 2,3",
		key->max, CONFIG_CPU_MAX);
}

static void print_cpus(const struct config_key *key, const void *field, FILE *out)
{
	const struct config_channels *list = field;

	if (list->count)
		print_channels(key, field, out);
	else
		fputs("any", out);
}

const struct config_type config_cpu_list = { parse_cpus, describe_cpus, print_cpus };

static bool parse_reactor(const struct config_key *key, void *field, const char *text)
{
	uint32_t n = CONFIG_REACTOR_AUTO;
	const char *end;

	(void)key;
	if (strcmp(text, "auto")) {
		if (!parse_digits(text, &end, &n) || *end || n >= CONFIG_REACTORS_MAX)
			return false;
		n++;
	}
	*(uint32_t *)field = n;
	return true;
}

static void describe_reactor(const struct config_key *key, FILE *out)
{
	(void)key;
	fprintf(out, "auto or a number from 0 to %d", CONFIG_REACTORS_MAX - 1);
}

static void print_reactor(const struct config_key *key, const void *field, FILE *out)
{
	uint32_t n = *(const uint32_t *)field;

	(void)key;
	if (n == CONFIG_REACTOR_AUTO)
		fputs("auto", out);
	else
		fprintf(out, "%u", n - 1);
}

const struct config_type config_reactor = { parse_reactor, describe_reactor, print_reactor };
