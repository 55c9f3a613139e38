/* SPDX-License-Identifier: MIT */
/*
 * oc/status.h: every answer that liboc and tfsd give
 *
 * Functions that command return OC_OK (0) or a negative status; those that only
 * look once may return OC_PENDING, which is no error. Functions that yield a
 * rowid return it (>= 1) or a negative status. The numbers are part of the wire
 * protocol and never change their meaning.
 */
#ifndef OC_STATUS_H
#define OC_STATUS_H

enum oc_status {
	OC_OK = 0,
	OC_PENDING = 1,			/* not finished: look again */

	/*
	 * The transport: the way to the server.
	 * After OC_ETIMEOUT and OC_EABANDONED the channel can still be used; after the
	 * rest of the first six it is detached.
	 */
	OC_ETIMEOUT = -1,		/* the peer was silent for too long */
	OC_ESERVER_RESTARTED = -2,	/* another server, or none: sessions are gone */
	OC_EINTERFERENCE = -3,		/* another client has taken the channel over */
	OC_EDETACHED = -4,		/* the channel has no grant: attach first */
	OC_EABANDONED = -5,		/* the port's pause() told the wait to end */
	OC_EPROTOCOL = -6,		/* the other side broke PROTOCOL.md */
	OC_EBUSY = -7,			/* another owner holds the channel */
	OC_ENOCHANNEL = -8,		/* no channel of the region is free */
	OC_ESERVER_INTERFERENCE = -9,	/* another server serves this channel */
	OC_EVERSION = -10,		/* no protocol version that both sides speak */
	OC_EARCH = -11,			/* the other side has another byte order */

	/* The region: opening it */
	OC_EURI = -20,			/* the URI is malformed, or names an unknown option */
	OC_EREGION = -21,		/* cannot be opened or mapped: errno says why */
	OC_EREGION_SIZE = -22,		/* too small, or not aligned to pages */

	/* The machine, under Linux */
	OC_ESYSTEM = -23,		/* a system call failed: errno says why */

	/* A request, whatever it asks for */
	OC_EINVAL = -40,		/* an argument is outside its documented range */
	OC_EOPERATION = -41,		/* the server does not know this operation */
	OC_ENOSESSION = -42,		/* not logged in, or logged out, on this channel */
	OC_ETOOBIG = -43,		/* larger than the receiver takes */
	OC_ENOMEM = -44,		/* the caller's memory is too small, the server's used up */
	OC_ELIMIT = -45,		/* as many sessions or statements as may be */
	OC_ESHUTDOWN = -46,		/* the server takes nothing new */
	OC_ECANCELLED = -47,		/* taken back in time: as if it had not been asked */

	/* The database */
	OC_ENODATABASE = -60,		/* no database of this name is served */
	OC_ENOTOPEN = -61,		/* the session has no open database */
	OC_ESCHEMA = -62,		/* a table or column is not what the client has */
	OC_ENOTABLE = -63,		/* no such table in the open database */
	OC_EROWSIZE = -64,		/* a row has not the size of its table's row struct */
	OC_ENOTFOUND = -65,		/* no row has this rowid */
	OC_ETRACTIVE = -66,		/* a transaction is active already */
	OC_ENOTRANSACTION = -67,	/* no transaction is active */
	OC_ENOTLOCKED = -68,		/* the table is not locked for writing */
	OC_EUNAVAILABLE = -69,		/* a lock was not granted in time */
	OC_EDEADLOCK = -70,		/* waiting would close a circle */
	OC_ECACHE_FULL = -71,		/* the memory holds no further change */
	OC_ECONFLICT = -72,		/* another program changed the table */
	OC_ECONSTRAINT = -73,		/* a constraint of the schema refuses the row */
	OC_ERANGE = -74,		/* a stored value does not fit the column's type */
	OC_EFULL = -75,			/* the disk is full, or a table has no rowid left */
	OC_ESTORE = -76,		/* the store failed: tfsd's log says how */
	OC_EWRITEPANIC = -77,		/* a sync failed: no updates until a restart */
	OC_ESQL = -78,			/* the SQL statement is refused, or failed */
	OC_ENOSTATEMENT = -79,		/* the SQL statement has ended, or was idle too long */
};

/*
 * The constant's name, such as "OC_ETIMEOUT", or "OC_?" for a number that is
 * none; and a sentence without a full stop. Static strings. Both live in a file
 * of their own, so firmware that calls neither pays nothing.
 */
const char *oc_status_name(int status);
const char *oc_status_text(int status);

#endif /* OC_STATUS_H */
