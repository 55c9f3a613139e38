// SPDX-License-Identifier: MIT
/*
 * db_update.c: an update transaction - start, insert, end, rollback
 *
 * The END message is built in place as inserts come: header, oc_end_request, then
 * a struct oc_change and a row for each. Ending only fills in the front.
 */
#include "db_priv.h"

static void forget_changes(struct oc_db *db)
{
	memset(db->next, 0, 8 * db->schema->ntables);
	db->nchanges = 0;
	db->cache_used = OC_DB_CACHE_EMPTY;
}

/*
 * Over for us in any case. For the server only if it said OC_OK: it may have refused
 * the message as such, or never have seen it.
 */
static void transaction_over(struct oc_db *db, int status)
{
	forget_changes(db);
	if (db->state == OC_DB_UPDATE)
		db->state = status == OC_OK ? OC_DB_OPEN : OC_DB_UNSURE;
}

int oc_db_make_sure(struct oc_db *db)
{
	int status;

	if (db->state != OC_DB_UNSURE)
		return OC_OK;
	status = oc_db_call_empty(db, OC_OP_ROLLBACK);
	if (status != OC_OK && status != OC_ENOTRANSACTION)
		return status;
	db->state = OC_DB_OPEN;
	return oc_db_fail(db, OC_OK);
}

/* The request is built where the END message will be: the cache is empty now. */
static int put_locks(struct oc_db *db, const uint32_t *write, uint32_t nwrite,
		     const uint32_t *read, uint32_t nread)
{
	struct oc_msg *msg = (void *)db->cache;
	struct oc_start_update_request *body = (void *)(msg + 1);
	uint32_t *tables = (void *)(body + 1);
	uint32_t n = nwrite + nread;

	if (!nwrite || nwrite > db->schema->ntables || nread > db->schema->ntables - nwrite)
		return OC_EINVAL;
	for (uint32_t i = 0; i < n; i++) {
		tables[i] = i < nwrite ? write[i] : read[i - nwrite];
		if (tables[i] >= db->schema->ntables)
			return OC_EINVAL;
		for (uint32_t j = 0; j < i; j++)
			if (tables[j] == tables[i])
				return OC_EINVAL;
	}
	if (n % 2)
		tables[n] = 0;
	*msg = (struct oc_msg) {
		.length = sizeof(*msg) + sizeof(*body) + oc_pad8(4 * n),
		.op = OC_OP_START_UPDATE,
	};
	*body = (struct oc_start_update_request) { .nwrite = nwrite, .nread = nread };
	return OC_OK;
}

static int take_rowids(struct oc_db *db, const uint32_t *write, uint32_t nwrite)
{
	const int64_t *rowids = oc_db_body(db);

	if (oc_db_body_size(db) != 8 * nwrite)
		return oc_db_protocol_error(db);
	for (uint32_t i = 0; i < nwrite; i++)
		if (rowids[i] < 1)
			return oc_db_protocol_error(db);
	for (uint32_t i = 0; i < nwrite; i++)
		db->next[write[i]] = rowids[i];
	return OC_OK;
}

int oc_db_start_update(struct oc_db *db, const uint32_t *write, uint32_t nwrite,
		       const uint32_t *read, uint32_t nread)
{
	int status = oc_db_usable(db);

	if (status != OC_OK)
		return status;
	if (db->state == OC_DB_UPDATE)
		return oc_db_fail(db, OC_ETRACTIVE);
	status = oc_db_make_sure(db);
	if (status != OC_OK)
		return status;
	status = put_locks(db, write, nwrite, read, nread);
	if (status != OC_OK)
		return oc_db_fail(db, status);

	forget_changes(db);
	status = oc_db_call_for_lock(db, (void *)db->cache);
	if (status == OC_OK)
		status = take_rowids(db, write, nwrite);
	if (status != OC_OK)
		return status;
	db->transactions++;
	db->state = OC_DB_UPDATE;
	return OC_OK;
}

int64_t oc_db_insert(struct oc_db *db, uint32_t table, const void *row, uint32_t size)
{
	struct oc_change change = { .kind = OC_CHANGE_INSERT, .table = table };
	int status = oc_db_usable(db);
	uint8_t *to;

	if (status != OC_OK)
		return status;
	if (db->state != OC_DB_UPDATE)
		return oc_db_fail(db, OC_ENOTRANSACTION);
	if (!oc_db_table(db, table, size, &status))
		return status;
	if (!db->next[table])
		return oc_db_fail_at(db, OC_ENOTLOCKED, OC_NONE, table);
	if (db->cache_size - db->cache_used < sizeof(change) + size)
		return oc_db_fail_at(db, OC_ECACHE_FULL, OC_NONE, table);
	if (db->next[table] == INT64_MAX)
		return oc_db_fail_at(db, OC_EFULL, OC_NONE, table);

	change.rowid = db->next[table]++;
	to = db->cache + db->cache_used;
	memcpy(to, &change, sizeof(change));
	memcpy(to + sizeof(change), row, size);
	db->cache_used += sizeof(change) + size;
	db->nchanges++;
	return change.rowid;
}

int64_t oc_db_own_row(const struct oc_db *db, uint32_t table, int64_t after, uint32_t *at,
		      void *row)
{
	const struct oc_change *change;
	uint32_t size;

	if (db->state != OC_DB_UPDATE || !db->next[table])
		return 0;
	while (*at < db->cache_used) {
		change = (const void *)(db->cache + *at);
		size = db->schema->tables[change->table].row_size;
		*at += sizeof(*change) + size;
		if (change->table != table || change->rowid <= after)
			continue;
		if (row)
			memcpy(row, change + 1, size);
		return change->rowid;
	}
	return 0;
}

int oc_db_end(struct oc_db *db)
{
	struct oc_msg *msg = (void *)db->cache;
	struct oc_end_request *body = (void *)(msg + 1);
	int status = oc_db_usable(db);

	if (status != OC_OK)
		return status;
	if (db->state != OC_DB_UPDATE)
		return oc_db_fail(db, OC_ENOTRANSACTION);
	*msg = (struct oc_msg) { .length = db->cache_used, .op = OC_OP_END };
	*body = (struct oc_end_request) { .nchanges = db->nchanges };
	status = oc_db_call(db, msg);
	if (status == OC_OK && oc_db_body_size(db))
		status = oc_db_protocol_error(db);
	/* Taken back, by us or by the server: as it was, and it may be ended again. */
	if (status != OC_ECANCELLED)
		transaction_over(db, status);
	return status;
}

int oc_db_rollback(struct oc_db *db)
{
	int status = oc_db_usable(db);

	if (status != OC_OK)
		return status;
	if (db->state != OC_DB_UPDATE)
		return oc_db_fail(db, OC_ENOTRANSACTION);
	status = oc_db_call_empty(db, OC_OP_ROLLBACK);
	/* Taken back: its locks stand, and it may be asked for again. */
	if (status != OC_ECANCELLED)
		transaction_over(db, status);
	return status;
}
