/*
 * Why nobody, and what would help: see explain.h.
 *
 * The reason is how far the newcomer came: the last hard rule, in the scorer's
 * order, that some mentor with a place got past. Help names only mentors for whom
 * the rule in question is the only one broken, or who are allowed.
 */
#include "matcher/explain.h"

#include <string.h>

#include "base/instant.h"
#include "base/str.h"

enum {
	NAMED = 3,      /* mentors named in one sentence */
	MAX_TRIES = 60, /* windows tried, of each ease */
	DAY_BEGIN = 7 * 60,
	DAY_END = 22 * 60,
	HELP_MAX = 2000,
};

static const char *const REASON[UNMATCHED_REASONS] = {
    [UNMATCHED_NO_LANGUAGE] = "no-shared-language",
    [UNMATCHED_NO_HOURS] = "no-shared-hours",
    [UNMATCHED_EXCLUDED] = "excluded",
    [UNMATCHED_NO_MENTORS] = "no-mentors",
    [UNMATCHED_PLACES_TAKEN] = "places-taken",
    [UNMATCHED_CONSTRAINTS] = "constraints",
};

const char *unmatched_reason_name(enum unmatched_reason r)
{
	return REASON[r];
}

/* One newcomer against everybody; what does not change first. */
struct explain {
	const struct community *community;
	const struct policy *policy;
	const struct scorer *scorer;
	const struct rate *rate;
	struct rate_work *work;
	uint32_t *near, *spare;
	uint32_t *used; /* by mentor: places that the plan takes */
	/* the newcomer */
	const struct person *person;
	struct rate_rules rules;
	uint32_t newcomer;
	uint32_t n_broken[SCORE_RULES]; /* by first rule broken */
	/* mentors for whom `only` is the one rule broken */
	enum score_rule only;
	uint32_t n_near;
	uint32_t n_nearest;    /* the first so many share most minutes … */
	uint16_t best_minutes; /* … namely these */
};

static const char *level_name(unsigned level)
{
	static const char *const NAME[] = {
	    "?", "A1", "A2", "B1", "B2", "C1", "C2", "native"};

	return NAME[level <= LEVEL_NATIVE ? level : 0];
}

static const struct person *mentor_person(
    const struct explain *x, uint32_t mentor)
{
	return &x->community->person[score_mentor(x->scorer, mentor)];
}

static const char *name_of(const struct person *p)
{
	return p->name != NULL && p->name[0] != '\0' ? p->name : p->id;
}

static const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

/* "Ana, Ben, Cem and 4 more" */
static void put_names(struct str *out, const struct explain *x,
    const uint32_t *mentor, uint32_t n)
{
	for (uint32_t k = 0; k < n && k < NAMED; k++)
		str_printf(out, "%s%s", k > 0 ? ", " : "",
		    name_of(mentor_person(x, mentor[k])));
	if (n > NAMED)
		str_printf(out, " and %u more", n - NAMED);
}

static enum unmatched_reason reason_of(const struct explain *x)
{
	const uint32_t *n = x->n_broken;

	if (n[SCORE_ALLOWED] > 0)
		return UNMATCHED_PLACES_TAKEN;
	if (n[SCORE_ORGANISATION] + n[SCORE_AVOIDED] > 0)
		return UNMATCHED_EXCLUDED;
	if (n[SCORE_NO_HOURS] > 0)
		return UNMATCHED_NO_HOURS;
	if (n[SCORE_NO_LANGUAGE] > 0)
		return UNMATCHED_NO_LANGUAGE;
	return UNMATCHED_NO_MENTORS;
}

/* The rule that decides a reason. */
static enum score_rule rule_of(enum unmatched_reason reason)
{
	static const enum score_rule RULE[UNMATCHED_REASONS] = {
	    [UNMATCHED_NO_LANGUAGE] = SCORE_NO_LANGUAGE,
	    [UNMATCHED_NO_HOURS] = SCORE_NO_HOURS,
	    [UNMATCHED_EXCLUDED] = SCORE_AVOIDED,
	    [UNMATCHED_NO_MENTORS] = SCORE_NO_PLACE,
	    [UNMATCHED_PLACES_TAKEN] = SCORE_ALLOWED,
	};

	return RULE[reason];
}

