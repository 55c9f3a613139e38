# SPDX-License-Identifier: MIT
# liboc: the core is the same everywhere; lib/linux is for hosts only.

LIB_CORE_SRCS := \
	lib/core/channel.c \
	lib/core/channel_attach.c \
	lib/core/channel_cancel.c \
	lib/core/channel_share.c \
	lib/core/channel_sleep.c \
	lib/core/channel_wait.c \
	lib/core/crc32.c \
	lib/core/db.c \
	lib/core/db_cursor.c \
	lib/core/db_lock.c \
	lib/core/db_open.c \
	lib/core/db_sql.c \
	lib/core/db_update.c

# The server's side and names for people: not for firmware.
LIB_SERVER_SRCS := \
	lib/core/server.c \
	lib/core/server_grant.c \
	lib/core/server_sleep.c \
	lib/core/status.c

LIB_LINUX_SRCS := \
	lib/linux/bell.c \
	lib/linux/bell_fifo.c \
	lib/linux/clock.c \
	lib/linux/interrupts.c \
	lib/linux/ladder.c \
	lib/linux/latch.c \
	lib/linux/latch_pass.c \
	lib/linux/monitor.c \
	lib/linux/port_bell.c \
	lib/linux/port_linux.c \
	lib/linux/port_mutex.c \
	lib/linux/proc_barrier.c \
	lib/linux/region.c \
	lib/linux/region_device.c \
	lib/linux/region_file.c \
	lib/linux/subprocess.c \
	lib/linux/uri.c \
	lib/linux/uuid.c \
	lib/linux/wait_process.c \
	lib/linux/wait_set.c \
	lib/linux/wait_source.c

LIB_SRCS := $(LIB_CORE_SRCS) $(LIB_SERVER_SRCS) $(LIB_LINUX_SRCS)
LIB_LIBS := -luuid

$(foreach c,host asan arm64,$(eval $(call archive,$(c),liboc.a,$(LIB_SRCS))))

.PHONY: lib
lib: $(BUILD)/host/liboc.a ## the library, build/host/liboc.a

# Freestanding: no system header, no libc but mem*; the same flags as firmware.
CORE_FLAGS     := -std=c11 -Os -ffreestanding -fno-pic -ffunction-sections -fdata-sections \
		  $(WARN) -Ilib/include -Ikernel/uapi -U__linux__ -U__linux
CORE_CC_x86_64 := gcc
CORE_CC_arm64  := aarch64-linux-gnu-gcc
CORE_CC_m0plus := arm-none-eabi-gcc -mcpu=cortex-m0plus -mthumb
CORE_CC_m4     := arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb
CORE_CC_m33    := arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb
CORE_TARGETS   := x86_64 arm64 m0plus m4 m33

define core_rules
$(BUILD)/core/$(1)/%.o: %.c lib/lib.mk
	$$(call msg,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CORE_CC_$(1)) $$(CORE_FLAGS) -MMD -MP -c -o $$@ $$<
DEPS += $(patsubst %.c,$(BUILD)/core/$(1)/%.d,$(LIB_CORE_SRCS) $(LIB_SERVER_SRCS))
CORE_OBJS += $(patsubst %.c,$(BUILD)/core/$(1)/%.o,$(LIB_CORE_SRCS) $(LIB_SERVER_SRCS))
endef
$(foreach t,$(CORE_TARGETS),$(eval $(call core_rules,$(t))))

.PHONY: core
core: $(CORE_OBJS) ## the freestanding core for every processor
