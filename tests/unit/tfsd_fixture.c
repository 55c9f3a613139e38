// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>
#include <sqlite3.h>

#include "tfsd_fixture.h"

/* The client's waits are the server's turns. */
static int serve_turn(void *ctx, uint32_t turn)
{
	struct tfsd *d = ctx;

	channel_turn(&d->channel);
	/* A sync runs on a thread of its own, and takes its time. */
	if (turn > 200)
		usleep(100);
	return 0;
}

static void set(struct tfsd *d, const char *key, const char *value)
{
	char text[128];

	snprintf(text, sizeof(text), "%s=%s", key, value);
	assert_int_equal(config_set(d->config, text), 0);
}

static void configure(struct tfsd *d, const char *durability)
{
	char number[16];

	d->config = config_new(stderr);
	assert_non_null(d->config);
	set(d, "file", "unused");
	snprintf(number, sizeof(number), "%d", TFSD_MAX_MESSAGE);
	set(d, "max_message", number);
	snprintf(number, sizeof(number), "%d", TFSD_MAX_SESSIONS);
	set(d, "max_sessions", number);
	set(d, "database.kinds.file", d->file);
	set(d, "database.kinds.schema", "tests/data/kinds.sql");
	set(d, "database.kinds.durability", durability);
	assert_int_equal(config_check(d->config), 0);
}

