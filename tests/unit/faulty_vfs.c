// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#include "../../tools/tfsd/store_memory.h"
#include "faulty_vfs.h"

struct faulty faulty;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;
static pthread_t owner;

/* The real file lies behind ours. */
struct file {
	sqlite3_file base;
	sqlite3_io_methods methods;
};

static sqlite3_file *real(sqlite3_file *f)
{
	return (sqlite3_file *)((struct file *)f + 1);
}

static int fault(int error, int *left)
{
	if (!error)
		return SQLITE_OK;
	if (*left > 0) {
		--*left;
		return SQLITE_OK;
	}
	return error;
}

static int f_close(sqlite3_file *f)
{
	return real(f)->pMethods->xClose(real(f));
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	return real(f)->pMethods->xRead(real(f), p, n, at);
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	int rc = fault(faulty.write_error, &faulty.writes_left);

	faulty.writes++;
	return rc ? rc : real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real(f)->pMethods->xTruncate(real(f), size);
}

static int f_sync(sqlite3_file *f, int flags)
{
	int rc = fault(faulty.sync_error, &faulty.syncs_left);

	faulty.syncs++;
	if (pthread_equal(pthread_self(), owner))
		faulty.own_syncs++;
	return rc ? rc : real(f)->pMethods->xSync(real(f), flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real(f)->pMethods->xFileSize(real(f), size);
}

static int f_lock(sqlite3_file *f, int lock)
{
	return real(f)->pMethods->xLock(real(f), lock);
}

static int f_unlock(sqlite3_file *f, int lock)
{
	return real(f)->pMethods->xUnlock(real(f), lock);
}

static int f_reserved(sqlite3_file *f, int *out)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int f_traits(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int f_shm_unmap(sqlite3_file *f, int remove)
{
	return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = f_close,
	.xRead = f_read,
	.xWrite = f_write,
	.xTruncate = f_truncate,
	.xSync = f_sync,
	.xFileSize = f_size,
	.xLock = f_lock,
	.xUnlock = f_unlock,
	.xCheckReservedLock = f_reserved,
	.xFileControl = f_control,
	.xSectorSize = f_sector,
	.xDeviceCharacteristics = f_traits,
	.xShmMap = f_shm_map,
	.xShmLock = f_shm_lock,
	.xShmBarrier = f_shm_barrier,
	.xShmUnmap = f_shm_unmap,
};

static int v_open(sqlite3_vfs *self, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *file = (struct file *)f;
	int rc = real_vfs->xOpen(real_vfs, name, real(f), flags, out);

	(void)self;
	memset(&file->base, 0, sizeof(file->base));
	if (!real(f)->pMethods)
		return rc;
	file->methods = methods;
	if (faulty.no_shared_memory)
		file->methods.iVersion = 1;
	file->base.pMethods = &file->methods;
	return rc;
}

void faulty_reset(void)
{
	faulty = (struct faulty){ 0 };
}

void faulty_install(void)
{
	store_memory_install();		/* a store would come too late */
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.zName = "faulty";
	vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
	vfs.xOpen = v_open;
	sqlite3_vfs_register(&vfs, 1);
	owner = pthread_self();
	faulty_reset();
}
