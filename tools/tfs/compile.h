/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * compile.h: the C header of a schema
 *
 * For a schema NAME with a table T (upper case where C has macros):
 *
 *	struct NAME_T		a row, aligned to 8, padding explicit, offsets asserted
 *	NAME_TABLE_T		the table's number in the functions of oc/db.h
 *	NAME_schema		struct oc_schema for oc_db_open()
 *	NAME_DB_MEM_MIN		bytes of memory that oc_db_open() needs at least
 */
#ifndef TFS_COMPILE_H
#define TFS_COMPILE_H

#include <stdbool.h>
#include <stdio.h>

#include "../schema/schema.h"

/*
 * Whether C can say all names: no column is a keyword, no two fields of a row have
 * the same name. If not, @diag says which, as in schema.h.
 */
bool compile_check(const struct schema *schema, const char *file, FILE *diag);

/* Writes the header; @name is an identifier in lower case, @source the SQL file's name. */
void compile_write(const struct schema *schema, const char *name, const char *source, FILE *out);

/* Bytes of the largest OPEN message for this schema. */
uint32_t compile_open_size(const struct schema *schema);

#endif /* TFS_COMPILE_H */
