// SPDX-License-Identifier: GPL-2.0-only
/*
 * The URI parser: a URI that is accepted, written out from what was understood, means
 * the same; one that is refused leaves everything as it was, and says where.
 */
#include <ctype.h>

#include <oc/channel.h>
#include <oc/ladder.h>
#include <oc/region.h>

#include "input.h"

static size_t write_out(const struct oc_uri *uri, char *to, size_t size)
{
	size_t n = snprintf(to, size, "tfs-shm-poll://");

	if (uri->channel >= 0)
		n += snprintf(to + n, size - n, "%d", uri->channel);
	if (uri->database[0])
		n += snprintf(to + n, size - n, "/%s", uri->database);
	n += snprintf(to + n, size - n, "?wait=%s&timeout=%d", oc_wait_names[uri->wait],
		      uri->timeout_ms);
	if (uri->file[0])
		n += snprintf(to + n, size - n, "&stride=%u&file=", uri->stride);
	for (const char *c = uri->file; *c; c++)
		n += snprintf(to + n, size - n, isalnum((unsigned char)*c) ? "%c" : "%%%02X",
			      (unsigned char)*c);
	return n;
}

static void check_accepted(const struct oc_uri *uri)
{
	char text[2048];
	struct oc_uri again;
	size_t where = 0;

	must(uri->channel >= -1 && uri->channel <= OC_CHANNEL_MAX, "the channel is in range");
	must(strnlen(uri->database, sizeof(uri->database)) <= OC_NAME_MAX &&
	     strnlen(uri->file, sizeof(uri->file)) <= OC_URI_PATH_MAX, "strings have an end");
	must(uri->timeout_ms >= OC_FOREVER && uri->timeout_ms <= OC_TIMEOUT_MAX,
	     "the timeout is in range");
	must(uri->stride > 0, "the stride is something");
	must(write_out(uri, text, sizeof(text)) < sizeof(text), "the text is long enough");
	memset(&again, 0, sizeof(again));
	if (oc_uri_parse(&again, text, &where) != OC_OK)
		fprintf(stderr, "%s\nrefused at %zu\n", text, where);
	must(again.channel == uri->channel && !strcmp(again.database, uri->database) &&
	     !strcmp(again.file, uri->file) && again.wait == uri->wait &&
	     again.timeout_ms == uri->timeout_ms && again.stride == uri->stride,
	     "written out, it means the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct oc_uri uri, before;
	size_t where = SIZE_MAX;
	int status;

	memcpy(text, data, size);
	text[size] = '\0';
	memset(&uri, 0x5a, sizeof(uri));
	before = uri;
	status = oc_uri_parse(&uri, text, &where);
	if (status == OC_OK) {
		check_accepted(&uri);
	} else {
		must(status == OC_EURI, "a URI is good or not");
		must(!memcmp(&uri, &before, sizeof(uri)), "a refused URI changes nothing");
		must(where <= strlen(text), "the place lies in the text");
		must(oc_uri_parse(&uri, text, NULL) == OC_EURI, "nobody needs the place");
	}
	free(text);
	return 0;
}
