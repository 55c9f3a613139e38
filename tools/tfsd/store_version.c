// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Whether another program has changed the file
 *
 * SQLite says that somebody has, PRAGMA data_version, and counts the store's other
 * connections and its commits of nothing among them. The log's index counts all commits
 * (store_log.c): those that we did not make are the others'.
 *
 * A commit of ours happens between begin and end, with the log's write lock from before
 * the one until after the commit. So what has been counted until begin, and was not seen,
 * is the others', and so is what is counted while no commit of ours is between the two.
 */
#include <oc/status.h>

#include "store_sqlite.h"

/* Under the mutex. */
static void look(struct sqlite_store *s)
{
	uint32_t commits = sqlite_log_commits(s->log);

	if (commits == s->commits)
		return;
	s->commits = commits;
	s->version++;
}

void sqlite_version_begin(struct sqlite_store *s)
{
	pthread_mutex_lock(&s->mutex);
	look(s);
	s->committing = true;
	pthread_mutex_unlock(&s->mutex);
}

void sqlite_version_end(struct sqlite_store *s, bool committed)
{
	pthread_mutex_lock(&s->mutex);
	s->commits += committed;
	s->committing = false;
	pthread_mutex_unlock(&s->mutex);
}

int sqlite_version(struct store_conn *conn, uint32_t *version)
{
	struct sqlite_store *s = to_sqlite(conn->store);

	pthread_mutex_lock(&s->mutex);
	if (!s->committing)
		look(s);
	*version = s->version;
	pthread_mutex_unlock(&s->mutex);
	return OC_OK;
}
