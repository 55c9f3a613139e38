# SPDX-License-Identifier: GPL-2.0-only
# The driver's tests in the Arm guest, and the guest's devicetree with nodes that
# the driver must refuse.

KSELFTEST_PROGS := attributes bell bell_end bell_firmware bell_line bell_mail bell_sleep \
		   devmem facts gone handover hold mappings module peek roles unbind
KSELFTEST_SRCS  := $(KSELFTEST_PROGS:%=tests/kselftest/%.c) tests/kselftest/Makefile \
		   tests/kselftest/tfs_test.h tests/kselftest/tfs_test_bell.h \
		   tests/kselftest/tfs_test_server.h tests/kselftest/tfs_test_sysfs.h
KSELFTESTS_64   := $(BUILD)/arm64/kselftest/.built
KSELFTESTS_32   := $(BUILD)/arm64/kselftest/compat32
KSELFTESTS      := $(KSELFTESTS_64) $(KSELFTESTS_32)

$(KSELFTESTS_64): $(KSELFTEST_SRCS) tests/qemu/firmware/bell.h tests/qemu/modules/tfs_mail.h tests/qemu/modules/tfs_par.h \
		kernel/uapi/linux/tfs_shm_poll.h $(KSRC)/.complete
	$(call msg,CC,$(@D))
	$(Q)mkdir -p $(@D)
	$(Q)env -u CFLAGS -u LDFLAGS $(MAKE) $(if $(Q),-s) --no-print-directory -C tests/kselftest \
		KSFT=$(abspath $(KSFT)) OUTPUT=$(abspath $(@D)) CROSS_COMPILE=aarch64-linux-gnu- \
		CFLAGS= LDFLAGS=
	$(Q)touch $@

# Without a C library; what it needs of Linux's headers is the same in all of them.
$(KSELFTESTS_32): tests/kselftest/compat32.c kernel/uapi/linux/tfs_shm_poll.h
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(M_CC) -march=armv7-a -marm -Os -std=gnu11 -ffreestanding $(WARN) -D__linux__ \
		-isystem /usr/aarch64-linux-gnu/include -Ikernel/uapi -nostdlib -static -o $@ $<

# Wrong on purpose, so without the compiler's opinion about the values.
$(BUILD)/tests/kselftest/nodes.dtbo: tests/kselftest/nodes.dtso
	$(call msg,DTC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(DTC) -I dts -O dtb -@ -q -o $@ $<

$(BUILD)/qemu/virt-driver.dtb: $(BUILD)/qemu/virt-shm.dtb $(BUILD)/tests/kselftest/nodes.dtbo
	$(call msg,OVERLAY,$@)
	$(Q)fdtoverlay -i $< -o $@ $(BUILD)/tests/kselftest/nodes.dtbo

.PHONY: kselftest-arm64
kselftest-arm64: $(KSELFTESTS) ## the driver's tests for the Arm guest

CHECK_PROGS += tests/kselftest/check-driver.sh tests/kselftest/check-bell.sh
CHECK_DEPS  += $(KSELFTESTS) $(MODULES_ARM64) $(BUILD)/qemu/virt-driver.dtb
