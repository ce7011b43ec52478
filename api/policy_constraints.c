/* Side constraints in policy documents: see policy_constraints.h. */
#include "api/policy_constraints.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "api/text.h"

enum {
	MAX_TEXT = 200, /* characters, before they become terms */
};

/* ---- groups ---- */

typedef const char *canonical_fn(struct binder *b, const char *s, size_t n);

static const char *term(struct binder *b, const char *s, size_t n)
{
	return text_check_clean(s, n) == NULL ? text_term(b->arena, s, n)
					      : NULL;
}

static const char *language(struct binder *b, const char *s, size_t n)
{
	char out[9];

	return text_language(s, n, out) != NULL ? arena_strdup(b->arena, out)
						: NULL;
}

/* A zone's name, or the first parts of one. */
static const char *zone(struct binder *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr("/_+-", s[i]) == NULL &&
		    (s[i] < '0' || s[i] > '9') && (s[i] < 'A' || s[i] > 'Z') &&
		    (s[i] < 'a' || s[i] > 'z'))
			return NULL;
	return n == 0 || s[n - 1] == '/' ? NULL : arena_strndup(b->arena, s, n);
}

static const struct bind TEXT = {.key = "",
    .type = BIND_STRING,
    BIND_EACH(const char *),
    .min = 1,
    .max = MAX_TEXT};

static void bind_texts(struct binder *b, const char *place,
    struct json_object *value, void *target, canonical_fn *canonical,
    const char *expected)
{
	const struct bind LIST = {.key = "",
	    .type = BIND_LIST,
	    BIND_EACH(struct bind_list),
	    .min = 1,
	    .max = CONSTRAINT_MAX_TEXTS,
	    .item = &TEXT,
	    .item_size = sizeof(const char *)};
	struct group_texts out = {0};
	struct bind_list list = {0};
	const char **text;

	bind_value_at(b, place, value, &LIST, &list);
	text = list.item;
	for (size_t i = 0; i < list.n; i++) {
		char at[ERR_PLACE_SIZE];
		const char *found =
		    text[i] == NULL ? NULL
				    : canonical(b, text[i], strlen(text[i]));

		snprintf(at, sizeof(at), "%s/%zu", place, i);
		if (found == NULL && text[i] != NULL)
			bind_fault(b, at, "expected %s", expected);
		text[i] = found;
	}
	out.text = text;
	out.n = list.n;
	memcpy(target, &out, sizeof(out));
}

static void bind_terms(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	bind_texts(b, place, value, target, term, "a term");
}

static void bind_languages(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	bind_texts(
	    b, place, value, target, language, "a language tag such as \"pt\"");
}

static void bind_zones(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	bind_texts(b, place, value, target, zone,
	    "a time zone or the first part of one, such as \"Africa\"");
}

#define TEXTS(code, read)                                                \
	{                                                                \
		NULL, BIND_CUSTOM,                                       \
		    .offset = offsetof(struct group, any) +              \
			      GROUP_##code * sizeof(struct group_texts), \
		    .size = sizeof(struct group_texts), .custom = (read) \
	}

enum {
	RECENT = GROUP_ATTRIBUTES,
	GROUP_ROWS
};

/* The keys stand in constraint.def. */
static const struct bind GROUP_BY[GROUP_ATTRIBUTES] = {
    [GROUP_ROLE] = TEXTS(ROLE, bind_terms),
    [GROUP_TAG] = TEXTS(TAG, bind_terms),
    [GROUP_ORGANIZATION] = TEXTS(ORGANIZATION, bind_terms),
    [GROUP_INDUSTRY] = TEXTS(INDUSTRY, bind_terms),
    [GROUP_STYLE] = TEXTS(STYLE, bind_terms),
    [GROUP_LANGUAGE] = TEXTS(LANGUAGE, bind_languages),
    [GROUP_TIME_ZONE] = TEXTS(TIME_ZONE, bind_zones),
};

static void bind_group(struct binder *b, const char *place,
    struct json_object *value, struct group *g, bool is_mentors)
{
	struct bind table[GROUP_ROWS + 1] = {0};
	unsigned faults = b->err->n_fields;

	for (int k = 0; k < GROUP_ATTRIBUTES; k++) {
		table[k] = GROUP_BY[k];
		table[k].key = CONSTRAINT_GROUP_KEY[k];
	}
	if (is_mentors)
		table[RECENT] = (struct bind){"most_recent_pairings", BIND_INT,
		    BIND_INTO(struct group, most_recent_pairings), .min = 0,
		    .max = PERSON_MAX_RECENT};
	bind_object_at(b, place, value, table, g);
	if (b->err->n_fields == faults && constraint_for_everybody(g))
		bind_fault(b, place, "expected at least one of its keys");
}

static void bind_newcomers(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	bind_group(b, place, value, target, false);
}

static void bind_mentors(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	bind_group(b, place, value, target, true);
}

/* ---- constraints ---- */

