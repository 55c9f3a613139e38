// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * reload.c: reads, compares, publishes, waits, frees
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "notify.h"
#include "tfsd.h"

/* Lines that a step has left in @text, to the log and to who asked. */
static void refuse(struct reload *reload, const char *text)
{
	char *line, *rest = reload->why;

	snprintf(reload->why, sizeof(reload->why), "%s", text);
	log_error("configuration not reloaded, the old one stays:");
	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_error("%s", line);
	snprintf(reload->why, sizeof(reload->why), "%s", text);
}

/* The new one, which may take the place of the old one; or NULL, and @errors say why not. */
static struct config *read_next(const struct tfsd *tfsd, FILE *errors, FILE *changes)
{
	struct config *next = config_new(errors);

	if (!next) {
		fputs("no memory\n", errors);
		return NULL;
	}
	if (!options_read_config(&tfsd->options, next) &&
	    !config_compare(tfsd->config, next, changes))
		return next;
	config_free(next);
	return NULL;
}

/* The one step that can fail for a configuration that is right: it comes before the others. */
static int open_log(const struct config *next, FILE *errors)
{
	if (!log_open(next->log))
		return 0;
	fprintf(errors, "%s: %s\n", next->log, strerror(errno));
	return -1;
}

static void publish(struct tfsd *tfsd, struct config *next)
{
	struct reload *reload = &tfsd->reload;

	reload->old = tfsd->config;
	tfsd->config = next;
	log_set_level(options_log_level(&tfsd->options, next));
	shutdown_set_limit(&tfsd->shutdown, next->shutdown_ms * LOOP_MS);
	reactors_configure(&tfsd->reactors, next);
	backup_configure(&tfsd->backup, next);
	reload->generation = oc_proc_barrier_emit(&tfsd->barrier, BARRIER_CONFIG);
	oc_proc_barrier_watch(&tfsd->barrier, &reload->watch, &tfsd->loop.latch);
	loop_add_look(&tfsd->loop, &reload->look);
}

static void finish(struct reload *reload)
{
	struct tfsd *tfsd = reload->tfsd;

	loop_remove_look(&tfsd->loop, &reload->look);
	oc_proc_barrier_unwatch(&tfsd->barrier, &reload->watch);
	config_free(reload->old);
	reload->old = NULL;
}

static void on_look(struct loop_look *look)
{
	struct reload *reload = container_of(look, struct reload, look);

	if (!oc_proc_barrier_passed(&reload->tfsd->barrier, reload->generation))
		return;
	finish(reload);
	log_info("configuration reloaded");
	notify("READY=1");
	if (reload->again)
		reload_begin(reload);
}

/* Both texts are NULL if there was no memory for them. */
static int try_reload(struct reload *reload, FILE *errors, FILE *changes, char **changed)
{
	struct tfsd *tfsd = reload->tfsd;
	struct config *next = read_next(tfsd, errors, changes);

	if (!next)
		return -1;
	if (open_log(next, errors)) {
		config_free(next);
		return -1;
	}
	fflush(changes);
	log_info("configuration: %s", **changed ? *changed : "nothing has changed");
	next->errors = stderr;
	publish(tfsd, next);
	return 0;
}

static int reload_now(struct reload *reload)
{
	char *why = NULL, *changed = NULL;
	size_t why_size, changed_size;
	FILE *errors = open_memstream(&why, &why_size);
	FILE *changes = open_memstream(&changed, &changed_size);
	int failed = -1;

	if (errors && changes && !fflush(changes))
		failed = try_reload(reload, errors, changes, &changed);
	if (changes)
		fclose(changes);
	if (errors)
		fclose(errors);
	if (failed)
		refuse(reload, why && *why ? why : "no memory\n");
	free(changed);
	free(why);
	return failed;
}

int reload_begin(struct reload *reload)
{
	if (reload->old) {
		reload->again = true;
		return 0;
	}
	reload->again = false;
	reload->why[0] = '\0';
	notify_reloading();
	if (!reload_now(reload))
		return 0;
	notify("READY=1");
	return -1;
}

void reload_init(struct reload *reload, struct tfsd *tfsd)
{
	*reload = (struct reload){ .tfsd = tfsd, .look = { .look = on_look } };
}

void reload_end(struct reload *reload)
{
	if (reload->old)
		finish(reload);
}
