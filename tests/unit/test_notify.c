// SPDX-License-Identifier: GPL-2.0-only
/* test_notify.c: what a service manager hears, and when its watchdog is fed */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../tools/tfsd/log.h"
#include "../../tools/tfsd/notify.h"
#include "../../tools/tfsd/watchdog.h"
#include "unit.h"

#define TEMPLATE "/tmp/tfs-notify-XXXXXX"

static char dir[sizeof(TEMPLATE)];
static char path[64];
static int manager;

static int listen_at(const char *name, socklen_t length)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	memcpy(at.sun_path, name, length);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (void *)&at,
			      (socklen_t)offsetof(struct sockaddr_un, sun_path) + length), 0);
	return fd;
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, TEMPLATE);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	manager = listen_at(path, (socklen_t)strlen(path));
	setenv("NOTIFY_SOCKET", path, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(manager);
	unlink(path);
	rmdir(dir);
	return 0;
}

/* The next message; "": there is none. */
static const char *heard(void)
{
	static char text[512];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void it_is_told(void **state)
{
	(void)state;
	notify("READY=1\nSTATUS=%s", "serving");
	assert_string_equal(heard(), "READY=1\nSTATUS=serving");
	notify_reloading();
	assert_memory_equal(heard(), "RELOADING=1\nMONOTONIC_USEC=", 27);
}

static void an_abstract_name_will_do(void **state)
{
	char name[64] = "";
	int before = manager;

	(void)state;
	snprintf(name + 1, sizeof(name) - 1, "tfs-notify-%d", (int)getpid());
	manager = listen_at(name, 1 + (socklen_t)strlen(name + 1));
	name[0] = '@';
	setenv("NOTIFY_SOCKET", name, 1);
	notify("READY=1");
	assert_string_equal(heard(), "READY=1");
	close(manager);
	manager = before;
}

/* The log says so; tfsd goes on. */
static void nobody_listens(void **state)
{
	static const char *const names[] = { "", "relative", "/nonexistent/socket" };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		notify("READY=1");
	}
	unsetenv("NOTIFY_SOCKET");
	notify("READY=1");
	assert_string_equal(heard(), "");
}

static void the_watchdog_is_for_this_process(void **state)
{
	char pid[16];

	(void)state;
	assert_int_equal(notify_watchdog_ns(), 0);
	setenv("WATCHDOG_USEC", "20000", 1);
	assert_int_equal(notify_watchdog_ns(), 20000000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_ns(), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_ns(), 20000000);
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_int_equal(notify_watchdog_ns(), 0);
	setenv("WATCHDOG_USEC", "99999999999999999999", 1);
	assert_int_equal(notify_watchdog_ns(), 0);
}

/* A member of the barrier, played by this thread. */
static struct loop loop;
static struct oc_proc_barrier barrier;
static struct oc_latch latch;
static struct oc_interrupts in;

static uint32_t absorb(void *ctx, uint32_t types)
{
	(void)ctx;
	(void)types;
	return 0;
}

static void stop_loop(struct loop_timer *timer)
{
	(void)timer;
	loop_stop(&loop);
}

static void turn(uint64_t ns)
{
	struct loop_timer timer = { .fire = stop_loop };

	loop_set_timer(&loop, &timer, oc_clock_ns() + ns);
	assert_status(loop_run(&loop), OC_OK);
}

static void it_is_fed_while_all_turn(void **state)
{
	struct oc_proc_barrier_member member;
	struct watchdog watchdog;

	(void)state;
	assert_status(loop_init(&loop), OC_OK);
	assert_status(oc_proc_barrier_init(&barrier), OC_OK);
	assert_status(oc_latch_init(&latch), OC_OK);
	oc_interrupts_init(&in, &latch);
	oc_proc_barrier_join(&barrier, &member, &in, absorb, NULL);
	watchdog_start(&watchdog, &loop, &barrier, 2 * LOOP_MS);
	turn(10 * LOOP_MS);
	assert_string_equal(heard(), "");	/* it hangs, through several periods */
	oc_interrupts_check(&in);
	turn(LOOP_MS / 2);
	assert_string_equal(heard(), "WATCHDOG=1");
	oc_proc_barrier_leave(&member);		/* whoever has ended does not hang */
	turn(10 * LOOP_MS);
	assert_string_equal(heard(), "WATCHDOG=1");
	watchdog_stop(&watchdog);
	while (*heard())
		;
	turn(10 * LOOP_MS);
	assert_string_equal(heard(), "");
	oc_latch_close(&latch);
	oc_proc_barrier_destroy(&barrier);
	loop_close(&loop);
}

static void without_a_limit_nothing_is_done(void **state)
{
	struct watchdog watchdog;

	(void)state;
	assert_status(loop_init(&loop), OC_OK);
	assert_status(oc_proc_barrier_init(&barrier), OC_OK);
	watchdog_start(&watchdog, &loop, &barrier, 0);
	assert_null(loop.timers);
	assert_null(loop.looks);
	turn(LOOP_MS);
	assert_string_equal(heard(), "");
	watchdog_stop(&watchdog);
	oc_proc_barrier_destroy(&barrier);
	loop_close(&loop);
}

#define notify_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		notify_test(it_is_told),
		notify_test(an_abstract_name_will_do),
		notify_test(nobody_listens),
		notify_test(the_watchdog_is_for_this_process),
		notify_test(it_is_fed_while_all_turn),
		notify_test(without_a_limit_nothing_is_done),
	};

	log_set_level(LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
