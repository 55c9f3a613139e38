// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hashes, layouts and types. The vectors were computed by another program from the
 * definition in PROTOCOL.md; a client's header and a server stand or fall with them.
 */
#include <stdlib.h>

#include "../../tools/schema/schema.h"
#include "unit.h"

static void test_fnv(void **state)
{
	(void)state;
	assert_true(schema_fnv32("") == 0x811c9dc5);
	assert_true(schema_fnv32("foobar") == 0xbf9cf968);
	assert_true(schema_fnv64(SCHEMA_FNV64_BASIS, "a") == 0xaf63dc4c8601ec8c);
	assert_true(schema_fnv64(SCHEMA_FNV64_BASIS, "foobar") == 0x85944171f73967e8);
	/* in pieces */
	assert_true(schema_fnv64(schema_fnv64(SCHEMA_FNV64_BASIS, "foo"), "bar") ==
		    0x85944171f73967e8);
}

#define TABLE(name_, columns_) { \
	.def = { .name = name_, .columns = columns_, \
		 .ncolumns = sizeof(columns_) / sizeof(*columns_) }, \
	.columns = columns_, \
}

static void test_every_type(void **state)
{
	struct oc_column columns[] = {
		{ .name = "a", .type = OC_TYPE_SMALLINT, .has_value = OC_NOT_NULL },
		{ .name = "b", .type = OC_TYPE_INT },
		{ .name = "c", .type = OC_TYPE_BIGINT, .has_value = OC_NOT_NULL },
		{ .name = "d", .type = OC_TYPE_FLOAT },
		{ .name = "e", .type = OC_TYPE_REAL },
		{ .name = "f", .type = OC_TYPE_VARCHAR, .max_length = 5 },
		{ .name = "g", .type = OC_TYPE_BLOB, .max_length = 32767,
		  .has_value = OC_NOT_NULL },
	};
	static const uint32_t hashes[] = {
		0xa20df104, 0xd775597d, 0xde7c5559, 0x4bdd27f6, 0x8dabd261, 0x207434c3, 0x7a01e0b3,
	};
	struct schema_table table = TABLE("t", columns);

	(void)state;
	schema_hash(&table);
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		assert_int_equal(columns[i].hash, hashes[i]);
	assert_true(table.def.hash == 0xa8195c8fdcd805a3);
}

static void test_weather(void **state)
{
	struct schema *schema;
	const struct oc_table *table;

	(void)state;
	assert_status(schema_load(&schema, "tests/data/weather.sql", stderr), OC_OK);
	assert_int_equal(schema->ntables, 1);
	table = &schema->tables[0].def;
	assert_string_equal(table->name, "weather");
	assert_string_equal(schema->tables[0].rowid, "id");
	assert_true(table->hash == 0x9dfbf5fc5d2ed18c);
	assert_int_equal(table->row_size, 72);
	assert_int_equal(table->ncolumns, 6);
	assert_int_equal(table->columns[0].hash, 0xe10e1b54);
	assert_int_equal(table->columns[5].hash, 0x230db8e4);
	schema_free(schema);
}

/* The hash knows names, types, lengths, NOT NULL and the order, and nothing else. */
static void test_what_the_hash_knows(void **state)
{
	struct oc_column columns[] = {
		{ .name = "a", .type = OC_TYPE_VARCHAR, .max_length = 5 },
		{ .name = "b", .type = OC_TYPE_INT },
	};
	struct oc_column swapped[] = { columns[1], columns[0] };
	struct schema_table table = TABLE("t", columns), other = TABLE("t", swapped);
	uint64_t before;

	(void)state;
	schema_hash(&table);
	schema_hash(&other);
	before = table.def.hash;
	assert_true(other.def.hash != before);
	assert_int_equal(swapped[0].hash, columns[1].hash);
	columns[0].max_length = 6;
	schema_hash(&table);
	assert_true(table.def.hash != before);
	columns[0].max_length = 5;
	columns[1].has_value = OC_NOT_NULL;
	schema_hash(&table);
	assert_true(table.def.hash != before);
	columns[1].has_value = 4;
	columns[1].offset = 44;
	schema_hash(&table);
	assert_true(table.def.hash == before);
	table.def.name = "u";
	schema_hash(&table);
	assert_true(table.def.hash != before);
}

