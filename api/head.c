/* The judgement on a head: see head.h. */
#include "api/head.h"

#include <string.h>
#include <strings.h>

#include "base/num.h"

void head_add(struct head *h, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	if (h->n_fields < HEAD_MAX_FIELDS)
		h->field[h->n_fields] =
		    (struct head_field){name, value, name_len, value_len};
	h->n_fields++;
	h->octets += name_len + value_len;
}

bool head_is_named(const struct head_field *f, const char *name)
{
	return strlen(name) == f->name_len &&
	       strncasecmp(f->name, name, f->name_len) == 0;
}

static bool is_token(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' ||
		    strchr("\"(),/:;<=>?@[\\]{}", s[i]))
			return false;
	return n > 0;
}

/* A field's value may hold any octet but control characters. */
static bool is_text(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return true;
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

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static const char *judge_uri(const char *s)
{
	if (*s != '/')
		return "the address must begin with a slash";
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

/* Every part lies behind the one before it, with one octet or a line's end between
 * them, and the whole has the size that was read. What passes all the same is a
 * NUL where a carriage return should be, or among the last four octets: no proxy lets
 * a NUL through. */
static bool is_in_place(const struct head *h)
{
	const char *at = h->method + strlen(h->method) + 1;

	if (at != h->uri_at)
		return false;
	at += strlen(h->uri) + 1;
	if (at != h->version)
		return false;
	at += strlen(h->version) + 2;
	for (size_t i = 0; i < h->n_fields; i++) {
		const struct head_field *f = &h->field[i];

		if (at != f->name)
			return false;
		at += f->name_len + 1;
		while (at != f->value && (*at == ' ' || *at == '\t'))
			at++;
		if (at != f->value)
			return false;
		at += f->value_len + 2;
	}
	return h->size == (size_t)(at - h->method) + 2;
}

static const char *judge_fields(const struct head *h, int64_t *ret_length)
{
	size_t n_hosts = 0, n_lengths = 0, n_codings = 0;
	bool old = strcmp(h->version, "HTTP/1.0") == 0;

	for (size_t i = 0; i < h->n_fields; i++) {
		const struct head_field *f = &h->field[i];

		if (!is_token(f->name, f->name_len))
			return "a header name has a character that is not "
			       "allowed";
		if (!is_text(f->value, f->value_len))
			return "a header value has an octet that is not "
			       "allowed";
		if (head_is_named(f, "Host")) {
			n_hosts++;
			if (!is_host(f->value, f->value_len))
				return "Host must be a name or an address";
		} else if (head_is_named(f, "Content-Length")) {
			n_lengths++;
			if (f->value[0] == '-' ||
			    !num_parse_i64(f->value, f->value_len, 0, INT64_MAX,
				ret_length))
				return "Content-Length must be a number";
		} else if (head_is_named(f, "Transfer-Encoding")) {
			n_codings++;
			*ret_length = HEAD_LENGTH_UNKNOWN;
			if (old || f->value_len != 7 ||
			    strncasecmp(f->value, "chunked", 7) != 0)
				return "Transfer-Encoding must be chunked";
		}
	}
	if (n_lengths + n_codings > 1)
		return "the length of the body is given more than once";
	if (n_hosts > 1 || (n_hosts == 0 && !old))
		return "exactly one Host is needed";
	return NULL;
}

enum err_code head_judge(
    const struct head *h, int64_t *ret_length, struct err *e)
{
	const char *fault = NULL;

	*ret_length = 0;
	if (strlen(h->uri) > HEAD_MAX_URI)
		return ERR_SET(e, URI_LENGTH,
		    "the address has more than %d octets", HEAD_MAX_URI);
	if (h->n_fields > HEAD_MAX_FIELDS || h->octets > HEAD_MAX_OCTETS)
		return ERR_SET(e, HEADERS,
		    "more than %d header fields or %d octets of them",
		    HEAD_MAX_FIELDS, HEAD_MAX_OCTETS);
	if (!is_token(h->method, strlen(h->method)))
		fault = "the method has a character that is not allowed";
	else if (strcmp(h->version, "HTTP/1.1") != 0 &&
		 strcmp(h->version, "HTTP/1.0") != 0)
		fault = "the version must be HTTP/1.1 or HTTP/1.0";
	if (!fault)
		fault = judge_uri(h->uri);
	if (!fault && !is_in_place(h))
		fault =
		    "a NUL, a folded line, a line feed alone or a space too "
		    "many";
	if (!fault)
		fault = judge_fields(h, ret_length);
	return fault ? ERR_SET(e, SYNTAX, "%s", fault) : ERR_OK;
}
