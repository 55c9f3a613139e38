// SPDX-License-Identifier: GPL-2.0-only
/*
 * compat32 DEVICE: both ioctls from a 32-bit program on a 64-bit kernel
 *
 * Built by the compiler that builds the firmware, so there is no C library, and
 * its headers do not know Linux: the Makefile says __linux__.
 */
#include <linux/tfs_shm_poll.h>

#define O_RDWR		2
#define EBUSY		16
#define POISON		0xcccccccc

/* Numbers of the 32-bit Arm ABI. */
enum { NR_EXIT = 1, NR_WRITE = 4, NR_OPEN = 5, NR_IOCTL = 54 };

static long call(long number, long a, long b, long c)
{
	register long r0 asm("r0") = a;
	register long r1 asm("r1") = b;
	register long r2 asm("r2") = c;
	register long r7 asm("r7") = number;

	asm volatile("svc 0" : "+r" (r0) : "r" (r1), "r" (r2), "r" (r7) : "memory");
	return r0;
}

static long failures;

static void print(const char *text)
{
	long length = 0;

	while (text[length])
		length++;
	call(NR_WRITE, 1, (long)text, length);
}

static void expect(const char *what, int good)
{
	failures += !good;
	print(good ? "ok - " : "not ok - ");
	print(what);
	print("\n");
}

static int is_filled(const struct tfs_shm_poll_info *info)
{
	return info->abi == TFS_SHM_POLL_ABI && info->channel < info->channels &&
	       info->channel_size == TFS_SHM_POLL_CHANNEL_SIZE &&
	       info->stride >= info->channel_size && !info->reserved[6];
}

static void use(const char *device)
{
	static struct tfs_shm_poll_info info = { .abi = POISON, .reserved[6] = POISON };
	__u32 role = TFS_SHM_POLL_ROLE_SERVER;
	long fd = call(NR_OPEN, (long)device, O_RDWR, 0);

	expect("opens the device", fd >= 0);
	expect("takes a role", call(NR_IOCTL, fd, TFS_SHM_POLL_SET_ROLE, (long)&role) == 0);
	expect("gets no second one",
	       call(NR_IOCTL, fd, TFS_SHM_POLL_SET_ROLE, (long)&role) == -EBUSY);
	expect("asks for facts", call(NR_IOCTL, fd, TFS_SHM_POLL_GET_INFO, (long)&info) == 0);
	expect("each fact has its place", is_filled(&info) && info.role == role);
}

void start(long *stack);

/* What the kernel leaves on the stack: argc, then argv. */
void start(long *stack)
{
	print("1..5\n");
	use((const char *)stack[2]);
	call(NR_EXIT, failures != 0, 0, 0);
}

asm(".global _start\n_start: mov r0, sp\n\tb start\n");
