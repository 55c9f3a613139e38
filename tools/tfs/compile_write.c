// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Writing the header. Its text depends on the schema and the names alone.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "compile.h"

struct writer {
	FILE *out;
	const char *name;		/* prefix, in lower case */
	char upper[OC_NAME_MAX + 1];	/* and for macros */
};

static void to_upper(char out[OC_NAME_MAX + 1], const char *name)
{
	size_t i;

	for (i = 0; name[i] && i < OC_NAME_MAX; i++)
		out[i] = (char)toupper((unsigned char)name[i]);
	out[i] = '\0';
}

static const char *c_type(uint8_t type)
{
	static const char *const types[] = {
		[OC_TYPE_SMALLINT] = "int16_t",
		[OC_TYPE_INT] = "int32_t",
		[OC_TYPE_BIGINT] = "int64_t",
		[OC_TYPE_FLOAT] = "float",
		[OC_TYPE_REAL] = "double",
		[OC_TYPE_VARCHAR] = "char",
		[OC_TYPE_BLOB] = "uint8_t",
	};

	return types[type];
}

static const char *type_constant(uint8_t type)
{
	static const char *const names[] = {
		[OC_TYPE_SMALLINT] = "OC_TYPE_SMALLINT",
		[OC_TYPE_INT] = "OC_TYPE_INT",
		[OC_TYPE_BIGINT] = "OC_TYPE_BIGINT",
		[OC_TYPE_FLOAT] = "OC_TYPE_FLOAT",
		[OC_TYPE_REAL] = "OC_TYPE_REAL",
		[OC_TYPE_VARCHAR] = "OC_TYPE_VARCHAR",
		[OC_TYPE_BLOB] = "OC_TYPE_BLOB",
	};

	return names[type];
}

static void write_top(const struct writer *w, const struct schema *schema, const char *source)
{
	fprintf(w->out,
		"/* Made from %s by tfs compile: change that, not this. */\n"
		"#ifndef %s_SCHEMA_H\n"
		"#define %s_SCHEMA_H\n\n"
		"#include <stddef.h>\n"
		"#include <stdint.h>\n\n"
		"#include <oc/db.h>\n\n"
		"/* Table numbers */\n", source, w->upper, w->upper);
	for (uint32_t t = 0; t < schema->ntables; t++) {
		char table[OC_NAME_MAX + 1];

		to_upper(table, schema->tables[t].def.name);
		fprintf(w->out, "#define %s_TABLE_%s\t%" PRIu32 "\n", w->upper, table, t);
	}
}

/* The first field carries the struct's alignment, which its own type may not. */
static const char *alignment(uint32_t at)
{
	return at ? "" : "_Alignas(8) ";
}

static uint32_t write_pad(const struct writer *w, uint32_t at, uint32_t to, unsigned int *npads)
{
	if (to > at)
		fprintf(w->out, "\tuint8_t _pad%u[%" PRIu32 "];\n", (*npads)++, to - at);
	return to;
}

/* Returns the offset behind the column. */
static uint32_t write_column(const struct writer *w, const struct oc_column *c, uint32_t at,
			     unsigned int *npads)
{
	if (c->has_value != OC_NOT_NULL) {
		fprintf(w->out, "\t%suint8_t %s_has_value;\n", alignment(at), c->name);
		at++;
	}
	at = write_pad(w, at, c->offset, npads);
	if (c->max_length) {
		fprintf(w->out, "\t%suint16_t %s_length;\n", alignment(at), c->name);
		fprintf(w->out, "\t%s %s[%u];\n", c_type(c->type), c->name, c->max_length);
	} else {
		fprintf(w->out, "\t%s%s %s;\n", alignment(at), c_type(c->type), c->name);
	}
	return at + schema_value_size(c->type) + c->max_length;
}

static void write_struct(const struct writer *w, const struct schema_table *table)
{
	unsigned int npads = 0;
	uint32_t at = 0;

	fprintf(w->out, "\n/* A row of %s; its rowid is %s. */\nstruct %s_%s {\n", table->def.name,
		table->rowid, w->name, table->def.name);
	for (uint16_t i = 0; i < table->def.ncolumns; i++)
		at = write_column(w, &table->columns[i], at, &npads);
	write_pad(w, at, table->def.row_size, &npads);
	fputs("};\n\n", w->out);
}

static void write_offset(const struct writer *w, const struct schema_table *table,
			 const char *field, const char *suffix, uint32_t offset)
{
	fprintf(w->out, "_Static_assert(offsetof(struct %s_%s, %s%s) == %" PRIu32
		", \"%s.%s%s\");\n", w->name, table->def.name, field, suffix, offset,
		table->def.name, field, suffix);
}

