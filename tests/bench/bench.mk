# SPDX-License-Identifier: GPL-2.0-only
# `make bench`: tfs bench, with sides that need more than tfs has - SQLite's own
# transactions, tfsd's reactor, iceoryx - as programs of their own.

BENCH_EXTERN := tests/bench/extern.c

BENCH_TRANSACTIONS_SRCS := tests/bench/transactions.c $(BENCH_EXTERN)
$(call objects,host,tests/bench/transactions.c): CFLAGS_host += $(WEATHER_INCLUDES)
$(call objects,host,tests/bench/transactions.c): $(WEATHER_FILES)
$(eval $(call program,host,bench_transactions,$(BENCH_TRANSACTIONS_SRCS),$(BUILD)/host/liboc.a -lsqlite3 -luuid))
BENCH_BESIDE_SRCS := tests/bench/beside.c
$(call objects,host,$(BENCH_BESIDE_SRCS)): CFLAGS_host += $(WEATHER_INCLUDES)
$(call objects,host,$(BENCH_BESIDE_SRCS)): $(WEATHER_FILES)
$(eval $(call program,host,bench_beside,$(BENCH_BESIDE_SRCS),$(BUILD)/host/liboc.a -luuid -lm))
$(eval $(call program,host,bench_poll,tests/bench/poll.c $(BENCH_EXTERN) $(PROTOCOL_SERVER_SRCS),$(BUILD)/host/liboc.a $(TFSD_LIBS)))

BENCH_PROGRAMS := $(BUILD)/host/bench_transactions $(BUILD)/host/bench_poll \
	$(BUILD)/host/bench_beside

# Only where Debian's headers are; their folder has the version in its name.
ICEORYX := $(firstword $(wildcard /usr/include/iceoryx/v*))
ifneq ($(ICEORYX),)
$(call objects,host,tests/bench/iceoryx.c): CFLAGS_host += -isystem $(ICEORYX)
$(eval $(call program,host,bench_iceoryx,tests/bench/iceoryx.c $(BENCH_EXTERN),-liceoryx_binding_c))
BENCH_PROGRAMS += $(BUILD)/host/bench_iceoryx
endif

.PHONY: run-bench
bench: ## measures the channel, side by side with other ways; QUICK=1 for less
	$(Q)tests/deps/install.sh bench || echo "bench: goes on without what is missing"
	$(Q)$(MAKE) --no-print-directory run-bench

run-bench: $(BUILD)/host/tfs $(BUILD)/host/tfsd $(BENCH_PROGRAMS)
	$(Q)QUICK=$(QUICK) tests/bench/run.sh
