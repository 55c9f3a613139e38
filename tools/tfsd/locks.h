/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * locks.h: table locks of one database
 *
 * A table is locked for reading by any number of sessions, or for writing by one.
 * A transaction takes all its locks at once or none, so none is ever held while
 * another is asked for. What is not free is refused; nobody waits here. Any thread may
 * call all but locks_free().
 */
#ifndef TFSD_LOCKS_H
#define TFSD_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

enum lock_mode {
	LOCK_NONE = 0,
	LOCK_READ,
	LOCK_WRITE,
};

struct lock_request {
	uint32_t table;
	enum lock_mode mode;
};

struct locks;

/* NULL: no memory. */
struct locks *locks_new(uint32_t ntables);
void locks_free(struct locks *locks);

/* Each table at most once. True: all are granted; false: none, and *@busy is a table in the way. */
bool locks_acquire(struct locks *locks, const struct lock_request *requests, uint32_t n,
		   uint32_t *busy);

/* Gives one lock back that was granted in this mode. */
void locks_release(struct locks *locks, uint32_t table, enum lock_mode mode);

#endif /* TFSD_LOCKS_H */
