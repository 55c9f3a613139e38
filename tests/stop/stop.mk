# SPDX-License-Identifier: GPL-2.0-only
# A real tfsd is stopped, reloaded, and left alone.

STOP_SRCS := tests/stop/daemon.c tests/stop/control.c tests/stop/stop_table.c tests/stop/idle.c \
	     tests/stop/reactors.c
$(call objects,host,$(STOP_SRCS)): CFLAGS_host += $(WEATHER_INCLUDES)
$(call objects,host,$(STOP_SRCS)): $(WEATHER_FILES)
$(eval $(call program,host,stop/stop_table,tests/stop/daemon.c tests/stop/control.c tests/stop/stop_table.c,$(BUILD)/host/liboc.a -lsqlite3 -luuid -lpthread))
$(eval $(call program,host,stop/idle,tests/stop/daemon.c tests/stop/idle.c,$(BUILD)/host/liboc.a -lsqlite3 -luuid))

$(eval $(call program,host,stop/reactors,tests/stop/daemon.c tests/stop/reactors.c,$(BUILD)/host/liboc.a -lsqlite3 -luuid -lpthread))

# A disk that takes its time; tfsd knows nothing of it.
$(BUILD)/host/stop/gate.so: tests/stop/gate.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_host) -fPIC -shared -o $@ $<

CHECK_PROGS += tests/stop/check-stop.sh tests/stop/check-reload.sh \
	       tests/stop/check-idle.sh tests/stop/check-reactors.sh
CHECK_DEPS  += $(BUILD)/host/stop/stop_table $(BUILD)/host/stop/idle $(BUILD)/host/stop/reactors $(BUILD)/host/stop/gate.so $(BUILD)/host/tfsd \
	       $(BUILD)/asan/tfsd
