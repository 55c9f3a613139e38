// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * control_request.c: taking a line of the control socket apart
 */
#include <string.h>

#include "control_request.h"

const char *const control_verb_names[CONTROL_VERBS] = {
	[CONTROL_BACKUP] = "backup",
	[CONTROL_DUMP] = "dump",
	[CONTROL_CANCEL] = "cancel",
	[CONTROL_KILL] = "kill",
	[CONTROL_RELOAD] = "reload",
};

static const enum control_argument arguments[CONTROL_VERBS] = {
	[CONTROL_BACKUP] = CONTROL_DATABASE,
	[CONTROL_CANCEL] = CONTROL_RUNNING,
	[CONTROL_KILL] = CONTROL_SESSION,
};

static bool find_verb(const char *word, size_t length, enum control_verb *verb)
{
	for (int i = 0; i < CONTROL_VERBS; i++) {
		if (strlen(control_verb_names[i]) != length ||
		    memcmp(control_verb_names[i], word, length))
			continue;
		*verb = i;
		return true;
	}
	return false;
}

static const char *parse_session(struct control_request *request, const char *text, size_t length)
{
	uint64_t number = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return "a session is a number";
		number = number * 10 + (uint64_t)(text[i] - '0');
		if (number > UINT32_MAX)
			return "a session is a number below 2^32";
	}
	if (!number)
		return "which session?";
	request->session = number;
	return NULL;
}

static const char *parse_running(struct control_request *request, const char *text, size_t length)
{
	if (length == 6 && !memcmp(text, "backup", 6))
		return NULL;
	return parse_session(request, text, length);
}

/* Whether there is one of this name is seen later; here it is one that could be. */
static const char *parse_database(struct control_request *request, const char *text, size_t length)
{
	if (length > OC_NAME_MAX || memchr(text, '\0', length))
		return "no such database";
	memcpy(request->database, text, length);
	return NULL;
}

static const char *parse_argument(struct control_request *request, const char *text, size_t length)
{
	switch (arguments[request->verb]) {
	case CONTROL_SESSION:
		return parse_session(request, text, length);
	case CONTROL_RUNNING:
		return parse_running(request, text, length);
	case CONTROL_DATABASE:
		return parse_database(request, text, length);
	default:
		return length ? "nothing may follow this verb" : NULL;
	}
}

const char *control_parse(struct control_request *out, const char *line, size_t length)
{
	const char *blank = memchr(line, ' ', length), *error;
	size_t word = blank ? (size_t)(blank - line) : length;
	struct control_request request = { .session = 0 };

	if (!find_verb(line, word, &request.verb))
		return "no such verb";
	if (blank && word + 1 == length)
		return "a blank at the end";
	error = parse_argument(&request, line + word + !!blank, length - word - !!blank);
	if (!error)
		*out = request;
	return error;
}
