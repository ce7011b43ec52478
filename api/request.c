/* What handlers read from a request: parameters, pages, long work. */
#include "api/request.h"

#include <string.h>

#include "api/cursor.h"
#include "api/router.h"
#include "base/instant.h"
#include "base/num.h"

enum {
	LIMIT_DEFAULT = 50,
	LIMIT_ACCEPTED = INT32_MAX, /* lowered to DB_LIST_MAX */
};

const char *request_path(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->n_path_params; i++)
		if (strcmp(r->path_param[i].name, name) == 0)
			return r->path_param[i].value;
	return "";
}

enum err_code request_path_id(
    struct request *r, const char *name, const char *what, struct id *ret_id)
{
	const char *s = request_path(r, name);

	if (!id_parse(s, strlen(s), ret_id))
		return ERR_SET(&r->err, NOT_FOUND, "there is no such %s", what);
	return ERR_OK;
}

const char *request_query(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->n_query; i++)
		if (strcmp(r->query[i].name, name) == 0)
			return r->query[i].value;
	return NULL;
}

/* Report a query parameter of the wrong form. */
static enum err_code fault(
    struct request *r, const char *name, const char *expected)
{
	char place[ERR_PLACE_SIZE];

	snprintf(place, sizeof(place), "?%s", name);
	err_add_field(&r->err, ERR_FIELD, place, "expected %s", expected);
	return r->err.code;
}

enum err_code request_query_id(
    struct request *r, const char *name, struct id *ret, bool *ret_given)
{
	const char *s = request_query(r, name);

	*ret_given = false;
	if (!s)
		return ERR_OK;
	if (!id_parse(s, strlen(s), ret))
		return fault(r, name, "an id, as in an \"id\" field");
	*ret_given = true;
	return ERR_OK;
}

enum err_code request_query_bool(struct request *r, const char *name, bool *ret)
{
	const char *s = request_query(r, name);

	if (!s)
		return ERR_OK;
	if (strcmp(s, "true") != 0 && strcmp(s, "false") != 0)
		return fault(r, name, "true or false");
	*ret = *s == 't';
	return ERR_OK;
}

enum err_code request_query_word(struct request *r, const char *name,
    const char *const *words, const char **ret)
{
	const char *expected = words[0];

	*ret = request_query(r, name);
	if (*ret == NULL)
		return ERR_OK;
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(*ret, words[i]) == 0)
			return ERR_OK;
		if (i > 0)
			expected = arena_printf(
			    r->call.arena, "%s or %s", expected, words[i]);
	}
	return fault(r, name, expected);
}

enum err_code request_query_int(
    struct request *r, const char *name, int64_t min, int64_t max, int64_t *ret)
{
	const char *text = request_query(r, name);

	if (text == NULL || num_parse_i64(text, strlen(text), min, max, ret))
		return ERR_OK;
	return fault(r, name, "a whole number in its range");
}

enum err_code request_query_instant(
    struct request *r, const char *name, int64_t *ret, bool *ret_given)
{
	const char *s = request_query(r, name);

	*ret_given = false;
	if (!s)
		return ERR_OK;
	if (!instant_parse(s, strlen(s), ret))
		return fault(
		    r, name, "an instant such as 2026-10-25T08:00:00Z");
	*ret_given = true;
	return ERR_OK;
}

/* Path and filters, in the order of the route's table, without the cursor and the
 * limit: what a cursor is bound to. */
const char *request_scope(struct request *r)
{
	const char *scope = r->path;

	for (const char *s = r->route->query; *s && scope;) {
		int n = (int)strcspn(s, " ");
		char *name = arena_strndup(r->call.arena, s, (size_t)n);
		const char *value = name ? request_query(r, name) : NULL;

		if (value && strcmp(name, "cursor") != 0 &&
		    strcmp(name, "limit") != 0)
			scope = arena_printf(r->call.arena, "%s&%s=%zu:%s",
			    scope, name, strlen(value), value);
		s += n;
		s += strspn(s, " ");
	}
	return scope ? scope : r->path;
}

enum err_code request_page(struct request *r, struct db_page *ret)
{
	const char *limit = request_query(r, "limit");
	const char *cursor = request_query(r, "cursor");
	struct db_page page = {.limit = LIMIT_DEFAULT};
	struct cursor_scope scope = {r->call.who.token_id, NULL};

	if (limit && !num_parse_i64(
			 limit, strlen(limit), 1, LIMIT_ACCEPTED, &page.limit))
		return fault(r, "limit", "a whole number from 1 to 200");
	if (page.limit > DB_LIST_MAX)
		page.limit = DB_LIST_MAX;
	scope.scope = request_scope(r);
	if (cursor && cursor_read(r->call.arena, &scope, cursor, &page.after,
			  &r->err) != ERR_OK)
		return r->err.code;
	*ret = page;
	return ERR_OK;
}

const char *request_address(
    struct request *r, const char *prefix, const struct id *id)
{
	char text[ID_TEXT_SIZE];

	id_format(id, text);
	return arena_printf(r->call.arena, "%s%s", prefix, text);
}

enum err_code request_take(struct request *r, enum limits_kind kind,
    const uint8_t key[LIMITS_KEY_SIZE], const char *detail)
{
	struct limits_state state;
	bool ok;

	if (r->taken & 1u << kind)
		return ERR_OK;
	r->taken |= 1u << kind;
	ok = limits_take(r->limits, kind, key, monotonic_ms(), &state);
	if (kind == LIMITS_CALLER)
		r->rate = state;
	if (ok)
		return ERR_OK;
	r->retry_after_s = state.retry_s;
	return ERR_SET(&r->err, RATE, "%s", detail);
}

void request_wait(struct request *r, struct id id,
    enum err_code (*recheck)(struct request *r, bool *ret_done))
{
	r->recheck_id = id;
	r->recheck = recheck;
}
