// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the README's store_weather() as a process.
 *
 *	readme_main tfs-shm-poll://0/weather?file=/path/region
 */
#include <stdio.h>
#include <string.h>

#include <oc/region.h>

#include "weather.h"

uint32_t board_time_us(void *ctx);
int store_weather(void *shared_memory, const struct weather_weather *row);

static struct oc_port linux_port;

uint32_t board_time_us(void *ctx)
{
	(void)ctx;
	return linux_port.now_us(linux_port.ctx);
}

int main(int argc, char **argv)
{
	static const struct weather_weather row = {
		.date_length = 10, .date = "2012-01-01", .temp_max = 12.8,
		.weather_length = 7, .weather = "drizzle",
	};
	struct oc_ladder ladder;
	struct oc_region region;
	struct oc_uri uri;
	int status;

	if (argc != 2 || oc_uri_parse(&uri, argv[1], NULL) != OC_OK)
		return 2;
	status = oc_region_open(&region, &uri);
	oc_ladder_init(&ladder, uri.wait, region.line);
	oc_port_linux(&linux_port, &ladder);
	if (status == OC_OK)
		status = store_weather(region.base, &row);
	puts(oc_status_name(status));
	oc_region_close(&region);
	return status != OC_OK;
}
