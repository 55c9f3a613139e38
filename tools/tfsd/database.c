// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * database.c: the databases that tfsd serves
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <oc/status.h>

#include "database.h"
#include "log.h"

/* Its locks and its writer token are worth nothing if another store has the file too. */
static int check_alone(const struct databases *databases, struct database *database,
		       const struct store_config *config)
{
	struct stat st;

	if (stat(config->file, &st)) {
		log_error("database %s: %s: %s", config->name, config->file, strerror(errno));
		return OC_ESTORE;
	}
	database->device = st.st_dev;
	database->inode = st.st_ino;
	for (unsigned int i = 0; i < databases->count; i++) {
		const struct database *other = &databases->list[i];

		if (other->device != st.st_dev || other->inode != st.st_ino)
			continue;
		log_error("database %s: %s is the file of database %s; each needs its own",
			  config->name, config->file, other->name);
		return OC_EINVAL;
	}
	return OC_OK;
}

/* What a call of the store has failed with. */
static void log_failure(const char *name, int status, const struct store_error *error)
{
	log_error("database %s: %s", name, error->text[0] ? error->text : oc_status_text(status));
}

static int database_open(struct databases *databases, const struct store_config *config)
{
	struct database *database = &databases->list[databases->count];
	struct store_error error = { .text = "" };
	int status = store_open(&database->store, config, &error);

	if (status != OC_OK) {
		log_failure(config->name, status, &error);
		return status;
	}
	database->name = store_config(database->store)->name;
	status = check_alone(databases, database, config);
	if (status != OC_OK)
		goto close_store;
	database->locks = locks_new(store_schema(database->store)->ntables);
	if (!database->locks) {
		status = OC_ENOMEM;
		log_error("database %s: %s", config->name, oc_status_text(status));
		goto close_store;
	}
	databases->count++;
	log_info("database %s: %s, %u tables", config->name, config->file,
		 store_schema(database->store)->ntables);
	return OC_OK;

close_store:
	store_close(database->store);
	return status;
}

int databases_open(struct databases *databases, const struct config *config)
{
	int status;

	databases->count = 0;
	databases->list = calloc(config->ndatabases, sizeof(databases->list[0]));
	if (!databases->list) {
		log_error("databases: %s", oc_status_text(OC_ENOMEM));
		return OC_ENOMEM;
	}
	for (unsigned int i = 0; i < config->ndatabases; i++) {
		status = database_open(databases, &config->databases[i].store);
		if (status != OC_OK) {
			databases_close(databases);
			return status;
		}
	}
	return OC_OK;
}

int databases_close(struct databases *databases)
{
	int result = OC_OK;

	for (unsigned int i = databases->count; i-- > 0;) {
		int status = store_close(databases->list[i].store);

		if (status != OC_OK)
			log_error("database %s: closing it: %s", databases->list[i].name,
				  oc_status_text(status));
		if (result == OC_OK)
			result = status;
		locks_free(databases->list[i].locks);
	}
	free(databases->list);
	databases->list = NULL;
	databases->count = 0;
	return result;
}

struct database *databases_find(const struct databases *databases, const char *name,
				size_t length)
{
	for (unsigned int i = 0; i < databases->count; i++)
		if (strlen(databases->list[i].name) == length &&
		    !memcmp(databases->list[i].name, name, length))
			return &databases->list[i];
	return NULL;
}

int databases_connect(struct database_conns *conns, const struct databases *databases,
		      struct oc_latch *wake)
{
	struct store_error error = { .text = "" };
	int status = OC_OK;

	conns->databases = databases;
	conns->list = calloc(databases->count, sizeof(conns->list[0]));
	if (!conns->list) {
		log_error("databases: %s", oc_status_text(OC_ENOMEM));
		return OC_ENOMEM;
	}
	for (unsigned int i = 0; status == OC_OK && i < databases->count; i++) {
		status = store_connect(&conns->list[i], databases->list[i].store, wake, &error);
		if (status != OC_OK)
			log_failure(databases->list[i].name, status, &error);
	}
	if (status != OC_OK)
		databases_disconnect(conns);
	return status;
}

void databases_disconnect(struct database_conns *conns)
{
	for (unsigned int i = 0; conns->list && i < conns->databases->count; i++)
		if (conns->list[i])
			store_disconnect(conns->list[i]);
	free(conns->list);
	conns->list = NULL;
}
