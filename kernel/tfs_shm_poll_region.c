// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs-shm-poll: the memory, from the devicetree to a checked and claimed region
 *
 * What a devicetree gets wrong about it is refused here, before anything is
 * written to the memory, each with a message of its own. What cannot be seen
 * from here is whether the range is free: of boot loader, secure firmware and
 * the peer's own code.
 */
#include <linux/ioport.h>
#include <linux/of.h>
#include <linux/of_reserved_mem.h>
#include <linux/sizes.h>

#include "tfs_shm_poll.h"

/* The reserved region that the node's memory-region names. */
static struct reserved_mem *tfs_region_lookup(struct device *dev)
{
	struct reserved_mem *rmem;
	struct device_node *np;
	bool no_map;

	np = of_parse_phandle(dev->of_node, "memory-region", 0);
	if (!np) {
		dev_err(dev, "no memory-region\n");
		return ERR_PTR(-ENOENT);
	}
	if (of_property_count_u32_elems(dev->of_node, "memory-region") != 1) {
		of_node_put(np);
		dev_err(dev, "memory-region is not one phandle\n");
		return ERR_PTR(-EINVAL);
	}
	no_map = of_property_read_bool(np, "no-map");
	rmem = of_reserved_mem_lookup(np);
	of_node_put(np);

	if (!rmem) {
		dev_err(dev, "memory-region is not below /reserved-memory\n");
		return ERR_PTR(-EINVAL);
	}
	if (!no_map) {
		dev_err(dev, "memory-region %s lacks no-map\n", rmem->name);
		return ERR_PTR(-EINVAL);
	}
	return rmem;
}

