// SPDX-License-Identifier: GPL-2.0-only
/*
 * footprint_database.c: opens a database, inserts a row, reads all of them; linked to be
 * measured, never run
 */
#include <stddef.h>

#include <oc/db.h>

#define ROW	16

int main(void);

extern const struct oc_port board;
extern const struct oc_schema schema;
extern unsigned char region[];

static int store(struct oc_db *db, const void *row)
{
	const uint32_t tables[] = { 0 };
	int status = oc_db_start_update(db, tables, 1, NULL, 0);

	if (status == OC_OK && oc_db_insert(db, 0, row, ROW) < 0)
		return oc_db_rollback(db);
	return status == OC_OK ? oc_db_end(db) : status;
}

static void read_all(struct oc_db *db, void *row)
{
	struct oc_cursor cursor;

	if (oc_cursor_open(&cursor, db, 0) == OC_OK)
		while (oc_cursor_next(&cursor, row, ROW) > 0)
			;
	oc_db_get(db, 0, 1, row, ROW);
}

int main(void)
{
	static struct oc_channel ch;
	static struct oc_db db;
	static uint64_t mem[128], row[ROW / 8];
	int status = oc_channel_attach(&ch, region, &board, 1, 1000);

	if (status == OC_OK)
		status = oc_db_open(&db, &ch, "footprint", &schema, mem, sizeof(mem), 1);
	if (status == OC_OK)
		status = store(&db, row);
	read_all(&db, row);
	oc_db_close(&db);
	oc_channel_detach(&ch);
	return status;
}
