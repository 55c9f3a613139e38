# SPDX-License-Identifier: GPL-2.0-only
# Tests on the host. Unit tests run with the address and undefined-behaviour sanitizers.

UNIT_LIBS := -lcmocka -lsqlite3 -linih -luuid -lpthread

# $(eval $(call unit,NAME,FURTHER SOURCES,LINK FLAGS)): build/asan/unit/NAME of tests/unit/test_NAME.c
define unit
$(call program,asan,unit/$(1),tests/unit/test_$(1).c $(2),$(BUILD)/asan/liboc.a $(UNIT_LIBS) $(3))
CHECK_PROGS += $(BUILD)/asan/unit/$(1)
CHECK_DEPS  += $(BUILD)/asan/unit/$(1)
endef

PAIR  := tests/unit/pair.c
SQL   := tests/unit/db_sql_fixture.c tests/unit/script.c $(PAIR)
SHARE := tests/unit/share_fixture.c tests/unit/script.c $(PAIR)

$(eval $(call unit,attach,$(PAIR)))
$(eval $(call unit,attach_steps,$(PAIR)))
$(eval $(call unit,sleep,$(PAIR)))
$(eval $(call unit,wait,$(PAIR)))
$(eval $(call unit,cancel,tests/unit/cancel_fixture.c $(PAIR)))
$(eval $(call unit,cancel_faults,tests/unit/cancel_fixture.c $(PAIR)))
$(eval $(call unit,cancel_server,$(PAIR) tests/unit/steps.c))
$(eval $(call unit,channel,$(PAIR)))
$(eval $(call unit,server,$(PAIR)))
$(eval $(call unit,server_turns,$(PAIR)))
$(eval $(call unit,grant,$(PAIR)))
$(eval $(call unit,order_grant,tests/unit/order_fixture.c tests/unit/steps.c))
$(eval $(call unit,order_packets,tests/unit/order_fixture.c tests/unit/steps.c))
$(eval $(call unit,stop_race,$(PAIR)))
$(eval $(call unit,cursor,tests/unit/script.c $(PAIR)))
$(eval $(call unit,db,tests/unit/script.c $(PAIR)))
$(eval $(call unit,db_cancel,tests/unit/script.c $(PAIR)))
$(eval $(call unit,db_lies,tests/unit/script.c $(PAIR)))
$(eval $(call unit,db_sql,$(SQL)))
$(eval $(call unit,db_sql_lies,$(SQL)))
$(eval $(call unit,share,$(SHARE)))
$(eval $(call unit,lock_wait,$(SHARE)))

# The driver is played by the test: these calls of the library go to it.
WRAP_DEVICE    := -Wl,--wrap=open,--wrap=close,--wrap=ioctl,--wrap=mmap
# The clock and the processor, likewise.
WRAP_LADDER    := -Wl,--wrap=clock_gettime,--wrap=sched_yield,--wrap=oc_monitor_have \
		  -Wl,--wrap=oc_monitor_wait
# System calls are counted, or a kernel is made old.
WRAP_LATCH     := -Wl,--wrap=write,--wrap=ppoll
WRAP_BELL      := -Wl,--wrap=ioctl,--wrap=read,--wrap=write
WRAP_WAIT_SET  := -Wl,--wrap=epoll_pwait2
WRAP_THREAD    := -Wl,--wrap=pthread_create
WRAP_CLOCK     := -Wl,--wrap=oc_clock_ns
WRAP_FALLOCATE := -Wl,--wrap=fallocate64
WRAP_CHANNEL_LOG := -Wl,--wrap=log_write,--wrap=clock_gettime

