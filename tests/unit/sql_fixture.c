// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <unistd.h>

#include "../../tools/tfsd/request.h"
#include "sql_fixture.h"

int sql_make(void **state)
{
	struct sql *s = calloc(1, sizeof(*s));
	void *d;

	assert_int_equal(tfsd_make(&d), 0);
	s->d = d;
	assert_status(oc_proc_barrier_init(&s->barrier), OC_OK);
	assert_status(workers_start(&s->workers, 1, &s->barrier), OC_OK);
	s->statements = (struct statements) {
		.workers = &s->workers, .max = 2, .idle_ns = UINT64_C(3600000000000),
	};
	channel_set_statements(&s->d->channel, &s->statements, &s->d->wake);
	s->session = log_in_and_open(s->d);
	*state = s;
	return 0;
}

int sql_remove(void **state)
{
	struct sql *s = *state;
	struct tfsd *d = s->d;
	void *inner = d;

	/* The workers first, as they need what the channel had; and they end all there is. */
	if (d->channel.request.job)
		worker_finish(&s->workers, d->channel.request.job, &d->wake);
	while (d->channel.sessions)
		channel_end_session(&d->channel, d->channel.sessions);
	d->channel.request.job = NULL;
	workers_stop(&s->workers);
	assert_int_equal(s->statements.count, 0);
	tfsd_remove(&inner);
	oc_proc_barrier_destroy(&s->barrier);
	free(s);
	return 0;
}

static void put_sql(struct bytes *body, const char *text)
{
	const struct oc_sql_request head = { .text_length = strlen(text) };

	body->n = 0;
	bytes_put(body, &head, sizeof(head));
	bytes_put(body, text, head.text_length);
}

int sql_of(struct sql *s, uint32_t session, const char *text)
{
	struct bytes body;

	put_sql(&body, text);
	return raw_bytes(s->d, OC_OP_SQL, session, &body);
}

int sql(struct sql *s, const char *text)
{
	return sql_of(s, s->session, text);
}

int sql_next(struct sql *s, uint32_t statement)
{
	const struct oc_sql_next_request next = { .statement = statement };

	return raw(s->d, OC_OP_SQL_NEXT, s->session, &next, sizeof(next));
}

int sql_end(struct sql *s, uint32_t statement)
{
	const struct oc_sql_next_request next = { .statement = statement };

	return raw(s->d, OC_OP_SQL_END, s->session, &next, sizeof(next));
}

static void send(struct sql *s, uint16_t op, const void *body, uint32_t size)
{
	struct tfsd *d = s->d;

	memset(d->request, 0, TFSD_MAX_MESSAGE);
	*d->request = (struct oc_msg) {
		.length = sizeof(struct oc_msg) + oc_pad8(size), .op = op, .session = s->session,
	};
	memcpy(d->request + 1, body, size);
	assert_status(oc_channel_start(&d->client, d->request, d->response,
				       2 * TFSD_MAX_MESSAGE), OC_OK);
	assert_status(oc_channel_poll(&d->client), OC_PENDING);
}

void send_sql(struct sql *s, const char *text)
{
	struct bytes body;

	put_sql(&body, text);
	send(s, OC_OP_SQL, body.at, body.n);
}

void send_next(struct sql *s, uint32_t statement)
{
	const struct oc_sql_next_request next = { .statement = statement };

	send(s, OC_OP_SQL_NEXT, &next, sizeof(next));
}

int finish(struct sql *s)
{
	int status = OC_PENDING;

	while (status == OC_PENDING) {
		if (!channel_turn(&s->d->channel))
			usleep(100);
		status = oc_channel_poll(&s->d->client);
	}
	return status == OC_OK ? s->d->response->status : status;
}

void await_running(struct sql *s)
{
	const struct job *job;

	do {
		channel_turn(&s->d->channel);
		job = s->d->channel.request.job;
		usleep(100);
	} while (!job || !job_running(job));
	channel_turn(&s->d->channel);	/* which sees that */
}

void await_statements(struct sql *s, unsigned int n)
{
	while (s->statements.count != n)
		usleep(100);
}

const struct oc_sql_response *batch(const struct sql *s)
{
	assert_true(response_size(s->d) >= sizeof(struct oc_sql_response));
	return response_at(s->d);
}

const struct oc_sql_value *first_value(const struct sql *s)
{
	return (const void *)(batch(s) + 1);
}

void expect_text(const struct sql *s, const char *part)
{
	const struct oc_error_body *error = response_at(s->d);
	char text[256] = "";

	expect_error_about(s->d, OC_NONE, OC_NONE);
	assert_true(error->text_length < sizeof(text));
	memcpy(text, error + 1, error->text_length);
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}
