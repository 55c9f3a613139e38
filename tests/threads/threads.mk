# SPDX-License-Identifier: GPL-2.0-only
# The thread sanitizer over two threads on one channel, and over tfsd's.

# tsan: as users run it. It does not know fences, and need not: what they order is atomic.
CC_tsan      = $(CC)
CFLAGS_tsan  = $(CFLAGS) -O1 -fno-omit-frame-pointer -fsanitize=thread -Wno-tsan
LDFLAGS_tsan = $(LDFLAGS) -fsanitize=thread

# threads: the core's accessors are replaced: barrier_calls.h comes before anything else.
CC_threads      = $(CC)
CFLAGS_threads  = $(CFLAGS_tsan) -include tests/barrier_calls.h -Ilib/core
LDFLAGS_threads = $(LDFLAGS_tsan)

$(foreach c,tsan threads,$(eval $(call config_rules,$(c))))

THREADS_SRCS := tests/threads/two_threads.c tests/threads/barrier_tsan.c $(SIM_CORE_SRCS)

$(eval $(call program,threads,two_threads,$(THREADS_SRCS),-lpthread))

# tfsd: the reactor's thread and the one that syncs.
$(eval $(call archive,tsan,liboc.a,$(LIB_SRCS)))
$(eval $(call program,tsan,tfsd,$(TFSD_SRCS),$(BUILD)/tsan/liboc.a $(TFSD_LIBS)))
$(eval $(call program,tsan,store_sync,tests/unit/test_store_sync.c $(UNIT_SYNC_SRCS),$(BUILD)/tsan/liboc.a $(UNIT_LIBS)))
$(eval $(call program,tsan,store_writers,tests/unit/test_store_writers.c $(UNIT_SYNC_SRCS),$(BUILD)/tsan/liboc.a $(UNIT_LIBS)))
$(foreach t,durable conns,$(eval $(call program,tsan,store_$(t),tests/unit/test_store_$(t).c $(UNIT_STORE_SRCS),$(BUILD)/tsan/liboc.a $(UNIT_LIBS))))

$(eval $(call program,tsan,worker,tests/unit/test_worker.c $(UNIT_WORKER_SRCS),$(BUILD)/tsan/liboc.a $(UNIT_LIBS)))

SQL_JOB_SRCS := tests/unit/test_request_sql_job.c tests/unit/sql_fixture.c $(UNIT_REQUEST_SRCS) $(LIB_SRCS)

$(eval $(call program,tsan,sql_job,$(SQL_JOB_SRCS),$(UNIT_LIBS)))

# Three sessions on one channel object.
SHARE_THREADS_SRCS := tests/unit/test_share_threads.c $(UNIT_REQUEST_SRCS) $(LIB_SRCS)

$(eval $(call program,tsan,share_threads,$(SHARE_THREADS_SRCS),$(UNIT_LIBS)))

THREADS_KINDS_OBJS := $(call objects,tsan,tests/unit/test_store_durable.c tests/unit/test_store_conns.c $(UNIT_STORE_SRCS) \
		      tests/unit/test_share_threads.c tests/unit/test_request_sql_job.c \
		      tests/unit/sql_fixture.c tests/unit/tfsd_fixture.c)
$(THREADS_KINDS_OBJS): CFLAGS_tsan += -I$(BUILD)/tests
$(THREADS_KINDS_OBJS): $(TESTS_KINDS)

# For mutants: compiler, flags, linker's flags, objects.
$(BUILD)/threads/two_threads.flags: Makefile tests/sim/sim.mk tests/threads/threads.mk
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC_threads)' '$(CFLAGS_threads)' '$(LDFLAGS_threads) -lpthread' \
		'$(call objects,threads,$(THREADS_SRCS))' >$@

$(BUILD)/tsan/store_sync.flags: Makefile tests/tests.mk tests/threads/threads.mk
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC_tsan)' '$(CFLAGS_tsan)' \
		'$(BUILD)/tsan/liboc.a $(LDFLAGS_tsan) $(UNIT_LIBS)' \
		'$(call objects,tsan,tests/unit/test_store_sync.c $(UNIT_SYNC_SRCS))' >$@

$(BUILD)/tsan/worker.flags: Makefile tests/tests.mk tests/threads/threads.mk
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC_tsan)' '$(CFLAGS_tsan)' \
		'$(BUILD)/tsan/liboc.a $(LDFLAGS_tsan) $(UNIT_LIBS)' \
		'$(call objects,tsan,tests/unit/test_worker.c $(UNIT_WORKER_SRCS))' >$@

$(BUILD)/tsan/store_writers.flags: Makefile tests/tests.mk tests/threads/threads.mk
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC_tsan)' '$(CFLAGS_tsan)' \
		'$(BUILD)/tsan/liboc.a $(LDFLAGS_tsan) $(UNIT_LIBS)' \
		'$(call objects,tsan,tests/unit/test_store_writers.c $(UNIT_SYNC_SRCS))' >$@

$(BUILD)/tsan/share_threads.flags: Makefile tests/threads/threads.mk
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(CC_tsan)' '$(CFLAGS_tsan)' '$(LDFLAGS_tsan) $(UNIT_LIBS)' \
		'$(call objects,tsan,$(SHARE_THREADS_SRCS))' >$@

THREADS_DEPS := $(BUILD)/threads/two_threads $(BUILD)/threads/two_threads.flags \
	$(BUILD)/tsan/tfsd $(BUILD)/host/protocol_process \
	$(BUILD)/host/stop/reactors $(BUILD)/host/stop/gate.so \
	$(BUILD)/tsan/sql_job $(BUILD)/tsan/worker $(BUILD)/tsan/worker.flags \
	$(BUILD)/tsan/store_sync $(BUILD)/tsan/store_sync.flags $(BUILD)/tsan/store_durable \
	$(BUILD)/tsan/store_writers $(BUILD)/tsan/store_writers.flags $(BUILD)/tsan/store_conns \
	$(BUILD)/tsan/share_threads $(BUILD)/tsan/share_threads.flags

CHECK_PROGS += tests/threads/check-threads.sh
CHECK_DEPS  += $(THREADS_DEPS)
