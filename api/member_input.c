/*
 * Members from JSON: see member_input.h. Each field is read into its canonical JSON
 * text at once, so that a patch is the list of the fields that were given.
 */
#include "api/member_input.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/bind.h"
#include "api/member_file.h"
#include "api/text.h"
#include "base/jwrite.h"
#include "base/num.h"
#include "base/str.h"
#include "base/utf8.h"
#include "calendars/tz.h"
#include "matcher/community.h"
#include "matcher/terms.h"

enum field {
	EXTERNAL_ID,
	DISPLAY_NAME,
	EMAIL,
	ROLES,
	WANTS,
	TAGS,
	STACK,
	LANGUAGES,
	TIME_ZONE,
	INDUSTRY,
	STYLE,
	ORGANIZATION,
	YEARS,
	PREFERENCES,
	AVOID,
	MENTOR_CAPACITY,
	N_FIELDS
};

enum {
	MAX_JSON = 1 << 20,
	MAX_TERM_INPUT = 200, /* characters as typed */
};

struct input {
	const char *json[N_FIELDS]; /* canonical, NULL: not given */
	enum bind_seen seen[N_FIELDS];
};

/* ---- single values ---- */

/* Read one string by its bounds and check, in its normal form, which may be shorter or
 * longer; NULL after a fault. */
static const char *read_string(struct binder *b, const char *place,
    struct json_object *value, int64_t max,
    const char *(*check)(const char *s, size_t n))
{
	const char *s = NULL;
	const struct bind row = {.type = BIND_STRING,
	    .size = sizeof(s),
	    .min = 1,
	    .max = max,
	    .check = check};

	size_t n;

	bind_value_at(b, place, value, &row, &s);
	s = s ? text_nfc(b->arena, s, strlen(s)) : NULL;
	n = s ? utf8_length(s, strlen(s)) : 1;
	if (n == 0)
		bind_fault(b, place, "expected more than white space");
	else if (n > (size_t)max)
		bind_fault(b, place,
		    "expected at most %lld characters in normal form (NFC)",
		    (long long)max);
	return n >= 1 && n <= (size_t)max ? s : NULL;
}

static const char *quote(struct arena *a, const char *s)
{
	struct str out;
	const char *json;

	str_init(&out, MAX_JSON);
	jwrite_quote(&out, s, strlen(s));
	json = out.failed ? NULL : arena_strdup(a, out.data);
	str_free(&out);
	return json;
}

static void put_string(struct binder *b, const char *s, void *target)
{
	const char **json = target;

	if (s)
		*json = quote(b->arena, s);
}

static const char *check_id(const char *s, size_t n)
{
	return memchr(s, ';', n) ? "expected an id without a semicolon" : NULL;
}

static void read_id(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	put_string(
	    b, read_string(b, place, value, MEMBER_MAX_ID, check_id), target);
}

static void read_name(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	put_string(
	    b, read_string(b, place, value, MEMBER_MAX_NAME, NULL), target);
}

static void read_email(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	put_string(b,
	    read_string(b, place, value, TEXT_MAX_EMAIL, text_check_email),
	    target);
}

static const char *term_of(
    struct binder *b, const char *place, struct json_object *value)
{
	const char *s = read_string(b, place, value, MAX_TERM_INPUT, NULL);
	const char *term = s ? text_term(b->arena, s, strlen(s)) : NULL;

	if (s && !term)
		bind_fault(b, place,
		    "expected a term: letters or digits, at most %d octets",
		    TERM_MAX_OCTETS);
	return term;
}

static void read_term(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	put_string(b, term_of(b, place, value), target);
}

/* A number with one decimal, as its text says it: no detour over a double. */
static void read_years(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	const char **json = target;
	bool number = json_object_is_type(value, json_type_int) ||
		      json_object_is_type(value, json_type_double);
	const char *s = number ? json_object_to_json_string(value) : "";
	int64_t tenths;

	if (num_parse_tenths(s, strlen(s), MEMBER_MAX_YEARS * 10, &tenths))
		*json = arena_printf(
		    b->arena, "%d.%d", (int)(tenths / 10), (int)(tenths % 10));
	else
		bind_fault(b, place, "expected a number of years from 0 to %d",
		    MEMBER_MAX_YEARS);
}

static void read_capacity(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	static const struct bind ROW = {.type = BIND_INT,
	    .size = sizeof(int64_t),
	    .min = 0,
	    .max = MEMBER_MAX_PLACES};
	const char **json = target;
	int64_t places = -1;

	bind_value_at(b, place, value, &ROW, &places);
	if (places >= 0)
		*json = arena_printf(b->arena, "%d", (int)places);
}

/* ---- lists ---- */

struct item {
	const char *term;
	int level;
};

