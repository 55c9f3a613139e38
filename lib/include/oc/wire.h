/* SPDX-License-Identifier: MIT */
/*
 * oc/wire.h: messages between a client and tfsd
 *
 * A message is a request or its response. It starts with struct oc_msg, then
 * comes the body that the operation defines. All numbers are little-endian, all
 * structs are naturally aligned with explicit padding, every message's length
 * is a multiple of 8 with zero bytes as padding, and so every body, row and
 * rowid lies 8-aligned. "Reserved" fields are sent as zero; a receiver refuses
 * a request in which they are not (OC_EPROTOCOL).
 *
 * A message travels as one or more packets (see PROTOCOL.md): the first packet
 * holds the whole struct oc_msg, the following ones are raw continuation bytes.
 *
 * Version history (major.minor)
 *   1.0  first version
 *
 * A server answers a LOGIN of another major with OC_EVERSION and its own numbers
 * in the body; otherwise both sides use the lower of the two minors.
 */
#ifndef OC_WIRE_H
#define OC_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define OC_WIRE_MAJOR		1
#define OC_WIRE_MINOR		0
#define OC_WIRE_MAGIC		0x31534654u	/* "TFS1" in memory, little-endian */

/* Limits */
#define OC_PACKET_MAX		32768u		/* the channel's buffer */
#define OC_PACKET_MIN		256u		/* what any client must take */
#define OC_MESSAGE_MAX		0x40000000u	/* more is a lie */
#define OC_PACKET_CUT		1u		/* size word: no more of a response comes */
#define OC_NAME_MAX		63u		/* bytes of a database's, table's, column's name */
#define OC_TABLES_MAX		256u		/* tables a client may open */
#define OC_COLUMNS_MAX		256u		/* columns of a table */
#define OC_ROW_MAX		32768u		/* bytes of a row struct */

enum oc_op {
	OC_OP_PING = 1,		/* no session needed; the body comes back */
	OC_OP_LOGIN = 2,	/* no session needed; the response's header names it */
	OC_OP_LOGOUT = 3,	/* empty bodies; ends the session, rolls back */
	OC_OP_OPEN = 4,
	OC_OP_CLOSE = 5,	/* empty bodies; refused in a transaction */
	OC_OP_START_UPDATE = 6,
	OC_OP_END = 7,
	OC_OP_ROLLBACK = 8,	/* empty bodies */
	OC_OP_GET = 9,
	OC_OP_READ = 10,
	OC_OP_SQL = 11,
	OC_OP_SQL_NEXT = 12,
	OC_OP_SQL_END = 13,	/* the body of SQL_NEXT; the response's is empty */
};

/* oc_msg.flags */
#define OC_MSG_RESPONSE		0x0001u

/**
 * struct oc_msg - the header of every message, 24 bytes
 * @length:   of the whole message in bytes, this header included; multiple of 8
 * @op:       enum oc_op; a response repeats its request's
 * @flags:    OC_MSG_*
 * @session:  0 for PING and LOGIN, otherwise what the LOGIN response gave
 * @sequence: counts the requests of one grant of the channel from 1; a response
 *            repeats its request's
 * @status:   0 in a request, enum oc_status in a response. Unless OC_OK the
 *            body is struct oc_error_body (LOGIN with OC_EVERSION: struct
 *            oc_login_response).
 * @reserved: zero
 */
struct oc_msg {
	uint32_t length;
	uint16_t op;
	uint16_t flags;
	uint32_t session;
	uint32_t sequence;
	int32_t  status;
	uint32_t reserved;
};

#define OC_NONE			0xffffffffu

/**
 * struct oc_error_body - what an error is about
 * @index:       number of the change within END, or OC_NONE
 * @table:       index of the table in the client's OPEN, or OC_NONE
 * @column:      index of the column in that table's row, or OC_NONE
 * @text_length: bytes of text that follow (no NUL, padded to 8), for people: a name
 *               such as "weather.temp_max" where OPEN is refused, else a sentence;
 *               cut where the client takes no more
 */
struct oc_error_body {
	uint32_t index;
	uint32_t table;
	uint32_t column;
	uint32_t text_length;
};

/**
 * struct oc_login_request
 * @magic:       OC_WIRE_MAGIC; byte-swapped it tells another byte order (OC_EARCH)
 * @major:       OC_WIRE_MAJOR of the client
 * @minor:       OC_WIRE_MINOR of the client
 * @max_packet:  largest packet the client takes, OC_PACKET_MIN..OC_PACKET_MAX
 * @max_message: largest response the client takes, in bytes
 * @client_id:   stable across resets, unique among the server's clients; 0: none.
 *               It names the client in tfsd's log.
 */
