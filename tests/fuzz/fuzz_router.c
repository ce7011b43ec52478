/*
 * Addresses: what finds a route finds the same one, with the same parameters, when it
 * is written anew from the template with every octet of the parameters encoded; a
 * query that is accepted has only names of its route, each once, and is the same when
 * it is written anew. Input: a method, a line feed, a raw path, `?`, a raw query.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/router.h"
#include "base/str.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_encoded(struct str *out, const char *s)
{
	for (; *s; s++)
		str_printf(out, "%%%02x", (unsigned char)*s);
}

static void check_text(const char *s)
{
	if (!utf8_is_valid(s, strlen(s)))
		abort();
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			abort();
}

/* The template with the parameters in their places. */
static void write_path(struct str *out, const struct request *r)
{
	size_t k = 0;

	str_init(out, 1 << 20);
	for (const char *t = r->route->path; *t; t++)
		if (*t == '{') {
			put_encoded(out, r->path_param[k++].value);
			t = strchr(t, '}');
		} else {
			str_putc(out, *t);
		}
	if (k != r->n_path_params)
		abort();
}

static void check_path(const struct request *r, const char *method)
{
	struct request again = {.call.arena = r->call.arena};
	struct err e;
	const char *allow;
	struct str path;

	for (size_t i = 0; i < r->n_path_params; i++) {
		const char *value = r->path_param[i].value;

		check_text(value);
		if (!*value || strpbrk(value, ":/"))
			abort();
	}
	write_path(&path, r);
	err_clear(&e);
	if (router_find(&again, method, path.data, &allow, &e) != ERR_OK ||
	    again.route != r->route || again.n_path_params != r->n_path_params)
		abort();
	for (size_t i = 0; i < r->n_path_params; i++)
		if (strcmp(again.path_param[i].value, r->path_param[i].value) !=
		    0)
			abort();
	str_free(&path);
}

static void check_query(struct request *r)
{
	const struct request first = *r;
	struct str query;
	struct err e;

	str_init(&query, 1 << 20);
	for (size_t i = 0; i < first.n_query; i++) {
		const struct request_pair *p = &first.query[i];

		check_text(p->name);
		check_text(p->value);
		if (!strstr(r->route->query, p->name))
			abort();
		for (size_t k = 0; k < i; k++)
			if (strcmp(first.query[k].name, p->name) == 0)
				abort();
		str_putc(&query, '&');
		put_encoded(&query, p->name);
		str_putc(&query, '=');
		put_encoded(&query, p->value);
	}
	err_clear(&e);
	if (router_query(r, query.data, &e) != ERR_OK ||
	    r->n_query != first.n_query)
		abort();
	for (size_t i = 0; i < first.n_query; i++)
		if (strcmp(r->query[i].value, first.query[i].value) != 0)
			abort();
	str_free(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request r = {.call.arena = arena_new(8 << 20)};
	char *text = arena_strndup(r.call.arena, (const char *)data, size);
	char *path = strchr(text, '\n'), *query;
	const char *allow = NULL;
	struct err e;
	enum err_code code;

	err_clear(&e);
	if (path) {
		*path++ = '\0';
		query = strchr(path, '?');
		if (query)
			*query++ = '\0';
		code = router_find(&r, text, path, &allow, &e);
		if (code == ERR_OK)
			check_path(&r, text);
		else if (code == ERR_METHOD && (!allow || !*allow))
			abort();
		if (code == ERR_OK && router_query(&r, query, &e) == ERR_OK)
			check_query(&r);
	}
	arena_free(r.call.arena);
	return 0;
}
