# SPDX-License-Identifier: GPL-2.0-only
# Every policy of oc/ladder.h, alive: on the host, and in the Arm guest over memory of
# all kinds.

LADDER_SRCS := tests/ladder/live.c
$(foreach c,asan arm64,$(eval $(call program,$(c),ladder_live,$(LADDER_SRCS),$(BUILD)/$(c)/liboc.a $(LIB_LIBS) -lpthread)))

CHECK_PROGS += $(BUILD)/asan/ladder_live tests/ladder/check-guest.sh
CHECK_DEPS  += $(BUILD)/asan/ladder_live $(BUILD)/arm64/ladder_live $(BUILD)/arm64/modules/tfs_shm_poll.ko \
	       $(BUILD)/qemu/virt-driver.dtb $(QEMU_BASE)
