# SPDX-License-Identifier: GPL-2.0-only
# The library's transport on a weakly ordered machine, moved by a seed. README.md here.

SIM_CORE_SRCS := \
	lib/core/channel.c \
	lib/core/channel_attach.c \
	lib/core/channel_wait.c \
	lib/core/crc32.c \
	lib/core/server.c \
	lib/core/server_grant.c \
	lib/core/status.c

SIM_SRCS := \
	tests/sim/access.c \
	tests/sim/client.c \
	tests/sim/coroutine.c \
	tests/sim/history.c \
	tests/sim/machine.c \
	tests/sim/main.c \
	tests/sim/plan.c \
	tests/sim/server.c \
	tests/sim/world.c

# The core's accessors are replaced: barrier_sim.h comes before anything else.
CC_sim      = $(CC)
CFLAGS_sim  = $(CFLAGS) -O2 -include tests/sim/barrier_sim.h -Ilib/core -Itests/sim
LDFLAGS_sim = $(LDFLAGS)

$(eval $(call config_rules,sim))
$(eval $(call program,sim,sim,$(SIM_CORE_SRCS) $(SIM_SRCS)))
