/* The strict gate: see gate.h. */
#include "api/gate.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

struct scan {
	struct request *r;
	unsigned n_fields, n_hosts, n_lengths, n_codings;
	size_t size;
	int64_t length;
	bool bad_name, bad_value, bad_host, bad_length, bad_coding;
	bool repeated; /* a header of ours came twice */
};

static bool is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' ||
		    strchr("\"(),/:;<=>?@[\\]{}", s[i]))
			return false;
	return n > 0;
}

/* A name or an address, with an optional port; no more than that it is harmless. */
static bool is_host(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= '0' && s[i] <= '9') &&
		    !((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z') &&
		    !strchr(".-_:[]", s[i]))
			return false;
	return n > 0 && n <= 255;
}

static bool is_request_id(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= '0' && s[i] <= '9') &&
		    !((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z') &&
		    !strchr("._-", s[i]))
			return false;
	return n >= 8 && n < REQUEST_ID_SIZE;
}

static bool is_named(const char *key, size_t n, const char *name)
{
	return strlen(name) == n && strncasecmp(key, name, n) == 0;
}

/* Copy what the service reads. */
static void keep(struct scan *s, const char *key, size_t key_size,
    const char *value, size_t size)
{
	struct request_headers *h = &s->r->header;

	const struct {
		const char *name;
		const char **to;
	} READ[] = {
	    {"Authorization", &h->authorization},
	    {"Content-Type", &h->content_type},
	    {"Idempotency-Key", &h->idempotency_key},
	    {"If-Match", &h->if_match},
	    {"If-None-Match", &h->if_none_match},
	    {"Prefer", &h->prefer},
	};

	for (size_t i = 0; i < sizeof(READ) / sizeof(READ[0]); i++)
		if (is_named(key, key_size, READ[i].name)) {
			s->repeated |= *READ[i].to != NULL;
			*READ[i].to =
			    arena_strndup(s->r->call.arena, value, size);
		}
	if (is_named(key, key_size, "X-Request-Id") &&
	    is_request_id(value, size)) {
		memcpy(s->r->id, value, size);
		s->r->id[size] = '\0';
	}
}

static enum MHD_Result scan_field(void *cls, enum MHD_ValueKind kind,
    const char *key, size_t key_size, const char *value, size_t size)
{
	struct scan *s = cls;

	(void)kind;
	if (!value)
		value = "";
	s->n_fields++;
	s->size += key_size + size;
	s->bad_name |= !is_token(key, key_size);
	s->bad_value |= memchr(value, 0, size) || memchr(value, '\r', size) ||
			memchr(value, '\n', size);
	if (is_named(key, key_size, "Host")) {
		s->n_hosts++;
		s->bad_host |= !is_host(value, size);
	} else if (is_named(key, key_size, "Content-Length")) {
		s->n_lengths++;
		s->bad_length |=
		    !num_parse_i64(value, size, 0, INT64_MAX, &s->length);
	} else if (is_named(key, key_size, "Transfer-Encoding")) {
		s->n_codings++;
		s->bad_coding |=
		    size != 7 || strncasecmp(value, "chunked", 7) != 0;
	} else {
		keep(s, key, key_size, value, size);
	}
	return MHD_YES;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static const char *judge_uri(const char *s)
{
	for (; *s; s++) {
		if (*s <= ' ' || *s > '~')
			return "the address has an octet that is not allowed";
		if (*s == '#')
			return "the address has a fragment";
		if (*s == '%' && (!is_hex(s[1]) || !is_hex(s[2]) ||
				     (s[1] == '0' && s[2] == '0')))
			return "the address has a bad percent form";
	}
	return NULL;
}

static const char *judge_fields(const struct scan *s, const char *version)
{
	if (s->bad_name)
		return "a header name has a character that is not allowed";
	if (s->bad_value)
		return "a header value has an octet that is not allowed";
	if (s->n_lengths > 1 || s->n_codings > 1 ||
	    (s->n_lengths > 0 && s->n_codings > 0))
		return "the length of the body is given more than once";
	if (s->bad_length)
		return "Content-Length must be a number";
	if (s->bad_coding)
		return "Transfer-Encoding must be chunked";
	if (s->n_hosts > 1 ||
	    (s->n_hosts == 0 && strcmp(version, "HTTP/1.0") != 0))
		return "exactly one Host is needed";
	if (s->bad_host)
		return "Host must be a name or an address";
	if (s->repeated)
		return "a header that may come once came twice";
	return NULL;
}

enum err_code gate_check(struct request *r, struct MHD_Connection *c,
    const char *version, const char *raw_uri, int64_t *ret_length,
    struct err *e)
{
	struct scan s = {.r = r};
	const char *fault;

	if (strlen(raw_uri) > GATE_MAX_URI)
		return ERR_SET(e, URI_LENGTH,
		    "the address has more than %d octets", GATE_MAX_URI);
	MHD_get_connection_values_n(c, MHD_HEADER_KIND, scan_field, &s);
	if (s.n_fields > GATE_MAX_HEADERS || s.size > GATE_MAX_HEADER)
		return ERR_SET(e, HEADERS,
		    "more than %d header fields or %d octets of them",
		    GATE_MAX_HEADERS, GATE_MAX_HEADER);
	fault = judge_uri(raw_uri);
	if (!fault)
		fault = judge_fields(&s, version);
	if (fault)
		return ERR_SET(e, SYNTAX, "%s", fault);
	*ret_length = s.n_codings > 0 ? GATE_LENGTH_UNKNOWN : s.length;
	return ERR_OK;
}
