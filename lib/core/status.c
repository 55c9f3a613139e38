// SPDX-License-Identifier: MIT
/*
 * status.c: statuses for people. Two designated tables, by the negated number.
 */
#include <oc/status.h>

#include "env.h"

struct status_text {
	const char *name;
	const char *text;
};

static const struct status_text texts[] = {
	[-OC_OK] = { "OC_OK", "done" },
	[-OC_ETIMEOUT] = { "OC_ETIMEOUT", "the other side did not answer in time" },
	[-OC_ESERVER_RESTARTED] = { "OC_ESERVER_RESTARTED",
		"the server was restarted or has gone" },
	[-OC_EINTERFERENCE] = { "OC_EINTERFERENCE", "another client has taken the channel over" },
	[-OC_EDETACHED] = { "OC_EDETACHED", "the channel is not attached" },
	[-OC_EABANDONED] = { "OC_EABANDONED", "the wait was abandoned" },
	[-OC_EPROTOCOL] = { "OC_EPROTOCOL", "the other side broke the protocol" },
	[-OC_EBUSY] = { "OC_EBUSY", "another owner holds the channel" },
	[-OC_ENOCHANNEL] = { "OC_ENOCHANNEL", "no channel is free" },
	[-OC_ESERVER_INTERFERENCE] = { "OC_ESERVER_INTERFERENCE",
		"another server serves this channel" },
	[-OC_EVERSION] = { "OC_EVERSION", "the two sides speak different protocol versions" },
	[-OC_EARCH] = { "OC_EARCH", "the two sides have different byte orders" },
	[-OC_EURI] = { "OC_EURI", "malformed URI" },
	[-OC_EREGION] = { "OC_EREGION", "cannot open or map the shared memory" },
	[-OC_EREGION_SIZE] = { "OC_EREGION_SIZE",
		"the shared memory is too small or not aligned to pages" },
	[-OC_ESYSTEM] = { "OC_ESYSTEM", "a system call failed" },
	[-OC_EINVAL] = { "OC_EINVAL", "an argument is out of range" },
	[-OC_EOPERATION] = { "OC_EOPERATION", "the server does not know this operation" },
	[-OC_ENOSESSION] = { "OC_ENOSESSION", "not logged in" },
	[-OC_ETOOBIG] = { "OC_ETOOBIG", "the message is larger than its receiver takes" },
	[-OC_ENOMEM] = { "OC_ENOMEM", "too little memory" },
	[-OC_ELIMIT] = { "OC_ELIMIT", "as many sessions or statements as are allowed" },
	[-OC_ESHUTDOWN] = { "OC_ESHUTDOWN", "the server is shutting down" },
	[-OC_ECANCELLED] = { "OC_ECANCELLED", "taken back before anything was done" },
	[-OC_ENODATABASE] = { "OC_ENODATABASE", "no such database" },
	[-OC_ENOTOPEN] = { "OC_ENOTOPEN", "no database is open" },
	[-OC_ESCHEMA] = { "OC_ESCHEMA", "the schema does not fit" },
	[-OC_ENOTABLE] = { "OC_ENOTABLE", "no such table" },
	[-OC_EROWSIZE] = { "OC_EROWSIZE", "a row has the wrong size" },
	[-OC_ENOTFOUND] = { "OC_ENOTFOUND", "no such row" },
	[-OC_ETRACTIVE] = { "OC_ETRACTIVE", "a transaction is active" },
	[-OC_ENOTRANSACTION] = { "OC_ENOTRANSACTION", "no transaction is active" },
	[-OC_ENOTLOCKED] = { "OC_ENOTLOCKED", "the table is not locked for writing" },
	[-OC_EUNAVAILABLE] = { "OC_EUNAVAILABLE", "a lock was not granted in time" },
	[-OC_EDEADLOCK] = { "OC_EDEADLOCK", "waiting would be a deadlock" },
	[-OC_ECACHE_FULL] = { "OC_ECACHE_FULL", "the memory for changes is full" },
	[-OC_ECONFLICT] = { "OC_ECONFLICT", "another program changed the table" },
	[-OC_ECONSTRAINT] = { "OC_ECONSTRAINT", "a constraint refuses the row" },
	[-OC_ERANGE] = { "OC_ERANGE", "a stored value does not fit its column" },
	[-OC_EFULL] = { "OC_EFULL", "the disk is full, or no rowid is left" },
	[-OC_ESTORE] = { "OC_ESTORE", "the store failed" },
	[-OC_EWRITEPANIC] = { "OC_EWRITEPANIC", "a sync failed: no updates until a restart" },
	[-OC_ESQL] = { "OC_ESQL", "the SQL statement is refused, or failed" },
	[-OC_ENOSTATEMENT] = { "OC_ENOSTATEMENT", "the SQL statement has ended" },
};

static const struct status_text pending = { "OC_PENDING", "not finished yet" };
static const struct status_text unknown = { "OC_?", "no such status" };

static const struct status_text *find(int status)
{
	const int count = sizeof(texts) / sizeof(texts[0]);

	if (status == OC_PENDING)
		return &pending;
	if (status > 0 || status <= -count || !texts[-status].name)
		return &unknown;
	return &texts[-status];
}

const char *oc_status_name(int status)
{
	return find(status)->name;
}

const char *oc_status_text(int status)
{
	return find(status)->text;
}
