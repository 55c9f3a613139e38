// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The CHECKs that make a column hold only what its type says, whoever writes.
 * SQLite itself takes a declared width or length as a hint.
 */
#include <sqlite3.h>
#include <string.h>

#include "schema.h"
#include "schema_token.h"

#define SQL_NAME	(OC_NAME_MAX + 3)

/* Keywords need quotes to be names in an expression. */
static void sql_name(const char *name, char out[SQL_NAME])
{
	bool quote = sqlite3_keyword_check(name, (int)strlen(name));

	snprintf(out, SQL_NAME, "%s%s%s", quote ? "\"" : "", name, quote ? "\"" : "");
}

/* What must be true of a value that is not NULL. */
static void condition(const struct oc_column *c, const char *name, char *out, size_t size)
{
	switch (c->type) {
	case OC_TYPE_SMALLINT:
		snprintf(out, size, "typeof(%s) = 'integer' AND %s BETWEEN -32768 AND 32767",
			 name, name);
		break;
	case OC_TYPE_INT:
		snprintf(out, size,
			 "typeof(%s) = 'integer' AND %s BETWEEN -2147483648 AND 2147483647",
			 name, name);
		break;
	case OC_TYPE_BIGINT:
		snprintf(out, size, "typeof(%s) = 'integer'", name);
		break;
	case OC_TYPE_FLOAT:
		snprintf(out, size, "typeof(%s) = 'real' AND %s BETWEEN "
			 "-3.4028234663852886e38 AND 3.4028234663852886e38", name, name);
		break;
	case OC_TYPE_REAL:
		snprintf(out, size, "typeof(%s) = 'real'", name);
		break;
	case OC_TYPE_VARCHAR:
		snprintf(out, size, "typeof(%s) = 'text' AND length(CAST(%s AS BLOB)) <= %u",
			 name, name, c->max_length);
		break;
	default:
		snprintf(out, size, "typeof(%s) = 'blob' AND length(%s) <= %u",
			 name, name, c->max_length);
	}
}

void schema_check_text(const struct oc_column *c, char text[SCHEMA_CHECK_TEXT])
{
	char name[SQL_NAME];
	char rule[SCHEMA_CHECK_TEXT / 2];

	sql_name(c->name, name);
	condition(c, name, rule, sizeof(rule));
	if (c->has_value == OC_NOT_NULL)
		snprintf(text, SCHEMA_CHECK_TEXT, "CHECK (%s)", rule);
	else
		snprintf(text, SCHEMA_CHECK_TEXT, "CHECK (%s IS NULL OR (%s))", name, rule);
}

/* Whether @sql begins with the tokens of @prefix; *@rest is what follows them. */
static bool begins_with(const char *sql, const char *prefix, const char **rest)
{
	struct token have, want;

	while ((want = token_next(&prefix)).kind != TOKEN_END) {
		have = token_next(&sql);
		if (!token_equal(&have, &want))
			return false;
	}
	*rest = sql;
	return true;
}

/* The next token that is a table's own: neither in an expression nor in a type. */
static struct token next_of_table(const char **sql, int *depth)
{
	struct token token;

	do {
		token = token_next(sql);
		*depth += token_is_sign(&token, '(') - token_is_sign(&token, ')');
	} while (token.kind != TOKEN_END && *depth != 1);
	return token;
}

/* @check ends with the parenthesis that closes it, so its tokens are all of it. */
bool schema_has_check(const char *create, const char *check)
{
	struct token token;
	const char *rest;
	int depth = 0;

	while ((token = next_of_table(&create, &depth)).kind != TOKEN_END)
		if (token_is_word(&token, "check") && begins_with(token.text, check, &rest))
			return true;
	return false;
}

bool schema_has_autoincrement(const char *create)
{
	struct token token;
	int depth = 0;

	while ((token = next_of_table(&create, &depth)).kind != TOKEN_END)
		if (token_is_word(&token, "autoincrement"))
			return true;
	return false;
}

bool schema_is_check(const char *text, const char *check)
{
	struct token last;

	if (!begins_with(check, "CHECK (", &check) || !begins_with(check, text, &check))
		return false;
	last = token_next(&check);
	return token_is_sign(&last, ')') && token_next(&check).kind == TOKEN_END;
}
