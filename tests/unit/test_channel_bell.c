// SPDX-License-Identifier: GPL-2.0-only
/* test_channel_bell.c: how long a channel lets its thread sleep, and how it hears of a death */
#include <errno.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "tfsd_fixture.h"

#define LADDER_NS	50000
#define OWNER		0x1001u		/* the fixture's client */

/* The driver, played by the test. */
static uint32_t roles;
static int asked;

int __wrap_ioctl(int fd, unsigned long request, ...);

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct tfs_shm_poll_info *info;
	va_list args;

	(void)fd;
	assert_int_equal(request, TFS_SHM_POLL_GET_INFO);
	va_start(args, request);
	info = va_arg(args, struct tfs_shm_poll_info *);
	va_end(args);
	*info = (struct tfs_shm_poll_info){ .roles = roles };
	asked++;
	return 0;
}

static int make_with_bell(void **state)
{
	struct tfsd *d;

	tfsd_make(state);
	d = *state;
	d->channel.bell.fd = eventfd(0, EFD_NONBLOCK);
	assert_true(d->channel.bell.fd >= 0);
	d->channel.region.owner = OWNER;
	d->channel.doorbell = CONFIG_DOORBELL_AUTO;
	roles = 1u << TFS_SHM_POLL_ROLE_CLIENT;
	asked = 0;
	return 0;
}

static int remove_with_bell(void **state)
{
	struct tfsd *d = *state;

	close(d->channel.bell.fd);
	d->channel.bell.fd = -1;
	return tfsd_remove(state);
}

static struct tfs_shm_poll_header *header(const struct tfsd *d)
{
	return d->memory;
}

static void say_that_it_rings(struct tfsd *d)
{
	header(d)->client_word |= TFS_SHM_POLL_CW_CAN_RING;
}

static void patience_is_as_the_client_rings(void **state)
{
	struct tfsd *d = *state;

	assert_int_equal(channel_patience(&d->channel, LADDER_NS), LADDER_NS);
	d->channel.doorbell = CONFIG_DOORBELL_YES;	/* it was promised, and is not so */
	assert_int_equal(channel_patience(&d->channel, LADDER_NS), LADDER_NS);
	say_that_it_rings(d);
	assert_int_equal(channel_patience(&d->channel, LADDER_NS), -1);
	d->channel.doorbell = CONFIG_DOORBELL_AUTO;
	assert_int_equal(channel_patience(&d->channel, LADDER_NS), -1);
}

static void a_locked_file_is_asked_about(void **state)
{
	struct tfsd *d = *state;

	say_that_it_rings(d);
	d->channel.request.state = REQUEST_RUN;
	d->channel.request.wait = ACTIVITY_WAL_SYNC;
	assert_int_equal(channel_patience(&d->channel, LADDER_NS), -1);
	d->channel.request.wait = ACTIVITY_FILE_LOCK;
	assert_int_equal(channel_patience(&d->channel, LADDER_NS), LADDER_NS);
	d->channel.request.state = REQUEST_NONE;
}

static void without_a_client_it_depends_on_the_promise(void **state)
{
	struct tfsd *d = *state;

	oc_channel_detach(&d->client);
	while (channel_turn(&d->channel))
		;
	assert_in_range(channel_patience(&d->channel, LADDER_NS), LADDER_NS + 1, 100000000);
	d->channel.doorbell = CONFIG_DOORBELL_YES;
	assert_int_equal(channel_patience(&d->channel, LADDER_NS), -1);
}

static void without_a_bell_there_is_none(void **state)
{
	struct tfsd *d = *state;
	int fd = d->channel.bell.fd;

	say_that_it_rings(d);
	d->channel.bell.fd = -1;
	assert_int_equal(channel_patience(&d->channel, LADDER_NS), LADDER_NS);
	channel_sleep(&d->channel);
	assert_false(header(d)->server_word & TFS_SHM_POLL_SW_SLEEPING);
	d->channel.bell.fd = fd;
	channel_sleep(&d->channel);
	assert_true(header(d)->server_word & TFS_SHM_POLL_SW_SLEEPING);
	channel_awake(&d->channel);
	assert_false(header(d)->server_word & TFS_SHM_POLL_SW_SLEEPING);
}

static void rung(struct tfsd *d)
{
	d->channel.rung = true;
	while (channel_turn(&d->channel))
		;
}

static void a_dead_client_leaves_nothing(void **state)
{
	struct tfsd *d = *state;

	log_in(d, TFSD_MAX_MESSAGE);
	rung(d);
	assert_int_equal(asked, 1);
	assert_int_equal(d->channel.nsessions, 1);
	assert_true(oc_server_granted(&d->channel.server));
	roles = 1u << TFS_SHM_POLL_ROLE_SERVER;
	channel_turn(&d->channel);
	assert_int_equal(asked, 1);	/* nobody has rung */
	rung(d);
	assert_int_equal(asked, 2);
	assert_int_equal(d->channel.nsessions, 0);
	assert_false(oc_server_granted(&d->channel.server));
}

/* Firmware has the channel: that no process has the role says nothing about it. */
static void firmware_is_not_a_process(void **state)
{
	struct tfsd *d = *state;

	log_in(d, TFSD_MAX_MESSAGE);
	d->channel.region.owner = OWNER + 1;
	roles = 0;
	rung(d);
	assert_int_equal(asked, 1);
	assert_int_equal(d->channel.nsessions, 1);
	assert_true(oc_server_granted(&d->channel.server));
}

static void a_memory_file_has_no_driver(void **state)
{
	struct tfsd *d = *state;

	d->channel.bell.fifo = true;
	roles = 0;
	rung(d);
	assert_int_equal(asked, 0);
	assert_true(oc_server_granted(&d->channel.server));
	d->channel.bell.fifo = false;
}

#define bell_test(test) cmocka_unit_test_setup_teardown(test, make_with_bell, remove_with_bell)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bell_test(patience_is_as_the_client_rings),
		bell_test(a_locked_file_is_asked_about),
		bell_test(without_a_client_it_depends_on_the_promise),
		bell_test(without_a_bell_there_is_none),
		bell_test(a_dead_client_leaves_nothing),
		bell_test(firmware_is_not_a_process),
		bell_test(a_memory_file_has_no_driver),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
