// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "watch.h"

/* In the order in which a party's stores of one turn come, but for the sizes. */
static const struct {
	const char *name;
	unsigned int offset;
	unsigned int words;
} fields[] = {
	{ "size_to_tfs", 0, 1 },
	{ "size_from_tfs", 4, 1 },
	{ "server_uuid", 8, 4 },
	{ "client_uuid", 24, 4 },
	{ "granted_uuid", 40, 4 },
	{ "server_word", 56, 1 },
	{ "client_word", 60, 1 },
};

#define NFIELDS	(sizeof(fields) / sizeof(fields[0]))

static bool is_size(unsigned int field)
{
	return fields[field].offset < 8;
}

static void print_packet(const struct watch *watch, uint32_t size)
{
	const uint8_t *at = watch->channel + TFS_SHM_POLL_HEADER_SIZE;

	fprintf(watch->out, "  buffer\n");
	for (uint32_t i = 0; i < size && i < TFS_SHM_POLL_BUFFER_SIZE; i++) {
		if (i % 8 == 0)
			fprintf(watch->out, "    %04x ", i);
		fprintf(watch->out, " %02x%s", at[i], i % 8 == 7 || i + 1 == size ? "\n" : "");
	}
}

static void print_field(const struct watch *watch, unsigned int field, const uint32_t *words)
{
	const uint32_t *at = words + fields[field].offset / 4;

	fprintf(watch->out, "  %-14s", fields[field].name);
	for (unsigned int i = 0; i < fields[field].words; i++)
		fprintf(watch->out, " %08x", at[i]);
	fputc('\n', watch->out);
}

static bool changed(const struct watch *watch, unsigned int field, const uint32_t *now)
{
	unsigned int at = fields[field].offset / 4;

	return memcmp(now + at, watch->seen + at, 4 * fields[field].words);
}

static void print_fields(const struct watch *watch, const uint32_t *now, bool sizes)
{
	for (unsigned int i = 0; i < NFIELDS; i++)
		if (is_size(i) == sizes && changed(watch, i, now))
			print_field(watch, i, now);
}

void watch_look(struct watch *watch, const char *who)
{
	uint32_t now[WATCH_WORDS];

	memcpy(now, watch->channel, sizeof(now));
	if (!memcmp(now, watch->seen, sizeof(now)))
		return;
	if (!watch->who || strcmp(watch->who, who))
		fprintf(watch->out, "%s\n", who);
	watch->who = who;
	print_fields(watch, now, false);
	for (unsigned int i = 0; i < NFIELDS; i++)
		if (is_size(i) && now[i] && changed(watch, i, now))
			print_packet(watch, now[i]);
	print_fields(watch, now, true);
	memcpy(watch->seen, now, sizeof(now));
}
