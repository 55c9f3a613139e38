# SPDX-License-Identifier: GPL-2.0-only
# The driver, built out of tree: kbuild writes beside its sources, so it gets a
# folder of links to them under build/.

KERNEL_SRCS := \
	kernel/Kbuild \
	kernel/tfs_shm_poll.h \
	kernel/tfs_shm_poll_bell.c \
	kernel/tfs_shm_poll_channel.c \
	kernel/tfs_shm_poll_compat.h \
	kernel/tfs_shm_poll_file.c \
	kernel/tfs_shm_poll_line.c \
	kernel/tfs_shm_poll_mailbox.c \
	kernel/tfs_shm_poll_mailbox.h \
	kernel/tfs_shm_poll_mailbox_tx.c \
	kernel/tfs_shm_poll_main.c \
	kernel/tfs_shm_poll_region.c \
	kernel/uapi/linux/tfs_shm_poll.h
TEST_MODULE_SRCS := \
	tests/qemu/modules/Kbuild \
	tests/qemu/modules/tfs_irq.c \
	tests/qemu/modules/tfs_mail.c \
	tests/qemu/modules/tfs_mail.h \
	tests/qemu/modules/tfs_par.c \
	tests/qemu/modules/tfs_par.h \
	tests/qemu/modules/tfs_pin.c \
	tests/qemu/modules/tfs_slow.c

# W=1 warns more, e makes warnings errors; there is no vmlinux to make BTF from.
KBUILD_FLAGS := W=1e CONFIG_DEBUG_INFO_BTF_MODULES=
KBUILD_CROSS := ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-
SPARSE_FLAGS := C=2 CF='-D__CHECK_ENDIAN__ -Wsparse-error'

MODULE_NATIVE := $(BUILD)/module-$(shell uname -m)
MODULE_ARM64  := $(BUILD)/module-arm64
MODULE_SPARSE := $(BUILD)/module-sparse

# $(call link_sources,FOLDER,FILES): the same paths below FOLDER
link_sources = for f in $(2); do mkdir -p $(1)/$$(dirname $$f) && \
	ln -sf $(CURDIR)/$$f $(1)/$$f || exit 1; done
# $(call kbuild,FOLDER,KERNELDIR,FLAGS); absolute, as kbuild changes folders
kbuild = $(MAKE) $(if $(Q),-s) --no-print-directory -C $(2) M=$(abspath $(1)) \
	$(KBUILD_FLAGS) $(3) modules

.PHONY: modules modules-arm64
ifneq ($(wildcard $(KERNELDIR)/Makefile),)
modules: $(KERNEL_SRCS) ## the driver for this machine, if KERNELDIR has kernel headers
	$(call msg,KBUILD,$(MODULE_NATIVE)/kernel/tfs_shm_poll.ko)
	$(Q)$(call link_sources,$(MODULE_NATIVE),Kbuild $(KERNEL_SRCS))
	$(Q)$(call kbuild,$(MODULE_NATIVE),$(KERNELDIR))
else
modules:
	@echo '  skipped the driver: no kernel headers in $(KERNELDIR); set KERNELDIR'
endif

TEST_MODULES_ARM64 := $(addprefix $(BUILD)/arm64/modules/,tfs_irq.ko tfs_mail.ko tfs_par.ko \
	tfs_pin.ko tfs_slow.ko)
MODULES_ARM64 := $(BUILD)/arm64/modules/tfs_shm_poll.ko $(TEST_MODULES_ARM64)
modules-arm64: $(MODULES_ARM64) ## the driver for the Arm guest

$(BUILD)/arm64/modules/tfs_shm_poll.ko: $(KERNEL_SRCS) $(BUILD)/arm64/.complete
	$(call msg,KBUILD,$@)
	$(Q)$(call link_sources,$(MODULE_ARM64),Kbuild $(KERNEL_SRCS))
	$(Q)$(call kbuild,$(MODULE_ARM64),$(ARM64_KERNELDIR),$(KBUILD_CROSS))
	$(Q)mkdir -p $(@D) && cp $(MODULE_ARM64)/kernel/$(@F) $@

$(TEST_MODULES_ARM64) &: $(TEST_MODULE_SRCS) $(BUILD)/arm64/.complete
	$(call msg,KBUILD,$(TEST_MODULES_ARM64))
	$(Q)$(call link_sources,$(MODULE_ARM64),$(TEST_MODULE_SRCS))
	$(Q)$(call kbuild,$(MODULE_ARM64)/tests/qemu/modules,$(ARM64_KERNELDIR),$(KBUILD_CROSS))
	$(Q)mkdir -p $(@D) && cp $(MODULE_ARM64)/tests/qemu/modules/*.ko $(@D)

# --- style ---------------------------------------------------------------------

# checkpatch and the kselftest harness come from Debian's kernel source package.
LINUX_SOURCE ?= /usr/src/linux-source-6.1.tar.xz
KSRC         := $(BUILD)/linux-source
KSFT         := $(KSRC)/tools/testing/selftests
KSRC_FILES   := scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch \
		tools/testing/selftests/lib.mk tools/testing/selftests/kselftest.h \
		tools/testing/selftests/kselftest_harness.h

$(KSRC)/.complete: kernel/kernel.mk $(LINUX_SOURCE)
	$(call msg,UNPACK,$(KSRC))
	$(Q)rm -rf $(KSRC) && mkdir -p $(KSRC)/include
	$(Q)tar -x -f $(LINUX_SOURCE) -C $(KSRC) --strip-components=1 \
		$(addprefix $(basename $(basename $(notdir $(LINUX_SOURCE))))/,$(KSRC_FILES))
	$(Q)touch $@

.PHONY: style style-checkpatch sparse sparse-module sparse-again
style: style-checkpatch ## checkpatch --strict over all C files
style-checkpatch: $(KSRC)/.complete
	$(Q)tests/style/check-checkpatch.sh

# C=2 looks at every file, also at what is up to date.
sparse: sparse-module ## sparse, with endian checks
sparse-module: $(BUILD)/arm64/.complete
	$(Q)rm -rf $(MODULE_SPARSE)
	$(Q)$(call link_sources,$(MODULE_SPARSE),Kbuild $(KERNEL_SRCS) $(TEST_MODULE_SRCS))
	$(Q)$(MAKE) --no-print-directory sparse-again

# The folder as it stands: a test breaks a file there.
sparse-again:
	$(call msg,SPARSE,kernel)
	$(Q)$(call kbuild,$(MODULE_SPARSE),$(ARM64_KERNELDIR),$(KBUILD_CROSS) $(SPARSE_FLAGS))
	$(Q)$(call kbuild,$(MODULE_SPARSE)/tests/qemu/modules,$(ARM64_KERNELDIR),$(KBUILD_CROSS) $(SPARSE_FLAGS))

CHECK_PROGS += tests/style/check-checkpatch.sh tests/style/check-module.sh \
	       tests/dts/check-binding.sh
CHECK_DEPS  += $(KSRC)/.complete $(BUILD)/arm64/.complete $(BUILD)/qemu/virt-shm.dtb \
	       $(BUILD)/qemu/virt-bell.dtb

include tests/kselftest/kselftest.mk
