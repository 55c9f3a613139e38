// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * channel_open.c: a channel's memory, bell and server
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"

static int make_uri(const struct channel *channel, struct oc_uri *uri)
{
	const struct config *config = channel->config;

	*uri = (struct oc_uri){ .channel = channel->number, .stride = config->stride };
	if (config->file && strlen(config->file) >= sizeof(uri->file))
		return OC_EURI;
	if (config->file)
		strcpy(uri->file, config->file);
	return OC_OK;
}

static int open_region(struct channel *channel, const struct oc_uri *uri)
{
	int status = oc_region_open_server(&channel->region, uri);

	if (status == OC_EREGION)
		channel_log(channel, LOG_LEVEL_ERROR, "%s: %s", oc_status_text(status),
			    strerror(errno));
	else if (status != OC_OK)
		channel_log(channel, LOG_LEVEL_ERROR, "%s", oc_status_text(status));
	return status;
}

void channel_configure(struct channel *channel, const struct config *config)
{
	channel->config = config;
	channel->wait = config_channel(config, channel->number).wait;
}

void channel_init(struct channel *channel, unsigned int number, const struct config *config,
		  const struct database_conns *databases, uint32_t *next_session)
{
	*channel = (struct channel) {
		.number = number,
		.databases = databases,
		.next_session = next_session,
		.region = { .fd = -1 },
		.bell = { .fd = -1, .other = -1 },
	};
	channel_configure(channel, config);
	channel->doorbell = config_channel(config, number).doorbell;
	oc_port_linux(&channel->port, NULL);	/* a server never waits: its reactor does */
}

void channel_set_statements(struct channel *channel, struct statements *statements,
			    struct oc_latch *latch)
{
	channel->statements = statements;
	channel->latch = latch;
}

int channel_start(struct channel *channel, void *base, const uint32_t random[4])
{
	uint32_t size = channel->config->max_message;
	int status = OC_ENOMEM;

	channel->rx = calloc(1, size);
	channel->tx = calloc(1, size);
	if (channel->rx && channel->tx)
		status = oc_server_start(&channel->server, base, &channel->port, random,
					 channel->rx, size);
	if (status == OC_OK)
		return OC_OK;
	channel_log(channel, LOG_LEVEL_ERROR, "%s", oc_status_text(status));
	free(channel->tx);
	free(channel->rx);
	return status;
}

int channel_open(struct channel *channel)
{
	struct oc_uri uri;
	uint32_t random[4];
	int status = make_uri(channel, &uri);

	if (status == OC_OK)
		status = open_region(channel, &uri);
	if (status != OC_OK)
		return status;
	status = channel_open_bell(channel, &uri);
	if (status != OC_OK)
		goto close_region;
	oc_uuid_generate(random);
	status = channel_start(channel, channel->region.base, random);
	if (status == OC_OK)
		return OC_OK;
	oc_bell_close(&channel->bell);
close_region:
	oc_region_close(&channel->region);
	return status;
}
