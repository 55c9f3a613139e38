# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# tfs-shm-poll: library, tools, driver, tests. `make help` lists the targets.
#
# Variables, each with its default; packagers set the second group.
#   V=0               V=1 shows the commands
#   CC CFLAGS LDFLAGS compiler and flags of the host build; ours are added to CFLAGS
#   KERNELDIR         kernel headers for `make modules`
#   PREFIX DESTDIR    where `make install` puts things

PREFIX     ?= /usr/local
DESTDIR    ?=
SBINDIR    ?= $(PREFIX)/sbin
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= $(PREFIX)/lib/systemd/system
UDEVDIR    ?= $(PREFIX)/lib/udev/rules.d
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
KERNELDIR  ?= /lib/modules/$(shell uname -r)/build

BUILD := build
V     ?= 0
ifeq ($(V),1)
Q   :=
msg  =
else
Q   := @
msg  = @printf '  %-8s%s\n' '$(1)' '$(2)'
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2
CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 $(WARN) -Ilib/include -Ikernel/uapi -D_GNU_SOURCE

# A configuration is a compiler and its flags; each has its objects in a folder of
# its own, build/NAME. host: what users run; asan: what the tests run; arm64: the guest.
CC_host        = $(CC)
CFLAGS_host    = $(CFLAGS)
LDFLAGS_host   = $(LDFLAGS)
CC_asan        = $(CC)
CFLAGS_asan    = $(CFLAGS) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
		 -fno-sanitize-recover=all
LDFLAGS_asan   = $(LDFLAGS) -fsanitize=address,undefined
CC_arm64       = aarch64-linux-gnu-gcc
NEEDS_arm64    = $(BUILD)/arm64/.complete
SYSROOT_arm64  = $(BUILD)/arm64/sysroot
CFLAGS_arm64   = $(CFLAGS) -isystem $(SYSROOT_arm64)/usr/include \
		 -isystem $(SYSROOT_arm64)/usr/include/aarch64-linux-gnu
LDFLAGS_arm64  = $(LDFLAGS) -L$(SYSROOT_arm64)/usr/lib/aarch64-linux-gnu \
		 -Wl,-rpath-link,$(SYSROOT_arm64)/lib/aarch64-linux-gnu \
		 -Wl,-rpath-link,$(SYSROOT_arm64)/usr/lib/aarch64-linux-gnu

# $(call objects,CONFIG,SOURCES)
objects = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))

# $(eval $(call program,CONFIG,NAME,SOURCES,ARCHIVES AND LIBRARIES)): build/CONFIG/NAME
define program
$(BUILD)/$(1)/$(2): $(call objects,$(1),$(3)) $(filter %.a,$(4))
	$$(call msg,LINK,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(LDFLAGS_$(1)) -o $$@ $$^ $(filter-out %.a,$(4))
DEPS += $(patsubst %.o,%.d,$(call objects,$(1),$(3)))
endef

# $(eval $(call archive,CONFIG,NAME,SOURCES)): build/CONFIG/NAME
define archive
$(BUILD)/$(1)/$(2): $(call objects,$(1),$(3))
	$$(call msg,AR,$$@)
	$$(Q)rm -f $$@ && $$(AR) rcs $$@ $$^
DEPS += $(patsubst %.o,%.d,$(call objects,$(1),$(3)))
endef

define config_rules
$(BUILD)/$(1)/%.o: %.c Makefile | $$(NEEDS_$(1))
	$$(call msg,CC,$$@)
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_$(1)) -MMD -MP -c -o $$@ $$<
endef
$(foreach c,host asan arm64,$(eval $(call config_rules,$(c))))

.PHONY: all deps demo check bench install uninstall help clean
all: lib tools modules ## library, tools and, where kernel headers are there, the driver

CHECK_PROGS :=
CHECK_DEPS  :=
DEPS        :=

include lib/lib.mk
include kernel/kernel.mk
include dts/dts.mk
include tools/tools.mk
include tests/tests.mk
include tests/qemu/qemu.mk
include tests/ladder/ladder.mk
include tests/latch/latch.mk

# What lands where; a line each: source, destination, mode.
INSTALL_FILES := \
	$(BUILD)/host/tfsd:$(SBINDIR)/tfsd:755 \
	$(BUILD)/host/tfs:$(BINDIR)/tfs:755 \
	$(BUILD)/host/liboc.a:$(LIBDIR)/liboc.a:644 \
	$(foreach h,$(wildcard lib/include/oc/*.h),$(h):$(INCLUDEDIR)/oc/$(notdir $(h)):644) \
	kernel/uapi/linux/tfs_shm_poll.h:$(INCLUDEDIR)/linux/tfs_shm_poll.h:644 \
	$(foreach m,$(wildcard lib/man/*.3),$(m):$(MANDIR)/man3/$(notdir $(m)):644) \
	tools/man/tfs.1:$(MANDIR)/man1/tfs.1:644 \
	tools/man/tfsd.conf.5:$(MANDIR)/man5/tfsd.conf.5:644 \
	tools/man/tfsd.8:$(MANDIR)/man8/tfsd.8:644 \
	tools/systemd/tfsd.service:$(UNITDIR)/tfsd.service:644 \
	tools/systemd/tfs.sysusers:$(SYSUSERSDIR)/tfs.conf:644 \
	tools/udev/60-tfs-shm-poll.rules:$(UDEVDIR)/60-tfs-shm-poll.rules:644 \
	tools/tfsd/tfsd.conf.example:$(PREFIX)/share/doc/tfs-shm-poll/tfsd.conf.example:644 \
	lib/PROTOCOL.md:$(PREFIX)/share/doc/tfs-shm-poll/PROTOCOL.md:644

field = $(word $(2),$(subst :, ,$(1)))

install: lib tools ## installs library, tools, manuals, unit and udev rule
	$(Q)$(foreach f,$(INSTALL_FILES),install -D -m $(call field,$(f),3) $(call field,$(f),1) \
		$(DESTDIR)$(call field,$(f),2) && ) true

uninstall: ## removes what install has put there
	$(Q)rm -f $(foreach f,$(INSTALL_FILES),$(DESTDIR)$(call field,$(f),2))
	$(Q)rmdir -p --ignore-fail-on-non-empty $(DESTDIR)$(INCLUDEDIR)/oc \
		$(DESTDIR)$(PREFIX)/share/doc/tfs-shm-poll 2>/dev/null || true

deps: ## installs the Debian packages that are missing (tests/deps/packages.txt)
	$(Q)tests/deps/install.sh all

# Two steps, so that what the second one needs is installed when it is looked for.
check: deps ## builds everything and runs every test
	$(Q)$(MAKE) --no-print-directory run-checks

.PHONY: run-checks
run-checks: all $(CHECK_DEPS)
	$(Q)tests/run-checks.sh $(CHECK_PROGS)

help: ## this list
	@printf 'Targets of tfs-shm-poll:\n'
	@sed -n 's/^\([a-z][a-z0-9 -]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | \
		awk -F'\t' '{ printf "  %-18s %s\n", $$1, $$2 }'

clean: ## removes what was built, keeps downloads
	$(Q)find $(BUILD) -mindepth 1 -maxdepth 1 ! -name downloads -exec rm -rf {} + 2>/dev/null || true

-include $(DEPS)
