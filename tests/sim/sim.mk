# SPDX-License-Identifier: GPL-2.0-only
# The library's transport on a weakly ordered machine, moved by a seed. README.md here.

SIM_CORE_SRCS := \
	lib/core/channel.c \
	lib/core/channel_attach.c \
	lib/core/channel_cancel.c \
	lib/core/channel_sleep.c \
	lib/core/channel_wait.c \
	lib/core/crc32.c \
	lib/core/server.c \
	lib/core/server_grant.c \
	lib/core/server_sleep.c \
	lib/core/status.c

SIM_SRCS := \
	tests/sim/access.c \
	tests/sim/client.c \
	tests/sim/client_wait.c \
	tests/sim/coroutine.c \
	tests/sim/fate.c \
	tests/sim/history.c \
	tests/sim/machine.c \
	tests/sim/main.c \
	tests/sim/plan.c \
	tests/sim/server.c \
	tests/sim/trouble.c \
	tests/sim/world.c

# The core's accessors are replaced: barrier_calls.h comes before anything else.
CC_sim      = $(CC)
CFLAGS_sim  = $(CFLAGS) -O2 -include tests/barrier_calls.h -Ilib/core -Itests/sim
LDFLAGS_sim = $(LDFLAGS)

$(eval $(call config_rules,sim))
$(eval $(call program,sim,sim,$(SIM_CORE_SRCS) $(SIM_SRCS)))

# Mutations are made of copies of the sources, with the same compiler; each runs briefly.
SIM_FLAGS := $(BUILD)/sim/flags

$(SIM_FLAGS): Makefile tests/sim/sim.mk
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC)' '$(filter-out -g -O2 -W% -Ilib/core,$(CFLAGS_sim)) -O1' \
		'$(call objects,sim,$(SIM_CORE_SRCS) $(SIM_SRCS))' >$@

.PHONY: check-sim soak
check-sim: $(BUILD)/sim/sim $(SIM_FLAGS) ## the transport's simulation alone: SIM_RUNS=n, SIM_LIMIT=n
	$(Q)tests/sim/check-sim.sh

# Other seeds each time: the first is the time of day.
HOURS ?= 1
soak: $(BUILD)/sim/sim ## the transport's simulation for HOURS=n hours on all processors
	$(Q)$(BUILD)/sim/sim --from $$(date +%s)000000 --jobs $$(nproc) \
		--seconds $$(awk 'BEGIN { print int($(HOURS) * 3600) }')

CHECK_PROGS += tests/sim/check-sim.sh
CHECK_DEPS  += $(BUILD)/sim/sim $(SIM_FLAGS)
