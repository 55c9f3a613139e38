// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings through a mailbox, both ways: tfs_mail.ko is its controller, the test plays
 * the firmware. TFS_DEVICE is a channel of a node that has one, TFS_MAIL is the
 * controller's file; default /dev/tfs-mail0.
 */
#include <stddef.h>

#include "kselftest_harness.h"
#include "tfs_mail.h"
#include "tfs_test_bell.h"
#include "tfs_test_sysfs.h"

static const char *mail_path(void)
{
	const char *path = getenv("TFS_MAIL");

	return path ? path : "/dev/tfs-mail0";
}

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
	tfs_skip_without(mail_path());
}

FIXTURE(bell_mail) {
	char platform[NAME_MAX];
	int mail;
	int tx;
	int rx;
	int server;
	__u32 sent;
};

#define WORD(channel, word)	((channel) * sizeof(struct tfs_mail) + \
				 offsetof(struct tfs_mail, word))

static __u32 mail_get(int mail, off_t offset)
{
	__u32 word;

	return pread(mail, &word, sizeof(word), offset) == sizeof(word) ? word : ~0u;
}

static int mail_set(int mail, off_t offset, __u32 word)
{
	return pwrite(mail, &word, sizeof(word), offset) == sizeof(word) ? 0 : -errno;
}

static int mail_take(int mail, int tx)
{
	return mail_set(mail, WORD(tx, taken), mail_get(mail, WORD(tx, sent)));
}

static int mail_ring(int mail, int rx)
{
	return mail_set(mail, WORD(rx, rung), mail_get(mail, WORD(rx, rung)) + 1);
}

/* Takes what was sent until nothing more comes; returns how many there were. */
static __u32 mail_drain(int mail, int tx)
{
	int quiet;

	for (quiet = 0; quiet < NEVER_MS / 10; quiet++) {
		if (mail_get(mail, WORD(tx, sent)) != mail_get(mail, WORD(tx, taken)))
			quiet = 0;
		mail_take(mail, tx);
		usleep(10000);
	}
	return mail_get(mail, WORD(tx, sent));
}

/* A ring that meets one on its way is sent behind it. */
static int mail_wait_sent(int mail, int tx, __u32 sent)
{
	int turn;

	for (turn = 0; turn < SOON_MS; turn++) {
		if (mail_get(mail, WORD(tx, sent)) == sent)
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

/* The controller takes none of the next @messages. */
static int mail_refuse(int mail, int tx, __u32 messages)
{
	return mail_set(mail, WORD(tx, refuse), mail_get(mail, WORD(tx, refused)) + messages);
}

/* "txrx" is one mailbox channel, else "tx" is the first and "rx" the second. */
static int node_mail_rx(void)
{
	char path[PATH_MAX], names[16] = { 0 };
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/tfs-shm-poll/%s/device/of_node/mbox-names",
		 tfs_name());
	fd = tfs_open_path(path, O_RDONLY);
	if (fd < 0)
		return fd;
	n = read(fd, names, sizeof(names) - 1);
	close(fd);
	return n <= 0 ? -EIO : !strcmp(names, "txrx") ? 0 : 1;
}

FIXTURE_SETUP(bell_mail)
{
	ASSERT_EQ(0, tfs_platform_name(self->platform, sizeof(self->platform)));
	self->mail = tfs_open_path(mail_path(), O_RDWR);
	ASSERT_LE(0, self->mail);
	self->tx = 0;
	self->rx = node_mail_rx();
	ASSERT_LE(0, self->rx);
	self->server = bell_open(SERVER, O_NONBLOCK);
	ASSERT_LE(0, self->server);
	self->sent = mail_drain(self->mail, self->tx);
}

FIXTURE_TEARDOWN(bell_mail)
{
	mail_refuse(self->mail, self->tx, 0);
	tfs_bind(self->platform);
	close(self->server);
	close(self->mail);
}

TEST_F(bell_mail, a_ring_is_a_message)
{
	mail_set(self->mail, WORD(self->tx, message), 0xcccccccc);
	EXPECT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 1));
	EXPECT_EQ(1, mail_get(self->mail, WORD(self->tx, message)));
	ASSERT_EQ(0, mail_take(self->mail, self->tx));
	EXPECT_EQ(self->sent + 1, mail_drain(self->mail, self->tx));
	EXPECT_EQ(0, bell_rang(self->server));
}

/* Firmware may sleep again after it took the first: it must be told of the others. */
TEST_F(bell_mail, one_message_at_a_time)
{
	int i;

	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, bell_ring(self->server));
	usleep(NEVER_MS * 1000);
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 1));
	ASSERT_EQ(0, mail_take(self->mail, self->tx));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 2));
	EXPECT_EQ(self->sent + 2, mail_drain(self->mail, self->tx));
	ASSERT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(self->sent + 3, mail_drain(self->mail, self->tx));
}

