# SPDX-License-Identifier: GPL-2.0-only
# No wake-up is lost: latches, wait sets, interrupts, barriers and bells under stress, with
# the address sanitizer and with the thread sanitizer.

LATCH_STRESS := latch interrupts bell

define latch_stress
$(call program,$(1),$(2)_stress,tests/latch/$(2)_stress.c tests/latch/stress.c,$(BUILD)/$(1)/liboc.a $(LIB_LIBS) -lpthread)
CHECK_DEPS  += $(BUILD)/$(1)/$(2)_stress
endef
$(foreach c,asan tsan,$(foreach t,$(LATCH_STRESS),$(eval $(call latch_stress,$(c),$(t)))))

# In the Arm guest, between two processes on one device: tests/kselftest/check-bell.sh.
$(eval $(call latch_stress,arm64,bell))

# For mutants: compiler, flags, linker's flags, objects.
$(BUILD)/tsan/%_stress.flags: Makefile tests/latch/latch.mk
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC_tsan)' '$(CFLAGS_tsan)' '$(LDFLAGS_tsan) $(LIB_LIBS) -lpthread' \
		'$(call objects,tsan,tests/latch/$*_stress.c tests/latch/stress.c $(LIB_SRCS))' >$@

CHECK_PROGS += $(LATCH_STRESS:%=$(BUILD)/asan/%_stress) tests/latch/check-latch.sh
CHECK_DEPS  += $(LATCH_STRESS:%=$(BUILD)/tsan/%_stress.flags)
