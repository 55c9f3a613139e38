// SPDX-License-Identifier: GPL-2.0-only
/*
 * ladder_live [URI WATCHED]: a server and a client in two threads, by every policy
 *
 * Without arguments over a memory file of its own. WATCHED, yes or no, is whether the
 * channel's memory can be monitored. Prints TAP. That a thread sleeps shows in how often
 * it gave up the processor by itself, which the kernel counts. On a machine with other
 * work that takes its time: who should sleep is watched until it did so often enough.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <oc/channel.h>
#include <oc/region.h>
#include <oc/server.h>

#define CALLS		50
#define IDLE_MS		200
#define OFTEN		20	/* sleeps; without other work they take 20 ms */
#define PATIENCE	100	/* times IDLE_MS or SILENCE_MS */
#define TIMEOUT_MS	10000
#define SILENCE_MS	100

static struct served {
	struct oc_region region;
	struct oc_ladder ladder;
	struct oc_port port;
	struct oc_server server;
	uint64_t rx[OC_PACKET_MAX / 8];
	pid_t tid;
	bool silent, stop;
} served;

static struct oc_region region;
static int tests, failures;

static void tap(bool good, const char *policy, const char *what)
{
	failures += !good;
	printf("%s %d - %s: %s\n", good ? "ok" : "not ok", ++tests, policy, what);
}

static void need(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s\n", what);
	exit(EXIT_FAILURE);
}

static bool get(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void put(bool *flag, bool value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static void sleep_ns(long ns)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0,
			&(struct timespec){ .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 },
			NULL);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* How often a thread has slept so far. */
static unsigned long sleeps(pid_t tid)
{
	unsigned long n = 0;
	char text[128];
	bool found = false;
	FILE *in;

	snprintf(text, sizeof(text), "/proc/self/task/%d/status", (int)tid);
	in = fopen(text, "re");
	need(in, text);
	while (!found && fgets(text, sizeof(text), in))
		found = sscanf(text, "voluntary_ctxt_switches: %lu", &n) == 1;
	fclose(in);
	need(found, "no count of context switches");
	return n;
}

static bool serve_turn(struct oc_server *server)
{
	static struct oc_msg answer;

	switch (oc_server_poll(server)) {
	case OC_SERVER_IDLE:
		return false;
	case OC_SERVER_ATTACH:
		oc_server_grant(server);
		break;
	case OC_SERVER_DETACH:
		oc_server_free(server);
		break;
	case OC_SERVER_REQUEST:
		memcpy(&answer, served.rx, sizeof(answer));
		oc_server_respond(server, &answer);
		break;
	default:
		break;
	}
	return true;
}

static void *serve(void *arg)
{
	(void)arg;
	__atomic_store_n(&served.tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	while (!get(&served.stop)) {
		uint32_t ns;

		if (!get(&served.silent) && serve_turn(&served.server)) {
			oc_ladder_reset(&served.ladder);
			continue;
		}
		ns = oc_ladder_step(&served.ladder);
		if (ns)
			sleep_ns(ns);
	}
	return NULL;
}

static bool blocks(enum oc_wait policy)
{
	return policy == OC_WAIT_ADAPTIVE || policy == OC_WAIT_SLEEP;
}

/* As few as the ladder allows; or hardly any, for the kernel has locks of its own. */
static bool sleeps_as_it_should(enum oc_wait policy, unsigned long slept, uint64_t ns)
{
	printf("# %lu sleeps in %lu ms\n", slept, (unsigned long)(ns / 1000000));
	if (!blocks(policy))
		return slept < OFTEN;
	return slept >= OFTEN && slept <= ns / OC_LADDER_BLOCK_MAX_NS + OFTEN;
}

static void check_idle(enum oc_wait policy, const char *what)
{
	unsigned long before, slept;
	uint64_t from;
	int n = 0;

	sleep_ns(20000000);	/* what a change or a request before has left behind */
	from = now_ns();
	before = sleeps(served.tid);
	do {
		sleep_ns(IDLE_MS * 1000000l);
		slept = sleeps(served.tid) - before;
	} while (blocks(policy) && slept < OFTEN && ++n < PATIENCE);
	tap(sleeps_as_it_should(policy, slept, now_ns() - from), oc_wait_names[policy], what);
}

static bool call(struct oc_channel *channel)
{
	static struct oc_msg ping, answer;

	ping = (struct oc_msg){ .length = sizeof(ping), .op = OC_OP_PING };
	return oc_channel_call(channel, &ping, &answer, sizeof(answer)) == OC_OK &&
	       answer.sequence == ping.sequence;
}

/* A call whose answer does not come: the client is who waits. */
static void check_silence(struct oc_channel *channel, enum oc_wait policy)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING }, answer;
	unsigned long before, slept;
	uint64_t from;
	int status, n = 0;

	oc_channel_set_timeout(channel, SILENCE_MS);
	put(&served.silent, true);
	from = now_ns();
	before = sleeps(tid);
	do {
		status = oc_channel_call(channel, &ping, &answer, sizeof(answer));
		slept = sleeps(tid) - before;
	} while (status == OC_ETIMEOUT && blocks(policy) && slept < OFTEN && ++n < PATIENCE);
	tap(sleeps_as_it_should(policy, slept, now_ns() - from), oc_wait_names[policy],
	    "a client that waits sleeps as the policy says");
	tap(status == OC_ETIMEOUT, oc_wait_names[policy], "and its call ends");
	put(&served.silent, false);
	oc_channel_set_timeout(channel, TIMEOUT_MS);
}