/* The length of the array at place; -1 after a fault. */
static int64_t length_of(
    struct binder *b, const char *place, struct json_object *value, size_t max)
{
	if (!json_object_is_type(value, json_type_array)) {
		bind_fault(b, place, "expected a list");
		return -1;
	}
	if (json_object_array_length(value) > max) {
		bind_fault(b, place, "expected at most %zu elements", max);
		return -1;
	}
	return (int64_t)json_object_array_length(value);
}

static int by_term(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return strcmp(x->term, y->term);
}

/* Read the elements with `read`, and drop what was said twice. In the order given
 * when `ranked`, else sorted. */
static struct item *read_items(struct binder *b, const char *place,
    struct json_object *value, size_t max, bool ranked,
    void (*read)(struct binder *b, const char *place, struct json_object *value,
	struct item *item),
    size_t *ret_n)
{
	int64_t n = length_of(b, place, value, max);
	struct item *item =
	    n < 0 ? NULL : ARENA_ARRAY(b->arena, (size_t)n + 1, struct item);
	size_t kept = 0;

	for (int64_t i = 0; item && i < n; i++) {
		char at[ERR_PLACE_SIZE];
		struct item one = {NULL, 0};
		bool again = false;

		snprintf(at, sizeof(at), "%s/%d", place, (int)i);
		read(b, at, json_object_array_get_idx(value, (size_t)i), &one);
		for (size_t j = 0; one.term && j < kept && !again; j++)
			again = strcmp(item[j].term, one.term) == 0;
		if (one.term && !again)
			item[kept++] = one;
	}
	if (item && !ranked)
		qsort(item, kept, sizeof(*item), by_term);
	*ret_n = kept;
	return item;
}

static void item_term(struct binder *b, const char *place,
    struct json_object *value, struct item *item)
{
	item->term = term_of(b, place, value);
}

static void item_id(struct binder *b, const char *place,
    struct json_object *value, struct item *item)
{
	item->term = read_string(b, place, value, MEMBER_MAX_ID, check_id);
}

static void item_stack(struct binder *b, const char *place,
    struct json_object *value, struct item *item)
{
	static const struct bind TABLE[] = {
	    {"term", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct item, term),
		.min = 1, .max = MAX_TERM_INPUT},
	    {"level", BIND_INT, BIND_NULLABLE, BIND_INTO(struct item, level),
		.min = 1, .max = STACK_MAX_LEVEL},
	    {0},
	};
	struct item in = {NULL, STACK_DEFAULT_LEVEL};

	bind_object_at(b, place, value, TABLE, &in);
	if (!in.term)
		return;
	item->term = text_term(b->arena, in.term, strlen(in.term));
	item->level = in.level;
	if (!item->term)
		bind_fault(b, place, "expected a term: letters or digits");
}

struct spoken {
	const char *language, *level;
};

static const char *check_language(const char *s, size_t n)
{
	char base[9];

	return text_language(s, n, base)
		   ? NULL
		   : "expected a language tag such as \"pt\" or \"pt-BR\"";
}

static const char *check_level(const char *s, size_t n)
{
	return text_language_level(s, n)
		   ? NULL
		   : "expected A1, A2, B1, B2, C1, C2 or native";
}

static void item_language(struct binder *b, const char *place,
    struct json_object *value, struct item *item)
{
	static const struct bind TABLE[] = {
	    {"language", BIND_STRING, BIND_REQUIRED,
		BIND_INTO(struct spoken, language), .min = 2, .max = 35,
		.check = check_language},
	    {"level", BIND_STRING, BIND_NULLABLE,
		BIND_INTO(struct spoken, level), .min = 2, .max = 6,
		.check = check_level},
	    {0},
	};
	struct spoken in = {NULL, NULL};
	char base[9];

	bind_object_at(b, place, value, TABLE, &in);
	if (!in.language ||
	    !text_language(in.language, strlen(in.language), base))
		return;
	item->term = arena_strdup(b->arena, base);
	item->level = in.level ? text_language_level(in.level, strlen(in.level))
			       : MEMBER_DEFAULT_LANGUAGE_LEVEL;
}

enum list_form {
	PLAIN,
	WITH_LEVEL,
	SPOKEN
};

static const char *list_json(
    struct arena *a, const struct item *item, size_t n, enum list_form form)
{
	struct str out;
	struct jwrite w;
	const char *json;

	str_init(&out, MAX_JSON);
	jwrite_init(&w, &out, false);
	jwrite_array(&w);
	for (size_t i = 0; i < n; i++) {
		if (form == PLAIN) {
			jwrite_text(&w, item[i].term);
			continue;
		}
		jwrite_object(&w);
		jwrite_key_text(
		    &w, form == SPOKEN ? "language" : "term", item[i].term);
		if (form == SPOKEN)
			jwrite_key_text(&w, "level",
			    text_language_level_name(item[i].level));
		else
			jwrite_key_int(&w, "level", item[i].level);
		jwrite_object_end(&w);
	}
	jwrite_array_end(&w);
	json = jwrite_done(&w) ? arena_strdup(a, out.data) : NULL;
	str_free(&out);
	return json;
}

