/*
 * The route table and the search in it: see router.h. About a hundred rows are
 * compared segment by segment; a request costs microseconds, and a table in the
 * order of the contract is worth more than a tree.
 */
#include "api/router.h"

#include <stdbool.h>
#include <string.h>

#include "api/handlers.h"
#include "base/str.h"
#include "base/utf8.h"

enum {
	MAX_SEGMENTS = 12,
	MAX_ALLOW = 64
};

const struct route ROUTES[] = {
#define ROUTE(method, path, handler, roles, flags, query) \
	{#method, path, handler, roles, flags, query},
#include "api/routes.def"
#undef ROUTE
    {NULL, NULL, NULL, 0, 0, NULL},
};

bool router_reads(const struct route *route)
{
	static const char *const METHODS[] = {
	    "GET", "OPTIONS", "PROPFIND", "REPORT"};

	for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++)
		if (strcmp(route->method, METHODS[i]) == 0)
			return true;
	return false;
}

enum route_class router_class(const struct route *route)
{
	if (route->flags & ROUTE_BULK)
		return ROUTE_CLASS_BULK;
	if (!router_reads(route))
		return ROUTE_CLASS_CHANGE;
	if (route->flags & (ROUTE_FEED | ROUTE_BASIC))
		return ROUTE_CLASS_FEED;
	return route->roles == ROLES_NONE ? ROUTE_CLASS_HEALTH
					  : ROUTE_CLASS_READ;
}

struct path {
	const char *segment[MAX_SEGMENTS];
	size_t n;
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *router_decode(struct arena *a, const char *s, size_t n)
{
	char *out = arena_alloc(a, n + 1);
	size_t len = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		int c = (unsigned char)s[i];

		if (c == '%') {
			int high = n - i > 2 ? hex(s[i + 1]) : -1;
			int low = n - i > 2 ? hex(s[i + 2]) : -1;

			if (high < 0 || low < 0)
				return NULL;
			c = high << 4 | low;
			i += 2;
		}
		if (c < 0x20 || c == 0x7f)
			return NULL;
		out[len++] = (char)c;
	}
	return utf8_is_valid(out, len) ? out : NULL;
}

/* Split first, decode then: an encoded slash never makes a segment. */
static enum err_code split(
    struct arena *a, const char *s, struct path *p, struct err *e)
{
	p->n = 0;
	if (*s != '/')
		return ERR_SET(e, SYNTAX, "the path must begin with a slash");
	while (*s == '/') {
		size_t n = strcspn(++s, "/");
		char *segment = router_decode(a, s, n);

		if (!segment || strchr(segment, '/') ||
		    strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
			return ERR_SET(e, SYNTAX,
			    "the path has a segment that is not allowed");
		if (p->n == MAX_SEGMENTS)
			return ERR_SET(e, NOT_FOUND, "there is no such path");
		p->segment[p->n++] = segment;
		s += n;
	}
	return ERR_OK;
}

/* One template segment t[0..n) against a decoded segment; a parameter's name and
 * value are added to r. */
static bool fits(struct request *r, const char *t, size_t n, const char *s)
{
	const char *end = memchr(t, '}', n);
	size_t tail, len = strlen(s);
	struct request_pair *param;

	if (*t != '{' || !end)
		return len == n && memcmp(t, s, n) == 0;
	tail = n - (size_t)(end + 1 - t);
	if (len <= tail || memcmp(s + len - tail, end + 1, tail) != 0 ||
	    memchr(s, ':', len - tail) ||
	    r->n_path_params == REQUEST_MAX_PATH_PARAMS)
		return false;
	param = &r->path_param[r->n_path_params++];
	param->name =
	    arena_strndup(r->call.arena, t + 1, (size_t)(end - t - 1));
	param->value = arena_strndup(r->call.arena, s, len - tail);
	return param->name && param->value;
}

static bool match(struct request *r, const char *template, const struct path *p)
{
	size_t i = 0;

	r->n_path_params = 0;
	for (const char *t = template; *t == '/'; i++) {
		size_t n = strcspn(++t, "/");

		if (i == p->n || !fits(r, t, n, p->segment[i]))
			return false;
		t += n;
	}
	return i == p->n;
}

static void add_allow(struct str *allow, const char *method)
{
	str_printf(allow, "%s%s", allow->len ? ", " : "", method);
	if (strcmp(method, "GET") == 0)
		str_puts(allow, ", HEAD");
}

enum err_code router_find(struct request *r, const char *method,
    const char *path, const char **ret_allow, struct err *e)
{
	struct path p;
	struct str allow;
	enum err_code code = split(r->call.arena, path, &p, e);

	if (code != ERR_OK)
		return code;
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	str_init(&allow, MAX_ALLOW);
	for (const struct route *row = ROUTES; row->method; row++) {
		if (!match(r, row->path, &p))
			continue;
		if (strcmp(row->method, method) == 0) {
			str_free(&allow);
			r->route = row;
			return ERR_OK;
		}
		add_allow(&allow, row->method);
	}
	r->n_path_params = 0;
	if (allow.len == 0)
		code = ERR_SET(e, NOT_FOUND, "there is no such path");
	else
		code = ERR_SET(e, METHOD, "this path has %s", allow.data);
	if (allow.len)
		*ret_allow = arena_strdup(r->call.arena, allow.data);
	str_free(&allow);
	return code;
}

/* name is one of the words of `list`. */
static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = list; *s;) {
		size_t word = strcspn(s, " ");

		if (n > 0 && word == n && memcmp(s, name, n) == 0)
			return true;
		s += word;
		s += strspn(s, " ");
	}
	return false;
}

/* A + in a query means a space. */
static char *decode_form(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_strndup(a, s, n);

	for (size_t i = 0; copy && i < n; i++)
		if (copy[i] == '+')
			copy[i] = ' ';
	return copy ? router_decode(a, copy, n) : NULL;
}

static void add_query(struct request *r, const char *s, size_t n, struct err *e)
{
	const char *eq = memchr(s, '=', n);
	size_t name_len = eq ? (size_t)(eq - s) : n;
	const char *value = eq ? eq + 1 : s + n;
	struct request_pair pair = {
	    decode_form(r->call.arena, s, name_len),
	    decode_form(r->call.arena, value, n - (size_t)(value - s)),
	};
	char place[ERR_PLACE_SIZE];

	if (!pair.name || !pair.value) {
		err_add_field(
		    e, ERR_SYNTAX, "?", "the query is not well-formed");
		return;
	}
	snprintf(place, sizeof(place), "?%.*s",
	    (int)utf8_cut(pair.name, strnlen(pair.name, 100)), pair.name);
	if (!is_listed(r->route->query, pair.name))
		err_add_field(e, ERR_UNKNOWN_FIELD, place,
		    *r->route->query ? "expected one of: %s"
				     : "no query parameter is known here%s",
		    r->route->query);
	else if (request_query(r, pair.name))
		err_add_field(
		    e, ERR_UNKNOWN_FIELD, place, "given more than once");
	else if (r->n_query < REQUEST_MAX_QUERY)
		r->query[r->n_query++] = pair;
}

enum err_code router_query(struct request *r, const char *raw, struct err *e)
{
	r->n_query = 0;
	for (const char *s = raw; s && *s;) {
		size_t n = strcspn(s, "&");

		if (n > 0)
			add_query(r, s, n, e);
		s += n + (s[n] == '&');
	}
	return e->code;
}
