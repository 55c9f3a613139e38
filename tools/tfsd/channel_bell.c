// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * channel_bell.c: a channel's doorbell: who rings, who does not, and who has died
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/tfs_shm_poll.h>

#include "channel.h"

/* Nobody has the channel, and who comes may not ring: that need not be found at once. */
#define STRANGER_NS	(20 * 1000000)

int channel_open_bell(struct channel *channel, const struct oc_uri *uri)
{
	channel->bell = (struct oc_bell){ .fd = -1, .other = -1 };
	if (channel->doorbell == CONFIG_DOORBELL_NO)
		return OC_OK;
	if (oc_bell_open(&channel->bell, &channel->region, uri) == OC_OK) {
		channel->sleeper = (struct oc_sleeper){ .bell = &channel->bell };
		oc_port_linux_bell(&channel->port, &channel->sleeper);
		channel->rung = true;	/* who had the channel may have died before we came */
		return OC_OK;
	}
	if (channel->doorbell == CONFIG_DOORBELL_AUTO) {
		channel_log(channel, LOG_LEVEL_INFO, "no doorbell: %s", strerror(errno));
		return OC_OK;
	}
	channel_log(channel, LOG_LEVEL_ERROR, "doorbell = yes: %s", strerror(errno));
	return OC_ESYSTEM;
}

void channel_sleep(struct channel *channel)
{
	if (channel->bell.fd >= 0)
		oc_server_sleep(&channel->server);
}

void channel_awake(struct channel *channel)
{
	if (channel->bell.fd >= 0)
		oc_server_awake(&channel->server);
}

/* A file that another program has locked is asked about by time. All else sets the latch. */
static bool awaits_a_stranger(const struct channel *channel)
{
	return channel->request.state == REQUEST_RUN &&
	       channel->request.wait == ACTIVITY_FILE_LOCK;
}

int64_t channel_patience(const struct channel *channel, int64_t ns)
{
	if (channel->bell.fd < 0 || awaits_a_stranger(channel) ||
	    oc_server_client_is_silent(&channel->server))
		return ns;
	if (oc_server_granted(&channel->server) || channel->doorbell == CONFIG_DOORBELL_YES)
		return -1;
	return STRANGER_NS;
}

bool channel_take_ring(struct channel *channel)
{
	int taken = oc_bell_take(&channel->bell);

	if (taken >= 0) {
		channel->rung |= taken;
		return true;
	}
	channel_log(channel, LOG_LEVEL_ERROR, "its doorbell is gone: %s", strerror(errno));
	oc_server_awake(&channel->server);
	channel->bell.fd = -1;
	return false;
}

/* The driver knows of processes; a memory file's client is found by its successor. */
static bool has_no_client(const struct channel *channel)
{
	struct tfs_shm_poll_info info;

	return !channel->bell.fifo && !ioctl(channel->region.fd, TFS_SHM_POLL_GET_INFO, &info) &&
	       !(info.roles & 1u << TFS_SHM_POLL_ROLE_CLIENT);
}

/*
 * Nobody has the role, so what the dead client has stored came before we asked, and is
 * seen after it. A new one that takes the role now asks for an epoch that is over soon,
 * and asks again.
 */
enum oc_server_event channel_ask_death(struct channel *channel)
{
	channel->rung = false;
	if (channel->bell.fd < 0 || !has_no_client(channel))
		return OC_SERVER_IDLE;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return oc_server_died(&channel->server, channel->region.owner);
}
