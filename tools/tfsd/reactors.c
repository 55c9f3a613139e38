// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * reactors.c: starting, configuring and stopping the reactors
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "reactors.h"
#include "statement.h"

static bool all_ended(const struct reactors *reactors)
{
	for (unsigned int i = 0; i < reactors->count; i++)
		if (!reactor_has_ended(&reactors->list[i]))
			return false;
	return true;
}

static void stop(struct shutdown_part *part, enum shutdown_mode mode)
{
	struct reactors *reactors = container_of(part, struct reactors, part);

	loop_remove_look(reactors->shutdown->loop, &reactors->look);
	for (unsigned int i = 0; i < reactors->count; i++)
		reactor_stop(&reactors->list[i], mode);
}

/*
 * Sessions end before the connections that they use. Whoever waited for a job has seen by now
 * that it is over; its worker may be about to set the latch all the same, so the reactors
 * themselves are closed when the workers have ended.
 */
static bool has_stopped(struct shutdown_part *part)
{
	struct reactors *reactors = container_of(part, struct reactors, part);

	if (!all_ended(reactors))
		return false;
	for (unsigned int i = 0; i < reactors->count; i++) {
		thread_join(&reactors->list[i].thread);
		reactors->failed |= reactors->list[i].failed;
	}
	channels_close(reactors->channels);
	return true;
}

/* None ends of itself but one that cannot go on. The others are stopped, then. */
static void look_for_failures(struct loop_look *look)
{
	struct reactors *reactors = container_of(look, struct reactors, look);

	for (unsigned int i = 0; i < reactors->count; i++) {
		if (!thread_has_ended(&reactors->list[i].thread))
			continue;
		log_error("%s has ended", reactors->list[i].thread.name);
		shutdown_begin(reactors->shutdown, SHUTDOWN_FAST);
		return;
	}
}

static int open_one(struct reactors *reactors, const struct config *config,
		    const struct databases *databases, struct oc_proc_barrier *barrier)
{
	struct reactor *reactor = &reactors->list[reactors->count];
	int status = reactor_init(reactor, reactors->count, config->channels.count, barrier,
				  &reactors->shutdown->loop->latch);

	if (status != OC_OK) {
		log_error("reactor %u: %s", reactors->count, strerror(errno));
		return status;
	}
	if (config->reactor_cpus.count)
		reactor->thread.cpu = config->reactor_cpus.number[reactors->count %
								  config->reactor_cpus.count];
	reactor->thread.priority = (int)config->reactor_priority;
	status = databases_connect(&reactor->conns, databases, &reactor->thread.latch);
	if (status == OC_OK)
		reactors->count++;
	else
		reactor_close(reactor);
	return status;
}

static int give(struct reactors *reactors, unsigned int to, struct channel *channel)
{
	struct reactor *reactor = &reactors->list[to];

	if (reactor_add(reactor, channel) != OC_OK) {
		log_error("channel %u: %s", channel->number, strerror(errno));
		return OC_ESYSTEM;
	}
	channel_set_statements(channel, reactors->statements, &reactor->thread.latch);
	return OC_OK;
}

/* Those that say nothing go around. */
static int divide(struct reactors *reactors, const struct config *config,
		  struct channels *channels)
{
	unsigned int next = 0;
	int status = OC_OK;

	for (unsigned int i = 0; status == OC_OK && i < channels->count; i++) {
		struct channel *channel = &channels->list[i];
		uint32_t reactor = config_channel(config, channel->number).reactor;

		status = give(reactors, reactor == CONFIG_REACTOR_AUTO ?
			      next++ % reactors->count : reactor - 1, channel);
	}
	return status;
}

int reactors_open(struct reactors *reactors, const struct config *config,
		  struct channels *channels, const struct databases *databases,
		  struct statements *statements, struct oc_proc_barrier *barrier,
		  struct shutdown *shutdown)
{
	int status = OC_OK;

	*reactors = (struct reactors){
		.part = { .stop = stop, .has_stopped = has_stopped },
		.look = { .look = look_for_failures },
		.channels = channels,
		.statements = statements,
		.shutdown = shutdown,
		.list = calloc(config->reactors, sizeof(reactors->list[0])),
	};
	if (!reactors->list) {
		log_error("reactors: %s", oc_status_text(OC_ENOMEM));
		return OC_ENOMEM;
	}
	while (status == OC_OK && reactors->count < config->reactors)
		status = open_one(reactors, config, databases, barrier);
	if (status == OC_OK)
		status = divide(reactors, config, channels);
	if (status == OC_OK)
		reactors_configure(reactors, config);
	else
		reactors_close(reactors);
	return status;
}

int reactors_start(struct reactors *reactors)
{
	loop_add_look(reactors->shutdown->loop, &reactors->look);
	for (unsigned int i = 0; i < reactors->count; i++) {
		struct reactor *reactor = &reactors->list[i];

		if (reactor_start(reactor) == OC_OK)
			continue;
		log_error("%s: cpu %d, priority %d: %s", reactor->thread.name, reactor->thread.cpu,
			  reactor->thread.priority, strerror(errno));
		return OC_ESYSTEM;
	}
	return OC_OK;
}

void reactors_configure(struct reactors *reactors, const struct config *config)
{
	for (unsigned int i = 0; i < reactors->count; i++)
		reactor_configure(&reactors->list[i], config);
}

void reactors_close(struct reactors *reactors)
{
	while (reactors->count > 0) {
		struct reactor *reactor = &reactors->list[--reactors->count];

		databases_disconnect(&reactor->conns);
		reactor_close(reactor);
	}
	free(reactors->list);
	reactors->list = NULL;
}