CONFIGURE := tests/unit/configure.c $(filter tools/tfsd/config%,$(TFSD_CONFIG_SRCS))
$(eval $(call unit,config,$(CONFIGURE)))
$(eval $(call unit,config_refused,$(CONFIGURE)))
$(eval $(call unit,config_compare,$(CONFIGURE)))
$(eval $(call unit,ladder,tests/unit/ladder_fixture.c,$(WRAP_LADDER)))
$(eval $(call unit,ladder_monitor,tests/unit/ladder_fixture.c,$(WRAP_LADDER)))
$(eval $(call unit,monitor))
$(eval $(call unit,latch,,$(WRAP_LATCH)))
$(eval $(call unit,latch_pass))
$(eval $(call unit,wait_set,,$(WRAP_WAIT_SET)))
$(eval $(call unit,wait_source,,$(WRAP_WAIT_SET)))
$(eval $(call unit,wait_process))
$(eval $(call unit,interrupts))
$(eval $(call unit,proc_barrier))
$(eval $(call unit,subprocess,tests/unit/subprocess_fixture.c))
$(eval $(call unit,subprocess_end,tests/unit/subprocess_fixture.c))
$(eval $(call unit,loop,tools/tfsd/loop.c))
$(eval $(call unit,thread,tools/tfsd/thread.c $(TFSD_ACTIVITY_SRCS),$(WRAP_THREAD)))
UNIT_WORKER_SRCS := tools/tfsd/log.c tools/tfsd/worker.c tools/tfsd/thread.c $(TFSD_ACTIVITY_SRCS)
$(eval $(call unit,worker,$(UNIT_WORKER_SRCS)))
$(eval $(call unit,shutdown,tools/tfsd/shutdown.c tools/tfsd/loop.c tools/tfsd/log.c))
$(eval $(call unit,notify,$(addprefix tools/tfsd/,notify.c watchdog.c loop.c log.c)))
$(eval $(call unit,log,tools/tfsd/log.c))
$(eval $(call unit,channel_log,tools/tfsd/channel_log.c,$(WRAP_CHANNEL_LOG)))
$(eval $(call unit,port_bell,tests/unit/bell_fixture.c tests/unit/region_fixture.c))
$(eval $(call unit,port_linux))
$(eval $(call unit,bell,tests/unit/bell_fixture.c tests/unit/region_fixture.c))
$(eval $(call unit,bell_device,,$(WRAP_BELL)))
$(eval $(call unit,bell_fifo,tests/unit/bell_fixture.c tests/unit/region_fixture.c))
$(eval $(call unit,region,tests/unit/region_fixture.c))
$(eval $(call unit,region_refused,tests/unit/region_fixture.c))
$(eval $(call unit,region_create,,$(WRAP_FALLOCATE)))
$(eval $(call unit,region_device,,$(WRAP_DEVICE)))
$(eval $(call unit,uri))

CHECK_PROGS += tests/tools/check-config.sh tests/tools/check-man.sh
CHECK_DEPS  += $(BUILD)/host/tfsd $(BUILD)/host/tfs

$(eval $(call unit,bench,$(TFS_BENCH_RUN_SRCS),-lm))
CHECK_PROGS += tests/tools/check-bench.sh
CHECK_DEPS  += $(BUILD)/asan/tfs $(BUILD)/host/tfsd

# --- the weather application as a Linux process; `make demo` ----------------------

WEATHER_CLIENT_SRCS := tests/weather/weather_client.c tests/weather/weather_run.c \
		       $(BUILD)/weather/weather_rows.c
WEATHER_INCLUDES    := -Itests/weather -I$(BUILD)/weather
# The rules are in qemu.mk, which is read later: prerequisites need the names here.
WEATHER_FILES       := $(BUILD)/weather/weather.h $(BUILD)/weather/weather_rows.c

$(call objects,host,$(WEATHER_CLIENT_SRCS)): CFLAGS_host += $(WEATHER_INCLUDES)
$(call objects,host,$(WEATHER_CLIENT_SRCS)): $(WEATHER_FILES)
$(eval $(call program,host,weather_client,$(WEATHER_CLIENT_SRCS),$(BUILD)/host/liboc.a $(LIB_LIBS)))

# --- what tfs tells of a tfsd that runs -----------------------------------------------

$(call objects,asan,tests/tools/step_client.c): CFLAGS_asan += $(WEATHER_INCLUDES)
$(call objects,asan,tests/tools/step_client.c): $(WEATHER_FILES)
$(eval $(call program,asan,step_client,tests/tools/step_client.c,$(BUILD)/asan/liboc.a $(LIB_LIBS)))

CHECK_PROGS += tests/tools/check-backup.sh tests/tools/check-control.sh \
	       tests/tools/check-top.py
CHECK_DEPS  += $(BUILD)/asan/step_client $(BUILD)/asan/tfs $(BUILD)/asan/tfsd

demo: ## tfsd on a memory file, a client that plays the firmware, the rows by SQL
	$(Q)tests/deps/install.sh demo
	$(Q)$(MAKE) --no-print-directory $(BUILD)/host/tfsd $(BUILD)/host/weather_client
	$(Q)tests/weather/demo.sh

CHECK_PROGS += tests/weather/check-demo.sh
CHECK_DEPS  += $(BUILD)/host/tfsd $(BUILD)/host/weather_client

