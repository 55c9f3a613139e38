// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs-shm-poll: a mailbox by which firmware and servers ring each other
 *
 * One for all channels of the device, each direction with a mailbox channel of its
 * own ("tx", "rx"), or one for both ("txrx"). What a message says does not matter:
 * that there is one is the ring.
 */
#include <linux/slab.h>

#include "tfs_shm_poll.h"
#include "tfs_shm_poll_mailbox.h"

/* Says nothing; not 0, as a message that is NULL is never reported as taken. */
#define TFS_MAILBOX_WORD	1

/* What a controller takes for a message. */
enum tfs_message {
	TFS_MESSAGE_WORD,	/* reads a u32 there, or nothing */
	TFS_MESSAGE_VALUE,	/* sends the pointer's value: never give it an address */
};

/*
 * Controllers differ in what they do with the pointer, so those that nobody has
 * looked at are refused. All of these report by themselves that a message was taken;
 * OMAP's and K3's does so for a mailbox with an interrupt of its own for that.
 */
static const struct of_device_id tfs_mailbox_controllers[] = {
	{ .compatible = "fsl,imx6sx-mu", .data = (void *)TFS_MESSAGE_WORD },
	{ .compatible = "fsl,imx7ulp-mu", .data = (void *)TFS_MESSAGE_WORD },
	{ .compatible = "fsl,imx8ulp-mu", .data = (void *)TFS_MESSAGE_WORD },
	{ .compatible = "st,stm32mp1-ipcc", .data = (void *)TFS_MESSAGE_WORD },
	{ .compatible = "ti,omap4-mailbox", .data = (void *)TFS_MESSAGE_VALUE },
	{ .compatible = "ti,am64-mailbox", .data = (void *)TFS_MESSAGE_VALUE },
	{ .compatible = "ti,am654-mailbox", .data = (void *)TFS_MESSAGE_VALUE },
	{ }
};

/* From any context. */
static void tfs_mailbox_received(struct mbox_client *client, void *message)
{
	struct tfs_device *td = container_of(client, struct tfs_mailbox, client)->td;

	tfs_bells_ring_servers(td, 0, td->region.channels);
}

bool tfs_mailbox_sends(const struct tfs_mailbox *box)
{
	return box && box->tx_index >= 0;
}

bool tfs_mailbox_receives(const struct tfs_mailbox *box)
{
	return box && box->rx_index >= 0;
}

/* Those that take values have a node for each mailbox, which mboxes refers to. */
static bool tfs_mailbox_is_silent(const struct of_phandle_args *spec, enum tfs_message kind)
{
	struct device_node *np;
	bool silent;

	if (kind != TFS_MESSAGE_VALUE || !spec->args_count)
		return false;
	np = of_find_node_by_phandle(spec->args[0]);
	silent = of_property_read_bool(np, "ti,mbox-send-noirq");
	of_node_put(np);
	return silent;
}

/* Returns a TFS_MESSAGE_*, or -errno. */
static int tfs_mailbox_message_kind(struct device *dev, const struct of_phandle_args *spec)
{
	const struct of_device_id *match = of_match_node(tfs_mailbox_controllers, spec->np);
	enum tfs_message kind;

	if (!match) {
		dev_err(dev, "mailbox controller %pOF: what it takes for a message is unknown\n",
			spec->np);
		return -EOPNOTSUPP;
	}
	kind = (uintptr_t)match->data;
	if (tfs_mailbox_is_silent(spec, kind)) {
		dev_err(dev, "mailbox controller %pOF: ti,mbox-send-noirq, so nothing tells that a message was taken\n",
			spec->np);
		return -EOPNOTSUPP;
	}
	return kind;
}

/* Sets the message for the controller of @tx, the index'th of mboxes. */
static int tfs_mailbox_choose_message(struct tfs_mailbox *box, int index)
{
	struct device *dev = box->client.dev;
	struct of_phandle_args spec;
	int ret;

	ret = of_parse_phandle_with_args(dev->of_node, "mboxes", "#mbox-cells", index, &spec);
	if (ret) {
		dev_err(dev, "mboxes has no entry for each of mbox-names\n");
		return ret;
	}
	ret = tfs_mailbox_message_kind(dev, &spec);
	of_node_put(spec.np);
	if (ret < 0)
		return ret;

	box->word = TFS_MAILBOX_WORD;
	box->message = &box->word;
	if (ret == TFS_MESSAGE_VALUE)
		box->message = (void *)TFS_MAILBOX_WORD;
	return 0;
}

/* Sets both to the mailbox channel of that name; they stay if there is none. */
static int tfs_mailbox_request(struct tfs_mailbox *box, const char *name,
			       struct mbox_chan **chan, int *chan_index)
{
	struct device *dev = box->client.dev;
	int index = of_property_match_string(dev->of_node, "mbox-names", name);
	struct mbox_chan *requested;
	int ret;

	if (index < 0)
		return 0;
	if (chan == &box->tx) {
		ret = tfs_mailbox_choose_message(box, index);
		if (ret)
			return ret;
	}
	requested = mbox_request_channel(&box->client, index);
	if (IS_ERR(requested))
		return dev_err_probe(dev, PTR_ERR(requested), "cannot get mailbox %s\n", name);
	*chan = requested;
	*chan_index = index;
	return 0;
}

static bool tfs_mailbox_has(struct device *dev, const char *name)
{
	return of_property_match_string(dev->of_node, "mbox-names", name) >= 0;
}

static int tfs_mailbox_check_names(struct device *dev)
{
	int known = tfs_mailbox_has(dev, "tx") + tfs_mailbox_has(dev, "rx");

	if (tfs_mailbox_has(dev, "txrx"))
		known = 1;
	if (known && known == of_property_count_strings(dev->of_node, "mbox-names"))
		return 0;
	dev_err(dev, "mbox-names is not one or both of tx and rx, or txrx alone\n");
	return -EINVAL;
}

static int tfs_mailbox_request_all(struct tfs_mailbox *box)
{
	int ret;

	ret = tfs_mailbox_check_names(box->client.dev);
	if (ret)
		return ret;
	ret = tfs_mailbox_request(box, "txrx", &box->tx, &box->tx_index);
	if (ret)
		return ret;
	box->rx = box->tx;
	box->rx_index = box->tx_index;
	ret = tfs_mailbox_request(box, "tx", &box->tx, &box->tx_index);
	if (ret)
		return ret;
	return tfs_mailbox_request(box, "rx", &box->rx, &box->rx_index);
}

/* On failure what was requested goes with tfs_mailbox_exit(). */
int tfs_mailbox_init(struct tfs_device *td, struct device *dev)
{
	struct tfs_mailbox *box;

	if (!of_find_property(dev->of_node, "mboxes", NULL))
		return 0;

	box = kzalloc(sizeof(*box), GFP_KERNEL);
	if (!box)
		return -ENOMEM;
	box->td = td;
	box->tx_index = -1;
	box->rx_index = -1;
	box->client.dev = dev;
	box->client.rx_callback = tfs_mailbox_received;
	tfs_mailbox_tx_init(box);
	td->mailbox = box;
	return tfs_mailbox_request_all(box);
}

/* Nobody rings any more: the device is dead. */
void tfs_mailbox_exit(struct tfs_device *td)
{
	struct tfs_mailbox *box = td->mailbox;

	if (!box)
		return;
	tfs_mailbox_tx_exit(box);
	if (box->rx && box->rx != box->tx)
		mbox_free_channel(box->rx);
	if (box->tx)
		mbox_free_channel(box->tx);
	kfree(box);
	td->mailbox = NULL;
}
