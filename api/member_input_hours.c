/*
 * A member's hours from JSON: see member_input.h. Windows are canonical afterwards:
 * sorted, those of one day that touch or overlap joined.
 */
#include <stdint.h>
#include <stdlib.h>

#include "api/bind.h"
#include "api/member_input.h"
#include "base/jwrite.h"
#include "base/str.h"
#include "base/week.h"
#include "db/members.h"
#include "matcher/community.h"

enum {
	MAX_JSON = 1 << 20,
	MAX_EXCEPTIONS = 100,
};

struct hours {
	uint8_t weekday;
	uint16_t from, to;
};

struct away {
	int32_t from, to;
};

struct availability {
	struct bind_list windows, preferred, exceptions;
	int32_t volunteer;
};

static const struct bind HOURS_FIELDS[] = {
    {"weekday", BIND_WEEKDAY, BIND_REQUIRED, BIND_INTO(struct hours, weekday)},
    {"from", BIND_LOCAL_TIME, BIND_REQUIRED, BIND_INTO(struct hours, from)},
    {"to", BIND_CLOCK_END, BIND_REQUIRED, BIND_INTO(struct hours, to)},
    {0},
};
static const struct bind AWAY_FIELDS[] = {
    {"from", BIND_DATE, BIND_REQUIRED, BIND_INTO(struct away, from)},
    {"to", BIND_DATE, BIND_REQUIRED, BIND_INTO(struct away, to)},
    {0},
};
static const struct bind HOURS[] = {
    {"", BIND_OBJECT, 0, BIND_EACH(struct hours), .item = HOURS_FIELDS}};
static const struct bind AWAY[] = {
    {"", BIND_OBJECT, 0, BIND_EACH(struct away), .item = AWAY_FIELDS}};
static const struct bind AVAILABILITY[] = {
    {"windows", BIND_LIST, BIND_REQUIRED,
	BIND_INTO(struct availability, windows), .max = WEEK_MAX_WINDOWS,
	.item = HOURS, .item_size = sizeof(struct hours)},
    {"preferred", BIND_LIST, 0, BIND_INTO(struct availability, preferred),
	.max = WEEK_MAX_WINDOWS, .item = HOURS,
	.item_size = sizeof(struct hours)},
    {"volunteer", BIND_INT, 0, BIND_INTO(struct availability, volunteer),
	.min = 0, .max = PERSON_MAX_VOLUNTEER},
    {"exceptions", BIND_LIST, 0, BIND_INTO(struct availability, exceptions),
	.max = MAX_EXCEPTIONS, .item = AWAY, .item_size = sizeof(struct away)},
    {0},
};

static int by_begin(const void *a, const void *b)
{
	const struct hours *x = a, *y = b;
	int p = x->weekday * 1440 + x->from, q = y->weekday * 1440 + y->from;

	return (p > q) - (p < q);
}

static void check_hours(
    const struct bind_list *list, const char *key, struct err *e)
{
	const struct hours *h = list->item;
	char place[ERR_PLACE_SIZE];

	for (size_t i = 0; i < list->n; i++) {
		snprintf(place, sizeof(place), "/%s/%zu/to", key, i);
		if (h[i].to <= h[i].from)
			err_add_field(e, ERR_VALIDATION, place,
			    "expected an end after the beginning");
	}
}

static void check_ends(const struct availability *in, struct err *e)
{
	const struct away *x = in->exceptions.item;
	char place[ERR_PLACE_SIZE];

	check_hours(&in->windows, "windows", e);
	check_hours(&in->preferred, "preferred", e);
	for (size_t i = 0; i < in->exceptions.n; i++) {
		snprintf(place, sizeof(place), "/exceptions/%zu/to", i);
		if (x[i].to < x[i].from)
			err_add_field(e, ERR_VALIDATION, place,
			    "expected a date not before the first one");
	}
}

/* Sort; join windows of a day that touch or overlap. Returns the new count. */
static size_t join(struct hours *h, size_t n)
{
	size_t kept = 0;

	if (n == 0)
		return 0;
	qsort(h, n, sizeof(*h), by_begin);
	for (size_t i = 1; i < n; i++) {
		struct hours *last = &h[kept];

		if (h[i].weekday != last->weekday || h[i].from > last->to)
			h[++kept] = h[i];
		else if (h[i].to > last->to)
			last->to = h[i].to;
	}
	return kept + 1;
}

/* Preferred hours are some of those offered; the windows are joined. */
static void check_preferred(const struct availability *in, struct err *e)
{
	const struct hours *h = in->windows.item, *p = in->preferred.item;
	char place[ERR_PLACE_SIZE];

	for (size_t i = 0; i < in->preferred.n; i++) {
		bool within = false;

		for (size_t k = 0; k < in->windows.n && !within; k++)
			within = h[k].weekday == p[i].weekday &&
				 h[k].from <= p[i].from && p[i].to <= h[k].to;
		snprintf(place, sizeof(place), "/preferred/%zu", i);
		if (!within)
			err_add_field(e, ERR_VALIDATION, place,
			    "expected hours within the windows");
	}
}

static const char *windows_json(
    struct arena *a, const struct hours *h, size_t n)
{
	struct str out;
	struct jwrite w;
	const char *json;

	str_init(&out, MAX_JSON);
	jwrite_init(&w, &out, false);
	jwrite_array(&w);
	for (size_t i = 0; i < n; i++) {
		jwrite_object(&w);
		jwrite_key_int(&w, "weekday", h[i].weekday);
		jwrite_key_int(&w, "begin_minute", h[i].from);
		jwrite_key_int(&w, "end_minute", h[i].to);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	json = jwrite_done(&w) ? arena_strdup(a, out.data) : NULL;
	str_free(&out);
	return json;
}

static const char *exceptions_json(
    struct arena *a, const struct away *x, size_t n)
{
	struct str out;
	struct jwrite w;
	const char *json;

	str_init(&out, MAX_JSON);
	jwrite_init(&w, &out, false);
	jwrite_array(&w);
	for (size_t i = 0; i < n; i++) {
		jwrite_object(&w);
		jwrite_key(&w, "from");
		jwrite_day(&w, x[i].from);
		jwrite_key(&w, "to");
		jwrite_day(&w, x[i].to);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	json = jwrite_done(&w) ? arena_strdup(a, out.data) : NULL;
	str_free(&out);
	return json;
}

enum err_code member_input_availability(struct arena *a,
    struct json_object *tree, struct db_hours *ret_hours, struct err *e)
{
	struct availability in = {.volunteer = 0};
	struct db_hours hours;
	enum err_code code = bind_object(a, tree, AVAILABILITY, &in, e);

	if (code == ERR_OK)
		check_ends(&in, e);
	if (e->code != ERR_OK)
		return e->code;
	in.windows.n = join(in.windows.item, in.windows.n);
	check_preferred(&in, e);
	if (e->code != ERR_OK)
		return e->code;
	hours = (struct db_hours){
	    .windows = windows_json(a, in.windows.item, in.windows.n),
	    .preferred = windows_json(
		a, in.preferred.item, join(in.preferred.item, in.preferred.n)),
	    .exceptions =
		exceptions_json(a, in.exceptions.item, in.exceptions.n),
	    .volunteer = in.volunteer,
	};
	if (!hours.windows || !hours.preferred || !hours.exceptions)
		return ERR_SET(e, NOMEM, "no memory for the hours");
	*ret_hours = hours;
	return ERR_OK;
}
