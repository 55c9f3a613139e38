# SPDX-License-Identifier: GPL-2.0-only OR MIT
# tfsd, the daemon, and tfs, the tool of many verbs.

TOOLS_SCHEMA_SRCS := \
	tools/schema/schema.c \
	tools/schema/schema_check.c \
	tools/schema/schema_hash.c \
	tools/schema/schema_layout.c \
	tools/schema/schema_read.c \
	tools/schema/schema_run.c \
	tools/schema/schema_token.c \
	tools/schema/schema_type.c

# What is made of figures: tested on figures that are known.
TFS_BENCH_RUN_SRCS := \
	tools/tfs/bench_peer.c \
	tools/tfs/bench_process.c \
	tools/tfs/bench_rows.c \
	tools/tfs/bench_run.c \
	tools/tfs/bench_stats.c \
	tools/tfs/bench_table.c

TFS_SRCS := \
	tools/tfs/bench.c \
	tools/tfs/bench_bare.c \
	tools/tfs/bench_bell.c \
	tools/tfs/bench_channel.c \
	tools/tfs/bench_compare.c \
	tools/tfs/bench_extern.c \
	tools/tfs/bench_idle.c \
	tools/tfs/bench_ipc.c \
	tools/tfs/bench_latency.c \
	tools/tfs/bench_lines.c \
	tools/tfs/bench_options.c \
	tools/tfs/bench_paced.c \
	tools/tfs/bench_remote.c \
	tools/tfs/bench_scratch.c \
	tools/tfs/bench_tfsd.c \
	tools/tfs/compile.c \
	tools/tfs/compile_check.c \
	tools/tfs/compile_write.c \
	tools/tfs/control.c \
	tools/tfs/main.c \
	tools/tfs/metrics.c \
	tools/tfs/show.c \
	tools/tfs/sql.c \
	tools/tfs/tables.c \
	tools/tfs/top.c \
	tools/tfs/top_lines.c \
	tools/tfs/top_screen.c \
	tools/tfs/view.c \
	$(TFS_BENCH_RUN_SRCS)

TFSD_ACTIVITY_SRCS := \
	tools/tfsd/activity.c \
	tools/tfsd/activity_thread.c

TFSD_SERVER_SRCS := \
	$(TFSD_ACTIVITY_SRCS) \
	tools/tfsd/channel.c \
	tools/tfsd/channel_bell.c \
	tools/tfsd/channel_log.c \
	tools/tfsd/channel_open.c \
	tools/tfsd/channel_order.c \
	tools/tfsd/database.c \
	tools/tfsd/locks.c \
	tools/tfsd/order.c \
	tools/tfsd/request.c \
	tools/tfsd/request_read.c \
	tools/tfsd/request_session.c \
	tools/tfsd/request_sql.c \
	tools/tfsd/request_update.c \
	tools/tfsd/session.c \
	tools/tfsd/statement.c

# The control socket, without what its verbs are about.
TFSD_CONTROL_SRCS := \
	tools/tfsd/control.c \
	tools/tfsd/control_client.c \
	tools/tfsd/control_request.c \
	tools/tfsd/control_socket.c

# Threads, and what they wait for.
TFSD_LOOP_SRCS := \
	tools/tfsd/loop.c \
	tools/tfsd/notify.c \
	tools/tfsd/shutdown.c \
	tools/tfsd/watchdog.c

TFSD_WORKER_SRCS := \
	tools/tfsd/thread.c \
	tools/tfsd/worker.c

TFSD_MAIN_SRCS := \
	tools/tfsd/backup.c \
	tools/tfsd/backup_command.c \
	tools/tfsd/backup_copy.c \
	tools/tfsd/channels.c \
	tools/tfsd/closing.c \
	tools/tfsd/control_dump.c \
	tools/tfsd/control_verbs.c \
	tools/tfsd/main.c \
	tools/tfsd/options.c \
	tools/tfsd/reactor.c \
	tools/tfsd/reactors.c \
	tools/tfsd/reload.c \
	tools/tfsd/signals.c

TFSD_CONFIG_SRCS := \
	tools/tfsd/config.c \
	tools/tfsd/config_check.c \
	tools/tfsd/config_compare.c \
	tools/tfsd/config_file.c \
	tools/tfsd/config_keys.c \
	tools/tfsd/config_section.c \
	tools/tfsd/config_types.c \
	tools/tfsd/log.c

TFSD_STORE_SRCS := \
	tools/tfsd/store.c \
	tools/tfsd/store_altered.c \
	tools/tfsd/store_backup.c \
	tools/tfsd/store_checkpoint.c \
	tools/tfsd/store_commit.c \
	tools/tfsd/store_conn.c \
	tools/tfsd/store_connect.c \
	tools/tfsd/store_create.c \
	tools/tfsd/store_error.c \
	tools/tfsd/store_log.c \
	tools/tfsd/store_maintain.c \
	tools/tfsd/store_memory.c \
	tools/tfsd/store_read.c \
	tools/tfsd/store_row.c \
	tools/tfsd/store_sql.c \
	tools/tfsd/store_sqlite.c \
	tools/tfsd/store_statement.c \
	tools/tfsd/store_stop.c \
	tools/tfsd/store_sync.c \
	tools/tfsd/store_token.c \
	tools/tfsd/store_utf8.c \
	tools/tfsd/store_version.c

TFSD_SRCS := $(TFSD_MAIN_SRCS) $(TFSD_LOOP_SRCS) $(TFSD_WORKER_SRCS) $(TFSD_CONTROL_SRCS) $(TFSD_SERVER_SRCS) \
	     $(TFSD_CONFIG_SRCS) $(TFSD_STORE_SRCS) $(TOOLS_SCHEMA_SRCS)

TFSD_LIBS := -lsqlite3 -linih -luuid -lpthread
TFS_LIBS  := -lsqlite3 -luuid -lm -lncurses -ltinfo

$(foreach c,host asan arm64,$(eval $(call program,$(c),tfsd,$(TFSD_SRCS),$(BUILD)/$(c)/liboc.a $(TFSD_LIBS))))
$(foreach c,host asan,$(eval $(call program,$(c),tfs,$(TFS_SRCS) $(TOOLS_SCHEMA_SRCS),$(BUILD)/$(c)/liboc.a $(TFS_LIBS))))

.PHONY: tools
tools: $(BUILD)/host/tfsd $(BUILD)/host/tfs ## the daemon and the tool, build/host/tfsd and tfs
