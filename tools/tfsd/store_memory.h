/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store_memory.h: how much memory SQLite may take for a client's statement
 *
 *	store_memory_install();		before SQLite is used for anything else
 *
 *	store_memory_begin(&memory);
 *	rc = sqlite3_prepare_v2(...);
 *	store_memory_end();
 *	if (rc == SQLITE_NOMEM && memory.denied)
 *		(not the machine's memory has come to an end, but the statement's)
 *
 * Compiling a statement is one call that SQLite does not interrupt, and a kilobyte of text
 * is enough to make it take gigabytes: expressions are limited, but common tables that
 * name one another twice each are copied as often as they are named. SQLite can stand
 * any allocation that fails, so that is what happens to one that goes too far, or whose
 * result nobody wants any more.
 *
 * Also does away with the one lock that all allocations of all threads would take, for
 * SQLite's statistics.
 */
#ifndef TFSD_STORE_MEMORY_H
#define TFSD_STORE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct store_memory - what one connection has taken in all that was begun for it
 * @max:    bytes that it may take
 * @stop:   asked every now and then; true: nothing more is given. NULL: nobody is asked
 * @used:   bytes; less than 0 if more was given back than taken since the first time
 * @calls:  since @stop was asked
 * @denied: some was not given, because of @max or @stop
 */
struct store_memory {
	int64_t max;
	bool (*stop)(void *ctx);
	void *stop_ctx;

	int64_t used;
	unsigned int calls;
	bool denied;
};

/* OC_OK, also if it has been done before. OC_ESTORE: SQLite was used already. */
int store_memory_install(void);

/* From here to end, what this thread allocates in SQLite is counted for @memory. */
void store_memory_begin(struct store_memory *memory);
void store_memory_end(void);

#endif /* TFSD_STORE_MEMORY_H */
