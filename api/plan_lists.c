/* The lists of a plan file that name groups of people: see plan_lists.h. */
#include "api/plan_lists.h"

#include <stdio.h>
#include <string.h>

#include "api/member_file.h"
#include "api/text.h"
#include "base/week.h"

enum {
	MAX_ID = 400, /* characters; the member file's cap is lower */
	MAX_LANGUAGE = 40,
};

/* ---- written ---- */

static void write_ids(struct jwrite *w, const struct community *c,
    const char *key, const uint32_t *person, uint32_t n)
{
	jwrite_key_array(w, key);
	for (uint32_t k = 0; k < n; k++)
		jwrite_text(w, c->person[person[k]].id);
	jwrite_array_end(w);
}

static void write_shortages(
    struct jwrite *w, const struct community *c, const struct plan *plan)
{
	jwrite_key_array(w, "shortages");
	for (uint32_t k = 0; k < plan->shortages.n; k++) {
		const struct plan_shortage *s = &plan->shortages.item[k];

		jwrite_object(w);
		jwrite_key_int(w, "places", s->places);
		write_ids(w, c, "unmatched", s->unmatched, s->n_unmatched);
		write_ids(w, c, "others", s->other, s->n_others);
		write_ids(w, c, "mentors", s->mentor, s->n_mentors);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

const char *plan_lists_hour(unsigned minute, char out[PLAN_HOUR_SIZE])
{
	static const char *const DAY[] = {
	    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

	snprintf(out, PLAN_HOUR_SIZE, "%s %02u:%02u", DAY[minute / 1440 % 7],
	    minute / 60 % 24, minute % 60);
	return out;
}

static void write_wanted(
    struct jwrite *w, const struct community *c, const struct plan *plan)
{
	char from[PLAN_HOUR_SIZE];

	jwrite_key_array(w, "mentors_wanted");
	for (uint32_t k = 0; k < plan->n_wanted; k++) {
		const struct plan_wanted *x = &plan->wanted[k];

		jwrite_object(w);
		jwrite_key_text(
		    w, "language", terms_text(c->terms, x->language));
		jwrite_key_text(w, "level", text_language_level_name(x->level));
		jwrite_key_text(
		    w, "from_utc", plan_lists_hour(x->window.begin, from));
		jwrite_key_int(w, "minutes", x->window.end - x->window.begin);
		write_ids(w, c, "newcomers", x->newcomer, x->n_newcomers);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

void plan_lists_write(
    struct jwrite *w, const struct community *c, const struct plan *plan)
{
	write_shortages(w, c, plan);
	write_wanted(w, c, plan);
}

/* ---- read ---- */

static const struct bind ID[] = {
    {"", BIND_STRING, 0, BIND_EACH(const char *), .min = 1, .max = MAX_ID},
};

#define IDS(key, type, member)                                         \
	{                                                              \
		key, BIND_LIST, BIND_REQUIRED | BIND_UNIQUE,           \
		    BIND_INTO(type, member),                           \
		    .min = 0, .max = COMMUNITY_MAX_PEOPLE, .item = ID, \
		    .item_size = sizeof(const char *)                  \
	}

static const struct bind SHORTAGE[] = {
    {"places", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct plan_lists_shortage, places), .min = 0,
	.max = INT32_MAX},
    IDS("unmatched", struct plan_lists_shortage, unmatched),
    IDS("others", struct plan_lists_shortage, others),
    IDS("mentors", struct plan_lists_shortage, mentors), {0}};

static void bind_level(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	static const struct bind TEXT = {
	    .key = "", .type = BIND_STRING, .size = sizeof(char *), .max = 10};
	const char *name = NULL;
	int64_t level = 1;

	bind_value_at(b, place, value, &TEXT, &name);
	if (name == NULL)
		return;
	while (level <= LEVEL_NATIVE &&
	       strcmp(text_language_level_name((int)level), name) != 0)
		level++;
	if (level > LEVEL_NATIVE)
		bind_fault(b, place, "not a level of a language");
	memcpy(target, &level, sizeof(level));
}

/* "Tue 18:00", a quarter hour. */
static void bind_hour(struct binder *b, const char *place,
    struct json_object *value, void *target)
{
	static const struct bind TEXT = {.key = "",
	    .type = BIND_STRING,
	    .size = sizeof(char *),
	    .max = PLAN_HOUR_SIZE};
	const char *text = NULL;
	char hour[PLAN_HOUR_SIZE];
	struct window w = {0};

	bind_value_at(b, place, value, &TEXT, &text);
	if (text == NULL)
		return;
	while (w.begin < WEEK_MINUTES &&
	       strcmp(plan_lists_hour(w.begin, hour), text) != 0)
		w.begin = (uint16_t)(w.begin + WEEK_SLOT_MINUTES);
	if (w.begin == WEEK_MINUTES)
		bind_fault(b, place, "expected an hour such as Tue 18:00");
	memcpy(target, &w, sizeof(w));
}

static const struct bind WANTED[] = {
    {"language", BIND_STRING, BIND_REQUIRED,
	BIND_INTO(struct plan_lists_wanted, language), .min = 1,
	.max = MAX_LANGUAGE},
    {"level", BIND_CUSTOM, BIND_REQUIRED,
	BIND_INTO(struct plan_lists_wanted, level), .custom = bind_level},
    {"from_utc", BIND_CUSTOM, BIND_REQUIRED,
	BIND_INTO(struct plan_lists_wanted, from), .custom = bind_hour},
    {"minutes", BIND_INT, BIND_REQUIRED,
	BIND_INTO(struct plan_lists_wanted, minutes), .min = WEEK_SLOT_MINUTES,
	.max = WEEK_MINUTES},
    IDS("newcomers", struct plan_lists_wanted, newcomers), {0}};

const struct bind PLAN_LISTS_SHORTAGE = {
    .key = "", .type = BIND_OBJECT, .item = SHORTAGE};
const struct bind PLAN_LISTS_WANTED = {
    .key = "", .type = BIND_OBJECT, .item = WANTED};

/* ---- ids to indexes ---- */

struct place {
	const struct community *community;
	struct arena *arena;
	const char *list, *key;
	size_t at;
	struct err *err;
};

static uint32_t *people_of(struct place p, const char *key,
    const struct bind_list *ids, uint32_t *ret_n)
{
	uint32_t *person = ARENA_ARRAY(p.arena, ids->n, uint32_t);
	const char *const *id = ids->item;
	char place[ERR_PLACE_SIZE];

	*ret_n = (uint32_t)ids->n;
	for (size_t k = 0; person != NULL && k < ids->n; k++) {
		person[k] = member_find(p.community, id[k]);
		if (person[k] < p.community->n)
			continue;
		person[k] = 0;
		snprintf(place, sizeof(place), "/%s/%zu/%s/%zu", p.list, p.at,
		    key, k);
		err_add_field(p.err, ERR_VALIDATION, place,
		    "\"%.60s\" is not a member of the file", id[k]);
	}
	return person;
}

/* The term of a language: somebody listed speaks it. */
static void find_language(
    struct place p, const char *language, struct plan_wanted *w)
{
	char place[ERR_PLACE_SIZE];

	for (uint32_t k = 0; k < w->n_newcomers; k++) {
		const struct person *q = &p.community->person[w->newcomer[k]];

		for (unsigned l = 0; l < q->n_languages; l++)
			if (strcmp(terms_text(p.community->terms,
				       q->languages[l].term),
				language) == 0) {
				w->language = q->languages[l].term;
				return;
			}
	}
	snprintf(place, sizeof(place), "/%s/%zu/language", p.list, p.at);
	err_add_field(
	    p.err, ERR_VALIDATION, place, "none of these newcomers speaks it");
}

void plan_lists_take(struct arena *a, const struct community *c,
    const struct bind_list *shortages, const struct bind_list *wanted,
    struct plan *plan, struct err *e)
{
	const struct plan_lists_shortage *s = shortages->item;
	const struct plan_lists_wanted *w = wanted->item;
	struct place p = {.community = c, .arena = a, .err = e};

	p.list = "shortages";
	plan->shortages.n = plan->shortages.n_all = (uint32_t)shortages->n;
	plan->shortages.item =
	    ARENA_ARRAY(a, shortages->n, struct plan_shortage);
	for (p.at = 0; !arena_failed(a) && p.at < shortages->n; p.at++) {
		struct plan_shortage *to = &plan->shortages.item[p.at];

		to->places = (uint32_t)s[p.at].places;
		to->unmatched = people_of(
		    p, "unmatched", &s[p.at].unmatched, &to->n_unmatched);
		to->other =
		    people_of(p, "others", &s[p.at].others, &to->n_others);
		to->mentor =
		    people_of(p, "mentors", &s[p.at].mentors, &to->n_mentors);
	}
	p.list = "mentors_wanted";
	plan->n_wanted = (uint32_t)wanted->n;
	for (p.at = 0; !arena_failed(a) && p.at < wanted->n; p.at++) {
		struct plan_wanted *to = &plan->wanted[p.at];

		to->level = (uint8_t)w[p.at].level;
		to->window.begin = w[p.at].from.begin;
		to->window.end = (uint16_t)(to->window.begin + w[p.at].minutes);
		to->newcomer = people_of(
		    p, "newcomers", &w[p.at].newcomers, &to->n_newcomers);
		if (!arena_failed(a))
			find_language(p, w[p.at].language, to);
	}
	if (arena_failed(a) && e->code == ERR_OK)
		(void)ERR_SET(e, NOMEM, "the plan needs too much memory");
}
