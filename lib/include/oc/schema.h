/* SPDX-License-Identifier: MIT */
/*
 * oc/schema.h: what `tfs compile` says about a database's tables
 *
 * `tfs compile schema.sql` writes a C header with a row struct per table and the
 * constant tables below; firmware includes it and passes the struct oc_schema to
 * oc_db_open(). Nobody writes these by hand.
 *
 * A row struct holds the table's columns in their declared order, without the
 * INTEGER PRIMARY KEY column: that is the rowid, which the functions of oc/db.h
 * pass beside the row. Numbers are naturally aligned, padding is explicit, the
 * size is a multiple of 8, and the struct itself is aligned to 8.
 *
 *	SQL type	in the struct
 *	SMALLINT	int16_t c
 *	INT		int32_t c
 *	INTEGER, BIGINT	int64_t c
 *	FLOAT		float c
 *	REAL		double c
 *	VARCHAR(n)	uint16_t c_length; char c[n]	(bytes of UTF-8, no NUL added)
 *	BLOB(n)		uint16_t c_length; uint8_t c[n]
 *
 * A nullable column is preceded by uint8_t c_has_value: 0 means NULL. NaN is
 * stored as NULL, and refused where the column is NOT NULL; -0.0 as 0.0.
 */
#ifndef OC_SCHEMA_H
#define OC_SCHEMA_H

#include <stdint.h>

enum oc_type {
	OC_TYPE_SMALLINT = 1,
	OC_TYPE_INT = 2,
	OC_TYPE_BIGINT = 3,
	OC_TYPE_FLOAT = 4,
	OC_TYPE_REAL = 5,
	OC_TYPE_VARCHAR = 6,
	OC_TYPE_BLOB = 7,
};

#define OC_NOT_NULL		0xffffu

/**
 * struct oc_column - one column of a row struct
 * @name:       as declared, in lower case
 * @hash:       32-bit column hash (PROTOCOL.md, "Schema hash")
 * @offset:     of the value; for VARCHAR and BLOB, of its uint16_t length
 * @has_value:  offset of the uint8_t has_value, or OC_NOT_NULL
 * @max_length: n of VARCHAR(n) and BLOB(n), 1..32767; otherwise 0
 * @type:       enum oc_type
 */
struct oc_column {
	const char *name;
	uint32_t hash;
	uint16_t offset;
	uint16_t has_value;
	uint16_t max_length;
	uint8_t type;
	uint8_t reserved;
};

/**
 * struct oc_table - one table
 * @name:     in lower case
 * @hash:     64-bit schema hash
 * @row_size: sizeof its row struct
 * @ncolumns: entries of @columns
 */
struct oc_table {
	const char *name;
	const struct oc_column *columns;
	uint64_t hash;
	uint32_t row_size;
	uint16_t ncolumns;
	uint16_t reserved;
};

/**
 * struct oc_schema - the tables a client was compiled with
 * @tables:  a table's index here is its number in the functions of oc/db.h
 * @ntables: entries of @tables
 */
struct oc_schema {
	const struct oc_table *tables;
	uint32_t ntables;
};

#endif /* OC_SCHEMA_H */
