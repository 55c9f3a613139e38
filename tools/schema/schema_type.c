// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Declared types: what SQL says, what a row struct holds
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schema.h"

#define LENGTH_MAX	32767

static const struct {
	const char *declared;
	uint8_t type;
} types[] = {
	{ "smallint", OC_TYPE_SMALLINT },
	{ "int", OC_TYPE_INT },
	{ "integer", OC_TYPE_BIGINT },
	{ "bigint", OC_TYPE_BIGINT },
	{ "float", OC_TYPE_FLOAT },
	{ "real", OC_TYPE_REAL },
	{ "varchar", OC_TYPE_VARCHAR },
	{ "blob", OC_TYPE_BLOB },
};

/* What people write who come from another database, and what they mean. */
static const struct {
	const char *declared;
	const char *right;
} hints[] = {
	{ "", "a column needs a type: SMALLINT, INT, BIGINT, FLOAT, REAL, VARCHAR(n) or BLOB(n)" },
	{ "bool", "unknown type; use SMALLINT" },
	{ "boolean", "unknown type; use SMALLINT" },
	{ "char", "unknown type; use VARCHAR(n)" },
	{ "date", "unknown type; use VARCHAR(10) or BIGINT" },
	{ "datetime", "unknown type; use VARCHAR(19) or BIGINT" },
	{ "decimal", "unknown type; use REAL, or BIGINT in the smallest unit" },
	{ "double", "unknown type; use REAL" },
	{ "double precision", "unknown type; use REAL" },
	{ "numeric", "unknown type; use REAL, or BIGINT in the smallest unit" },
	{ "text", "unknown type; use VARCHAR(n): a row has a fixed size" },
	{ "timestamp", "unknown type; use BIGINT" },
	{ "tinyint", "unknown type; use SMALLINT" },
};

static const char *hint(const char *declared, size_t length)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strlen(hints[i].declared) == length &&
		    !strncasecmp(hints[i].declared, declared, length))
			return hints[i].right;
	return "unknown type; use SMALLINT, INT, BIGINT, FLOAT, REAL, VARCHAR(n) or BLOB(n)";
}

static uint8_t find_type(const char *declared, size_t length)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].declared) == length &&
		    !strncasecmp(types[i].declared, declared, length))
			return types[i].type;
	return 0;
}

/* Reads "(n)" with any white space; -1 if it is anything else. */
static long parse_length(const char *text)
{
	char *end;
	long n;

	if (*text++ != '(')
		return -1;
	text += strspn(text, " \t\r\n");
	if (!isdigit((unsigned char)*text))
		return -1;
	n = strtol(text, &end, 10);
	end += strspn(end, " \t\r\n");
	if (*end++ != ')')
		return -1;
	return *end ? -1 : n;
}

const char *schema_parse_type(struct oc_column *column, const char *declared)
{
	size_t length = strcspn(declared, "(");
	const char *argument = declared + length;
	long n;

	while (length && isspace((unsigned char)declared[length - 1]))
		length--;
	column->type = find_type(declared, length);
	column->max_length = 0;
	if (!column->type)
		return hint(declared, length);
	if (column->type != OC_TYPE_VARCHAR && column->type != OC_TYPE_BLOB)
		return *argument ? "this type takes no length; leave out the parentheses" : NULL;
	if (!*argument)
		return column->type == OC_TYPE_VARCHAR ?
			"the type needs its largest length in bytes, such as VARCHAR(32)" :
			"the type needs its largest length in bytes, such as BLOB(32)";
	n = parse_length(argument);
	if (n < 1 || n > LENGTH_MAX)
		return "the length must be one number from 1 to 32767";
	column->max_length = (uint16_t)n;
	return NULL;
}

const char *schema_type_name(uint8_t type)
{
	static const char *const names[] = {
		[OC_TYPE_SMALLINT] = "smallint",
		[OC_TYPE_INT] = "int",
		[OC_TYPE_BIGINT] = "bigint",
		[OC_TYPE_FLOAT] = "float",
		[OC_TYPE_REAL] = "real",
		[OC_TYPE_VARCHAR] = "varchar",
		[OC_TYPE_BLOB] = "blob",
	};

	if (type >= sizeof(names) / sizeof(names[0]) || !names[type])
		return "?";
	return names[type];
}

void schema_type_text(const struct oc_column *column, char text[SCHEMA_TYPE_TEXT])
{
	const char *name = schema_type_name(column->type);

	if (column->max_length)
		snprintf(text, SCHEMA_TYPE_TEXT, "%s(%u)", name, column->max_length);
	else
		snprintf(text, SCHEMA_TYPE_TEXT, "%s", name);
}
