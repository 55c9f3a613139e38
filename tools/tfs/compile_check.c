// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Names that SQL allows and C does not
 */
#include <string.h>

#include "compile.h"

static const char *const keywords[] = {
	"asm", "auto", "break", "case", "char", "const", "continue", "default", "do", "double",
	"else", "enum", "extern", "float", "for", "goto", "if", "inline", "int", "long",
	"register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
	"switch", "typedef", "typeof", "union", "unsigned", "void", "volatile", "while",
	/* with GNU dialects also macros */
	"linux", "unix",
};

static bool is_keyword(const char *name)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (!strcmp(keywords[i], name))
			return true;
	return false;
}

static bool is_pad(const char *name)
{
	return !strncmp(name, "_pad", 4) && name[4] &&
	       strspn(name + 4, "0123456789") == strlen(name + 4);
}

/* Whether @name is the field that @column has besides its value. */
static bool is_companion(const struct oc_column *column, const char *name)
{
	size_t length = strlen(column->name);

	if (strncmp(column->name, name, length))
		return false;
	if (!strcmp(name + length, "_has_value"))
		return column->has_value != OC_NOT_NULL;
	return !strcmp(name + length, "_length") && column->max_length;
}

static bool column_problem(const struct schema_table *table, const char *name, const char *file,
			   FILE *diag)
{
	if (is_keyword(name)) {
		fprintf(diag, "%s: %s.%s: a keyword of C; rename the column\n", file,
			table->def.name, name);
		return true;
	}
	if (is_pad(name)) {
		fprintf(diag, "%s: %s.%s: the row struct's padding is called so; "
			"rename the column\n", file, table->def.name, name);
		return true;
	}
	for (uint16_t i = 0; i < table->def.ncolumns; i++) {
		if (!is_companion(&table->columns[i], name))
			continue;
		fprintf(diag, "%s: %s.%s: the row struct has a field of this name for column %s; "
			"rename one\n", file, table->def.name, name, table->columns[i].name);
		return true;
	}
	return false;
}

bool compile_check(const struct schema *schema, const char *file, FILE *diag)
{
	bool good = true;

	for (uint32_t t = 0; t < schema->ntables; t++) {
		const struct schema_table *table = &schema->tables[t];

		for (uint16_t c = 0; c < table->def.ncolumns; c++)
			if (column_problem(table, table->columns[c].name, file, diag))
				good = false;
	}
	return good;
}
