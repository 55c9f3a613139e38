// SPDX-License-Identifier: MIT
/*
 * channel_share.c: one channel object for several sessions, once its grant is lost
 *
 * Each session learns of the loss by its own next call, and comes here. The first one
 * attaches; the others must not, for a client that attaches takes the channel over
 * from whoever has it, and that is by then the first one.
 */
#include "channel_priv.h"
#include "mutex.h"

int oc_channel_attach_again(struct oc_channel *ch)
{
	const struct oc_port *port = ch->port;
	int status = OC_OK;

	if (!port)
		return OC_EDETACHED;
	oc_lock(port);
	if (!oc_channel_attached(ch))
		status = oc_channel_attach(ch, ch->k_header, port,
					   ch->uuid[TFS_SHM_POLL_UUID_OWNER], ch->timeout_ms);
	oc_unlock(port);
	return status;
}