static int tfs_region_check(struct device *dev, const struct reserved_mem *rmem)
{
	if (!rmem->size || !PAGE_ALIGNED(rmem->base) || !PAGE_ALIGNED(rmem->size)) {
		dev_err(dev, "memory-region %s: %pa bytes at %pa, not whole pages of %#lx\n",
			rmem->name, &rmem->size, &rmem->base, PAGE_SIZE);
		return -EINVAL;
	}

	/*
	 * The lookup also finds a region whose reservation failed at boot,
	 * because it overlapped the kernel, say. Then the kernel uses that
	 * memory for itself.
	 */
	if (region_intersects(rmem->base, rmem->size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT) {
		dev_err(dev, "memory-region %s is not reserved, the kernel uses it\n",
			rmem->name);
		return -EADDRINUSE;
	}
	return 0;
}

/* Returns 0 also when the property is absent: *value stays what it is. */
static int tfs_read_u32(struct device *dev, const char *name, u32 *value)
{
	int len;

	if (!of_find_property(dev->of_node, name, &len))
		return 0;
	if (len != sizeof(*value)) {
		dev_err(dev, "%s is not one 32-bit number\n", name);
		return -EINVAL;
	}
	return of_property_read_u32(dev->of_node, name, value);
}

static int tfs_region_read_stride(struct device *dev, struct tfs_region *region)
{
	int ret;

	region->stride = TFS_SHM_POLL_DEFAULT_STRIDE;
	ret = tfs_read_u32(dev, "tfs,channel-stride", &region->stride);
	if (ret)
		return ret;

	if (!PAGE_ALIGNED(region->stride)) {
		dev_err(dev, "tfs,channel-stride %#x is not a multiple of the page size %#lx\n",
			region->stride, PAGE_SIZE);
		return -EINVAL;
	}
	if (region->stride < TFS_SHM_POLL_CHANNEL_SIZE) {
		dev_err(dev, "tfs,channel-stride %#x is less than a channel, %#x\n",
			region->stride, TFS_SHM_POLL_CHANNEL_SIZE);
		return -ERANGE;
	}
	return 0;
}

static int tfs_region_read_channels(struct device *dev, phys_addr_t size,
				    struct tfs_region *region)
{
	u64 fit = div_u64(size, region->stride);
	int ret;

	region->channels = min_t(u64, fit, U32_MAX);
	ret = tfs_read_u32(dev, "tfs,num-channels", &region->channels);
	if (ret)
		return ret;

	if (!fit || region->channels > fit) {
		dev_err(dev, "memory-region of %pa bytes has no room for %u channels of %#x\n",
			&size, max(region->channels, 1U), region->stride);
		return -ENOSPC;
	}
	if (!region->channels) {
		dev_err(dev, "tfs,num-channels is 0\n");
		return -EINVAL;
	}
	if (region->channels > TFS_MAX_CHANNELS) {
		dev_err(dev, "%u channels are more than %u, set tfs,num-channels\n",
			region->channels, TFS_MAX_CHANNELS);
		return -E2BIG;
	}
	return 0;
}

static void tfs_region_release(void *data)
{
	const struct resource *claim = data;

	release_mem_region(claim->start, resource_size(claim));
}

/*
 * The claim also keeps the region out of /dev/mem, whose mapping would be Device
 * memory beside ours: one location with two attributes. Exclusive, so that
 * STRICT_DEVMEM suffices. Mappings that were made before it are taken away with
 * IO_STRICT_DEVMEM only; iomem=relaxed allows everything.
 */
static int tfs_region_claim(struct device *dev, const struct reserved_mem *rmem)
{
	struct resource *claim;

	/* There is no devm_ variant of this one. */
	claim = request_mem_region_exclusive(rmem->base, rmem->size, dev_name(dev));
	if (!claim) {
		dev_err(dev, "memory-region %s belongs to another device\n", rmem->name);
		return -EBUSY;
	}
	return devm_add_action_or_reset(dev, tfs_region_release, claim);
}

/* With the attributes that userspace will get: again, one location, one kind. */
static int tfs_region_map(struct device *dev, const struct reserved_mem *rmem,
			  struct tfs_region *region)
{
	u64 bytes = (u64)region->channels * region->stride;
	unsigned long how = region->memory == TFS_SHM_POLL_MEMORY_WB ?
			    MEMREMAP_WB : MEMREMAP_WC;
	void *base;

	if (bytes != (size_t)bytes) {
		dev_err(dev, "%u channels are more than this kernel can map\n",
			region->channels);
		return -EFBIG;
	}

	base = devm_memremap(dev, rmem->base, bytes, how);
	if (IS_ERR(base)) {
		dev_err(dev, "cannot map memory-region %s\n", rmem->name);
		return PTR_ERR(base);
	}
	region->base = base;
	region->phys = rmem->base;
	return 0;
}

/*
 * Fills *region from the node of @dev. What it claims and maps goes with @dev's
 * other managed resources.
 */
int tfs_region_init(struct device *dev, struct tfs_region *region)
{
	struct reserved_mem *rmem;
	int ret;

	rmem = tfs_region_lookup(dev);
	if (IS_ERR(rmem))
		return PTR_ERR(rmem);
	ret = tfs_region_check(dev, rmem);
	if (ret)
		return ret;
	ret = tfs_region_read_stride(dev, region);
	if (ret)
		return ret;
	ret = tfs_region_read_channels(dev, rmem->size, region);
	if (ret)
		return ret;

	/*
	 * The property of this very node, not what it may inherit: a bus whose
	 * other masters are coherent says nothing about the peer's processor.
	 */
	region->memory = of_property_read_bool(dev->of_node, "dma-coherent") ?
			 TFS_SHM_POLL_MEMORY_WB : TFS_SHM_POLL_MEMORY_WC;
	ret = tfs_region_claim(dev, rmem);
	if (ret)
		return ret;
	return tfs_region_map(dev, rmem, region);
}

/*
 * The attributes of a mapping. Never pgprot_noncached(): that is Device memory
 * on Arm, where an unaligned access faults, and memcpy() makes some.
 */
pgprot_t tfs_region_pgprot(const struct tfs_region *region, pgprot_t prot)
{
	if (region->memory == TFS_SHM_POLL_MEMORY_WB)
		return prot;
	return pgprot_writecombine(prot);
}
