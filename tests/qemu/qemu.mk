# SPDX-License-Identifier: GPL-2.0-only
# Two processors in two QEMU processes that share a file: guest A, arm64 Linux,
# and guest M, a Cortex-M with test firmware. Another pair is other variables.

M_CC      ?= arm-none-eabi-gcc
M_CPU     ?= cortex-m4
M_MACHINE ?= mps2-an386
M_SHARED  ?= 0x21000000
M_FPGAIO  ?= 0x40028000
A_CPU     ?= cortex-a57
KERNEL    ?= $(BUILD)/arm64/kernel/vmlinuz
KERNEL_MODULES ?= $(BUILD)/arm64/kernel/modules
ARM64_KERNELDIR ?= $(BUILD)/arm64/headers/build
export BUILD KERNEL KERNEL_MODULES A_CPU M_MACHINE

# The Arm packages: a rule that needs kernel, headers or sysroot names this file.
ARM64_READY := $(BUILD)/arm64/.complete
$(ARM64_READY): tests/deps/arm64.sh
	$(Q)tests/deps/arm64.sh && touch $@

# --- firmware ----------------------------------------------------------------

M_CFLAGS := -mcpu=$(M_CPU) -mthumb -Os -g -std=gnu11 -ffreestanding -fno-common \
	    -ffunction-sections -fdata-sections -fno-tree-loop-distribute-patterns \
	    $(WARN) -Ilib/include -Ikernel/uapi -Itests/qemu/firmware \
	    -Itests/weather -I$(BUILD)/weather \
	    -DMPS2_FPGAIO=$(M_FPGAIO)
M_LDFLAGS := -nostdlib -Wl,--gc-sections -Wl,--fatal-warnings \
	     -T tests/qemu/firmware/mps2.ld -Wl,--defsym=MPS2_SHARED=$(M_SHARED)
M_STARTUP_SRCS := \
	tests/qemu/firmware/mem.c \
	tests/qemu/firmware/semihost.c \
	tests/qemu/firmware/startup.c
M_SMOKE_SRCS := tests/qemu/firmware/smoke.c
M_WEATHER_SRCS := \
	tests/qemu/firmware/weather.c \
	tests/weather/weather_run.c \
	$(BUILD)/weather/weather_rows.c \
	$(LIB_CORE_SRCS)

M_SCRIBBLE_SRCS := \
	tests/qemu/firmware/scribble.c \
	tests/qemu/firmware/scribble_main.c \
	tests/weather/weather_run.c \
	$(BUILD)/weather/weather_rows.c \
	$(LIB_CORE_SRCS)

m_objects = $(patsubst %.c,$(BUILD)/m/%.o,$(patsubst $(BUILD)/%,%,$(1)))

