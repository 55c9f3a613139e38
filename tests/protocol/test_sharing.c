// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads with a session each on one channel object, and one on the other channel: all
 * write to one table, and wait for it in turn
 */
#include <pthread.h>
#include <string.h>

#include <oc/region.h>

#include "protocol.h"

#define THREADS		3	/* as many sessions as a channel may have */
#define WRITERS		(THREADS + 1)
#define COMMITS		10	/* of each */

static const uint32_t tables[] = { WEATHER_TABLE_WEATHER };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct oc_port shared_port;

/* A thread may not expect(): it has a status, and who joins it looks at that. */
struct writer {
	pthread_t thread;
	struct oc_db db;
	uint64_t memory[4096 / 8];
	int64_t last;		/* rowid of its last row */
	int status, commits;
};

static struct writer writers[WRITERS];

static int write_one(struct writer *writer)
{
	const struct weather_weather row = {
		.date_length = 4, .date = "turn", .weather_length = 3, .weather = "sun",
	};
	struct oc_db *db = &writer->db;
	int status = oc_db_start_update(db, tables, 1, NULL, 0);
	struct weather_weather read;
	int64_t rowid;

	if (status != OC_OK)
		return status;
	rowid = oc_db_insert(db, WEATHER_TABLE_WEATHER, &row, sizeof(row));
	if (rowid <= writer->last)
		return rowid < 0 ? (int)rowid : OC_EINVAL;
	writer->last = rowid;
	/* A message in the middle, for the others to come in between. */
	status = oc_db_get(db, WEATHER_TABLE_WEATHER, rowid + 1, &read, sizeof(read));
	if (status != OC_ENOTFOUND)
		return status == OC_OK ? OC_EINVAL : status;
	return oc_db_end(db);
}

static void *write_rows(void *arg)
{
	struct writer *writer = arg;

	while (writer->status == OC_OK && writer->commits < COMMITS) {
		writer->status = write_one(writer);
		writer->commits += writer->status == OC_OK;
	}
	if (writer->status == OC_OK)
		writer->status = oc_db_close(&writer->db);
	return NULL;
}

static void open_writer(struct writer *writer, struct oc_channel *ch)
{
	memset(writer, 0, sizeof(*writer));
	expect_status(oc_db_open(&writer->db, ch, "weather", &weather_schema, writer->memory,
				 sizeof(writer->memory), 0), OC_OK);
	expect_status(oc_db_set_timeout(&writer->db, OC_FOREVER), OC_OK);
}

static void join_writers(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		pthread_join(writers[i].thread, NULL);
	for (unsigned int i = 0; i < n; i++) {
		expect_status(writers[i].status, OC_OK);
		expect(writers[i].commits == COMMITS);
	}
}

/* One mutex for both channels: in the heap the server's turns are its clients'. */
static void share_port(void)
{
	shared_port = *fixture_port(0);
	oc_port_linux_share(&shared_port, &mutex);
}

static void attach_shared(unsigned int channel)
{
	expect_status(oc_channel_attach(&channels[channel], fixture_base(channel), &shared_port,
					fixture_owner(channel), 20000), OC_OK);
}

static void test_threads_take_turns(void)
{
	share_port();
	attach_shared(0);
	attach_shared(1);
	for (unsigned int i = 0; i < WRITERS; i++)
		open_writer(&writers[i], &channels[i == THREADS]);
	for (unsigned int i = 0; i < WRITERS; i++)
		expect(!pthread_create(&writers[i].thread, NULL, write_rows, &writers[i]));
	join_writers(WRITERS);
	expect(count_rows() == WRITERS * COMMITS);
}

/*
 * The holder works on while another waits for its table on the same channel: there is
 * no message of the holder's that the one who waits could keep from being answered.
 */
static void test_waiting_keeps_nobody(void)
{
	struct weather_weather row;

	share_port();
	attach_shared(0);
	expect_status(open_db(0, 0), OC_OK);
	start(0);
	open_writer(&writers[0], &channels[0]);
	expect(!pthread_create(&writers[0].thread, NULL, write_rows, &writers[0]));
	for (int i = 0; i < 100; i++)
		expect_status(oc_db_get(&dbs[0], WEATHER_TABLE_WEATHER, 1, &row, sizeof(row)),
			      OC_ENOTFOUND);
	expect(insert(0, "holder", 1) == 1);
	expect_status(oc_db_end(&dbs[0]), OC_OK);
	join_writers(1);
	expect_status(oc_db_close(&dbs[0]), OC_OK);
	expect(count_rows() == 1 + COMMITS);
}

const struct protocol_test tests_sharing[] = {
	{ "threads take turns on a channel and a table", test_threads_take_turns },
	{ "who waits for a table keeps nobody from the channel", test_waiting_keeps_nobody },
	{ NULL, NULL },
};
