// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * database.c: the databases that tfsd serves
 */
#include <stdlib.h>
#include <string.h>

#include <oc/status.h>

#include "database.h"
#include "log.h"

static int database_open(struct database *database, const struct store_config *config, int wake_fd)
{
	struct store_error error = { .text = "" };
	int status = store_open(&database->store, config, wake_fd, &error);

	if (status != OC_OK) {
		log_error("database %s: %s", config->name,
			  error.text[0] ? error.text : oc_status_text(status));
		return status;
	}
	database->name = config->name;
	database->locks = locks_new(store_schema(database->store)->ntables);
	if (!database->locks) {
		store_close(database->store);
		database->store = NULL;
		return OC_ENOMEM;
	}
	log_info("database %s: %s, %u tables", config->name, config->file,
		 store_schema(database->store)->ntables);
	return OC_OK;
}

int databases_open(struct databases *databases, const struct config *config, int wake_fd)
{
	int status;

	databases->count = 0;
	databases->list = calloc(config->ndatabases, sizeof(databases->list[0]));
	if (!databases->list)
		return OC_ENOMEM;
	for (unsigned int i = 0; i < config->ndatabases; i++) {
		status = database_open(&databases->list[i], &config->databases[i].store, wake_fd);
		if (status != OC_OK) {
			databases_close(databases);
			return status;
		}
		databases->count++;
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
