# SPDX-License-Identifier: GPL-2.0-only
# No wake-up is lost: latches, wait sets, interrupts and barriers under stress, with the
# address sanitizer and with the thread sanitizer.

LATCH_STRESS := latch interrupts
LATCH_SRCS   := $(filter lib/linux/clock.c lib/linux/latch% lib/linux/wait% \
		lib/linux/interrupts.c lib/linux/proc_barrier.c,$(LIB_LINUX_SRCS))

define latch_stress
$(call program,$(1),$(2)_stress,tests/latch/$(2)_stress.c tests/latch/stress.c,$(BUILD)/$(1)/liboc.a $(LIB_LIBS) -lpthread)
CHECK_DEPS  += $(BUILD)/$(1)/$(2)_stress
endef
$(foreach c,asan tsan,$(foreach t,$(LATCH_STRESS),$(eval $(call latch_stress,$(c),$(t)))))

# For mutants: compiler, flags, linker's flags, objects.
$(BUILD)/tsan/%_stress.flags: Makefile tests/latch/latch.mk
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC_tsan)' '$(CFLAGS_tsan)' '$(LDFLAGS_tsan) -lpthread' \
		'$(call objects,tsan,tests/latch/$*_stress.c tests/latch/stress.c $(LATCH_SRCS))' >$@

CHECK_PROGS += $(LATCH_STRESS:%=$(BUILD)/asan/%_stress) tests/latch/check-latch.sh
CHECK_DEPS  += $(LATCH_STRESS:%=$(BUILD)/tsan/%_stress.flags)
