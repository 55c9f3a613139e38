// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Where the columns lie in a row struct: the rules are in oc/schema.h. The header
 * that `tfs compile` writes asserts each offset, so a compiler that disagrees
 * refuses the header instead of misreading rows.
 */
#include "schema.h"

static uint32_t align_up(uint32_t offset, uint32_t alignment)
{
	return (offset + alignment - 1) & ~(alignment - 1);
}

uint32_t schema_value_size(uint8_t type)
{
	switch (type) {
	case OC_TYPE_SMALLINT:
	case OC_TYPE_VARCHAR:
	case OC_TYPE_BLOB:
		return 2;
	case OC_TYPE_INT:
	case OC_TYPE_FLOAT:
		return 4;
	default:
		return 8;
	}
}

bool schema_layout(struct schema_table *table)
{
	uint32_t at = 0;

	for (uint16_t i = 0; i < table->def.ncolumns; i++) {
		struct oc_column *column = &table->columns[i];
		uint32_t size = schema_value_size(column->type);

		if (column->has_value != OC_NOT_NULL)
			column->has_value = (uint16_t)at++;
		at = align_up(at, size);
		column->offset = (uint16_t)at;
		at += size + column->max_length;
		/* Here, not at the end: offsets are 16 bits and must not have wrapped. */
		if (at > OC_ROW_MAX)
			return false;
	}
	table->def.row_size = align_up(at, 8);
	return table->def.row_size <= OC_ROW_MAX;
}