TEST_F(bell_mail, a_process_that_is_the_client_is_rung_instead)
{
	int client = bell_open(CLIENT, O_NONBLOCK);

	ASSERT_LE(0, client);
	EXPECT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(1, bell_rang(client));
	EXPECT_EQ(self->sent, mail_drain(self->mail, self->tx));
	close(client);
	EXPECT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(self->sent + 1, mail_drain(self->mail, self->tx));
}

TEST_F(bell_mail, firmware_rings_the_server)
{
	__u32 first, second;

	ASSERT_EQ(0, mail_ring(self->mail, self->rx));
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	EXPECT_EQ(0, bell_read(self->server, &first));
	ASSERT_EQ(0, mail_ring(self->mail, self->rx));
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	EXPECT_EQ(0, bell_read(self->server, &second));
	EXPECT_EQ(first + 1, second);
	EXPECT_EQ(0, bell_poll(self->server, POLLIN, NEVER_MS));
	EXPECT_EQ(self->sent, mail_get(self->mail, WORD(self->tx, sent)));
}

TEST_F(bell_mail, a_sleeping_server_wakes)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(bell_poll(self->server, POLLIN, -1) != POLLIN);
	ASSERT_EQ(0, bell_wait_asleep(pid));
	ASSERT_EQ(0, mail_ring(self->mail, self->rx));
	EXPECT_EQ(0, bell_reap(pid));
}

TEST_F(bell_mail, the_servers_end_rings_firmware)
{
	close(self->server);
	self->server = -1;
	EXPECT_EQ(self->sent + 1, mail_drain(self->mail, self->tx));
}

/* Nobody rings again: firmware may be asleep, and waits for this very ring. */
TEST_F(bell_mail, a_ring_that_is_refused_is_sent_in_the_end)
{
	ASSERT_EQ(0, mail_refuse(self->mail, self->tx, 3));
	EXPECT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 1));
	EXPECT_EQ(self->sent + 1, mail_drain(self->mail, self->tx));
	EXPECT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(self->sent + 2, mail_drain(self->mail, self->tx));
}

/* As the one before, for a ring that waits for a message to be taken. */
TEST_F(bell_mail, a_ring_that_is_refused_behind_another_is_sent_in_the_end)
{
	ASSERT_EQ(0, bell_ring(self->server));
	ASSERT_EQ(0, bell_ring(self->server));
	ASSERT_EQ(0, mail_refuse(self->mail, self->tx, 3));
	ASSERT_EQ(0, mail_take(self->mail, self->tx));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 2));
	EXPECT_EQ(self->sent + 2, mail_drain(self->mail, self->tx));
}

/*
 * The driver tries for a while, then with each ring: more messages are refused than the
 * framework has room for. What firmware rings meanwhile is heard.
 */
TEST_F(bell_mail, refusals_hold_no_later_ring_back)
{
	__u32 end = mail_get(self->mail, WORD(self->tx, refused)) + 30;
	int turn;

	ASSERT_EQ(0, mail_refuse(self->mail, self->tx, 30));
	for (turn = 0; turn < SOON_MS; turn++) {
		ASSERT_EQ(0, bell_ring(self->server));
		if (mail_get(self->mail, WORD(self->tx, refused)) == end)
			break;
		usleep(1000);
	}
	EXPECT_EQ(end, mail_get(self->mail, WORD(self->tx, refused)));
	ASSERT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 1));
	self->sent = mail_drain(self->mail, self->tx);
	ASSERT_EQ(0, mail_ring(self->mail, self->rx));
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	EXPECT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(self->sent + 1, mail_drain(self->mail, self->tx));
}

TEST_F(bell_mail, unbound_while_rings_are_refused)
{
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, mail_refuse(self->mail, self->tx, 1000));
		ASSERT_EQ(0, bell_ring(self->server));
		ASSERT_EQ(0, tfs_unbind(self->platform));
		EXPECT_EQ(-ENODEV, bell_ring(self->server));
		close(self->server);
		ASSERT_EQ(0, tfs_bind(self->platform));
		self->server = bell_open(SERVER, O_NONBLOCK);
		ASSERT_LE(0, self->server);
	}
	ASSERT_EQ(0, mail_refuse(self->mail, self->tx, 0));
	ASSERT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 1));
}

/* Once at the end of the device, once when it is marked anew. */
TEST_F(bell_mail, unbind_and_bind_ring_firmware)
{
	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 1));
	ASSERT_EQ(0, tfs_bind(self->platform));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 2));
}

/* Firmware that does not run takes nothing, ever. */
TEST_F(bell_mail, unbound_with_rings_that_nobody_takes)
{
	int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, bell_ring(self->server));
		ASSERT_EQ(0, bell_ring(self->server));
		ASSERT_EQ(0, tfs_unbind(self->platform));
		EXPECT_EQ(-ENODEV, bell_ring(self->server));
		close(self->server);
		ASSERT_EQ(0, tfs_bind(self->platform));
		self->server = bell_open(SERVER, O_NONBLOCK);
		ASSERT_LE(0, self->server);
	}
	self->sent = mail_drain(self->mail, self->tx);
	EXPECT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(0, mail_wait_sent(self->mail, self->tx, self->sent + 1));
}

TEST_HARNESS_MAIN
