// SPDX-License-Identifier: MIT
/* server_sleep.c: saying that the server blocks, so that it is rung. PROTOCOL.md, section 6 */
#include "server_priv.h"

void oc_server_sleep(struct oc_server *sv)
{
	sv->flags |= OC_SW_SLEEPING;
	oc_server_write_word(sv);
	/*
	 * sleep:FULL. Pairs with the client's ring:FULL, between its news and its look at
	 * SLEEPING: either the caller's second look sees the news, or the client rings.
	 */
	oc_full();
}

/* Nothing depends on when this is seen: at worst somebody rings in vain. */
void oc_server_awake(struct oc_server *sv)
{
	if (!(sv->flags & OC_SW_SLEEPING))
		return;
	sv->flags &= ~OC_SW_SLEEPING;
	oc_server_write_word(sv);
}

bool oc_server_client_is_silent(const struct oc_server *sv)
{
	uint32_t cw = oc_load(&sv->k_header->client_word);

	return sv->flags & OC_SW_GRANTED &&
	       (oc_cw_tag(cw) != sv->epoch || !(cw & OC_CW_CAN_RING));
}
