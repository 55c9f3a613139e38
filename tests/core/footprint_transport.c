// SPDX-License-Identifier: GPL-2.0-only
/*
 * footprint_transport.c: the least that uses a channel; linked to be measured, never run
 */
#include <oc/channel.h>

_Static_assert(sizeof(struct oc_channel) <= 128, "RAM of a channel on a Cortex-M");

int main(void);

extern const struct oc_port board;
extern unsigned char region[];

int main(void)
{
	static struct oc_channel ch;
	static struct oc_msg request = { .length = sizeof(request), .op = OC_OP_PING };
	static struct oc_msg response;
	int status = oc_channel_attach(&ch, region, &board, 1, 1000);

	if (status == OC_OK)
		status = oc_channel_call(&ch, &request, &response, sizeof(response));
	oc_channel_detach(&ch);
	return status;
}