# --- the protocol over heap, memory file and, in the guest, the device ------------

PROTOCOL_SRCS := \
	tests/protocol/main.c \
	tests/protocol/test_cancel.c \
	tests/protocol/test_database.c \
	tests/protocol/test_deaths.c \
	tests/protocol/test_messages.c \
	tests/protocol/test_refusals.c \
	tests/protocol/test_sharing.c \
	tests/protocol/test_sql.c \
	tests/protocol/test_takeover.c
PROTOCOL_HEAP_SRCS    := tests/protocol/fixture_heap.c $(PROTOCOL_SRCS)
PROTOCOL_PROCESS_SRCS := tests/protocol/fixture_process.c $(PROTOCOL_SRCS)
PROTOCOL_SERVER_SRCS  := $(TFSD_SERVER_SRCS) $(TFSD_WORKER_SRCS) $(TFSD_CONFIG_SRCS) \
			 $(TFSD_STORE_SRCS) $(TOOLS_SCHEMA_SRCS)

define protocol_flags
$(call objects,$(1),$(PROTOCOL_HEAP_SRCS) $(PROTOCOL_PROCESS_SRCS)): CFLAGS_$(1) += $(WEATHER_INCLUDES)
$(call objects,$(1),$(PROTOCOL_HEAP_SRCS) $(PROTOCOL_PROCESS_SRCS)): $(WEATHER_FILES)
endef
$(foreach c,asan host arm64,$(eval $(call protocol_flags,$(c))))

$(eval $(call program,asan,protocol_heap,$(PROTOCOL_HEAP_SRCS) $(PROTOCOL_SERVER_SRCS),$(BUILD)/asan/liboc.a $(TFSD_LIBS)))
$(eval $(call program,host,protocol_process,$(PROTOCOL_PROCESS_SRCS),$(BUILD)/host/liboc.a -lsqlite3 -luuid))
$(eval $(call program,arm64,protocol_process,$(PROTOCOL_PROCESS_SRCS),$(BUILD)/arm64/liboc.a -lsqlite3 -luuid))

CHECK_PROGS += $(BUILD)/asan/protocol_heap $(BUILD)/host/protocol_process
CHECK_DEPS  += $(BUILD)/asan/protocol_heap $(BUILD)/host/protocol_process $(BUILD)/asan/tfsd

# --- lib/PROTOCOL.md against the code ------------------------------------------------

CONVERSATION_SRCS := tests/protocol/conversation.c tests/protocol/watch.c
$(call objects,asan,$(CONVERSATION_SRCS)): CFLAGS_asan += $(WEATHER_INCLUDES)
$(call objects,asan,$(CONVERSATION_SRCS)): $(BUILD)/weather/weather.h
$(eval $(call program,asan,protocol/conversation,$(CONVERSATION_SRCS) $(PROTOCOL_SERVER_SRCS),$(BUILD)/asan/liboc.a $(TFSD_LIBS)))
$(eval $(call program,asan,protocol/facts,tests/protocol/facts.c $(TOOLS_SCHEMA_SRCS),$(BUILD)/asan/liboc.a $(TFS_LIBS)))

CHECK_PROGS += tests/protocol/check-protocol.sh tests/protocol/check-stranger.sh
CHECK_DEPS  += $(BUILD)/asan/protocol/conversation $(BUILD)/asan/protocol/facts $(BUILD)/asan/tfsd

# --- README.md ----------------------------------------------------------------------

CHECK_PROGS += tests/docs/check-readme.sh
CHECK_DEPS  += $(BUILD)/host/tfs $(BUILD)/host/tfsd $(BUILD)/asan/liboc.a $(DTBOS) \
	       $(BUILD)/arm64/.complete

# --- the freestanding core ---------------------------------------------------------

CHECK_PROGS += tests/core/check-freestanding.sh
CHECK_DEPS  += $(CORE_OBJS)

# Programs that keep as much of it as they use: `make size`.
FOOTPRINT_LDFLAGS := -nostdlib -Wl,--gc-sections -Wl,--fatal-warnings -T tests/core/footprint.ld \
		     -Wl,--defsym=board=0x100,--defsym=schema=0x200,--defsym=region=0x21000000

$(BUILD)/core/m4/tests/qemu/firmware/mem.o: CORE_FLAGS += -fno-tree-loop-distribute-patterns

