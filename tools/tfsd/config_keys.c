// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* config_keys.c: every key that tfsd knows; tfsd.conf(5) explains them at length */
#include <limits.h>
#include <sys/un.h>

#include <linux/tfs_shm_poll.h>

#include "config_keys.h"

#define GLOBAL(field)	.offset = offsetof(struct config, field)
#define CHANNEL(field)	.offset = offsetof(struct config_channel, field)
#define DATABASE(field)	.offset = offsetof(struct config_database, store.field)
#define PATH_LONGEST	(PATH_MAX - 1)
#define CONTROL_LONGEST	(sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static const char *const listen_words[] = {
	[CONFIG_LISTEN_SHM_POLL] = "shm_poll", NULL
};

static const char *const doorbell_words[] = {
	[CONFIG_DOORBELL_AUTO] = "auto", [CONFIG_DOORBELL_YES] = "yes",
	[CONFIG_DOORBELL_NO] = "no", NULL
};

static const char *const durability_words[] = {
	[STORE_FULL] = "full", [STORE_LAZY] = "lazy", NULL
};

static const char *const level_words[] = {
	[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info", [LOG_LEVEL_DEBUG] = "debug", NULL
};

const struct config_key config_global_keys[GLOBAL_KEYS] = {
	[GLOBAL_LISTEN] = {
		.name = "listen", .type = &config_listen, GLOBAL(listen),
		.words = listen_words, .preset = "shm_poll",
		.help = "transport that clients use",
	},
	[GLOBAL_DEVICE] = {
		.name = "device", .type = &config_channel_list, GLOBAL(devices),
		.max = CONFIG_CHANNELS_MAX, .preset = "0",
		.help = "channels of the driver to serve",
	},
	[GLOBAL_FILE] = {
		.name = "file", .type = &config_path, GLOBAL(file), .max = OC_URI_PATH_MAX,
		.help = "memory file to serve, instead of the driver's channels",
	},
	[GLOBAL_CHANNELS] = {
		.name = "channels", .type = &config_number, GLOBAL(nchannels),
		.min = 1, .max = CONFIG_CHANNELS_MAX, .preset = "4",
		.help = "number of channels in the memory file",
	},
	[GLOBAL_STRIDE] = {
		.name = "stride", .type = &config_number, GLOBAL(stride),
		.min = TFS_SHM_POLL_CHANNEL_SIZE, .max = 16 << 20, .preset = "65536",
		.help = "bytes from one channel of the memory file to the next",
	},
	[GLOBAL_WAIT] = {
		.name = "wait", .type = &config_word, GLOBAL(wait),
		.words = oc_wait_names, .preset = "adaptive",
		.reload = true,
		.help = "what tfsd does while there is nothing to do",
	},
	[GLOBAL_DOORBELL] = {
		.name = "doorbell", .type = &config_word, GLOBAL(doorbell),
		.words = doorbell_words, .preset = "auto",
		.help = "whether clients ring: yes, all of them; auto, those that say so; no",
	},
	[GLOBAL_REACTORS] = {
		.name = "reactors", .type = &config_number, GLOBAL(reactors),
		.min = 1, .max = CONFIG_REACTORS_MAX, .preset = "1",
		.help = "threads that serve channels",
	},
	[GLOBAL_REACTOR_CPUS] = {
		.name = "reactor_cpus", .type = &config_cpu_list, GLOBAL(reactor_cpus),
		.max = CONFIG_REACTORS_MAX, .preset = "any",
		.help = "processors that they run on, one each, by turns",
	},
	[GLOBAL_REACTOR_PRIORITY] = {
		.name = "reactor_priority", .type = &config_number, GLOBAL(reactor_priority),
		.max = 99, .preset = "0",
		.help = "their real-time priority; 0: none",
	},
	[GLOBAL_SPIN] = {
		.name = "spin", .type = &config_number, GLOBAL(spin_ns),
		.max = OC_LADDER_SPIN_LIMIT_NS / 1000, .scale = 1000, .preset = "50",
		.reload = true,
		.help = "microseconds that adaptive spins at most",
	},
	[GLOBAL_MAX_MESSAGE] = {
		.name = "max_message", .type = &config_number, GLOBAL(max_message),
		.min = 4096, .max = 64 << 20, .multiple = 8, .preset = "1048576",
		.help = "largest request in bytes",
	},
	[GLOBAL_MAX_SESSIONS] = {
		.name = "max_sessions", .type = &config_number, GLOBAL(max_sessions),
		.min = 1, .max = 1024, .preset = "16",
		.reload = true,
		.help = "sessions on a channel at a time",
	},
	[GLOBAL_WORKERS] = {
		.name = "workers", .type = &config_number, GLOBAL(workers),
		.min = 1, .max = 64, .preset = "2",
		.help = "threads for SQL and other long work",
	},
	[GLOBAL_MAX_STATEMENTS] = {
		.name = "max_statements", .type = &config_number, GLOBAL(max_statements),
		.min = 1, .max = 1024, .preset = "8",
		.help = "SQL statements of all clients at a time",
	},
	[GLOBAL_STATEMENT_IDLE] = {
		.name = "statement_idle", .type = &config_number, GLOBAL(statement_idle_ms),
		.min = 1, .max = 3600, .scale = 1000, .preset = "10",
		.help = "seconds until a statement ends that nobody asks about",
	},
	[GLOBAL_DURABILITY] = {
		.name = "durability", .type = &config_word, GLOBAL(defaults.durability),
		.words = durability_words, .preset = "full",
		.help = "what an answered commit survives: full, power loss; lazy, a crash",
	},
	[GLOBAL_BUSY_TIMEOUT] = {
		.name = "busy_timeout", .type = &config_number, GLOBAL(defaults.busy_timeout_ms),
		.max = 3600, .scale = 1000, .preset = "3",
		.help = "seconds that a request waits for other programs in the database",
	},
	[GLOBAL_CHECKPOINT_PAGES] = {
		.name = "checkpoint_pages", .type = &config_number,
		GLOBAL(defaults.checkpoint_pages), .min = 1, .max = 1000000, .preset = "1000",
		.help = "pages in the write-ahead log that call for a checkpoint",
	},
	[GLOBAL_CONTROL] = {
		.name = "control", .type = &config_path, GLOBAL(control), .max = CONTROL_LONGEST,
		.preset = "none",
		.help = "socket by which tfs(1) asks and controls: none or a path",
	},
	[GLOBAL_BACKUP_DIRECTORY] = {
		.name = "backup_directory", .type = &config_path, GLOBAL(backup_directory),
		.max = PATH_LONGEST, .preset = "none", .reload = true,
		.help = "where copies of the databases go: none or a path",
	},
	[GLOBAL_BACKUP_COMMAND] = {
		.name = "backup_command", .type = &config_path, GLOBAL(backup_command),
		.max = PATH_LONGEST, .preset = "none", .reload = true,
		.help = "program that is given each copy: none or a path",
	},
	[GLOBAL_BACKUP_INTERVAL] = {
		.name = "backup_interval", .type = &config_number, GLOBAL(backup_interval),
		.max = 31536000, .preset = "0", .reload = true,
		.help = "seconds from one copy of all databases to the next; 0: when asked",
	},
	[GLOBAL_SHUTDOWN_TIMEOUT] = {
		.name = "shutdown_timeout", .type = &config_number, GLOBAL(shutdown_ms),
		.min = 1, .max = 3600, .scale = 1000, .preset = "10", .reload = true,
		.help = "seconds until a shutdown that is not done is made harder",
	},
	[GLOBAL_LOG] = {
		.name = "log", .type = &config_path, GLOBAL(log), .max = PATH_LONGEST,
		.preset = "stderr",
		.reload = true,
		.help = "where messages go: stderr or a file",
	},
	[GLOBAL_LOG_LEVEL] = {
		.name = "log_level", .type = &config_word, GLOBAL(log_level),
		.words = level_words, .preset = "info",
		.reload = true,
		.help = "least grave messages that are logged",
	},
};

/* Those without .preset that are no paths take the global key of the same name. */
const struct config_key config_database_keys[DATABASE_KEYS] = {
	[DATABASE_FILE] = {
		.name = "file", .type = &config_path, DATABASE(file), .max = PATH_LONGEST,
		.help = "the database file; created if there is none",
	},
	[DATABASE_SCHEMA] = {
		.name = "schema", .type = &config_path, DATABASE(schema_file),
		.max = PATH_LONGEST,
		.help = "SQL file with the tables",
	},
	[DATABASE_DURABILITY] = {
		.name = "durability", .type = &config_word, DATABASE(durability),
		.words = durability_words,
		.help = "of this database; default: the global one",
	},
	[DATABASE_BUSY_TIMEOUT] = {
		.name = "busy_timeout", .type = &config_number, DATABASE(busy_timeout_ms),
		.max = 3600, .scale = 1000,
		.help = "of this database; default: the global one",
	},
	[DATABASE_CHECKPOINT_PAGES] = {
		.name = "checkpoint_pages", .type = &config_number, DATABASE(checkpoint_pages),
		.min = 1, .max = 1000000,
		.help = "of this database; default: the global one",
	},
};

const struct config_key config_channel_keys[CHANNEL_KEYS] = {
	[CHANNEL_WAIT] = {
		.name = "wait", .type = &config_word, CHANNEL(wait), .words = oc_wait_names,
		.reload = true,
		.help = "of this channel; default: the global one",
	},
	[CHANNEL_DOORBELL] = {
		.name = "doorbell", .type = &config_word, CHANNEL(doorbell),
		.words = doorbell_words,
		.help = "of this channel; default: the global one",
	},
	[CHANNEL_REACTOR] = {
		.name = "reactor", .type = &config_reactor, CHANNEL(reactor),
		.help = "the thread that serves it: auto or its number, from 0",
	},
};

_Static_assert(GLOBAL_KEYS <= CONFIG_KEYS_MAX, "struct config has a line for every key");
_Static_assert(DATABASE_KEYS <= CONFIG_KEYS_MAX, "struct config_database too");
_Static_assert(CHANNEL_KEYS <= CONFIG_KEYS_MAX, "struct config_channel too");
_Static_assert(OC_LADDER_SPIN_MAX_NS == 50 * 1000, "spin's preset");