static void check_calls(struct oc_channel *channel, const char *name)
{
	int good = 0;

	for (int i = 0; i < CALLS; i++)
		good += call(channel);
	tap(good == CALLS, name, "calls succeed");
}

/* The server's policy changes while it runs; the client begins anew. */
static void check_policy(enum oc_wait policy)
{
	const char *name = oc_wait_names[policy];
	struct oc_channel channel = { .state = 0 };
	struct oc_ladder ladder;
	struct oc_port port;

	oc_ladder_set(&served.ladder, policy);
	oc_ladder_init(&ladder, policy, region.line);
	oc_port_linux(&port, &ladder);
	tap(oc_channel_attach(&channel, region.base, &port, region.owner, TIMEOUT_MS) == OC_OK,
	    name, "attached");
	check_calls(&channel, name);
	check_idle(policy, "an idle server sleeps as the policy says");
	check_silence(&channel, policy);
	check_calls(&channel, name);
	oc_channel_detach(&channel);
}

/* While the other thread is in the middle of a wait. */
static void check_changes(void)
{
	static const enum oc_wait changes[] = { OC_WAIT_BUSY, OC_WAIT_SLEEP, OC_WAIT_YIELD,
						OC_WAIT_ADAPTIVE, OC_WAIT_MONITOR };

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		oc_ladder_set(&served.ladder, changes[i]);
		check_idle(changes[i], "counts in the middle of a wait");
	}
}

/* By the processor's and the kernel's own words, and what the caller says of the memory. */
static void check_monitor(bool watched)
{
	bool possible = oc_wait_monitor();
	struct oc_ladder ladder;

#ifdef __aarch64__
	possible = getauxval(AT_HWCAP) & 1ul << 2;
	tap(possible == !!oc_wait_monitor(), "monitor", "is there if the event stream is");
#endif
	printf("# monitor: %s\n", oc_wait_monitor() ? oc_wait_monitor() : "none");
	tap(!!region.line == watched, "monitor", "the region tells whether it can be watched");
	oc_ladder_init(&ladder, OC_WAIT_MONITOR, region.line);
	tap(oc_ladder_in_force(&ladder) ==
	    (possible && watched ? OC_WAIT_MONITOR : OC_WAIT_YIELD),
	    "monitor", "is in force where it can be, and yield elsewhere");
}

static void open_both(const char *text)
{
	struct oc_uri uri;
	uint32_t random[4];

	need(oc_uri_parse(&uri, text, NULL) == OC_OK, "URI");
	if (uri.file[0])
		need(oc_region_create(uri.file, 1, uri.stride, 0600) == OC_OK, "memory file");
	need(oc_region_open_server(&served.region, &uri) == OC_OK, "server's region");
	need(oc_region_open(&region, &uri) == OC_OK, "client's region");
	if (uri.file[0])
		unlink(uri.file);
	oc_uuid_generate(random);
	oc_ladder_init(&served.ladder, OC_WAIT_ADAPTIVE, served.region.line);
	oc_port_linux(&served.port, NULL);
	need(oc_server_start(&served.server, served.region.base, &served.port, random, served.rx,
			     sizeof(served.rx)) == OC_OK, "server");
}

int main(int argc, char **argv)
{
	char own[64];
	pthread_t thread;

	if (argc != 1 && argc != 3) {
		fputs("usage: ladder_live [URI yes|no]\n", stderr);
		return 2;
	}
	snprintf(own, sizeof(own), "tfs-shm-poll://0?file=/dev/shm/tfs-ladder-%d", (int)getpid());
	open_both(argc == 3 ? argv[1] : own);
	need(!pthread_create(&thread, NULL, serve, NULL), "thread");
	while (!__atomic_load_n(&served.tid, __ATOMIC_ACQUIRE))
		sleep_ns(1000000);
	check_monitor(argc == 1 || !strcmp(argv[2], "yes"));
	for (int i = 0; i < OC_WAIT_POLICIES; i++)
		check_policy((enum oc_wait)i);
	check_changes();
	put(&served.stop, true);
	pthread_join(thread, NULL);
	oc_server_stop(&served.server);
	oc_region_close(&region);
	oc_region_close(&served.region);
	printf("1..%d\n", tests);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
