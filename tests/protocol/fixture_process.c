// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixture_process.c: tfsd as a process of its own, over a memory file or the
 * driver's devices. TFSD and SCHEMA say where program and schema are, if they are
 * not where the build puts them.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/region.h>

#include "protocol.h"

const char *const fixture_name = "process";

static struct {
	bool device;
	char dir[64];
	char database[96];
	char region[96];
	char log[96];
	pid_t server;
	struct oc_region regions[CHANNELS];
	struct oc_ladder ladder;
	struct oc_port port;
} fixture;

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value ? value : otherwise;
}

/* tfsd with its options. */
static pid_t spawn(void)
{
	char region[128], database[128], schema[256], log[128];
	pid_t pid;

	snprintf(region, sizeof(region), fixture.device ? "device=0,1" : "file=%s",
		 fixture.region);
	snprintf(database, sizeof(database), "database.weather.file=%s", fixture.database);
	snprintf(schema, sizeof(schema), "database.weather.schema=%s",
		 setting("SCHEMA", "tests/data/weather.sql"));
	snprintf(log, sizeof(log), "log=%s", fixture.log);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);	/* it must not outlive the tests */
		execl(setting("TFSD", "build/asan/tfsd"), "tfsd", "-f", "/dev/null", "-o", region,
		      "-o", database, "-o", schema, "-o", log, "-o", "busy_timeout=1", "-o",
		      "max_message=262144", "-o", "max_sessions=3",
		      fixture.device ? NULL : "-o", "channels=2", NULL);
		_exit(127);
	}
	expect(pid > 0);
	return pid;
}

void fixture_start_server(void)
{
	fixture.server = spawn();
}

void fixture_kill_server(void)
{
	int status;

	kill(fixture.server, SIGKILL);
	expect(waitpid(fixture.server, &status, 0) == fixture.server);
	expect(WIFSIGNALED(status));
}

void fixture_stop_server(bool fast)
{
	kill(fixture.server, fast ? SIGINT : SIGTERM);
}

bool fixture_wait_server(void)
{
	int status;

	expect(waitpid(fixture.server, &status, 0) == fixture.server);
	return status == 0;
}

int fixture_second_server(void)
{
	pid_t pid = spawn();
	int status = 0;

	for (int ms = 0; ms < 5000; ms += 10) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 1 ?
			       OC_ESERVER_INTERFERENCE : OC_EINVAL;
		usleep(10000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return OC_OK;
}

/* The file is tfsd's to make: it is there a moment after the start. */
static void open_regions(void)
{
	struct oc_uri uri = { .stride = TFS_SHM_POLL_DEFAULT_STRIDE };

	if (!fixture.device)
		strcpy(uri.file, fixture.region);
	for (unsigned int c = 0; c < CHANNELS; c++) {
		int status = OC_EREGION;

		uri.channel = c;
		for (int tries = 0; status != OC_OK && tries < 500; tries++) {
			status = oc_region_open(&fixture.regions[c], &uri);
			if (status != OC_OK)
				usleep(10000);
		}
		expect_status(status, OC_OK);
	}
}

void fixture_begin(const char *argument)
{
	fixture.device = argument && !strcmp(argument, "device");
	strcpy(fixture.dir, "/tmp/tfs-protocol-XXXXXX");
	expect(mkdtemp(fixture.dir));
	snprintf(fixture.database, sizeof(fixture.database), "%s/weather.db", fixture.dir);
	snprintf(fixture.region, sizeof(fixture.region), "%s/region", fixture.dir);
	snprintf(fixture.log, sizeof(fixture.log), "%s/tfsd.log", fixture.dir);
	oc_ladder_init(&fixture.ladder, OC_WAIT_ADAPTIVE, NULL);
	oc_port_linux(&fixture.port, &fixture.ladder);
	fixture_start_server();
	open_regions();
}

void fixture_end(void)
{
	char command[128];
	int status = 0;

	for (unsigned int c = 0; c < CHANNELS; c++)
		oc_region_close(&fixture.regions[c]);
	kill(fixture.server, SIGINT);
	expect(waitpid(fixture.server, &status, 0) == fixture.server);
	if (status) {
		printf("# tfsd: wait status 0x%x; the end of its log:\n", status);
		fflush(stdout);
		snprintf(command, sizeof(command), "tail -n 20 '%s' | sed 's/^/# /'", fixture.log);
		expect(system(command) == 0);
	}
	expect(status == 0);
	snprintf(command, sizeof(command), "rm -rf '%s'", fixture.dir);
	expect(system(command) == 0);
}

void *fixture_base(unsigned int channel)
{
	return fixture.regions[channel].base;
}

const struct oc_port *fixture_port(unsigned int channel)
{
	(void)channel;
	return &fixture.port;
}

uint32_t fixture_owner(unsigned int channel)
{
	return fixture.regions[channel].owner;
}

const char *fixture_database(void)
{
	return fixture.database;
}
