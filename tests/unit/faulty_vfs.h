/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faulty_vfs.h: a disk that fails on demand, under SQLite
 *
 *	faulty_install();
 *	faulty.write_error = SQLITE_FULL;
 *	faulty.writes_left = 3;		the fourth write fails, and all after it
 */
#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

#include <stdbool.h>

struct faulty {
	int write_error;	/* 0: none */
	int writes_left;
	int sync_error;
	int syncs_left;
	bool no_shared_memory;	/* as on a file system that cannot hold a WAL */
	int writes;		/* seen */
	int syncs;
	int own_syncs;		/* by the thread that called faulty_install() */
};

extern struct faulty faulty;

/* Makes it the default of all connections opened from now on. */
void faulty_install(void);

/* No faults, counters at zero. */
void faulty_reset(void);

#endif /* FAULTY_VFS_H */
