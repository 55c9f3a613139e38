// SPDX-License-Identifier: MIT
/*
 * uri.c: reads tfs-shm-poll://N/database?key=value&...
 *
 * Strict: what is not in the grammar of oc/region.h is an error, and so is a key
 * that comes twice. Only the value of file= may hold %XX, for the characters that a
 * URI cannot carry; anywhere else '%' is as wrong as any other character.
 *
 * Parsers take [p, end), and return NULL or the first character that is wrong.
 */
#include <stdbool.h>
#include <string.h>

#include <linux/tfs_shm_poll.h>

#include <oc/channel.h>
#include <oc/region.h>

#define SCHEME		"tfs-shm-poll://"
#define DEFAULT_TIMEOUT	5000
#define STRIDE_MAX	0x40000000u

static const struct oc_uri uri_default = {
	.channel = -1,
	.stride = TFS_SHM_POLL_DEFAULT_STRIDE,
	.wait = OC_WAIT_ADAPTIVE,
	.timeout_ms = DEFAULT_TIMEOUT,
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Decimal, without sign or leading zeroes. */
static const char *parse_number(const char *p, const char *end, uint32_t max, uint32_t *out)
{
	uint64_t n = 0;

	if (p == end)
		return p;
	if (*p == '0' && p + 1 < end)
		return p + 1;
	for (; p < end; p++) {
		if (!is_digit(*p))
			return p;
		n = n * 10 + (uint64_t)(*p - '0');
		if (n > max)
			return p;
	}
	*out = (uint32_t)n;
	return NULL;
}

static const char *parse_stride(struct oc_uri *uri, const char *p, const char *end)
{
	const char *wrong = parse_number(p, end, STRIDE_MAX, &uri->stride);

	return wrong || uri->stride ? wrong : p;
}

static const char *parse_timeout(struct oc_uri *uri, const char *p, const char *end)
{
	const char *wrong;
	uint32_t ms = 0;

	if (end - p == 2 && !memcmp(p, "-1", 2)) {
		uri->timeout_ms = OC_FOREVER;
		return NULL;
	}
	wrong = parse_number(p, end, OC_TIMEOUT_MAX, &ms);
	uri->timeout_ms = (int32_t)ms;
	return wrong;
}

static const char *parse_wait(struct oc_uri *uri, const char *p, const char *end)
{
	size_t length = (size_t)(end - p);

	for (int i = 0; i < OC_WAIT_POLICIES; i++) {
		const char *name = oc_wait_names[i];

		if (strlen(name) == length && !memcmp(name, p, length)) {
			uri->wait = (enum oc_wait)i;
			return NULL;
		}
	}
	return p;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that p stands for, 0 if there is none; *p goes behind it. */
static unsigned char path_byte(const char **p, const char *end)
{
	unsigned char c = (unsigned char)**p;
	int high, low;

	if (c != '%') {
		*p += 1;
		return c <= ' ' || c == '#' || c == 0x7f ? 0 : c;
	}
	if (end - *p < 3)
		return 0;
	high = hex_digit((*p)[1]);
	low = hex_digit((*p)[2]);
	*p += 3;
	return high < 0 || low < 0 ? 0 : (unsigned char)(high << 4 | low);
}

static const char *parse_file(struct oc_uri *uri, const char *p, const char *end)
{
	size_t n = 0;

	if (p == end)
		return p;
	while (p < end) {
		const char *start = p;
		unsigned char c = path_byte(&p, end);

		if (!c || n == OC_URI_PATH_MAX)
			return start;
		uri->file[n++] = (char)c;
	}
	uri->file[n] = '\0';
	return NULL;
}

static const char *parse_channel(struct oc_uri *uri, const char *p, const char *end)
{
	const char *wrong;
	uint32_t n = 0;

	if (p == end)
		return NULL;
	wrong = parse_number(p, end, OC_CHANNEL_MAX, &n);
	uri->channel = (int)n;
	return wrong;
}

static bool is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '.' || c == '-';
}

static const char *parse_database(struct oc_uri *uri, const char *p, const char *end)
{
	size_t n = 0;

	for (; p < end; p++) {
		if (!is_name(*p) || n == OC_NAME_MAX)
			return p;
		uri->database[n++] = *p;
	}
	uri->database[n] = '\0';
	return NULL;
}

enum { FILE_OPTION, STRIDE_OPTION, WAIT_OPTION, TIMEOUT_OPTION, NOPTIONS };

static const struct option {
	const char *name;
	const char *(*parse)(struct oc_uri *uri, const char *p, const char *end);
} options[NOPTIONS] = {
	[FILE_OPTION] = { "file=", parse_file },
	[STRIDE_OPTION] = { "stride=", parse_stride },
	[WAIT_OPTION] = { "wait=", parse_wait },
	[TIMEOUT_OPTION] = { "timeout=", parse_timeout },
};

/* One KEY=VALUE; @seen has the place of each option's first mention. */
static const char *parse_option(struct oc_uri *uri, const char *p, const char *end,
				const char *seen[NOPTIONS])
{
	for (int i = 0; i < NOPTIONS; i++) {
		size_t length = strlen(options[i].name);

		if (strncmp(p, options[i].name, length))
			continue;
		if (seen[i])
			return p;
		seen[i] = p;
		return options[i].parse(uri, p + length, end);
	}
	return p;
}

static const char *parse_options(struct oc_uri *uri, const char *p)
{
	const char *seen[NOPTIONS] = { NULL };
	const char *wrong = NULL;

	while (!wrong) {
		const char *end = p + strcspn(p, "&");

		wrong = parse_option(uri, p, end, seen);
		if (!*end)
			break;
		p = end + 1;
	}
	/* The stride of a device is the driver's to say. */
	if (!wrong && seen[STRIDE_OPTION] && !seen[FILE_OPTION])
		wrong = seen[STRIDE_OPTION];
	return wrong;
}

static const char *parse(struct oc_uri *uri, const char *p)
{
	const char *end, *wrong;

	for (const char *s = SCHEME; *s; s++, p++)
		if (*p != *s)
			return p;

	end = p + strcspn(p, "/?");
	wrong = parse_channel(uri, p, end);
	if (!wrong && *end == '/') {
		p = end + 1;
		end = p + strcspn(p, "?");
		wrong = parse_database(uri, p, end);
	}
	if (!wrong && *end == '?')
		wrong = parse_options(uri, end + 1);
	return wrong;
}

int oc_uri_parse(struct oc_uri *uri, const char *text, size_t *where)
{
	struct oc_uri parsed = uri_default;
	const char *wrong = parse(&parsed, text);

	if (wrong) {
		if (where)
			*where = (size_t)(wrong - text);
		return OC_EURI;
	}
	*uri = parsed;
	return OC_OK;
}
