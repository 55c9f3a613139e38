// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * request_update.c: an update transaction - start, end, rollback
 */
#include "request.h"

static int take_locks(struct channel *channel, struct body *body, struct lock_request *locks,
		      uint32_t *nwrite, uint32_t *n)
{
	const struct oc_start_update_request *start = body_take(body, sizeof(*start));
	const struct session *session = channel->request.session;
	bool named[OC_TABLES_MAX] = { false };
	const uint32_t *tables;

	if (!start || !start->nwrite || start->nwrite > OC_TABLES_MAX ||
	    start->nread > OC_TABLES_MAX - start->nwrite)
		return OC_EPROTOCOL;
	*nwrite = start->nwrite;
	*n = start->nwrite + start->nread;
	tables = body_take_padded(body, 4 * *n);
	if (!tables || body->left)
		return OC_EPROTOCOL;
	for (uint32_t i = 0; i < *n; i++) {
		if (tables[i] >= session->ntables)
			return request_fail(channel, OC_ENOTABLE, tables[i], "table number %u",
					    tables[i]);
		if (named[tables[i]])
			return request_fail(channel, OC_EINVAL, tables[i], "table named twice");
		named[tables[i]] = true;
		locks[i].table = tables[i];
		locks[i].mode = i < *nwrite ? LOCK_WRITE : LOCK_READ;
	}
	return OC_OK;
}

/* Hands out where each write-locked table's inserts begin. */
static int grant_rowids(struct channel *channel, const struct lock_request *locks, uint32_t nwrite)
{
	struct request *request = &channel->request;
	struct session *session = request->session;
	struct store_conn *conn = session->conn;
	int64_t *rowids = response_body(channel, 8 * nwrite);
	int status;

	if (!rowids)
		return OC_ETOOBIG;
	status = store_version(conn, &session->version);
	for (uint32_t i = 0; status == OC_OK && i < nwrite; i++) {
		struct session_table *t = &session->tables[locks[i].table];

		status = store_next_rowid(conn, t->table, &t->next, &request->error);
		rowids[i] = t->next;
	}
	return status;
}

int handle_start_update(struct channel *channel, struct body *body)
{
	struct request *request = &channel->request;
	struct session *session = request->session;
	struct lock_request locks[OC_TABLES_MAX];
	uint32_t nwrite, n, busy;
	int status;

	if (session->updating)
		return OC_ETRACTIVE;
	if (channel->draining)
		return OC_ESHUTDOWN;
	status = take_locks(channel, body, locks, &nwrite, &n);
	if (status != OC_OK)
		return status;
	if (!session_lock(session, locks, n, &busy)) {
		activity_session_wait(&channel->activity, ACTIVITY_TABLE_LOCK);
		return request_fail(channel, OC_EUNAVAILABLE, busy,
				    "another session has the table locked");
	}
	status = grant_rowids(channel, locks, nwrite);
	if (status == OC_OK)
		return OC_OK;
	session_end_update(session);
	request->response->length = sizeof(struct oc_msg);
	return request_store_result(channel, status);
}

/**
 * struct end_changes - the changes of an END, one after the other
 * @changes: what the store sees; the store's table numbers
 * @session: the client's
 * @body:    what is left; @first is where it began
 */
struct end_changes {
	struct store_changes changes;
	const struct session *session;
	struct body body;
	struct body first;
};

static bool next_change(struct store_changes *changes, struct store_change *out)
{
	struct end_changes *end = (struct end_changes *)changes;
	const struct oc_change *change = body_take(&end->body, sizeof(*change));

	if (!change)
		return false;
	out->table = end->session->tables[change->table].table;
	out->rowid = change->rowid;
	out->row = body_take(&end->body, end->session->tables[change->table].row_size);
	return true;
}

static void rewind_changes(struct store_changes *changes)
{
	struct end_changes *end = (struct end_changes *)changes;

	end->body = end->first;
}

