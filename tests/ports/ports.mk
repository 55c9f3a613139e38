# SPDX-License-Identifier: GPL-2.0-only
# The ports of liboc: their time and waiting on the host, and on a Cortex-M in QEMU.

PORT_CORTEX_M_SRCS := lib/ports/cortex-m/port_cortex_m.c

$(eval $(call program,asan,ports/cortex_m,tests/ports/test_cortex_m.c $(PORT_CORTEX_M_SRCS),$(BUILD)/asan/liboc.a -lcmocka))
$(eval $(call program,asan,ports/cortex_m_hooks,tests/ports/test_cortex_m_hooks.c $(PORT_CORTEX_M_SRCS),$(BUILD)/asan/liboc.a -lcmocka))

# The headers of either system are the test's: what the port calls, the test answers.
PORT_RTOS_SRCS := \
	tests/ports/test_freertos.c lib/ports/freertos/port_freertos.c \
	tests/ports/test_zephyr.c lib/ports/zephyr/port_zephyr.c

$(call objects,asan,$(PORT_RTOS_SRCS)): CFLAGS_asan += -Itests/ports/fakes
$(foreach os,freertos zephyr,$(eval $(call program,asan,ports/$(os),$(filter %$(os).c,$(PORT_RTOS_SRCS)),$(BUILD)/asan/liboc.a -lcmocka)))

M_PORT_TIME_SRCS := \
	tests/qemu/firmware/port_time.c \
	tests/qemu/firmware/tap.c \
	tests/qemu/firmware/tasks.c \
	$(PORT_CORTEX_M_SRCS)

$(eval $(call firmware,port-time,$(M_PORT_TIME_SRCS)))

# --- two priorities, one processor, one table -------------------------------------

TURNS := $(BUILD)/tests/ports/turns.h

$(TURNS): tests/ports/turns.sql $(BUILD)/host/tfs
	$(call msg,TFS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/host/tfs compile -o $@ $<

M_STARVE_SRCS := \
	tests/qemu/firmware/starve_main.c \
	tests/qemu/firmware/tap.c \
	tests/qemu/firmware/task_mutex.c \
	tests/qemu/firmware/tasks.c \
	tests/ports/starve.c \
	$(PORT_CORTEX_M_SRCS) \
	$(LIB_CORE_SRCS)

$(call m_objects,tests/qemu/firmware/starve_main.c tests/ports/starve.c): M_CFLAGS += -I$(dir $(TURNS))
$(call m_objects,tests/qemu/firmware/starve_main.c tests/ports/starve.c): $(TURNS)
$(eval $(call firmware,starve,$(M_STARVE_SRCS)))

STARVE_FIFO_SRCS := tests/ports/starve_fifo.c tests/ports/starve.c

$(call objects,host,$(STARVE_FIFO_SRCS)): CFLAGS_host += -I$(dir $(TURNS))
$(call objects,host,$(STARVE_FIFO_SRCS)): $(TURNS)
$(eval $(call program,host,starve_fifo,$(STARVE_FIFO_SRCS),$(BUILD)/host/liboc.a $(LIB_LIBS) -lpthread))

PORTS_UNITS := $(patsubst %,$(BUILD)/asan/ports/%,cortex_m cortex_m_hooks freertos zephyr)
PORTS_PROGS := $(PORTS_UNITS) tests/ports/check-time.sh tests/ports/check-starve.sh

CHECK_PROGS += $(PORTS_PROGS)
CHECK_DEPS  += $(PORTS_UNITS) $(BUILD)/qemu/port-time.elf $(BUILD)/qemu/starve.elf $(BUILD)/host/tfsd \
	       $(BUILD)/host/starve_fifo