$(BUILD)/m/%.o: %.c
	$(call msg,M CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(M_CC) $(M_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/m/%.o: $(BUILD)/%.c
	$(call msg,M CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(M_CC) $(M_CFLAGS) -MMD -MP -c -o $@ $<

# $(eval $(call firmware,NAME,SOURCES)): build/qemu/NAME.elf
define firmware
$(BUILD)/qemu/$(1).elf: $(call m_objects,$(M_STARTUP_SRCS) $(2)) tests/qemu/firmware/mps2.ld
	$$(call msg,M LINK,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(M_CC) -mcpu=$$(M_CPU) -mthumb $$(M_LDFLAGS) -o $$@ $$(filter %.o,$$^) -lgcc
DEPS += $(patsubst %.o,%.d,$(call m_objects,$(M_STARTUP_SRCS) $(2)))
endef

# The round trip's server is in the same guest.
M_ROUNDTRIP_SRCS := \
	tests/qemu/firmware/roundtrip.c \
	tests/qemu/firmware/tap.c \
	$(LIB_CORE_SRCS) \
	lib/core/server.c \
	lib/core/server_grant.c

$(eval $(call firmware,roundtrip,$(M_ROUNDTRIP_SRCS)))
$(eval $(call firmware,smoke,$(M_SMOKE_SRCS)))
$(eval $(call firmware,bell,tests/qemu/firmware/bell.c))
$(eval $(call firmware,weather,$(M_WEATHER_SRCS)))
$(eval $(call firmware,scribble,$(M_SCRIBBLE_SRCS)))

# The row struct comes from the schema, the rows from the data; both are also for
# host programs that run the same application (tests/weather/weather_run.h).
TFS ?= $(BUILD)/host/tfs
WEATHER_FILES := $(BUILD)/weather/weather.h $(BUILD)/weather/weather_rows.c

$(BUILD)/weather/weather.h: tests/data/weather.sql $(TFS)
	$(call msg,TFS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(TFS) compile -o $@ $<

$(BUILD)/weather/weather_rows.c: tests/data/seattle-weather.csv tests/weather/rows.awk
	$(call msg,AWK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)awk -f tests/weather/rows.awk $< >$@

$(call m_objects,$(M_WEATHER_SRCS) $(M_SCRIBBLE_SRCS)): $(BUILD)/weather/weather.h

$(BUILD)/qemu/smoke-peer: tests/qemu/smoke-peer.c tests/qemu/firmware/smoke.h
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $<

# --- guest A -------------------------------------------------------------------

A_MEMORY := -smp 2 -m 528M -object memory-backend-ram,id=m0,size=512M \
	    -object memory-backend-ram,id=m1,size=16M -numa node,memdev=m0 -numa node,memdev=m1

$(BUILD)/qemu/virt.dtb:
	$(call msg,DUMP,$@)
	$(Q)mkdir -p $(@D)
	$(Q)qemu-system-aarch64 -machine virt,dumpdtb=$@ -cpu $(A_CPU) $(A_MEMORY) \
		-nic none -display none >$@.log 2>&1 || { cat $@.log; exit 1; }

$(BUILD)/qemu/virt-shm.dtb: $(BUILD)/qemu/virt.dtb $(BUILD)/dts/tfs-shm-poll-virt.dtbo
	$(call msg,OVERLAY,$@)
	$(Q)fdtoverlay -i $< -o $@ $(BUILD)/dts/tfs-shm-poll-virt.dtbo

$(BUILD)/tests/qemu/bell.dtbo: tests/qemu/bell.dtso
	$(call msg,DTC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(DTC) -I dts -O dtb -@ -q -o $@ $<

$(BUILD)/qemu/virt-bell.dtb: $(BUILD)/qemu/virt-shm.dtb $(BUILD)/tests/qemu/bell.dtbo
	$(call msg,OVERLAY,$@)
	$(Q)fdtoverlay -i $< -o $@ $(BUILD)/tests/qemu/bell.dtbo

$(BUILD)/qemu/base.cpio: tests/qemu/make-base.sh tests/qemu/guest/init tests/tap.sh $(ARM64_READY)
	$(call msg,CPIO,$@)
	$(Q)mkdir -p $(@D)
	$(Q)tests/qemu/make-base.sh $@

QEMU_BASE := $(BUILD)/qemu/base.cpio $(BUILD)/qemu/virt-shm.dtb $(ARM64_READY)

# --- tests -----------------------------------------------------------------------

QEMU_PROGS := tests/qemu/check-smoke.sh tests/qemu/check-weather.sh tests/qemu/check-scribble.sh \
	tests/qemu/check-bell.sh \
	tests/qemu/check-roundtrip.sh \
	tests/protocol/check-device.sh
WEATHER_QEMU_DEPS := $(QEMU_BASE) $(BUILD)/qemu/weather.elf $(BUILD)/arm64/tfsd \
	$(BUILD)/arm64/modules/tfs_shm_poll.ko
QEMU_DEPS := $(QEMU_BASE) $(BUILD)/qemu/smoke.elf $(BUILD)/qemu/smoke-peer $(BUILD)/qemu/scribble.elf \
	$(BUILD)/qemu/roundtrip.elf \
	$(WEATHER_QEMU_DEPS) \
	$(BUILD)/qemu/bell.elf $(BUILD)/qemu/virt-bell.dtb \
	$(BUILD)/arm64/protocol_process

CHECK_PROGS += $(QEMU_PROGS) tests/runner/check-runner.sh tests/style/check-shellcheck.sh
CHECK_DEPS  += $(QEMU_DEPS)

.PHONY: check-qemu check-qemu-run demo-qemu demo-qemu-run
check-qemu: deps ## all tests in QEMU: two processors, the driver's own tests
	$(Q)$(MAKE) --no-print-directory check-qemu-run
check-qemu-run: $(QEMU_DEPS) $(KSELFTESTS) $(MODULES_ARM64) $(BUILD)/qemu/virt-driver.dtb
	$(Q)tests/run-checks.sh $(QEMU_PROGS) tests/kselftest/check-driver.sh \
		tests/kselftest/check-bell.sh

demo-qemu: deps ## the demonstration on two processors, with the driver, in QEMU
	$(Q)$(MAKE) --no-print-directory demo-qemu-run
demo-qemu-run: $(WEATHER_QEMU_DEPS)
	$(Q)tests/qemu/demo.sh

include tests/ports/ports.mk