static int make(void **state, const char *durability)
{
	const uint32_t random[4] = { 0x5e1ec7ed, 1, 2, 3 };
	struct tfsd *d = calloc(1, sizeof(*d));

	*state = d;
	strcpy(d->dir, "/tmp/tfs-request-XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	snprintf(d->file, sizeof(d->file), "%s/kinds.db", d->dir);
	log_set_level(LOG_LEVEL_ERROR);
	configure(d, durability);
	assert_status(oc_latch_init(&d->wake), OC_OK);
	d->next_session = 1;
	assert_status(databases_open(&d->databases, d->config), OC_OK);
	assert_status(databases_connect(&d->conns, &d->databases, &d->wake), OC_OK);
	d->memory = aligned_alloc(64, TFS_SHM_POLL_DEFAULT_STRIDE);
	memset(d->memory, 0, TFS_SHM_POLL_DEFAULT_STRIDE);
	d->request = calloc(1, 2 * TFSD_MAX_MESSAGE);
	d->response = calloc(1, 2 * TFSD_MAX_MESSAGE);
	channel_init(&d->channel, 0, d->config, &d->conns, &d->next_session);
	assert_status(channel_start(&d->channel, d->memory, random), OC_OK);
	oc_port_linux(&d->port, NULL);
	d->port.pause = serve_turn;
	d->port.ctx = d;
	assert_status(oc_channel_attach(&d->client, d->memory, &d->port, 0x1001, 20000), OC_OK);
	return 0;
}

int tfsd_make(void **state)
{
	return make(state, "lazy");
}

int tfsd_make_full(void **state)
{
	return make(state, "full");
}

int tfsd_remove(void **state)
{
	static const char *const names[] = { "kinds.db", "kinds.db-wal", "kinds.db-shm" };
	struct tfsd *d = *state;
	char path[64];

	channel_close(&d->channel);
	databases_disconnect(&d->conns);
	assert_status(databases_close(&d->databases), OC_OK);
	config_free(d->config);
	oc_latch_close(&d->wake);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", d->dir, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(d->dir), 0);
	free(d->memory);
	free(d->request);
	free(d->response);
	free(d);
	return 0;
}

void bytes_put(struct bytes *bytes, const void *from, uint32_t n)
{
	assert_true(bytes->n + oc_pad8(n) <= sizeof(bytes->at));
	memset(bytes->at + bytes->n, 0, oc_pad8(n));
	memcpy(bytes->at + bytes->n, from, n);
	bytes->n += oc_pad8(n);
}

int raw(struct tfsd *d, uint16_t op, uint32_t session, const void *body, uint32_t size)
{
	assert_true(sizeof(struct oc_msg) + size <= TFSD_MAX_MESSAGE);
	memset(d->request, 0, TFSD_MAX_MESSAGE);
	*d->request = (struct oc_msg) {
		.length = sizeof(struct oc_msg) + oc_pad8(size), .op = op, .session = session,
	};
	memcpy(d->request + 1, body, size);
	assert_status(oc_channel_call(&d->client, d->request, d->response, 2 * TFSD_MAX_MESSAGE),
		      OC_OK);
	if (op != OC_OP_LOGIN)
		assert_int_equal(d->response->session, session);
	return d->response->status;
}

int raw_bytes(struct tfsd *d, uint16_t op, uint32_t session, const struct bytes *bytes)
{
	return raw(d, op, session, bytes->at, bytes->n);
}

void expect_error_about(const struct tfsd *d, uint32_t index, uint32_t table)
{
	const struct oc_error_body *error = response_at(d);

	assert_true(d->response->status < 0);
	assert_true(response_size(d) >= sizeof(*error));
	assert_true(response_size(d) == sizeof(*error) + oc_pad8(error->text_length));
	assert_int_equal(error->index, index);
	assert_int_equal(error->table, table);
}

int try_login(struct tfsd *d, uint32_t max_message)
{
	struct oc_login_request login = {
		.magic = OC_WIRE_MAGIC, .major = OC_WIRE_MAJOR, .max_packet = OC_PACKET_MAX,
		.max_message = max_message, .client_id = 1,
	};

	return raw(d, OC_OP_LOGIN, 0, &login, sizeof(login));
}

uint32_t log_in(struct tfsd *d, uint32_t max_message)
{
	assert_status(try_login(d, max_message), OC_OK);
	return d->response->session;
}

const struct session *find_session(const struct tfsd *d, uint32_t id)
{
	const struct session *session = d->channel.sessions;

	while (session && session->id != id)
		session = session->next;
	return session;
}

void put_open(struct bytes *open, uint32_t ntables)
{
	const struct oc_open_request head = { .name_length = 5, .ntables = ntables };

	open->n = 0;
	bytes_put(open, &head, sizeof(head));
	bytes_put(open, "kinds", 5);
}

void put_table(struct bytes *open, const struct oc_table *table)
{
	const struct oc_open_table head = {
		.hash = table->hash,
		.row_size = table->row_size,
		.ncolumns = table->ncolumns,
		.name_length = strlen(table->name),
	};
	uint32_t hashes[OC_COLUMNS_MAX + 1];

	for (uint32_t c = 0; c < table->ncolumns; c++)
		hashes[c] = table->columns[c].hash;
	bytes_put(open, &head, sizeof(head));
	bytes_put(open, hashes, 4 * table->ncolumns);
	bytes_put(open, table->name, head.name_length);
}

int open_tables(struct tfsd *d, uint32_t session, const uint32_t *tables, uint32_t n)
{
	struct bytes open;

	put_open(&open, n);
	for (uint32_t i = 0; i < n; i++)
		put_table(&open, &kinds_tables[tables[i]]);
	return raw_bytes(d, OC_OP_OPEN, session, &open);
}

uint32_t log_in_and_open(struct tfsd *d)
{
	static const uint32_t tables[] = { KINDS, FLAGS, ORDER };
	uint32_t session = log_in(d, TFSD_MAX_MESSAGE);

	assert_status(open_tables(d, session, tables, 3), OC_OK);
	return session;
}

int start(struct tfsd *d, uint32_t session, const uint32_t *tables, uint32_t nwrite, uint32_t n)
{
	const struct oc_start_update_request head = { .nwrite = nwrite, .nread = n - nwrite };
	struct bytes body = { .n = 0 };

	bytes_put(&body, &head, sizeof(head));
	bytes_put(&body, tables, 4 * n);
	return raw_bytes(d, OC_OP_START_UPDATE, session, &body);
}

int start_one(struct tfsd *d, uint32_t session, uint32_t table)
{
	return start(d, session, &table, 1, 1);
}

int64_t first_rowid(const struct tfsd *d, uint32_t i)
{
	return ((const int64_t *)response_at(d))[i];
}

void put_end(struct bytes *end, uint32_t nchanges)
{
	const struct oc_end_request head = { .nchanges = nchanges };

	end->n = 0;
	bytes_put(end, &head, sizeof(head));
}

void put_change(struct bytes *end, uint32_t table, int64_t rowid)
{
	const struct oc_change change = {
		.kind = OC_CHANGE_INSERT, .table = table, .rowid = rowid,
	};

	bytes_put(end, &change, sizeof(change));
}

void put_order(struct bytes *end, int64_t rowid)
{
	const struct kinds_order row = { .group_has_value = 0 };

	put_change(end, ORDER, rowid);
	bytes_put(end, &row, sizeof(row));
}

static int print_number(void *number, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int *)number = atoi(values[0]);
	return 0;
}

static int sql_number(struct tfsd *d, const char *sql)
{
	sqlite3 *other = NULL;
	int number = -1;

	assert_int_equal(sqlite3_open_v2(d->file, &other, SQLITE_OPEN_READWRITE, NULL), 0);
	sqlite3_busy_timeout(other, 5000);
	assert_int_equal(sqlite3_exec(other, sql, print_number, &number, NULL), 0);
	sqlite3_close(other);
	return number;
}

void run_sql(struct tfsd *d, const char *sql)
{
	sql_number(d, sql);
}

int count_orders(struct tfsd *d)
{
	return sql_number(d, "SELECT count(*) FROM \"order\"");
}

void lock_file(struct tfsd *d)
{
	sqlite3 *other = NULL;

	assert_int_equal(sqlite3_open_v2(d->file, &other, SQLITE_OPEN_READWRITE, NULL), 0);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), 0);
	d->other = other;
}

void unlock_file(struct tfsd *d)
{
	sqlite3_close(d->other);
	d->other = NULL;
}
