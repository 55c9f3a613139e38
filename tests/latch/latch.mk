# SPDX-License-Identifier: GPL-2.0-only
# No wake-up is lost: latches, wait sets, interrupts and barriers under stress, with the
# address sanitizer and with the thread sanitizer.

LATCH_STRESS := latch interrupts

define latch_stress
$(call program,$(1),$(2)_stress,tests/latch/$(2)_stress.c tests/latch/stress.c,$(BUILD)/$(1)/liboc.a $(LIB_LIBS) -lpthread)
CHECK_PROGS += $(BUILD)/$(1)/$(2)_stress
CHECK_DEPS  += $(BUILD)/$(1)/$(2)_stress
endef
$(foreach c,asan tsan,$(foreach t,$(LATCH_STRESS),$(eval $(call latch_stress,$(c),$(t)))))
