/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store_ops.h: what a backend fills
 *
 * A backend's own structs begin with struct store and struct store_conn. The functions are those of
 * store.h; store.c has cleared *error and checked table numbers before it calls them.
 */
#ifndef TFSD_STORE_OPS_H
#define TFSD_STORE_OPS_H

#include "store.h"

struct store_ops {
	int (*close)(struct store *store);
	int (*connect)(struct store_conn **out, struct store *store, struct oc_latch *wake,
		       struct store_error *error);
	void (*disconnect)(struct store_conn *conn);
	int (*version)(struct store_conn *conn, uint32_t *version);
	int (*next_rowid)(struct store_conn *conn, uint32_t table, int64_t *rowid,
			  struct store_error *error);
	int (*commit)(struct store_conn *conn, struct store_changes *changes, uint32_t version,
		      uint64_t *ticket, struct store_error *error);
	void (*forget)(struct store_conn *conn);
	int (*durable)(struct store_conn *conn, uint64_t ticket);
	int (*get)(struct store_conn *conn, uint32_t table, int64_t rowid, void *row,
		   struct store_error *error);
	int (*read)(struct store_conn *conn, uint32_t table, int64_t after, uint32_t max_rows,
		    void *buffer, size_t size, uint32_t *nrows, bool *end,
		    struct store_error *error);
};

struct store {
	const struct store_ops *ops;
	const struct store_config *config;
	const struct schema *schema;
};

struct store_conn {
	struct store *store;
	bool (*stop)(void *ctx);	/* NULL: nobody watches */
	void *stop_ctx;
};

/* Asks whoever watches. */
bool store_stopped(const struct store_conn *conn);

/* OC_ECANCELLED. */
int store_stop(struct store_error *error);

/* Fills *error with a sentence and returns @status. */
int store_fail(struct store_error *error, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* store_sqlite.c */
int store_sqlite_open(struct store **out, const struct store_config *config,
		      struct store_error *error);

#endif /* TFSD_STORE_OPS_H */
