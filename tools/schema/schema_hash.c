// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The schema hash: FNV-1a over the canonical text that PROTOCOL.md defines
 *
 *	column:	NAME SP TYPE [SP "null"]		32 bits
 *	table:	"table " NAME LF, each column's text LF	64 bits
 */
#include "schema.h"

#define FNV32_BASIS	0x811c9dc5u
#define FNV32_PRIME	0x01000193u
#define FNV64_PRIME	0x100000001b3u

#define COLUMN_TEXT	(OC_NAME_MAX + 1 + SCHEMA_TYPE_TEXT + 5)

uint32_t schema_fnv32(const char *text)
{
	uint32_t hash = FNV32_BASIS;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * FNV32_PRIME;
	return hash;
}

uint64_t schema_fnv64(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * FNV64_PRIME;
	return hash;
}

static void column_text(const struct oc_column *column, char text[COLUMN_TEXT])
{
	char type[SCHEMA_TYPE_TEXT];

	schema_type_text(column, type);
	snprintf(text, COLUMN_TEXT, "%s %s%s", column->name, type,
		 column->has_value == OC_NOT_NULL ? "" : " null");
}

void schema_hash(struct schema_table *table)
{
	uint64_t hash = schema_fnv64(SCHEMA_FNV64_BASIS, "table ");
	char text[COLUMN_TEXT];

	hash = schema_fnv64(hash, table->def.name);
	hash = schema_fnv64(hash, "\n");
	for (uint16_t i = 0; i < table->def.ncolumns; i++) {
		column_text(&table->columns[i], text);
		table->columns[i].hash = schema_fnv32(text);
		hash = schema_fnv64(hash, text);
		hash = schema_fnv64(hash, "\n");
	}
	table->def.hash = hash;
}