/* Offsets by hand; that compilers agree is check-compile.sh's test. */
static void test_layout(void **state)
{
	struct oc_column columns[] = {
		{ .name = "a", .type = OC_TYPE_SMALLINT },			/* 0; 2 */
		{ .name = "b", .type = OC_TYPE_BLOB, .max_length = 1 },		/* 4; 6..8 */
		{ .name = "c", .type = OC_TYPE_BIGINT },			/* 9; 16 */
		{ .name = "d", .type = OC_TYPE_FLOAT, .has_value = OC_NOT_NULL }, /* 24 */
		{ .name = "e", .type = OC_TYPE_VARCHAR, .max_length = 2,
		  .has_value = OC_NOT_NULL },					/* 28..31 */
		{ .name = "f", .type = OC_TYPE_INT },				/* 32; 36 */
		{ .name = "g", .type = OC_TYPE_REAL },				/* 40; 48 */
		{ .name = "h", .type = OC_TYPE_SMALLINT, .has_value = OC_NOT_NULL }, /* 56 */
	};
	static const uint16_t offsets[] = { 2, 6, 16, 24, 28, 36, 48, 56 };
	static const uint16_t has_values[] = {
		0, 4, 9, OC_NOT_NULL, OC_NOT_NULL, 32, 40, OC_NOT_NULL,
	};
	struct schema_table table = TABLE("t", columns);

	(void)state;
	assert_true(schema_layout(&table));
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_int_equal(columns[i].offset, offsets[i]);
		assert_int_equal(columns[i].has_value, has_values[i]);
	}
	assert_int_equal(table.def.row_size, 64);
}

static void test_largest_row(void **state)
{
	struct oc_column columns[] = {
		{ .name = "a", .type = OC_TYPE_BLOB, .max_length = 32764,
		  .has_value = OC_NOT_NULL },
		{ .name = "b", .type = OC_TYPE_SMALLINT, .has_value = OC_NOT_NULL },
	};
	struct schema_table table = TABLE("t", columns);

	(void)state;
	assert_true(schema_layout(&table));
	assert_int_equal(table.def.row_size, OC_ROW_MAX);
	columns[0].max_length++;
	assert_false(schema_layout(&table));
}

/* 256 long columns: the sum must not wrap to something that fits. */
static void test_layout_does_not_wrap(void **state)
{
	struct oc_column columns[256];
	struct schema_table table = TABLE("t", columns);

	(void)state;
	for (size_t i = 0; i < 256; i++)
		columns[i] = (struct oc_column){ .name = "a", .type = OC_TYPE_BLOB,
						 .max_length = 32766 };
	assert_false(schema_layout(&table));
}

static void test_types(void **state)
{
	static const struct {
		const char *declared;
		uint8_t type;
		uint16_t length;
	} good[] = {
		{ "SMALLINT", OC_TYPE_SMALLINT, 0 }, { "smallint", OC_TYPE_SMALLINT, 0 },
		{ "INT", OC_TYPE_INT, 0 }, { "Integer", OC_TYPE_BIGINT, 0 },
		{ "BIGINT", OC_TYPE_BIGINT, 0 }, { "FLOAT", OC_TYPE_FLOAT, 0 },
		{ "REAL", OC_TYPE_REAL, 0 }, { "VARCHAR(1)", OC_TYPE_VARCHAR, 1 },
		{ "varchar ( 32767 )", OC_TYPE_VARCHAR, 32767 }, { "BLOB(7)", OC_TYPE_BLOB, 7 },
	};
	static const char *const bad[] = {
		"", "TEXT", "VARCHAR", "BLOB", "VARCHAR()", "VARCHAR(0)", "VARCHAR(32768)",
		"VARCHAR(-1)", "VARCHAR(+1)", "VARCHAR(1,2)", "VARCHAR(99999999999999999999)",
		"VARCHAR(1", "VARCHAR(1)x", "INT(4)", "REAL(2)", "UNSIGNED BIG INT", "INT2",
		"DOUBLE", "NUMERIC(10,5)", "BLOB(7)(8)", "SMALLINT UNSIGNED", "(5)",
	};
	struct oc_column column;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&column, 0xa5, sizeof(column));
		assert_null(schema_parse_type(&column, good[i].declared));
		assert_int_equal(column.type, good[i].type);
		assert_int_equal(column.max_length, good[i].length);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(schema_parse_type(&column, bad[i]));
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"", "1a", "a b", "a-b", "a.b", "\xc3\xa4", "a\"b", "a'b", "a\n",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl",
	};
	char name[80] = "Temp_Max_2";
	char longest[80] = "Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";

	(void)state;
	assert_true(schema_fold_name(name));
	assert_string_equal(name, "temp_max_2");
	assert_int_equal(strlen(longest), OC_NAME_MAX);
	assert_true(schema_fold_name(longest));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(name, bad[i]);
		assert_false(schema_fold_name(name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fnv),
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_weather),
		cmocka_unit_test(test_what_the_hash_knows),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_largest_row),
		cmocka_unit_test(test_layout_does_not_wrap),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
