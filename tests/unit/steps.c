// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steps.h"
#include "unit.h"

#define WORDS_MAX	1024

void *steps_memory(uint32_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			    0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

/* Stops before the function and behind it; the parent sees to the end. */
static void child(void (*run)(void *ctx), void *ctx)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(1);
	raise(SIGSTOP);
	run(ctx);
	raise(SIGSTOP);
	_exit(0);
}

/* The signal that stopped it; it does not end before it is killed. */
static int next_stop(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	return WSTOPSIG(status);
}

static void note_changes(struct steps *steps, unsigned int instruction, const uint32_t *memory,
			 uint32_t *seen, unsigned int words)
{
	if (!memcmp(memory, seen, 4 * words))
		return;
	for (unsigned int i = 0; i < words; i++) {
		if (memory[i] == seen[i])
			continue;
		seen[i] = memory[i];
		assert_true(steps->n < STEPS_MAX);
		steps->at[steps->n++] = (struct step) {
			.instruction = instruction, .word = i, .value = memory[i],
		};
	}
}

/* From the first stop to the second. */
static void step_through(struct steps *steps, pid_t pid, const uint32_t *memory,
			 unsigned int words)
{
	uint32_t seen[WORDS_MAX];
	int signal;

	assert_true(words <= WORDS_MAX);
	memcpy(seen, memory, 4 * words);
	for (unsigned int instruction = 1;; instruction++) {
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		signal = next_stop(pid);
		if (signal == SIGSTOP)
			return;
		assert_int_equal(signal, SIGTRAP);
		note_changes(steps, instruction, memory, seen, words);
	}
}

void steps_record(struct steps *steps, const uint32_t *memory, unsigned int words,
		  void (*run)(void *ctx), void *ctx)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		child(run, ctx);
	steps->n = 0;
	assert_int_equal(next_stop(pid), SIGSTOP);
	step_through(steps, pid, memory, words);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}