static void count_mentors(struct explain *x)
{
	uint32_t n[1 << SCORE_RULES] = {0}; /* by set of rules broken */

	for (uint32_t j = 0; j < score_mentors(x->scorer); j++)
		n[x->rules.broken[j]]++;
	x->n_broken[SCORE_ALLOWED] = n[0];
	for (unsigned set = 1; set < 1 << SCORE_RULES; set++)
		x->n_broken[__builtin_ctz(set)] += n[set];
}

/* Those with most minutes first, else in order. */
static void collect_near(struct explain *x)
{
	unsigned only = x->only == SCORE_ALLOWED ? 0 : 1u << x->only;
	uint32_t others = 0;
	uint16_t most = 0;

	for (uint32_t j = 0; j < score_mentors(x->scorer); j++)
		if (x->rules.broken[j] == only && x->rules.slots[j] > most)
			most = x->rules.slots[j];
	for (uint32_t j = 0; j < score_mentors(x->scorer); j++) {
		if (x->rules.broken[j] != only)
			continue;
		if (x->rules.slots[j] == most)
			x->near[x->n_nearest++] = j;
		else
			x->spare[others++] = j;
	}
	x->n_near = x->n_nearest + others;
	memcpy(&x->near[x->n_nearest], x->spare, others * sizeof(*x->spare));
	x->best_minutes = (uint16_t)(most * WEEK_SLOT_MINUTES);
}

/* The newcomer's best language; NULL when there is none. */
static const struct term_level *best_language(const struct explain *x)
{
	const struct person *p = x->person;
	const struct term_level *best = NULL;

	for (unsigned k = 0; k < p->n_languages; k++) {
		const struct term_level *l = &p->languages[k];

		if (best == NULL || l->level > best->level ||
		    (l->level == best->level &&
			strcmp(terms_text(x->community->terms, l->term),
			    terms_text(x->community->terms, best->term)) < 0))
			best = l;
	}
	return best;
}

static const char *language_text(const struct explain *x, uint32_t term)
{
	return terms_text(x->community->terms, term);
}

/* What a mentor must bring: "who speaks fr at B1 or better and is free on …". */
static void put_wish(struct str *out, const struct explain *x)
{
	const struct term_level *l = best_language(x);
	const struct person *p = x->person;
	char window[WEEK_WINDOW_TEXT_SIZE];

	if (l != NULL && l->level >= x->policy->language_level)
		str_printf(out, "who speaks %s at %s or better",
		    language_text(x, l->term),
		    level_name(x->policy->language_level));
	else
		str_puts(out, "who shares a language");
	if (p->n_windows == 0) {
		str_puts(out, ", and some weekly hours in the profile");
		return;
	}
	window_format(&p->windows[0], window);
	str_printf(out,
	    " and is free %u minutes a week in their hours (%s%s, %s)",
	    x->policy->min_shared_minutes, window, p->n_windows > 1 ? " …" : "",
	    p->zone->name);
}

static uint8_t level_in(const struct person *p, uint32_t language)
{
	for (unsigned k = 0; k < p->n_languages; k++)
		if (p->languages[k].term == language)
			return p->languages[k].level;
	return 0;
}

/* How many near mentors speak it well enough; they come first in near[]. */
static uint32_t speakers_first(struct explain *x, uint32_t language)
{
	uint32_t n = 0, others = 0;

	for (uint32_t k = 0; k < x->n_near; k++) {
		uint32_t j = x->near[k];

		if (level_in(mentor_person(x, j), language) >=
		    x->policy->language_level)
			x->near[n++] = j;
		else
			x->spare[others++] = j;
	}
	memcpy(&x->near[n], x->spare, others * sizeof(*x->spare));
	return n;
}

static void help_language(struct str *out, struct explain *x)
{
	const struct person *p = x->person;
	const struct term_level *best = NULL;
	uint32_t most = 0;

	for (unsigned k = 0; k < p->n_languages; k++) {
		const struct term_level *l = &p->languages[k];
		uint32_t n = l->level < x->policy->language_level
				 ? speakers_first(x, l->term)
				 : 0;

		if (n > most || (n > 0 && n == most &&
				    strcmp(language_text(x, l->term),
					language_text(x, best->term)) < 0)) {
			most = n;
			best = l;
		}
	}
	if (best != NULL) {
		(void)speakers_first(x, best->term);
		str_printf(out,
		    "%s at %s instead of %s would open %u mentor%s: ",
		    language_text(x, best->term),
		    level_name(x->policy->language_level),
		    level_name(best->level), most, plural(most));
		put_names(out, x, x->near, most);
	} else if (x->n_near > 0 && p->n_languages > 0) {
		best = best_language(x);
		str_printf(out, "%u mentor%s share%s the hours (", x->n_near,
		    plural(x->n_near), x->n_near == 1 ? "s" : "");
		put_names(out, x, x->near, x->n_near);
		str_printf(out, "); one with %s at %s or better would do",
		    language_text(x, best->term),
		    level_name(x->policy->language_level));
	} else {
		str_puts(out, "a mentor would help ");
		put_wish(out, x);
	}
}

