/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store_token.h: whose turn it is to write
 *
 * A writer that cannot have the token gets a place in a line, and is called when it is
 * first and the token is free. A call is a latch that is set: the one who is called may
 * be asleep, or busy with something else, for long. So until he has asked again, others
 * may take the token before him. If he asks in vain he is owed it: at the next call it is
 * kept for him, but no longer than STORE_TOKEN_KEEP_NS. So whoever keeps asking has his
 * turn after those before him, and nobody waits for one who sleeps.
 *
 * Whoever has a place asks until he has the token, or says that he will not: as long as
 * he is called and does neither, others who sleep are not called.
 *
 * A checkpoint closes the line: nobody takes the token until it is opened again.
 *
 * Not thread-safe: store_sync.c has a lock.
 */
#ifndef TFSD_STORE_TOKEN_H
#define TFSD_STORE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#define STORE_TOKEN_KEEP_NS	1000000u

struct oc_latch;

/**
 * struct store_place - one writer's
 * @latch:  set when he should ask again
 * @behind: who comes next, or NULL
 * @taken:  he is in the line
 * @owed:   he was called, and asked in vain
 */
struct store_place {
	struct oc_latch *latch;
	struct store_place *behind;
	bool taken;
	bool owed;
};

/**
 * struct store_token
 * @taken:     somebody writes
 * @closed:    nobody may
 * @first:     the line
 * @called_ns: when its first was called; 0: he was not, or has asked since
 */
struct store_token {
	bool taken;
	bool closed;
	struct store_place *first;
	uint64_t called_ns;
};

/* True: he has it, and no place any more. False: he has a place, and will be called. */
bool store_token_take(struct store_token *token, struct store_place *place);

/* The writer is done. */
void store_token_give(struct store_token *token);

void store_token_close(struct store_token *token);
void store_token_open(struct store_token *token);

/* He does not want it any more. Does nothing if he has no place. */
void store_token_forget(struct store_token *token, struct store_place *place);

#endif /* TFSD_STORE_TOKEN_H */