struct oc_login_request {
	uint32_t magic;
	uint16_t major;
	uint16_t minor;
	uint32_t max_packet;
	uint32_t max_message;
	uint64_t client_id;
};

/**
 * struct oc_login_response
 * @major:       OC_WIRE_MAJOR of the server
 * @minor:       the minor that both use from here on
 * @max_packet:  largest packet the server takes
 * @max_message: largest request the server takes, in bytes
 * @reserved:    zero
 */
struct oc_login_response {
	uint16_t major;
	uint16_t minor;
	uint32_t max_packet;
	uint32_t max_message;
	uint32_t reserved;
};

/**
 * struct oc_open_request - opens a database by name
 * @name_length: of the database's name, 1..OC_NAME_MAX
 * @ntables:     0..OC_TABLES_MAX; a table's index in this list is its number in
 *               all later messages of the session; SQL needs none
 *
 * Then the name, padded to 8, and @ntables times struct oc_open_table. The
 * response's body is empty. OC_ESCHEMA names the first table or column that
 * does not fit.
 */
struct oc_open_request {
	uint32_t name_length;
	uint32_t ntables;
};

/**
 * struct oc_open_table - a table as the client was compiled with it
 * @hash:        64-bit schema hash (PROTOCOL.md, "Schema hash")
 * @row_size:    bytes of the row struct, a multiple of 8, 8..OC_ROW_MAX
 * @ncolumns:    1..OC_COLUMNS_MAX
 * @name_length: 1..OC_NAME_MAX
 *
 * Then @ncolumns 32-bit column hashes, padded to 8, and the name, padded to 8.
 */
struct oc_open_table {
	uint64_t hash;
	uint32_t row_size;
	uint16_t ncolumns;
	uint16_t name_length;
};

/**
 * struct oc_start_update_request - begins an update transaction
 * @nwrite:   tables to lock for writing, 1..OC_TABLES_MAX
 * @nread:    tables to lock for reading
 *
 * Then @nwrite + @nread table numbers of 32 bits, each table once, padded to 8.
 * The response's body is @nwrite rowids of 64 bits: the one that each table's
 * first insert takes; further inserts count on from it.
 */
struct oc_start_update_request {
	uint32_t nwrite;
	uint32_t nread;
};

/**
 * struct oc_end_request - commits
 * @nchanges: how many struct oc_change follow; 0 only releases the locks
 * @reserved: zero
 *
 * The changes are applied in their order, all or none. The response's body is
 * empty. On an error the transaction is rolled back and its locks are free.
 */
struct oc_end_request {
	uint32_t nchanges;
	uint32_t reserved;
};

enum oc_change_kind {
	OC_CHANGE_INSERT = 1,
};

/**
 * struct oc_change - one change; an insert is followed by its row
 * @kind:     enum oc_change_kind
 * @reserved: zero
 * @table:    table number
 * @rowid:    of the new row, >= 1
 */
struct oc_change {
	uint16_t kind;
	uint16_t reserved;
	uint32_t table;
	int64_t  rowid;
};

/**
 * struct oc_get_request - one row by its rowid; the response's body is the row
 * @table:    table number
 * @reserved: zero
 * @rowid:    >= 1
 */
struct oc_get_request {
	uint32_t table;
	uint32_t reserved;
	int64_t  rowid;
};

/**
 * struct oc_read_request - rows in the order of their rowids
 * @table:     table number
 * @max_rows:  at most so many, >= 1; fewer come if the client's largest message
 *             holds fewer
 * @after:     rows with a larger rowid; 0: from the first
 */
struct oc_read_request {
	uint32_t table;
	uint32_t max_rows;
	int64_t  after;
};

/**
 * struct oc_read_response
 * @nrows:  how many pairs of a rowid (int64_t) and a row follow
 * @flags:  OC_READ_END
 */
struct oc_read_response {
	uint32_t nrows;
	uint32_t flags;
};

#define OC_READ_END		0x0001u		/* no row lies behind these */

/**
 * struct oc_sql_request - one SQL statement; its first batch of rows comes back
 * @text_length: bytes of the statement, >= 1; no NUL is needed
 * @flags:       zero
 * @nvalues:     zero (room for parameters, as values behind the text)
 * @reserved:    zero
 *
 * Then the text, padded to 8. A session has one statement at a time: this ends the
 * one before.
 */