static bool touches_own_hours(const struct person *p, const struct window *w)
{
	for (unsigned k = 0; k < p->n_windows; k++)
		if (p->windows[k].begin == w->end ||
		    p->windows[k].end == w->begin)
			return true;
	return false;
}

/* What makes a proposed window easy to say yes to, best first. */
enum ease {
	EASE_EXTENDS, /* touches hours the newcomer has */
	EASE_DAYTIME,
	EASE_ANY,
	EASES
};

static bool is_easy(
    const struct person *p, const struct window *w, enum ease ease)
{
	unsigned begin = w->begin % 1440u, end = begin + (w->end - w->begin);

	if (end > 1440)
		return false; /* not over midnight */
	switch (ease) {
	case EASE_EXTENDS:
		return touches_own_hours(p, w);
	case EASE_DAYTIME:
		return begin >= DAY_BEGIN && end <= DAY_END;
	case EASE_ANY:
	case EASES:
		break;
	}
	return true;
}

/* A window of `minutes` inside the mentor's hours that brings the shared minutes
 * up to the rule on every date. */
static bool find_window(const struct explain *x, uint32_t mentor,
    unsigned minutes, enum ease ease, int *tries, struct window *w)
{
	const struct person *n = x->person, *m = mentor_person(x, mentor);
	int64_t at = (int64_t)score_first_monday(x->scorer) * INSTANT_DAY;
	int shift =
	    (zone_offset_at(n->zone, at) - zone_offset_at(m->zone, at)) / 60;

	for (unsigned k = 0; k < m->n_windows; k++)
		for (unsigned t = m->windows[k].begin;
		     t + minutes <= m->windows[k].end; t += WEEK_SLOT_MINUTES) {
			unsigned begin =
			    ((unsigned)((int)t + shift + 2 * WEEK_MINUTES)) %
			    WEEK_MINUTES;

			*w = (struct window){
			    (uint16_t)begin, (uint16_t)(begin + minutes)};
			if (!is_easy(n, w, ease))
				continue;
			if (--*tries < 0)
				return false;
			if (score_minutes_with(x->scorer, x->newcomer, mentor,
				w) >= x->policy->min_shared_minutes)
				return true;
		}
	return false;
}

/* The easiest such window with any of the mentors who come nearest. */
static bool find_easiest(const struct explain *x, unsigned minutes,
    uint32_t *ret_mentor, struct window *w)
{
	for (int ease = 0; ease < EASES; ease++) {
		int tries = MAX_TRIES;

		for (uint32_t k = 0; k < x->n_nearest && tries >= 0; k++)
			if (find_window(x, x->near[k], minutes, (enum ease)ease,
				&tries, w)) {
				*ret_mentor = x->near[k];
				return true;
			}
	}
	return false;
}

static void help_hours(struct str *out, const struct explain *x)
{
	unsigned wanted = x->policy->min_shared_minutes;
	unsigned missing = (wanted - x->best_minutes + WEEK_SLOT_MINUTES - 1u) /
			   WEEK_SLOT_MINUTES * WEEK_SLOT_MINUTES;
	char text[WEEK_WINDOW_TEXT_SIZE];
	struct window window;
	uint32_t mentor = 0;

	if (x->n_near == 0) {
		str_puts(out, "a mentor would help ");
		put_wish(out, x);
		return;
	}
	if (find_easiest(x, missing, &mentor, &window)) {
		window_format(&window, text);
		str_printf(out,
		    "being free on %s (%s) as well would give the %u minutes a "
		    "week with %s",
		    text, x->person->zone->name, wanted,
		    name_of(mentor_person(x, mentor)));
		return;
	}
	str_printf(out,
	    "%s comes nearest, with %u of %u minutes in the worst week: %u "
	    "minutes more in common would do",
	    name_of(mentor_person(x, x->near[0])), x->best_minutes, wanted,
	    missing);
}

