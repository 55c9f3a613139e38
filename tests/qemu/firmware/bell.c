// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firmware's side of the doorbell: it looks at the channel only when it was rung,
 * answers what it finds, and rings.
 */
#include <stdbool.h>

#include "../../../lib/core/barrier.h"
#include "../modules/tfs_mail.h"
#include "bell.h"
#include "mps2.h"
#include "semihost.h"

#include <linux/tfs_shm_poll.h>

#define TX		0	/* as the overlay has them, named for Linux */
#define RX		1
#define MESSAGE		1u	/* what the driver says, which is nothing */
#define BOOT_US		80000000u

static volatile struct tfs_mail *mailbox(int channel)
{
	return (volatile struct tfs_mail *)(mps2_shared_memory + TFS_MAIL_OFFSET) + channel;
}

static volatile struct bell_words *words(void)
{
	return (volatile void *)(mps2_shared_memory + TFS_SHM_POLL_HEADER_SIZE);
}

/* Takes a message first and looks then: what comes after is another message. */
static bool take_message(void)
{
	uint32_t start = mps2_time_us(), sent;

	do {
		if (mps2_time_us() - start > BOOT_US)
			return false;
		sent = mailbox(TX)->sent;
	} while (sent == mailbox(TX)->taken);
	oc_acquire();
	if (mailbox(TX)->message != MESSAGE)
		return false;
	mailbox(TX)->taken = sent;
	oc_full();
	return true;
}

static void answer(uint32_t ask)
{
	words()->answer = ~ask;
	oc_full();
	mailbox(RX)->rung = mailbox(RX)->rung + 1;
}

int main(void)
{
	uint32_t answered = 0, messages = 0, ask;

	while (answered != BELL_ROUNDS) {
		if (!take_message()) {
			semihost_write("firmware: no message, or a wrong one\n");
			return 1;
		}
		messages++;
		ask = words()->ask;
		if (ask == answered)
			continue;
		answer(ask);
		answered = ask;
	}
	semihost_write("firmware: answered, messages ");
	semihost_write_dec(messages);
	semihost_write("\n");
	return 0;
}
