// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * request_read.c: reading rows of the last commit
 */
#include "request.h"

static const struct session_table *find_table(struct channel *channel, uint32_t number)
{
	const struct session *session = channel->request.session;

	if (number < session->ntables)
		return &session->tables[number];
	request_fail(channel, OC_ENOTABLE, number, "table number %u", number);
	return NULL;
}

static int read_result(struct channel *channel, int status)
{
	if (status != OC_OK)
		channel->request.response->length = sizeof(struct oc_msg);
	return request_store_result(channel, status);
}

int handle_get(struct channel *channel, struct body *body)
{
	const struct oc_get_request *get = body_take(body, sizeof(*get));
	struct request *request = &channel->request;
	const struct session_table *table;
	int status;
	void *row;

	if (!get || get->reserved || body->left)
		return OC_EPROTOCOL;
	table = find_table(channel, get->table);
	if (!table)
		return OC_ENOTABLE;
	row = response_body(channel, table->row_size);
	if (!row)
		return OC_ETOOBIG;
	status = store_get(request->session->conn, table->table, get->rowid, row,
			   &request->error);
	if (status == OC_OK)
		activity_add(&channel->counters.reads, 1);
	return read_result(channel, status);
}

int handle_read(struct channel *channel, struct body *body)
{
	const struct oc_read_request *read = body_take(body, sizeof(*read));
	struct request *request = &channel->request;
	uint32_t room = response_room(channel) - sizeof(struct oc_read_response);
	const struct session_table *table;
	struct oc_read_response *response;
	uint32_t nrows, pair;
	bool end;
	int status;

	if (!read || body->left)
		return OC_EPROTOCOL;
	table = find_table(channel, read->table);
	if (!table)
		return OC_ENOTABLE;
	if (!read->max_rows || read->after < 0)
		return OC_EINVAL;
	pair = sizeof(int64_t) + table->row_size;
	if (room < pair)
		return OC_ETOOBIG;
	response = (void *)(request->response + 1);
	status = store_read(request->session->conn, table->table, read->after,
			    read->max_rows, response + 1, room, &nrows, &end, &request->error);
	if (status == OC_OK) {
		response_body(channel, sizeof(*response) + nrows * pair);
		*response = (struct oc_read_response) {
			.nrows = nrows,
			.flags = end ? OC_READ_END : 0,
		};
		activity_add(&channel->counters.reads, nrows);
	}
	return read_result(channel, status);
}