static void help_places(struct str *out, const struct explain *x)
{
	str_printf(out, "one more place at %s%u mentor%s would make room: ",
	    x->n_near == 1 ? "" : "any of ", x->n_near, plural(x->n_near));
	put_names(out, x, x->near, x->n_near);
}

static void help_mentors(struct str *out, const struct explain *x)
{
	uint32_t n = x->n_broken[SCORE_NO_PLACE];

	if (n == 0)
		str_puts(out, "the community needs a mentor first");
	else
		str_printf(out,
		    "%u mentor%s take%s part without a free place: one place "
		    "would help",
		    n, plural(n), n == 1 ? "s" : "");
}

static void help_excluded(struct str *out, const struct explain *x)
{
	str_puts(out, "a further mentor would help ");
	put_wish(out, x);
}

static void help_constraints(struct str *out)
{
	str_puts(out, "a mentor has a free place; the policy's constraints "
		      "would have to allow the pair");
}

/* A place of an allowed mentor that the plan leaves free. */
static bool has_free_place(const struct explain *x)
{
	for (uint32_t j = 0; j < score_mentors(x->scorer); j++)
		if (x->rules.broken[j] == 0 &&
		    x->used[j] < score_capacity(x->scorer, j))
			return true;
	return false;
}

static void count_used(struct explain *x, const struct plan *plan)
{
	for (uint32_t k = 0; k < plan->n_pairs; k++)
		x->used[score_mentor_of(x->scorer, plan->pair[k].mentor)]++;
}

struct explain *explain_new(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s, const struct rate *r,
    const struct plan *plan)
{
	struct explain *x = ARENA_NEW(a, struct explain);
	uint32_t m = score_mentors(s);

	if (x == NULL)
		return NULL;
	*x = (struct explain){.community = c,
	    .policy = p,
	    .scorer = s,
	    .rate = r,
	    .work = rate_work_new(a, r),
	    .near = ARENA_ARRAY(a, m, uint32_t),
	    .spare = ARENA_ARRAY(a, m, uint32_t),
	    .used = ARENA_ARRAY(a, m, uint32_t)};
	if (arena_failed(a))
		return NULL;
	count_used(x, plan);
	return x;
}

/* Look at everybody. */
static void begin(struct explain *x, uint32_t newcomer)
{
	x->newcomer = newcomer;
	x->person = &x->community->person[score_newcomer(x->scorer, newcomer)];
	x->rules = rate_rules(x->rate, x->work, newcomer);
	memset(x->n_broken, 0, sizeof(x->n_broken));
	x->n_near = x->n_nearest = 0;
	count_mentors(x);
}

static void put_help(
    struct str *out, struct explain *x, enum unmatched_reason reason)
{
	switch (reason) {
	case UNMATCHED_NO_LANGUAGE:
		help_language(out, x);
		break;
	case UNMATCHED_NO_HOURS:
		help_hours(out, x);
		break;
	case UNMATCHED_NO_MENTORS:
		help_mentors(out, x);
		break;
	case UNMATCHED_PLACES_TAKEN:
		help_places(out, x);
		break;
	case UNMATCHED_CONSTRAINTS:
		help_constraints(out);
		break;
	case UNMATCHED_EXCLUDED:
	case UNMATCHED_REASONS:
		help_excluded(out, x);
		break;
	}
}

enum err_code explain_unmatched(struct explain *x, struct arena *a,
    uint32_t newcomer, struct plan_unmatched *ret, struct err *e)
{
	enum unmatched_reason reason;
	struct str text;
	const char *help;

	begin(x, newcomer);
	reason = reason_of(x);
	if (reason == UNMATCHED_PLACES_TAKEN && x->policy->n_constraints > 0 &&
	    has_free_place(x))
		reason = UNMATCHED_CONSTRAINTS;
	x->only = rule_of(reason);
	collect_near(x);
	str_init(&text, HELP_MAX);
	put_help(&text, x, reason);
	help = text.failed ? NULL : arena_strdup(a, text.data);
	str_free(&text);
	if (help == NULL)
		return ERR_SET(e, NOMEM, "no memory for the plan");
	*ret = (struct plan_unmatched){
	    score_newcomer(x->scorer, newcomer), reason, help};
	return ERR_OK;
}