static void write_asserts(const struct writer *w, const struct schema_table *table)
{
	for (uint16_t i = 0; i < table->def.ncolumns; i++) {
		const struct oc_column *c = &table->columns[i];

		if (c->has_value != OC_NOT_NULL)
			write_offset(w, table, c->name, "_has_value", c->has_value);
		if (c->max_length)
			write_offset(w, table, c->name, "_length", c->offset);
		write_offset(w, table, c->name, "",
			     c->max_length ? c->offset + 2u : c->offset);
	}
	fprintf(w->out,
		"_Static_assert(sizeof(struct %s_%s) == %" PRIu32 ", \"size of %s\");\n"
		"_Static_assert(_Alignof(struct %s_%s) == 8, \"alignment of %s\");\n",
		w->name, table->def.name, table->def.row_size, table->def.name,
		w->name, table->def.name, table->def.name);
}

static void write_columns(const struct writer *w, const struct schema_table *table)
{
	char has_value[16];

	fprintf(w->out, "\nstatic const struct oc_column %s_%s_columns[]\n"
		"\t__attribute__((__unused__)) = {\n", w->name, table->def.name);
	for (uint16_t i = 0; i < table->def.ncolumns; i++) {
		const struct oc_column *c = &table->columns[i];

		snprintf(has_value, sizeof(has_value), "%u", c->has_value);
		fprintf(w->out,
			"\t{ .name = \"%s\", .hash = 0x%08" PRIx32 ", .offset = %u,\n"
			"\t  .has_value = %s, .max_length = %u, .type = %s },\n",
			c->name, c->hash, c->offset,
			c->has_value == OC_NOT_NULL ? "OC_NOT_NULL" : has_value, c->max_length,
			type_constant(c->type));
	}
	fputs("};\n", w->out);
}

static void write_table(const struct writer *w, const struct schema_table *table)
{
	char upper[OC_NAME_MAX + 1];

	to_upper(upper, table->def.name);
	fprintf(w->out,
		"\t[%s_TABLE_%s] = {\n"
		"\t\t.name = \"%s\",\n"
		"\t\t.columns = %s_%s_columns,\n"
		"\t\t.hash = 0x%016" PRIx64 ",\n"
		"\t\t.row_size = sizeof(struct %s_%s),\n"
		"\t\t.ncolumns = %u,\n"
		"\t},\n", w->upper, upper, table->def.name, w->name, table->def.name,
		table->def.hash, w->name, table->def.name, table->def.ncolumns);
}

static void write_schema(const struct writer *w, const struct schema *schema)
{
	fprintf(w->out, "\nstatic const struct oc_table %s_tables[]\n"
		"\t__attribute__((__unused__)) = {\n", w->name);
	for (uint32_t t = 0; t < schema->ntables; t++)
		write_table(w, &schema->tables[t]);
	fprintf(w->out, "};\n\nstatic const struct oc_schema %s_schema\n"
		"\t__attribute__((__unused__)) = {\n"
		"\t.tables = %s_tables,\n"
		"\t.ntables = %" PRIu32 ",\n"
		"};\n", w->name, w->name, schema->ntables);
}

uint32_t compile_open_size(const struct schema *schema)
{
	uint32_t size = sizeof(struct oc_msg) + sizeof(struct oc_open_request) +
			oc_pad8(OC_NAME_MAX);

	for (uint32_t t = 0; t < schema->ntables; t++) {
		const struct oc_table *table = &schema->tables[t].def;

		size += sizeof(struct oc_open_table) + oc_pad8(4u * table->ncolumns) +
			oc_pad8((uint32_t)strlen(table->name));
	}
	return size;
}

static uint32_t largest_row(const struct schema *schema)
{
	uint32_t max = 0;

	for (uint32_t t = 0; t < schema->ntables; t++)
		if (schema->tables[t].def.row_size > max)
			max = schema->tables[t].def.row_size;
	return max;
}

static void write_bottom(const struct writer *w, const struct schema *schema)
{
	fprintf(w->out,
		"\n/* Bytes of memory that oc_db_open() needs at least: tables, largest row, OPEN */\n"
		"#define %s_DB_MEM_MIN\tOC_DB_MEM_MIN(%" PRIu32 ", %" PRIu32 ", %" PRIu32 ")\n\n"
		"#endif /* %s_SCHEMA_H */\n", w->upper, schema->ntables, largest_row(schema),
		compile_open_size(schema), w->upper);
}

void compile_write(const struct schema *schema, const char *name, const char *source, FILE *out)
{
	struct writer w = { .out = out, .name = name };

	to_upper(w.upper, name);
	write_top(&w, schema, source);
	for (uint32_t t = 0; t < schema->ntables; t++) {
		write_struct(&w, &schema->tables[t]);
		write_asserts(&w, &schema->tables[t]);
		write_columns(&w, &schema->tables[t]);
	}
	write_schema(&w, schema);
	write_bottom(&w, schema);
}
