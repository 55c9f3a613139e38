# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Devicetree overlays, with the checks of the kernel's own build; a warning fails.

DTC ?= dtc
DTC_FLAGS := -@ -Wno-interrupt_provider -Wno-unit_address_vs_reg -Wno-avoid_unnecessary_addr_size \
	     -Wno-alias_paths -Wno-graph_child_address -Wno-simple_bus_reg -Wno-unique_unit_address

DTS_OVERLAYS := \
	dts/imx8mp-evk-tfs-shm-poll.dtso \
	dts/tfs-shm-poll-virt.dtso

DTBOS := $(DTS_OVERLAYS:%.dtso=$(BUILD)/%.dtbo)

$(BUILD)/dts/%.dtbo: dts/%.dtso
	$(call msg,DTC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(DTC) -I dts -O dtb $(DTC_FLAGS) -o $@ $< 2>$@.log; \
		status=$$?; cat $@.log >&2; test $$status -eq 0 -a ! -s $@.log

.PHONY: dtbs
dtbs: $(DTBOS) ## devicetree overlays, build/dts/*.dtbo

CHECK_PROGS += tests/dts/check-overlays.sh
CHECK_DEPS  += $(DTBOS) $(BUILD)/qemu/virt.dtb
