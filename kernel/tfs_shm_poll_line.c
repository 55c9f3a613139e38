// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs-shm-poll: interrupts by which firmware rings servers
 *
 * One for all channels, or one for each. There is no register here to acknowledge
 * them with, so they must be edges: a level would never go away.
 *
 * Firmware is not trusted to ring sparingly. An interrupt masks itself, and is
 * armed when a server has read its bell: a storm costs two interrupts a read, the
 * second since the kernel masks in the controller only when one comes too many. What
 * comes meanwhile stays pending and is delivered then.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "tfs_shm_poll.h"

/*
 * Mask, say so, count, in this order. Whoever has read the count finds the
 * interrupt masked, and arms it; it is never enabled more often than disabled.
 */
static irqreturn_t tfs_line_interrupt(int irq, void *data)
{
	struct tfs_line *line = data;

	disable_irq_nosync(irq);
	atomic_set(&line->masked, 1);
	tfs_bells_ring_servers(line->td, line->first, line->channels);
	return IRQ_HANDLED;
}

/* A server of the channel has read its bell. May sleep. */
void tfs_line_arm(struct tfs_channel *chan)
{
	struct tfs_device *td = chan->td;
	struct tfs_line *line;

	lockdep_assert_held_read(&td->life);

	if (!td->line_count)
		return;
	line = &td->lines[td->line_count == 1 ? 0 : chan->index];
	if (atomic_xchg(&line->masked, 0))
		enable_irq(line->irq);
}

static int tfs_line_request(struct tfs_line *line, struct device *dev)
{
	u32 type = irq_get_trigger_type(line->irq);
	int ret;

	if (!(type & IRQ_TYPE_EDGE_BOTH) || type & IRQ_TYPE_LEVEL_MASK) {
		dev_err(dev, "interrupt of channel %u is not edge-triggered\n", line->first);
		return -EINVAL;
	}
	ret = request_irq(line->irq, tfs_line_interrupt, 0, dev_name(dev), line);
	if (ret)
		dev_err(dev, "cannot get the interrupt of channel %u\n", line->first);
	return ret;
}

static int tfs_lines_request(struct tfs_device *td, struct platform_device *pdev, u32 lines)
{
	u32 i;
	int ret;

	for (i = 0; i < lines; i++) {
		struct tfs_line *line = &td->lines[i];

		ret = platform_get_irq(pdev, i);
		if (ret < 0)
			return ret;
		line->td = td;
		line->irq = ret;
		line->first = i;
		line->channels = lines == 1 ? td->region.channels : 1;
		ret = tfs_line_request(line, &pdev->dev);
		if (ret)
			return ret;
		td->line_count++;
	}
	return 0;
}

/* On failure what was requested goes with tfs_lines_exit(). */
int tfs_lines_init(struct tfs_device *td, struct platform_device *pdev)
{
	struct device_node *np = pdev->dev.of_node;
	int lines = platform_irq_count(pdev);

	if (lines < 0)
		return lines;
	if (!lines && !of_find_property(np, "interrupts", NULL) &&
	    !of_find_property(np, "interrupts-extended", NULL))
		return 0;
	if (lines != 1 && lines != td->region.channels) {
		dev_err(&pdev->dev, "%d interrupts are neither 1 nor one for each of %u channels\n",
			lines, td->region.channels);
		return -EINVAL;
	}
	td->lines = kcalloc(lines, sizeof(*td->lines), GFP_KERNEL);
	if (!td->lines)
		return -ENOMEM;
	return tfs_lines_request(td, pdev, lines);
}

/* Nobody arms one any more: the device is dead. A handler may still run, until here. */
void tfs_lines_exit(struct tfs_device *td)
{
	while (td->line_count) {
		struct tfs_line *line = &td->lines[--td->line_count];

		free_irq(line->irq, line);
	}
	kfree(td->lines);
	td->lines = NULL;
}
