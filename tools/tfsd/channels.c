// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * channels.c: opening and closing all channels
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channels.h"

#define MEMORY_FILE_MODE	0660

static int make_memory_file(const struct config *config)
{
	unsigned int last = 0;
	int status;

	for (unsigned int i = 0; i < config->channels.count; i++)
		if (config->channels.number[i] > last)
			last = config->channels.number[i];
	status = oc_region_create(config->file, last + 1, config->stride, MEMORY_FILE_MODE);
	if (status == OC_EREGION)
		log_error("%s: %s", config->file, strerror(errno));
	else if (status != OC_OK)
		log_error("%s: %s", config->file, oc_status_text(status));
	return status;
}

static uint32_t first_session(void)
{
	uint32_t random[4];

	oc_uuid_generate(random);
	return random[0] | 1;
}

static int open_all(struct channels *channels, const struct config *config)
{
	for (unsigned int i = 0; i < config->channels.count; i++) {
		struct channel *channel = &channels->list[i];
		int status;

		channel_init(channel, config->channels.number[i], config, NULL,
			     &channels->next_session);
		status = channel_open(channel);
		if (status != OC_OK)
			return status;
		channels->count++;
	}
	return OC_OK;
}

int channels_open(struct channels *channels, const struct config *config)
{
	unsigned int n = config->channels.count;
	int status;

	*channels = (struct channels){ .next_session = first_session() };
	if (config->file) {
		status = make_memory_file(config);
		if (status != OC_OK)
			return status;
	}
	channels->list = calloc(n, sizeof(channels->list[0]));
	if (!channels->list) {
		log_error("%u channels: %s", n, oc_status_text(OC_ENOMEM));
		return OC_ENOMEM;
	}
	status = open_all(channels, config);
	if (status != OC_OK)
		channels_close(channels);
	return status;
}

void channels_close(struct channels *channels)
{
	while (channels->count > 0)
		channel_close(&channels->list[--channels->count]);
	free(channels->list);
	channels->list = NULL;
}
