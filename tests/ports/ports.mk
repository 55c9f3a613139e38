# SPDX-License-Identifier: GPL-2.0-only
# The ports of liboc: their time and waiting on the host, and on a Cortex-M in QEMU.

PORT_CORTEX_M_SRCS := lib/ports/cortex-m/port_cortex_m.c

$(eval $(call program,asan,ports/cortex_m,tests/ports/test_cortex_m.c $(PORT_CORTEX_M_SRCS),$(BUILD)/asan/liboc.a -lcmocka))

M_PORT_TIME_SRCS := \
	tests/qemu/firmware/port_time.c \
	tests/qemu/firmware/tasks.c \
	$(PORT_CORTEX_M_SRCS)

$(eval $(call firmware,port-time,$(M_PORT_TIME_SRCS)))

PORTS_PROGS := $(BUILD)/asan/ports/cortex_m tests/ports/check-time.sh

CHECK_PROGS += $(PORTS_PROGS)
CHECK_DEPS  += $(BUILD)/asan/ports/cortex_m $(BUILD)/qemu/port-time.elf