/* One reader per kind of list. */
#define LIST(name, max, ranked, read, form)                                   \
	static void name(struct binder *b, const char *place,                 \
	    struct json_object *value, void *target)                          \
	{                                                                     \
		size_t n = 0;                                                 \
		struct item *item =                                           \
		    read_items(b, place, value, (max), (ranked), (read), &n); \
		const char **json = target;                                   \
                                                                              \
		if (item)                                                     \
			*json = list_json(b->arena, item, n, (form));         \
	}
LIST(read_terms, PERSON_MAX_TERMS, false, item_term, PLAIN)
LIST(read_stack, PERSON_MAX_TERMS, false, item_stack, WITH_LEVEL)
LIST(read_languages, PERSON_MAX_LANGUAGES, false, item_language, SPOKEN)
LIST(read_named, PERSON_MAX_NAMED, true, item_id, PLAIN)

/* ---- the member ---- */

#define FIELD(key, field, flags, reader)                                       \
	{                                                                      \
		key, BIND_CUSTOM, flags, BIND_INTO(struct input, json[field]), \
		    BIND_SEEN(struct input, seen[field]), .custom = (reader)   \
	}

/* The order of enum field. */
static const struct bind MEMBER[] = {
    FIELD("external_id", EXTERNAL_ID, BIND_REQUIRED, read_id),
    FIELD("display_name", DISPLAY_NAME, BIND_REQUIRED, read_name),
    FIELD("email", EMAIL, BIND_NULLABLE, read_email),
    FIELD("roles", ROLES, BIND_NULLABLE, read_terms),
    FIELD("wants", WANTS, BIND_NULLABLE, read_terms),
    FIELD("tags", TAGS, BIND_NULLABLE, read_terms),
    FIELD("stack", STACK, BIND_NULLABLE, read_stack),
    FIELD("languages", LANGUAGES, BIND_NULLABLE, read_languages),
    FIELD("time_zone", TIME_ZONE, BIND_REQUIRED, read_name),
    FIELD("industry", INDUSTRY, BIND_NULLABLE, read_term),
    FIELD("style", STYLE, BIND_NULLABLE, read_term),
    FIELD("organization", ORGANIZATION, BIND_NULLABLE, read_term),
    FIELD("years", YEARS, BIND_NULLABLE, read_years),
    FIELD("preferences", PREFERENCES, BIND_NULLABLE, read_named),
    FIELD("avoid", AVOID, BIND_NULLABLE, read_named),
    FIELD("mentor_capacity", MENTOR_CAPACITY, BIND_NULLABLE, read_capacity),
    {0},
};

static bool is_list(int field)
{
	return (field >= ROLES && field <= LANGUAGES) || field == PREFERENCES ||
	       field == AVOID;
}

/* The canonical name of the zone, or a fault that names the nearest one. */
static void check_zone(struct arena *a, const struct tz *tz,
    struct json_object *tree, struct input *in, struct err *e)
{
	struct json_object *value;
	const char *name, *canonical;

	if (!in->json[TIME_ZONE] ||
	    !json_object_object_get_ex(tree, "time_zone", &value))
		return;
	name = json_object_get_string(value);
	canonical = tz_canonical(tz, name);
	if (canonical)
		in->json[TIME_ZONE] = quote(a, canonical);
	else
		err_add_field(e, ERR_FIELD, "/time_zone",
		    "expected an IANA time zone such as Europe/Berlin");
}

static const char *write(struct arena *a, const struct input *in)
{
	struct str out;
	struct jwrite w;
	const char *json;

	str_init(&out, MAX_JSON);
	jwrite_init(&w, &out, false);
	jwrite_object(&w);
	for (int i = 0; i < N_FIELDS; i++) {
		const char *value = in->json[i];

		if (in->seen[i] == BIND_NULL)
			value = is_list(i) ? "[]" : "null";
		if (!value)
			continue;
		jwrite_key(&w, MEMBER[i].key);
		jwrite_raw(&w, value, strlen(value));
	}
	jwrite_object_end(&w);
	json = jwrite_done(&w) ? arena_strdup(a, out.data) : NULL;
	str_free(&out);
	return json;
}

enum err_code member_input_bind(struct arena *a, const struct tz *tz,
    struct json_object *tree, bool patch, const char **ret_json, struct err *e)
{
	struct bind table[N_FIELDS + 1];
	struct input in = {0};
	const char *json;
	enum err_code code;

	memcpy(table, MEMBER, sizeof(table));
	for (int i = 0; patch && i < N_FIELDS; i++)
		table[i].flags &= ~(unsigned)BIND_REQUIRED;
	code = bind_object(a, tree, table, &in, e);
	check_zone(a, tz, tree, &in, e);
	if (code != ERR_OK || e->code != ERR_OK)
		return e->code;
	json = write(a, &in);
	if (!json)
		return ERR_SET(e, NOMEM, "no memory for the member");
	*ret_json = json;
	return ERR_OK;
}
