// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "schema_token.h"

static const char *skip_comment(const char *p)
{
	const char *end;

	if (p[0] == '-')
		return p + strcspn(p, "\n");
	end = strstr(p + 2, "*/");
	return end ? end + 2 : p + strlen(p);
}

static const char *skip_blanks(const char *p)
{
	for (;;) {
		p += strspn(p, " \t\r\n\f\v");
		if (strncmp(p, "--", 2) && strncmp(p, "/*", 2))
			return p;
		p = skip_comment(p);
	}
}

/* Past the closing quote; a doubled quote stands for itself. */
static const char *skip_quoted(const char *p, char close)
{
	for (p++; *p; p++) {
		if (*p != close)
			continue;
		if (close == ']' || p[1] != close)
			return p + 1;
		p++;
	}
	return p;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

/* A number's point and the sign of its exponent belong to it. */
static const char *skip_word(const char *p)
{
	bool number = isdigit((unsigned char)*p);

	for (; *p; p++) {
		if (in_word(*p) || (number && *p == '.'))
			continue;
		if (number && (*p == '+' || *p == '-') && (p[-1] == 'e' || p[-1] == 'E'))
			continue;
		break;
	}
	return p;
}

struct token token_next(const char **sql)
{
	const char *start = skip_blanks(*sql);
	struct token token = { .kind = TOKEN_SIGN, .text = start };
	const char *end = start + 1;

	if (!*start) {
		token.kind = TOKEN_END;
		end = start;
	} else if (*start == '\'') {
		token.kind = TOKEN_STRING;
		end = skip_quoted(start, '\'');
	} else if (strchr("\"`[", *start)) {
		token.kind = TOKEN_NAME;
		end = skip_quoted(start, *start == '[' ? ']' : *start);
	} else if (in_word(*start)) {
		token.kind = TOKEN_WORD;
		end = skip_word(start);
	}
	token.length = (size_t)(end - start);
	*sql = end;
	return token;
}

/* The name without its quotes. Ours have no quotes inside: others equal nothing. */
static struct token unquoted(const struct token *token)
{
	struct token bare = *token;

	if (token->kind == TOKEN_NAME && token->length >= 2) {
		bare.kind = TOKEN_WORD;
		bare.text++;
		bare.length -= 2;
	}
	return bare;
}

bool token_equal(const struct token *a, const struct token *b)
{
	struct token x = unquoted(a), y = unquoted(b);

	if (x.kind != y.kind || x.length != y.length)
		return false;
	if (x.kind == TOKEN_WORD)
		return !strncasecmp(x.text, y.text, x.length);
	return !memcmp(x.text, y.text, x.length);
}

bool token_is_word(const struct token *token, const char *word)
{
	return token->kind == TOKEN_WORD && token->length == strlen(word) &&
	       !strncasecmp(token->text, word, token->length);
}

bool token_is_sign(const struct token *token, char sign)
{
	return token->kind == TOKEN_SIGN && *token->text == sign;
}
