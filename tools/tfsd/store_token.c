// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <stddef.h>

#include <oc/latch.h>

#include "store_token.h"

static void stand(struct store_token *token, struct store_place *place)
{
	struct store_place **end = &token->first;

	while (*end)
		end = &(*end)->behind;
	*end = place;
	place->behind = NULL;
	place->taken = true;
	place->owed = false;
}

static void leave(struct store_token *token, struct store_place *place)
{
	struct store_place **link = &token->first;

	while (*link != place)
		link = &(*link)->behind;
	if (place == token->first)
		token->called_ns = 0;
	*link = place->behind;
	place->taken = false;
}

static bool has_overslept(const struct store_token *token)
{
	return token->called_ns && oc_clock_ns() - token->called_ns > STORE_TOKEN_KEEP_NS;
}

/* Who sleeps for long goes to the end of the line, so that the next one is called. */
static void call_first(struct store_token *token)
{
	struct store_place *first = token->first;

	if (!first || token->taken || token->closed)
		return;
	if (has_overslept(token)) {
		leave(token, first);
		stand(token, first);
	}
	if (token->called_ns)
		return;
	token->called_ns = oc_clock_ns();
	oc_latch_set(token->first->latch);
}

static bool may_take(const struct store_token *token, const struct store_place *place)
{
	const struct store_place *first = token->first;

	if (token->taken || token->closed)
		return false;
	return !first || first == place || !first->owed || has_overslept(token);
}

bool store_token_take(struct store_token *token, struct store_place *place)
{
	if (may_take(token, place)) {
		if (place->taken)
			leave(token, place);
		token->taken = true;
		return true;
	}
	if (!place->taken) {
		stand(token, place);
	} else if (token->first == place && token->called_ns) {
		place->owed = true;
		token->called_ns = 0;	/* to be called again */
	}
	return false;
}

void store_token_give(struct store_token *token)
{
	token->taken = false;
	call_first(token);
}

void store_token_close(struct store_token *token)
{
	token->closed = true;
}

void store_token_open(struct store_token *token)
{
	token->closed = false;
	call_first(token);
}

void store_token_forget(struct store_token *token, struct store_place *place)
{
	if (!place->taken)
		return;
	leave(token, place);
	call_first(token);
}
