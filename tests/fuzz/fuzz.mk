# SPDX-License-Identifier: GPL-2.0-only
# Hostile bytes: libFuzzer's harnesses. README.md here.

FUZZ_CC ?= clang

CC_fuzz      = $(FUZZ_CC)
CFLAGS_fuzz  = $(CFLAGS) -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
	       -Wno-format-nonliteral \
	       -fsanitize=fuzzer-no-link,address,undefined
LDFLAGS_fuzz = $(LDFLAGS) -fsanitize=fuzzer,address,undefined

FUZZ_HARNESSES := server client message row uri config
FUZZ_DAEMON    := tests/fuzz/daemon.c tests/fuzz/access.c $(LIB_SRCS) $(PROTOCOL_SERVER_SRCS)
FUZZ_URI       := lib/linux/ladder.c lib/linux/monitor.c lib/linux/uri.c lib/core/status.c

FUZZ_SRCS_server  := tests/fuzz/message.c $(FUZZ_DAEMON)
FUZZ_SRCS_client  := tests/fuzz/hostile_server.c tests/fuzz/access.c $(LIB_CORE_SRCS) \
		     lib/core/status.c
FUZZ_SRCS_message := tests/fuzz/message.c $(FUZZ_DAEMON)
FUZZ_SRCS_row     := $(FUZZ_DAEMON)
FUZZ_SRCS_uri     := $(FUZZ_URI)
FUZZ_SRCS_config  := $(TFSD_CONFIG_SRCS) $(FUZZ_URI)

$(eval $(call config_rules,fuzz))
$(foreach h,$(FUZZ_HARNESSES),$(eval $(call program,fuzz,$(h),tests/fuzz/fuzz_$(h).c \
	$(FUZZ_SRCS_$(h)),$(TFSD_LIBS))))

# The core's accessors are replaced, as in the simulation: barrier_calls.h comes first.
$(call objects,fuzz,$(LIB_CORE_SRCS) $(LIB_SERVER_SRCS) tests/fuzz/fuzz_client.c \
	tests/fuzz/hostile_server.c tests/fuzz/fuzz_server.c): \
	CFLAGS_fuzz += -include tests/barrier_calls.h -Ilib/core

FUZZ_KINDS_OBJS := $(call objects,fuzz,$(FUZZ_HARNESSES:%=tests/fuzz/fuzz_%.c) \
		   tests/fuzz/daemon.c tests/fuzz/message.c tests/fuzz/hostile_server.c)
$(FUZZ_KINDS_OBJS): CFLAGS_fuzz += -I$(BUILD)/tests -Ilib/core
$(FUZZ_KINDS_OBJS): $(TESTS_KINDS)
$(call objects,fuzz,tests/fuzz/access.c): CFLAGS_fuzz += -Ilib/core

# For mutants: compiler, flags, linker's flags, objects.
define fuzz_flags
$(BUILD)/fuzz/$(1).flags: Makefile lib/lib.mk tools/tools.mk tests/fuzz/fuzz.mk
	$$(Q)mkdir -p $$(@D)
	$$(Q)printf '%s\n' '$$(CC_fuzz)' \
		'$$(CFLAGS_fuzz) $(if $(filter server client,$(1)),-include tests/barrier_calls.h) -Ilib/core -I$$(BUILD)/tests' \
		'$$(LDFLAGS_fuzz) $$(TFSD_LIBS)' \
		'$$(call objects,fuzz,tests/fuzz/fuzz_$(1).c $$(FUZZ_SRCS_$(1)))' >$$@
endef
$(foreach h,$(FUZZ_HARNESSES),$(eval $(call fuzz_flags,$(h))))

FUZZ_DEPS := $(FUZZ_HARNESSES:%=$(BUILD)/fuzz/%) $(FUZZ_HARNESSES:%=$(BUILD)/fuzz/%.flags)

# One for as long as you like: what is new is kept in build/fuzz/corpus.
HARNESS ?= server
SECONDS ?= 600
.PHONY: fuzz
fuzz: $(FUZZ_DEPS) ## hostile bytes: HARNESS=name SECONDS=n
	$(Q)mkdir -p $(BUILD)/fuzz/corpus/$(HARNESS)
	$(Q)FUZZ_DIR=$(BUILD)/fuzz ASAN_OPTIONS=quarantine_size_mb=16 $(BUILD)/fuzz/$(HARNESS) -max_total_time=$(SECONDS) \
		-max_len=2048 -artifact_prefix=$(BUILD)/fuzz/$(HARNESS)- \
		$(patsubst %,-dict=%,$(wildcard tests/fuzz/$(HARNESS).dict)) \
		$(BUILD)/fuzz/corpus/$(HARNESS) tests/fuzz/corpus/$(HARNESS)

CHECK_PROGS += tests/fuzz/check-fuzz.sh
CHECK_DEPS  += $(FUZZ_DEPS)