struct oc_sql_request {
	uint32_t text_length;
	uint32_t flags;
	uint32_t nvalues;
	uint32_t reserved;
};

/**
 * struct oc_sql_next_request - the next batch of rows
 * @statement: what the batch before said
 * @reserved:  zero
 */
struct oc_sql_next_request {
	uint32_t statement;
	uint32_t reserved;
};

/**
 * struct oc_sql_response - a batch of rows: @nrows times @ncolumns values
 * @statement: more may come, by this number; 0: this was the last batch
 * @ncolumns:  values of a row; the same in each batch
 * @nrows:     0 only in a last batch
 * @flags:     zero
 */
struct oc_sql_response {
	uint32_t statement;
	uint32_t ncolumns;
	uint32_t nrows;
	uint32_t flags;
};

enum oc_sql_type {
	OC_SQL_NULL = 0,	/* no bytes */
	OC_SQL_INTEGER = 1,	/* int64_t */
	OC_SQL_REAL = 2,	/* IEEE 754 double */
	OC_SQL_TEXT = 3,	/* UTF-8, as long as the programs that wrote it kept to that */
	OC_SQL_BLOB = 4,
};

/**
 * struct oc_sql_value - one value of a row; its bytes follow, padded to 8
 * @type:   enum oc_sql_type
 * @length: of those bytes, without the padding
 */
struct oc_sql_value {
	uint32_t type;
	uint32_t length;
};

static inline uint32_t oc_pad8(uint32_t n)
{
	return (n + 7u) & ~7u;
}

#ifndef __cplusplus
#define OC_WIRE_ASSERT(type, field, offset) \
	_Static_assert(offsetof(struct type, field) == (offset), #type "." #field)
#define OC_WIRE_ASSERT_SIZE(type, size) \
	_Static_assert(sizeof(struct type) == (size), #type)

OC_WIRE_ASSERT(oc_msg, op, 4);
OC_WIRE_ASSERT(oc_msg, flags, 6);
OC_WIRE_ASSERT(oc_msg, session, 8);
OC_WIRE_ASSERT(oc_msg, sequence, 12);
OC_WIRE_ASSERT(oc_msg, status, 16);
OC_WIRE_ASSERT_SIZE(oc_msg, 24);
OC_WIRE_ASSERT(oc_error_body, text_length, 12);
OC_WIRE_ASSERT_SIZE(oc_error_body, 16);
OC_WIRE_ASSERT(oc_login_request, max_packet, 8);
OC_WIRE_ASSERT(oc_login_request, client_id, 16);
OC_WIRE_ASSERT_SIZE(oc_login_request, 24);
OC_WIRE_ASSERT(oc_login_response, max_packet, 4);
OC_WIRE_ASSERT_SIZE(oc_login_response, 16);
OC_WIRE_ASSERT_SIZE(oc_open_request, 8);
OC_WIRE_ASSERT(oc_open_table, row_size, 8);
OC_WIRE_ASSERT(oc_open_table, ncolumns, 12);
OC_WIRE_ASSERT_SIZE(oc_open_table, 16);
OC_WIRE_ASSERT_SIZE(oc_start_update_request, 8);
OC_WIRE_ASSERT_SIZE(oc_end_request, 8);
OC_WIRE_ASSERT(oc_change, table, 4);
OC_WIRE_ASSERT(oc_change, rowid, 8);
OC_WIRE_ASSERT_SIZE(oc_change, 16);
OC_WIRE_ASSERT(oc_get_request, rowid, 8);
OC_WIRE_ASSERT_SIZE(oc_get_request, 16);
OC_WIRE_ASSERT(oc_read_request, after, 8);
OC_WIRE_ASSERT_SIZE(oc_read_request, 16);
OC_WIRE_ASSERT_SIZE(oc_read_response, 8);
OC_WIRE_ASSERT(oc_sql_request, nvalues, 8);
OC_WIRE_ASSERT_SIZE(oc_sql_request, 16);
OC_WIRE_ASSERT_SIZE(oc_sql_next_request, 8);
OC_WIRE_ASSERT(oc_sql_response, nrows, 8);
OC_WIRE_ASSERT_SIZE(oc_sql_response, 16);
OC_WIRE_ASSERT_SIZE(oc_sql_value, 8);

#undef OC_WIRE_ASSERT
#undef OC_WIRE_ASSERT_SIZE
#endif

#endif /* OC_WIRE_H */
