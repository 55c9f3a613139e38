/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * database.h: the databases that tfsd serves: a store and its table locks
 *
 * All threads share them; each thread connects to them for itself.
 */
#ifndef TFSD_DATABASE_H
#define TFSD_DATABASE_H

#include <sys/types.h>

#include "config.h"
#include "locks.h"
#include "store.h"

/**
 * struct database
 * @device: the file's, with @inode, whatever its path is called
 */
struct database {
	const char *name;
	dev_t device;
	ino_t inode;
	struct store *store;
	struct locks *locks;
};

struct databases {
	struct database *list;
	unsigned int count;
};

/**
 * struct database_conns - one thread's connections
 * @list: one for each of @databases, in their order
 */
struct database_conns {
	const struct databases *databases;
	struct store_conn **list;
};

/* Opens all or none; the log says which failed and how. */
int databases_open(struct databases *databases, const struct config *config);

/* Nobody is connected any more. OC_OK, or the first status of store_close(). */
int databases_close(struct databases *databases);

/* NULL: no database has this name. */
struct database *databases_find(const struct databases *databases, const char *name,
				size_t length);

/* Connects to all or none; the log says which failed and how. @wake: see store_connect(). */
int databases_connect(struct database_conns *conns, const struct databases *databases,
		      struct oc_latch *wake);
void databases_disconnect(struct database_conns *conns);

static inline struct store_conn *database_conn(const struct database_conns *conns,
					       const struct database *database)
{
	return conns->list[database - conns->databases->list];
}

#endif /* TFSD_DATABASE_H */
