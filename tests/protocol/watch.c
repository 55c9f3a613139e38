// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "watch.h"

/* In the order in which a party's stores of one turn come. */
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

	if (is_size(field) && *at)
		print_packet(watch, *at);
	fprintf(watch->out, "  %-14s", fields[field].name);
	for (unsigned int i = 0; i < fields[field].words; i++)
		fprintf(watch->out, " %08x", at[i]);
	fputc('\n', watch->out);
}

void watch_look(struct watch *watch, const char *who)
{
	uint32_t now[WATCH_WORDS];
	bool changed;

	memcpy(now, watch->channel, sizeof(now));
	if (!memcmp(now, watch->seen, sizeof(now)))
		return;
	if (!watch->who || strcmp(watch->who, who))
		fprintf(watch->out, "%s\n", who);
	watch->who = who;
	/* A size goes to 0 before anything else is handed over, and up behind all. */
	for (unsigned int raised = 0; raised < 2; raised++)
		for (unsigned int i = 0; i < NFIELDS; i++) {
			changed = memcmp((const uint8_t *)now + fields[i].offset,
					 (const uint8_t *)watch->seen + fields[i].offset,
					 4 * fields[i].words);
			if (changed && (is_size(i) && now[i]) == raised)
				print_field(watch, i, now);
		}
	memcpy(watch->seen, now, sizeof(now));
}
