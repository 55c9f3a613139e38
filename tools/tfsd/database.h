/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * database.h: the databases that tfsd serves: a store and its table locks
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

/* Opens all or none; the log says which failed and how. @wake_fd: see store.h. */
int databases_open(struct databases *databases, const struct config *config, int wake_fd);

/* OC_OK, or the first status of store_close(). */
int databases_close(struct databases *databases);

/* NULL: no database has this name. */
struct database *databases_find(const struct databases *databases, const char *name,
				size_t length);

#endif /* TFSD_DATABASE_H */
