/*
 * The header gate: any octets are cut apart as libmicrohttpd 0.9.75 does it, lenient
 * as it is; what head_judge then lets in must be, octet by octet, a head by the strict
 * grammar, as a second reading of the raw octets sees it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/head.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the library's reading ---- */

struct buffer {
	char *at, *end;
	struct arena *arena;
};

/* The next line, its end cut off; NULL without one. */
static char *next_line(struct buffer *b, size_t *len)
{
	for (char *p = b->at; p < b->end; p++) {
		char *line = b->at;
		bool pair = *p == '\r' && p + 1 < b->end && p[1] == '\n';

		if (!pair && *p != '\n')
			continue;
		*len = (size_t)(p - line);
		b->at = p + (pair ? 2 : 1);
		memset(p, 0, pair ? 2 : 1);
		return line;
	}
	return NULL;
}

static char *last_space(char *from, char *to)
{
	for (; to > from; to--)
		if (*to == ' ')
			return to;
	return NULL;
}

static bool cut_first_line(struct buffer *b, struct head *h)
{
	size_t n;
	char *line = next_line(b, &n), *uri, *version;

	while (line && *line == '\0')
		line = next_line(b, &n);
	uri = line ? memchr(line, ' ', n) : NULL;
	if (!uri)
		return false;
	*uri++ = '\0';
	while (*uri == ' ')
		uri++;
	version = uri < line + n ? last_space(uri, line + n - 1) : NULL;
	if (!version)
		return false;
	*version++ = '\0';
	h->method = line;
	h->uri_at = uri;
	h->uri = arena_strdup(b->arena, uri);
	h->version = version;
	return line + n - version == 8 && strncmp(version, "HTTP/1.", 7) == 0;
}

/* A folded line is joined to the *name*, in other memory, as the library does. */
static bool cut_fields(struct buffer *b, struct head *h)
{
	const char *name = NULL, *value = "";
	size_t n;

	for (;;) {
		char *line = next_line(b, &n), *colon;

		if (!line)
			return false;
		if (name && (*line == ' ' || *line == '\t')) {
			name = arena_printf(
			    b->arena, "%s%s", name, line + strspn(line, " \t"));
			continue;
		}
		if (name)
			head_add(h, name, strlen(name), value, strlen(value));
		if (*line == '\0')
			return true;
		colon = strchr(line, ':');
		if (!colon)
			return false;
		*colon = '\0';
		name = line;
		value = colon + 1 + strspn(colon + 1, " \t");
	}
}

/* ---- the grammar's ---- */

struct raw {
	const char *s;
	size_t n, at;
	size_t n_hosts, n_lengths, n_codings;
};

static bool eat(struct raw *r, const char *text)
{
	size_t n = strlen(text);

	if (r->n - r->at < n || memcmp(r->s + r->at, text, n) != 0)
		return false;
	r->at += n;
	return true;
}

/* One or more octets of the class. */
static size_t eat_class(struct raw *r, bool (*is)(unsigned char c))
{
	size_t begin = r->at;

	while (r->at < r->n && is((unsigned char)r->s[r->at]))
		r->at++;
	return r->at - begin;
}

static bool is_tchar(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_target(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '#';
}

static bool is_value(unsigned char c)
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}

static void count(struct raw *r, const char *name, size_t n)
{
	r->n_hosts += n == 4 && strncasecmp(name, "host", n) == 0;
	r->n_lengths += n == 14 && strncasecmp(name, "content-length", n) == 0;
	r->n_codings +=
	    n == 17 && strncasecmp(name, "transfer-encoding", n) == 0;
}

/* A line's end; a NUL in the carriage return's place passes, see head.c. */
static bool eat_end(struct raw *r)
{
	if (r->n - r->at < 2 || r->s[r->at + 1] != '\n' ||
	    (r->s[r->at] != '\r' && r->s[r->at] != '\0'))
		return false;
	r->at += 2;
	return true;
}

/* At the end of the head two of them, and anything behind a NUL in the four octets. */
static bool eat_both_ends(struct raw *r)
{
	if (r->n - r->at != 4 || !memchr(r->s + r->at, '\0', 4))
		return false;
	r->at = r->n;
	return true;
}

static bool is_strict(struct raw *r)
{
	bool old;

	if (!eat_class(r, is_tchar) || !eat(r, " /"))
		return false;
	(void)eat_class(r, is_target);
	old = r->n - r->at > 8 && r->s[r->at + 8] == '0';
	if (!eat(r, old ? " HTTP/1.0" : " HTTP/1.1"))
		return false;
	while (!eat_both_ends(r)) {
		const char *name;
		size_t n;

		if (!eat_end(r))
			return false;
		if (r->n - r->at == 2 && eat_end(r))
			break;
		name = r->s + r->at;
		n = eat_class(r, is_tchar);
		if (n == 0 || !eat(r, ":"))
			return false;
		(void)eat_class(r, is_value);
		count(r, name, n);
	}
	return r->n_lengths + r->n_codings <= 1 && r->n_hosts <= 1 &&
	       (old || r->n_hosts == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(8 << 20);
	char *copy = arena_alloc(a, size + 1);
	struct buffer b = {.at = copy, .end = copy + size, .arena = a};
	struct head h = {0};
	int64_t length = 0;
	struct err e;

	memcpy(copy, data, size);
	err_clear(&e);
	if (cut_first_line(&b, &h) && cut_fields(&b, &h)) {
		struct raw raw = {.s = (const char *)data + (h.method - copy),
		    .n = (size_t)(b.at - h.method)};

		h.size = raw.n;
		if (head_judge(&h, &length, &e) == ERR_OK &&
		    (length < HEAD_LENGTH_UNKNOWN || !is_strict(&raw)))
			abort();
	}
	arena_free(a);
	return 0;
}