$(BUILD)/core/m4/%.elf: $(BUILD)/core/m4/tests/core/footprint_%.o \
		$(BUILD)/core/m4/tests/qemu/firmware/mem.o tests/core/footprint.ld \
		$(patsubst %.c,$(BUILD)/core/m4/%.o,$(LIB_CORE_SRCS))
	$(call msg,LINK,$@)
	$(Q)$(CORE_CC_m4) $(FOOTPRINT_LDFLAGS) -o $@ $(filter %.o,$^)

.PHONY: size
size: $(BUILD)/core/m4/transport.elf $(BUILD)/core/m4/database.elf ## firmware footprint on Cortex-M4
	$(Q)tests/core/size.sh

CHECK_PROGS += tests/core/check-size.sh
CHECK_DEPS  += $(BUILD)/core/m4/transport.elf $(BUILD)/core/m4/database.elf

# --- schemas and the store --------------------------------------------------------

TESTS_KINDS := $(BUILD)/tests/kinds.h

$(TESTS_KINDS): tests/data/kinds.sql $(BUILD)/host/tfs
	$(call msg,TFS,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/host/tfs compile -o $@ $<

UNIT_STORE_TESTS := backup commit conns durable faults log open others read sql stop
UNIT_STORE_SRCS  := tests/unit/store_fixture.c tests/unit/store_program.c \
		    $(TFSD_STORE_SRCS) $(TFSD_ACTIVITY_SRCS) tools/tfsd/log.c \
		    $(TOOLS_SCHEMA_SRCS)
UNIT_SYNC_SRCS   := tests/unit/sync_disk.c tools/tfsd/store_sync.c tools/tfsd/store_maintain.c tools/tfsd/store_token.c \
		    $(TFSD_ACTIVITY_SRCS) tools/tfsd/log.c
UNIT_KINDS_OBJS  := $(call objects,asan,$(UNIT_STORE_TESTS:%=tests/unit/test_store_%.c) \
		    tests/unit/store_fixture.c tests/unit/store_program.c \
		    tests/unit/test_schema_load.c)

$(UNIT_KINDS_OBJS): CFLAGS_asan += -I$(BUILD)/tests
$(UNIT_KINDS_OBJS): $(TESTS_KINDS)

$(eval $(call unit,schema_check,$(TOOLS_SCHEMA_SRCS)))
$(eval $(call unit,schema_hash,$(TOOLS_SCHEMA_SRCS)))
$(eval $(call unit,schema_load,$(TOOLS_SCHEMA_SRCS)))
$(eval $(call unit,store_backup,tests/unit/faulty_vfs.c $(UNIT_STORE_SRCS)))
$(eval $(call unit,store_commit,$(UNIT_STORE_SRCS)))
$(eval $(call unit,store_conns,$(UNIT_STORE_SRCS)))
$(eval $(call unit,store_durable,$(UNIT_STORE_SRCS)))
$(eval $(call unit,store_faults,tests/unit/faulty_vfs.c $(UNIT_STORE_SRCS)))
$(eval $(call unit,store_line,tools/tfsd/store_token.c,$(WRAP_CLOCK)))
$(eval $(call unit,store_log,tests/unit/faulty_vfs.c $(UNIT_STORE_SRCS)))
$(eval $(call unit,store_open,$(UNIT_STORE_SRCS)))
$(eval $(call unit,store_others,$(UNIT_STORE_SRCS)))
$(eval $(call unit,store_read,$(UNIT_STORE_SRCS)))
$(eval $(call unit,store_sql,$(UNIT_STORE_SRCS)))
$(eval $(call unit,store_stop,$(UNIT_STORE_SRCS)))
$(eval $(call unit,store_sync,$(UNIT_SYNC_SRCS)))
$(eval $(call unit,store_token,$(UNIT_SYNC_SRCS)))
$(eval $(call unit,store_writers,$(UNIT_SYNC_SRCS)))
$(eval $(call unit,store_utf8,tools/tfsd/store_utf8.c))

# --- tfsd's handlers -------------------------------------------------------------------

# When a commit is durable, and at which look a cancel is seen, is the test's to say.
WRAP_IOCTL     := -Wl,--wrap=ioctl
WRAP_DURABLE   := -Wl,--wrap=store_durable
WRAP_CANCELLED := -Wl,--wrap=oc_server_cancelled
WRAP_CLOCK     := -Wl,--wrap=oc_clock_ns

UNIT_REQUEST_TESTS := cancel end order read session sql sql_job start
UNIT_TFSD_TESTS    := $(UNIT_REQUEST_TESTS:%=request_%) fate share_threads channel_bell
UNIT_REQUEST_SRCS  := tests/unit/tfsd_fixture.c $(PROTOCOL_SERVER_SRCS)
UNIT_REQUEST_OBJS  := $(call objects,asan,$(UNIT_TFSD_TESTS:%=tests/unit/test_%.c) \
		      tests/unit/fate.c tests/unit/sql_fixture.c tests/unit/tfsd_fixture.c)

$(UNIT_REQUEST_OBJS): CFLAGS_asan += -I$(BUILD)/tests
$(UNIT_REQUEST_OBJS): $(TESTS_KINDS)

$(eval $(call unit,activity,$(TFSD_ACTIVITY_SRCS)))
$(eval $(call unit,control,$(TFSD_CONTROL_SRCS) tools/tfsd/loop.c tools/tfsd/log.c,$(WRAP_CLOCK)))
$(eval $(call unit,control_request,tools/tfsd/control_request.c))
$(eval $(call unit,control_socket,tools/tfsd/control_socket.c))
$(eval $(call unit,locks,tools/tfsd/locks.c))
$(eval $(call unit,order,tools/tfsd/order.c))
$(eval $(call unit,channel_bell,$(UNIT_REQUEST_SRCS),$(WRAP_IOCTL)))
$(eval $(call unit,request_cancel,$(UNIT_REQUEST_SRCS),$(WRAP_DURABLE) $(WRAP_CANCELLED)))
$(eval $(call unit,request_end,$(UNIT_REQUEST_SRCS),$(WRAP_DURABLE)))
$(eval $(call unit,request_order,$(UNIT_REQUEST_SRCS)))
$(eval $(call unit,request_read,$(UNIT_REQUEST_SRCS)))
$(eval $(call unit,request_session,$(UNIT_REQUEST_SRCS)))
$(eval $(call unit,request_sql,tests/unit/sql_fixture.c $(UNIT_REQUEST_SRCS)))
$(eval $(call unit,request_sql_job,tests/unit/sql_fixture.c $(UNIT_REQUEST_SRCS)))
$(eval $(call unit,request_start,$(UNIT_REQUEST_SRCS)))
$(eval $(call unit,fate,tests/unit/fate.c $(UNIT_REQUEST_SRCS),$(WRAP_DURABLE)))
$(eval $(call unit,share_threads,$(UNIT_REQUEST_SRCS)))

CHECK_PROGS += tests/tools/check-compile.sh
CHECK_DEPS  += $(BUILD)/host/tfs

# --- measurements -------------------------------------------------------------------

include tests/bench/bench.mk

# --- style of library and tools, installation ----------------------------------------

.PHONY: sparse-user
sparse: sparse-user
sparse-user:
	$(Q)tests/style/check-sparse.sh

CHECK_PROGS += tests/style/check-sparse.sh tests/tools/check-install.sh tests/tools/check-sql.sh \
	       tests/tools/check-tfsd.sh
CHECK_DEPS  += $(BUILD)/asan/tfs $(BUILD)/asan/tfsd

# --- the transport on a weakly ordered machine ------------------------------------------

include tests/sim/sim.mk

# --- the models of the channel ---------------------------------------------------------

include tests/model/model.mk

# --- threads ---------------------------------------------------------------------------

include tests/threads/threads.mk

# --- tfsd's end -----------------------------------------------------------------------

include tests/stop/stop.mk

# --- hostile bytes ---------------------------------------------------------------------

include tests/fuzz/fuzz.mk

# --- for longer ------------------------------------------------------------------------

SOAK_PROGS := tests/fuzz/check-fuzz.sh tests/threads/check-threads.sh tests/sim/check-sim.sh \
	      $(BUILD)/asan/unit/fate

.PHONY: check-soak check-soak-run
check-soak: deps ## hostile bytes, threads, the simulation and fates for longer
	$(Q)$(MAKE) --no-print-directory check-soak-run
check-soak-run: $(FUZZ_DEPS) $(THREADS_DEPS) $(BUILD)/sim/sim $(SIM_FLAGS) $(BUILD)/asan/unit/fate
	$(Q)CHECK_LIMIT=7200 FUZZ_SECONDS=60 THREADS_MS=20000 SIM_RUNS=5000000 SIM_BOUND=6000 \
		FATE_RUNS=200 tests/run-checks.sh $(SOAK_PROGS)
