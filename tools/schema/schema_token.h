/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * schema_token.h: SQL as tokens, for comparing the CHECKs of a CREATE TABLE
 *
 * Only what comparing needs: white space and comments vanish, text in quotes stays
 * together. The SQL has been accepted by SQLite before.
 */
#ifndef TFS_SCHEMA_TOKEN_H
#define TFS_SCHEMA_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,		/* keyword, name or number */
	TOKEN_NAME,		/* "name", [name] or `name`: never a keyword */
	TOKEN_STRING,
	TOKEN_SIGN,		/* one character of anything else */
};

struct token {
	enum token_kind kind;
	const char *text;	/* as written, quotes included */
	size_t length;
};

/* Takes the next token off *@sql. */
struct token token_next(const char **sql);

/* Equal up to case where case does not matter; "name" in quotes equals name. */
bool token_equal(const struct token *a, const struct token *b);

/* Whether it is this word (in lower case) and not in quotes. */
bool token_is_word(const struct token *token, const char *word);

bool token_is_sign(const struct token *token, char sign);

#endif /* TFS_SCHEMA_TOKEN_H */