static const struct bind CONSTRAINT[] = {
    {"name", BIND_STRING, BIND_REQUIRED, BIND_INTO(struct constraint, name),
	.min = 1, .max = CONSTRAINT_MAX_NAME, .check = text_check_clean},
    {"newcomers", BIND_CUSTOM, BIND_INTO(struct constraint, newcomers),
	.custom = bind_newcomers},
    {"mentors", BIND_CUSTOM, BIND_INTO(struct constraint, mentors),
	.custom = bind_mentors},
#define MEASURE(code, key, most)                           \
	{key, BIND_INT,                                    \
	    .offset = offsetof(struct constraint, limit) + \
		      MEASURE_##code * sizeof(int32_t),    \
	    .size = sizeof(int32_t), .min = 0, .max = (most)},
#include "matcher/constraint.def"
#undef MEASURE
    {0},
};

/* Of values that are each well formed: whether they make sense together. */
static void check_limits(
    const char *place, const struct constraint *c, struct err *e)
{
	const int32_t *limit = c->limit;
	char at[ERR_PLACE_SIZE];
	bool has_any = false;

	for (int m = 0; m < MEASURES; m++)
		has_any |= limit[m] != CONSTRAINT_NONE;
	if (!has_any)
		err_add_field(e, ERR_VALIDATION, place,
		    "expected at least one limit, such as \"%s\"",
		    CONSTRAINT_MEASURE_KEY[MEASURE_LEAST]);
	for (int m = MEASURE_LEAST; m <= MEASURE_LEAST_PERCENT; m += 2) {
		snprintf(
		    at, sizeof(at), "%s/%s", place, CONSTRAINT_MEASURE_KEY[m]);
		if (limit[m + 1] != CONSTRAINT_NONE && limit[m] > limit[m + 1])
			err_add_field(e, ERR_VALIDATION, at,
			    "expected at most \"%s\", %d",
			    CONSTRAINT_MEASURE_KEY[m + 1], limit[m + 1]);
	}
	snprintf(at, sizeof(at), "%s/%s", place,
	    CONSTRAINT_MEASURE_KEY[MEASURE_LEAST_MENTORS]);
	if (limit[MEASURE_LEAST_MENTORS] != CONSTRAINT_NONE &&
	    !constraint_for_everybody(&c->newcomers))
		err_add_field(e, ERR_VALIDATION, at,
		    "counts mentors with any newcomer: \"newcomers\" does "
		    "not go with it");
}

static void bind_constraint(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	struct constraint c = {
	    .newcomers.most_recent_pairings = CONSTRAINT_NONE,
	    .mentors.most_recent_pairings = CONSTRAINT_NONE};

	for (int m = 0; m < MEASURES; m++)
		c.limit[m] = CONSTRAINT_NONE;
	bind_object_at(b, place, value, CONSTRAINT, &c);
	check_limits(place, &c, b->err);
	memcpy(target, &c, sizeof(c));
}

void policy_constraints_bind(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	static const struct bind ITEM = {.key = "",
	    .type = BIND_CUSTOM,
	    BIND_EACH(struct constraint),
	    .custom = bind_constraint};
	static const struct bind LIST = {.key = "",
	    .type = BIND_LIST,
	    BIND_EACH(struct bind_list),
	    .max = CONSTRAINTS_MAX,
	    .item = &ITEM,
	    .item_size = sizeof(struct constraint)};
	struct bind_list list = {0};
	struct policy *p = target;

	bind_value_at(b, place, value, &LIST, &list);
	p->constraint = list.item;
	p->n_constraints = (uint32_t)list.n;
}

/* ---- written ---- */

static void write_group(
    struct jwrite *w, const char *key, const struct group *g)
{
	if (constraint_for_everybody(g))
		return;
	jwrite_key_object(w, key);
	for (int k = 0; k < GROUP_ATTRIBUTES; k++) {
		if (g->any[k].n == 0)
			continue;
		jwrite_key_array(w, CONSTRAINT_GROUP_KEY[k]);
		for (size_t i = 0; i < g->any[k].n; i++)
			jwrite_text(w, g->any[k].text[i]);
		jwrite_array_end(w);
	}
	if (g->most_recent_pairings != CONSTRAINT_NONE)
		jwrite_key_int(
		    w, "most_recent_pairings", g->most_recent_pairings);
	jwrite_object_end(w);
}

void policy_constraints_write(const struct policy *p, struct jwrite *w)
{
	jwrite_key_array(w, "constraints");
	for (uint32_t k = 0; k < p->n_constraints; k++) {
		const struct constraint *c = &p->constraint[k];

		jwrite_object(w);
		jwrite_key_text(w, "name", c->name);
		write_group(w, "newcomers", &c->newcomers);
		write_group(w, "mentors", &c->mentors);
		for (int m = 0; m < MEASURES; m++)
			if (c->limit[m] != CONSTRAINT_NONE)
				jwrite_key_int(
				    w, CONSTRAINT_MEASURE_KEY[m], c->limit[m]);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}
