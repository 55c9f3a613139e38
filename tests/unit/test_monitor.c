// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_monitor.c: which instruction is chosen, and that it is given the right operands
 *
 * A processor that has not the instruction traps; the handler then plays it: it notes
 * the operands, may store to the line, and goes on behind it. One that has it runs it.
 */
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include "../../lib/linux/monitor.h"
#include "unit.h"

#define WAITPKG		(1u << 5)
#define MWAITX		(1u << 29)
#define EVTSTRM		(1ul << 2)

static const struct choice {
	struct oc_monitor_facts facts;
	enum oc_monitor wanted;
} choices[] = {
	{ { 0, 0, 0 }, OC_MONITOR_NONE },
	{ { WAITPKG, 0, 0 }, OC_MONITOR_UMWAIT },
	{ { 0, MWAITX, 0 }, OC_MONITOR_MWAITX },
	{ { WAITPKG, MWAITX, 0 }, OC_MONITOR_UMWAIT },
	{ { 0, 0, EVTSTRM }, OC_MONITOR_WFE },
	{ { ~WAITPKG, ~MWAITX, ~EVTSTRM }, OC_MONITOR_NONE },
};

static void instruction_is_chosen_by_the_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		assert_int_equal(oc_monitor_choose(&choices[i].facts), choices[i].wanted);
}

static void machine_is_asked(void **state)
{
	struct oc_monitor_facts facts;

	(void)state;
	memset(&facts, 0xa5, sizeof(facts));
	oc_monitor_facts(&facts);
	assert_int_equal(oc_monitor_have(), oc_monitor_choose(&facts));
	assert_int_equal(oc_monitor_have(), oc_monitor_choose(&facts));
}

static void look_takes_sizes_and_words(void **state)
{
	static _Alignas(64) uint32_t line[16];
	uint64_t seen[2];

	(void)state;
	for (uint32_t i = 0; i < 16; i++)
		line[i] = i + 1;
	oc_monitor_look(line, seen);
	assert_int_equal(seen[0], 2ull << 32 | 1);
	assert_int_equal(seen[1], 16ull << 32 | 15);
}

#ifdef __x86_64__
static _Alignas(64) uint64_t line[8];

/* What the played instructions were given. */
static struct {
	const void *armed;
	bool store;		/* somebody stores between arming and the second look */
	unsigned int arms, waits;
	uint64_t a, b, c, d;
} played;

static bool is_code(const uint8_t *at, uint8_t a, uint8_t b, uint8_t c)
{
	return at[0] == a && at[1] == b && at[2] == c;
}

static void arm(const void *at)
{
	played.armed = at;
	played.arms++;
	if (played.store)
		line[7]++;
}

static void note_wait(const greg_t *r)
{
	played.waits++;
	played.a = (uint64_t)r[REG_RAX];
	played.b = (uint64_t)r[REG_RBX];
	played.c = (uint64_t)r[REG_RCX];
	played.d = (uint64_t)r[REG_RDX];
}

/* The registers that the last three bits of an operand mean, as far as they may come. */
static greg_t operand(const greg_t *r, uint8_t modrm, bool extended)
{
	static const int low[] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX,
				   REG_RSP, REG_RBP, REG_RSI, REG_RDI };
	static const int high[] = { REG_R8, REG_R9, REG_R10, REG_R11,
				    REG_R12, REG_R13, REG_R14, REG_R15 };

	return r[(extended ? high : low)[modrm & 7]];
}

static void play(int signal, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	const uint8_t *at = (const uint8_t *)r[REG_RIP];
	bool rex = (at[1] & 0xf0) == 0x40;
	const uint8_t *code = at + 1 + rex;

	(void)signal;
	(void)info;
	if (is_code(at, 0x0f, 0x01, 0xfa)) {
		arm((const void *)r[REG_RAX]);
		r[REG_RIP] += 3;
	} else if (is_code(at, 0x0f, 0x01, 0xfb)) {
		note_wait(r);
		r[REG_RIP] += 3;
	} else if ((at[0] == 0xf3 || at[0] == 0xf2) && code[0] == 0x0f && code[1] == 0xae &&
		   (code[2] & 0xf8) == 0xf0) {
		if (at[0] == 0xf3) {
			arm((const void *)operand(r, code[2], rex && at[1] & 1));
		} else {
			note_wait(r);
			played.c = (uint64_t)operand(r, code[2], rex && at[1] & 1);
		}
		r[REG_RIP] += 4 + rex;
	} else {
		_exit(99);
	}
}

static uint64_t ticks(void)
{
	uint32_t low, high;

	__asm__ __volatile__("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* In each test, for cmocka has a handler of its own around it. */
static void begin(void)
{
	const struct sigaction action = { .sa_sigaction = play, .sa_flags = SA_SIGINFO };

	memset(&played, 0, sizeof(played));
	memset(line, 0, sizeof(line));
	assert_int_equal(sigaction(SIGILL, &action, NULL), 0);
}

static bool has(enum oc_monitor how)
{
	struct oc_monitor_facts facts;

	oc_monitor_facts(&facts);
	return how == OC_MONITOR_UMWAIT ? facts.cpuid_7_ecx & WAITPKG
					: facts.cpuid_80000001_ecx & MWAITX;
}

/* True if it was played: then there is something to compare. */
static bool wait_for(enum oc_monitor how, uint32_t ns)
{
	uint64_t seen[2];

	oc_monitor_look(line, seen);
	oc_monitor_wait(how, line, seen, ns);
	if (has(how))
		return false;
	assert_ptr_equal(played.armed, line);
	assert_int_equal(played.arms, 1);
	return true;
}

static void umwait_has_a_deadline(void **state)
{
	uint64_t from = ticks();

	(void)state;
	begin();
	if (!wait_for(OC_MONITOR_UMWAIT, 100000))
		return;
	assert_int_equal(played.waits, 1);
	assert_int_equal((uint32_t)played.c, 1);
	assert_in_range(played.d << 32 | (uint32_t)played.a, from + 100000, ticks() + 100000);
}

static void mwaitx_has_a_limit(void **state)
{
	(void)state;
	begin();
	if (!wait_for(OC_MONITOR_MWAITX, 100000))
		return;
	assert_int_equal(played.waits, 1);
	assert_int_equal((uint32_t)played.a, 0xf0);
	assert_int_equal((uint32_t)played.b, 100000);
	assert_int_equal((uint32_t)played.c, 2);
}

static void no_wait_for_what_has_come(void **state)
{
	static const enum oc_monitor all[] = { OC_MONITOR_UMWAIT, OC_MONITOR_MWAITX };

	(void)state;
	for (int i = 0; i < 2; i++) {
		begin();
		played.store = true;
		if (wait_for(all[i], 100000))
			assert_int_equal(played.waits, 0);
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instruction_is_chosen_by_the_facts),
		cmocka_unit_test(machine_is_asked),
		cmocka_unit_test(look_takes_sizes_and_words),
#ifdef __x86_64__
		cmocka_unit_test(umwait_has_a_deadline),
		cmocka_unit_test(mwaitx_has_a_limit),
		cmocka_unit_test(no_wait_for_what_has_come),
#endif
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
