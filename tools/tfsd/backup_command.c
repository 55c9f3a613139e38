// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * backup_command.c: the program that is given a copy of a database
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backup_command.h"
#include "log.h"

static void log_line(struct backup_command *command)
{
	log_info("backup: %s: %.*s", command->name, (int)command->length, command->line);
	command->length = 0;
}

static void take_text(struct backup_command *command, const char *text, size_t n)
{
	for (; n; text++, n--) {
		if (*text != '\n')
			command->line[command->length++] = *text;
		if (*text == '\n' || command->length == sizeof(command->line))
			log_line(command);
	}
}

/* What is there, up to a bound. False: nothing more comes, or nothing is there now. */
static bool take_output(struct backup_command *command)
{
	char text[4096];
	ssize_t n = read(command->sub.out, text, sizeof(text));

	if (n > 0)
		take_text(command, text, (size_t)n);
	return n > 0;
}

static void close_output(struct backup_command *command)
{
	if (command->output_id >= 0)
		loop_remove(command->loop, command->output_id);
	command->output_id = -1;
}

/* Its end, unlike the program's: one that has closed its output may still be at work. */
static void on_output(struct loop_handler *handler, const struct oc_event *event)
{
	struct backup_command *command = container_of(handler, struct backup_command, on_output);

	(void)event;
	if (!take_output(command) && errno != EAGAIN && errno != EINTR)
		close_output(command);
}

static const char *describe(int status, char text[64])
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return NULL;
	if (WIFEXITED(status))
		snprintf(text, 64, "backup_command exited with status %d", WEXITSTATUS(status));
	else
		snprintf(text, 64, "backup_command was ended by signal %d", WTERMSIG(status));
	return text;
}

/* A process of its own that has the output, too, and goes on, is not waited for. */
static void on_exit_of(struct loop_handler *handler, const struct oc_event *event)
{
	struct backup_command *command = container_of(handler, struct backup_command, on_exit);
	const char *how = "backup_command was reaped by somebody else";
	char text[64];

	(void)event;
	for (int i = 0; command->output_id >= 0 && i < 64 && take_output(command); i++)
		;
	if (command->length)
		log_line(command);
	close_output(command);
	loop_cancel_timer(command->loop, &command->grace);
	loop_remove(command->loop, command->exit_id);
	if (oc_subprocess_reap(&command->sub) == OC_OK)
		how = describe(command->sub.status, text);
	oc_subprocess_close(&command->sub);
	command->ended(command, how);
}

static void out_of_grace(struct loop_timer *timer)
{
	struct backup_command *command = container_of(timer, struct backup_command, grace);

	backup_command_stop(command, true);
}

static int add_sources(struct backup_command *command)
{
	command->output_id = loop_add_fd(command->loop, command->sub.out, OC_EVENT_READABLE,
					 &command->on_output);
	if (command->output_id < 0)
		return command->output_id;
	command->exit_id = loop_add_pidfd(command->loop, command->sub.pidfd, &command->on_exit);
	if (command->exit_id >= 0)
		return OC_OK;
	close_output(command);
	return command->exit_id;
}

int backup_command_start(struct backup_command *command, struct loop *loop, const char *program,
			 const char *name, const char *file)
{
	const char *const argv[] = { program, name, file, NULL };
	const struct oc_subprocess_spec spec = {
		.argv = argv, .out = OC_STREAM_PIPE, .err = OC_STREAM_OUT,
	};

	command->loop = loop;
	command->on_output.event = on_output;
	command->on_exit.event = on_exit_of;
	command->grace = (struct loop_timer){ .fire = out_of_grace };
	command->output_id = -1;
	command->length = 0;
	snprintf(command->name, sizeof(command->name), "%s", name);
	if (oc_subprocess_start(&command->sub, &spec) != OC_OK)
		return OC_ESYSTEM;
	if (add_sources(command) == OC_OK)
		return OC_OK;
	oc_subprocess_stop(&command->sub, 0);
	errno = ENOSPC;
	return OC_ESYSTEM;
}

void backup_command_stop(struct backup_command *command, bool hard)
{
	if (oc_subprocess_signal(&command->sub, hard ? SIGKILL : SIGTERM) != OC_OK)
		log_warning("backup: %s: a signal: %s", command->name, strerror(errno));
	if (!hard)
		loop_set_timer(command->loop, &command->grace,
			       oc_clock_ns() + BACKUP_COMMAND_GRACE_NS);
}
