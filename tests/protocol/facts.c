// SPDX-License-Identifier: GPL-2.0-only
/*
 * facts.c: what the code says about the wire, one fact a line
 *
 * protocol_md.py writes what lib/PROTOCOL.md says in the same form; check-protocol.sh
 * compares. Arguments are SQL files whose tables' layouts and hashes are facts too.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include <linux/tfs_shm_poll.h>
#include <oc/wire.h>

#include "../../lib/core/words.h"
#include "../../tools/schema/schema.h"

#define STRUCT(type)		printf("struct %s %zu\n", #type, sizeof(struct type))
#define FIELD(type, field)						\
	printf("field %s %s %zu %zu\n", #type, #field, offsetof(struct type, field), \
	       sizeof(((struct type *)NULL)->field))
#define CONSTANT(name)		printf("constant %s %llu\n", #name, (unsigned long long)(name))
#define BITS(word, name)	bits(#word, #name, TFS_SHM_POLL_##word##_##name)
#define FIELD_BITS(word, name)	bits(#word, #name, TFS_SHM_POLL_##word##_##name##_MASK)

static void bits(const char *word, const char *name, uint32_t mask)
{
	printf("bits %s %s %d %d\n", word, name, 31 - __builtin_clz(mask), __builtin_ctz(mask));
}

static void header(void)
{
	STRUCT(tfs_shm_poll_header);
	FIELD(tfs_shm_poll_header, size_to_tfs);
	FIELD(tfs_shm_poll_header, size_from_tfs);
	FIELD(tfs_shm_poll_header, server_uuid);
	FIELD(tfs_shm_poll_header, client_uuid);
	FIELD(tfs_shm_poll_header, granted_uuid);
	FIELD(tfs_shm_poll_header, server_word);
	FIELD(tfs_shm_poll_header, client_word);
}

static void words(void)
{
	FIELD_BITS(SW, MAGIC);
	FIELD_BITS(SW, MAJOR);
	FIELD_BITS(SW, EPOCH);
	FIELD_BITS(SW, HINT);
	BITS(SW, DRAINING);
	BITS(SW, SLEEPING);
	BITS(SW, HELD);
	BITS(SW, GRANTED);
	BITS(SW, READY);
	FIELD_BITS(CW, TAG);
	FIELD_BITS(CW, CANCEL);
	BITS(CW, CAN_RING);
	BITS(CW, DETACHED);
	BITS(CW, SLEEPING);
}

static void message(void)
{
	STRUCT(oc_msg);
	FIELD(oc_msg, length);
	FIELD(oc_msg, op);
	FIELD(oc_msg, flags);
	FIELD(oc_msg, session);
	FIELD(oc_msg, sequence);
	FIELD(oc_msg, status);
	FIELD(oc_msg, reserved);
	STRUCT(oc_error_body);
	FIELD(oc_error_body, index);
	FIELD(oc_error_body, table);
	FIELD(oc_error_body, column);
	FIELD(oc_error_body, text_length);
}

static void login(void)
{
	STRUCT(oc_login_request);
	FIELD(oc_login_request, magic);
	FIELD(oc_login_request, major);
	FIELD(oc_login_request, minor);
	FIELD(oc_login_request, max_packet);
	FIELD(oc_login_request, max_message);
	FIELD(oc_login_request, client_id);
	STRUCT(oc_login_response);
	FIELD(oc_login_response, major);
	FIELD(oc_login_response, minor);
	FIELD(oc_login_response, max_packet);
	FIELD(oc_login_response, max_message);
	FIELD(oc_login_response, reserved);
}

static void open_database(void)
{
	STRUCT(oc_open_request);
	FIELD(oc_open_request, name_length);
	FIELD(oc_open_request, ntables);
	STRUCT(oc_open_table);
	FIELD(oc_open_table, hash);
	FIELD(oc_open_table, row_size);
	FIELD(oc_open_table, ncolumns);
	FIELD(oc_open_table, name_length);
}

static void sql(void)
{
	STRUCT(oc_sql_request);
	FIELD(oc_sql_request, text_length);
	FIELD(oc_sql_request, flags);
	FIELD(oc_sql_request, nvalues);
	FIELD(oc_sql_request, reserved);
	STRUCT(oc_sql_response);
	FIELD(oc_sql_response, statement);
	FIELD(oc_sql_response, ncolumns);
	FIELD(oc_sql_response, nrows);
	FIELD(oc_sql_response, flags);
	STRUCT(oc_sql_value);
	FIELD(oc_sql_value, type);
	FIELD(oc_sql_value, length);
	STRUCT(oc_sql_next_request);
	FIELD(oc_sql_next_request, statement);
	FIELD(oc_sql_next_request, reserved);
}

static void transaction(void)
{
	STRUCT(oc_start_update_request);
	FIELD(oc_start_update_request, nwrite);
	FIELD(oc_start_update_request, nread);
	STRUCT(oc_end_request);
	FIELD(oc_end_request, nchanges);
	FIELD(oc_end_request, reserved);
	STRUCT(oc_change);
	FIELD(oc_change, kind);
	FIELD(oc_change, reserved);
	FIELD(oc_change, table);
	FIELD(oc_change, rowid);
}

static void reading(void)
{
	STRUCT(oc_get_request);
	FIELD(oc_get_request, table);
	FIELD(oc_get_request, reserved);
	FIELD(oc_get_request, rowid);
	STRUCT(oc_read_request);
	FIELD(oc_read_request, table);
	FIELD(oc_read_request, max_rows);
	FIELD(oc_read_request, after);
	STRUCT(oc_read_response);
	FIELD(oc_read_response, nrows);
	FIELD(oc_read_response, flags);
}

static void constants(void)
{
	CONSTANT(TFS_SHM_POLL_HEADER_SIZE);
	CONSTANT(TFS_SHM_POLL_BUFFER_SIZE);
	CONSTANT(TFS_SHM_POLL_DEFAULT_STRIDE);
	CONSTANT(OC_WIRE_MAJOR);
	CONSTANT(OC_WIRE_MINOR);
	CONSTANT(OC_WIRE_MAGIC);
	CONSTANT(OC_MSG_RESPONSE);
	CONSTANT(OC_READ_END);
	CONSTANT(OC_CHANGE_INSERT);
	CONSTANT(OC_SQL_NULL);
	CONSTANT(OC_SQL_INTEGER);
	CONSTANT(OC_SQL_REAL);
	CONSTANT(OC_SQL_TEXT);
	CONSTANT(OC_SQL_BLOB);
	CONSTANT(OC_NONE);
	CONSTANT(OC_PACKET_MAX);
	CONSTANT(OC_PACKET_MIN);
	CONSTANT(OC_PACKET_CUT);
	CONSTANT(OC_MESSAGE_MAX);
	CONSTANT(OC_NAME_MAX);
	CONSTANT(OC_TABLES_MAX);
	CONSTANT(OC_COLUMNS_MAX);
	CONSTANT(OC_ROW_MAX);
}

static void checks(void)
{
	static const uint32_t uuids[][4] = {
		{ 0, 0, 0 },
		{ 0x5e1ec7ed, 0x01234567, 0x89abcdef },
		{ 0x600df00d, 0x5e1ec7ed, 0x00001001 },
	};

	for (size_t i = 0; i < sizeof(uuids) / sizeof(uuids[0]); i++)
		printf("check %08x %08x %08x %08x\n", uuids[i][0], uuids[i][1], uuids[i][2],
		       oc_uuid_check(uuids[i]));
}

static void column(const struct schema_table *table, const struct oc_column *c)
{
	char type[SCHEMA_TYPE_TEXT];
	bool nullable = c->has_value != OC_NOT_NULL;

	schema_type_text(c, type);
	printf("column %s `%s %s%s` %08x ", table->def.name, c->name, type,
	       nullable ? " null" : "", c->hash);
	if (nullable)
		printf("%u", c->has_value);
	else
		putchar('-');
	printf(" %u\n", c->offset);
}

static bool schema(const char *sql_file)
{
	struct schema *s;

	if (schema_load(&s, sql_file, stderr))
		return false;
	for (uint32_t t = 0; t < s->ntables; t++) {
		printf("table %s %016" PRIx64 " %u\n", s->tables[t].def.name,
		       s->tables[t].def.hash, s->tables[t].def.row_size);
		for (uint16_t c = 0; c < s->tables[t].def.ncolumns; c++)
			column(&s->tables[t], &s->tables[t].columns[c]);
	}
	schema_free(s);
	return true;
}

int main(int argc, char **argv)
{
	header();
	words();
	message();
	login();
	open_database();
	transaction();
	reading();
	sql();
	constants();
	checks();
	for (int i = 1; i < argc; i++)
		if (!schema(argv[i]))
			return 1;
	return fflush(stdout) || ferror(stdout);
}