static int check_change(struct channel *channel, struct body *body, uint32_t index,
			int64_t next[OC_TABLES_MAX])
{
	const struct oc_change *change = body_take(body, sizeof(*change));
	const struct session *session = channel->request.session;

	channel->request.error.index = index;
	if (!change || change->kind != OC_CHANGE_INSERT || change->reserved)
		return OC_EPROTOCOL;
	if (change->table >= session->ntables)
		return request_fail(channel, OC_ENOTABLE, change->table, "table number %u",
				    change->table);
	if (session->tables[change->table].mode != LOCK_WRITE)
		return request_fail(channel, OC_ENOTLOCKED, change->table,
				    "table not locked for writing");
	if (change->rowid != next[change->table])
		return request_fail(channel, OC_EPROTOCOL, change->table,
				    "rowid %lld where %lld comes next", (long long)change->rowid,
				    (long long)next[change->table]);
	if (change->rowid == INT64_MAX)
		return request_fail(channel, OC_EFULL, change->table, "no rowid is left");
	next[change->table]++;
	if (!body_take(body, session->tables[change->table].row_size))
		return request_fail(channel, OC_EROWSIZE, change->table,
				    "%u bytes of a row of %u", body->left,
				    session->tables[change->table].row_size);
	return OC_OK;
}

/* Before the store sees the first change, every one has been looked at. */
static int check_changes(struct channel *channel, struct body body, uint32_t nchanges)
{
	const struct session *session = channel->request.session;
	int64_t next[OC_TABLES_MAX];
	int status;

	for (uint32_t i = 0; i < session->ntables; i++)
		next[i] = session->tables[i].next;
	for (uint32_t i = 0; i < nchanges; i++) {
		status = check_change(channel, &body, i, next);
		if (status != OC_OK)
			return status;
	}
	if (body.left)
		return request_fail(channel, OC_EROWSIZE, OC_NONE,
				    "%u bytes behind the last row", body.left);
	channel->request.error.index = OC_NONE;
	return OC_OK;
}

static int apply(struct channel *channel, struct body *body)
{
	const struct oc_end_request *end = body_take(body, sizeof(*end));
	struct request *request = &channel->request;
	struct session *session = request->session;
	struct end_changes changes = {
		.changes = { .next = next_change, .rewind = rewind_changes },
		.session = session,
	};
	int status;

	if (!end || end->reserved)
		return OC_EPROTOCOL;
	changes.body = *body;
	changes.first = *body;
	status = check_changes(channel, *body, end->nchanges);
	if (status != OC_OK || !end->nchanges)
		return status;
	status = store_commit(session->conn, &changes.changes, session->version,
			      &request->ticket, &request->error);
	if (status == OC_OK)
		request->applied = true;
	if (status == OC_PENDING)
		request->wait = ACTIVITY_WRITER_TOKEN;
	if (status == OC_OK)
		activity_add(&channel->counters.inserts, end->nchanges);
	return request_store_result(channel, status);
}

/*
 * Committed first, then, for a database that promises it, durable: two steps, and
 * between them others may commit. The locks go with the first one; who takes them
 * can only become durable later than we do.
 */
int handle_end(struct channel *channel, struct body *body)
{
	struct request *request = &channel->request;
	struct session *session = request->session;
	int status;

	if (!request->applied) {
		if (!session->updating)
			return OC_ENOTRANSACTION;
		status = apply(channel, body);
		if (status == OC_PENDING || status == OC_ECANCELLED)
			return status;
		session_end_update(session);
		activity_add(request->applied ? &channel->counters.commits :
			     &channel->counters.rollbacks, 1);
		if (status != OC_OK || !request->applied)
			return status;
	}
	if (store_config(session->database->store)->durability != STORE_FULL)
		return OC_OK;
	request->wait = ACTIVITY_WAL_SYNC;
	return store_durable(session->conn, request->ticket);
}

int handle_rollback(struct channel *channel, struct body *body)
{
	struct session *session = channel->request.session;

	if (body->left)
		return OC_EPROTOCOL;
	if (!session->updating)
		return OC_ENOTRANSACTION;
	session_end_update(session);
	activity_add(&channel->counters.rollbacks, 1);
	return OC_OK;
}
