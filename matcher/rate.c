/*
 * Rows of points: see rate.h. rate_table.c makes the tables, rate_loops.h are the
 * loops over mentors.
 */
#include "matcher/rate.h"

#include <string.h>

#include "base/parallel.h"
#include "matcher/rate_table.h"
#include "matcher/share.h"

enum {
	FEW_PAIRS = 1 << 19
};

/* Of one newcomer, by mentor. */
struct rate_work {
	int16_t *points;
	uint16_t *slots,
	    *some;         /* shared quarter hours; of the regime at hand */
	uint16_t *sum;     /* of levels, or of common tags */
	uint8_t *language; /* the lower level in the best common one */
	uint8_t *broken;   /* rules, 1 << enum score_rule */
	int16_t *lookup;   /* points by sum or by years */
};

struct rate *rate_new(struct arena *a, const struct scorer *s,
    const uint32_t *mentor, uint32_t m, bool portable)
{
	struct rate *r = ARENA_NEW(a, struct rate);

	if (r == NULL)
		return NULL;
	*r = (struct rate){.scorer = s,
	    .loops = rate_loops(portable),
	    .m = m,
	    .mentor = mentor};
	return rate_table_make(a, r) ? r : NULL;
}

unsigned rate_threads(const struct scorer *s, unsigned threads)
{
	uint64_t pairs = (uint64_t)s->n_newcomers * s->n_mentors;

	return pairs < FEW_PAIRS ? 1 : parallel_threads(threads);
}

struct rate_work *rate_work_new(struct arena *a, const struct rate *r)
{
	struct rate_work *w = ARENA_NEW(a, struct rate_work);
	uint32_t m = r->m;

	if (w == NULL)
		return NULL;
	*w = (struct rate_work){.points = ARENA_ARRAY(a, m, int16_t),
	    .slots = ARENA_ARRAY(a, m, uint16_t),
	    .some = ARENA_ARRAY(a, m, uint16_t),
	    .sum = ARENA_ARRAY(a, m, uint16_t),
	    .language = ARENA_ARRAY(a, m, uint8_t),
	    .broken = ARENA_ARRAY(a, m, uint8_t)};
	return arena_failed(a) ? NULL : w;
}

/* ---- criteria ---- */

static void add_role(
    const struct rate *r, struct rate_work *w, const struct features *n)
{
	int most = r->scorer->policy->points[CRITERION_ROLE];
	int16_t full = (int16_t)share_role(most, true, true);
	int16_t half = (int16_t)share_role(most, false, true);

	r->loops->families(w->points, r->families, n->families, half, r->m);
	for (unsigned k = 0; k < n->n_roles; k++) {
		struct rate_list list = rate_list(&r->roles, n->roles[k]);

		for (uint32_t at = 0; at < list.n; at++)
			w->points[list.entry[at].mentor] = full;
	}
}

/* sum[j] = the mentor's levels in these terms together. */
static void sum_levels(const struct rate *r, struct rate_work *w,
    const struct rate_terms *terms, const uint32_t *term, unsigned n)
{
	memset(w->sum, 0, r->m * sizeof(*w->sum));
	for (unsigned k = 0; k < n; k++) {
		struct rate_list list = rate_list(terms, term[k]);

		if (list.dense != NULL)
			r->loops->sum(w->sum, list.dense, r->m);
		else
			for (uint32_t at = 0; at < list.n; at++)
				w->sum[list.entry[at].mentor] =
				    (uint16_t)(w->sum[list.entry[at].mentor] +
					       list.entry[at].level);
	}
}

static void add_stack(
    const struct rate *r, struct rate_work *w, const struct features *n)
{
	int most = r->scorer->policy->points[CRITERION_STACK];

	if (n->n_wanted == 0)
		return;
	sum_levels(r, w, &r->stack, n->wanted, n->n_wanted);
	r->loops->share(
	    w->points, w->sum, most, STACK_MAX_LEVEL * n->n_wanted, r->m);
}

static void add_tags(
    const struct rate *r, struct rate_work *w, const struct features *n)
{
	const struct person *p = n->person;
	int most = r->scorer->policy->points[CRITERION_TAGS];

	if (p->n_tags == 0)
		return;
	sum_levels(r, w, &r->tags, p->tags, p->n_tags);
	r->loops->share(w->points, w->sum, most, p->n_tags, r->m);
}

static void add_experience(
    const struct rate *r, struct rate_work *w, const struct features *n)
{
	const struct policy *p = r->scorer->policy;

	if (n->person->years_tenths >= 0)
		r->loops->experience(w->points, r->years,
		    n->person->years_tenths, p->experience_gap_min_tenths,
		    p->experience_gap_max_tenths,
		    p->points[CRITERION_EXPERIENCE], r->m);
}

static void add_same(
    const struct rate *r, struct rate_work *w, const struct features *n)
{
	const uint16_t *most = r->scorer->policy->points;

	if (n->industry != TERM_NONE)
		r->loops->same(w->points, r->industry, n->industry,
		    (int16_t)most[CRITERION_INDUSTRY], r->m);
	if (n->person->style != TERM_NONE)
		r->loops->same(w->points, r->style, n->person->style,
		    (int16_t)most[CRITERION_STYLE], r->m);
}

static void add_preferences(const struct rate *r, struct rate_work *w,
    uint32_t newcomer, const struct features *n)
{
	const uint16_t *most = r->scorer->policy->points;
	const struct person *p = n->person;
	struct rate_list list = rate_list(&r->named_by, newcomer);

	for (int rank = 0; rank < p->n_preferences; rank++) {
		uint32_t j = rate_place(r, p->preferences[rank]);

		if (j != UINT32_MAX)
			w->points[j] =
			    (int16_t)(w->points[j] +
				      share_preference(
					  most[CRITERION_NEWCOMER_PREFERENCE],
					  rank));
	}
	for (uint32_t at = 0; at < list.n; at++) {
		int16_t *points = &w->points[list.entry[at].mentor];

		*points =
		    (int16_t)(*points + share_preference(
					    most[CRITERION_MENTOR_PREFERENCE],
					    list.entry[at].level));
	}
}

/* ---- hard rules ---- */

static void find_languages(
    const struct rate *r, struct rate_work *w, const struct person *p)
{
	memset(w->language, 0, r->m);
	for (unsigned k = 0; k < p->n_languages; k++) {
		uint8_t own = p->languages[k].level;
		struct rate_list list =
		    rate_list(&r->languages, p->languages[k].term);

		if (list.dense != NULL)
			r->loops->level(w->language, list.dense, own, r->m);
		else
			for (uint32_t at = 0; at < list.n; at++)
				r->loops->level(
				    &w->language[list.entry[at].mentor],
				    &list.entry[at].level, own, 1);
	}
}

/* The quarter hours shared in one regime's week. */
static void count_slots(const struct rate *r, const struct week_grid *grid,
    uint32_t regime, uint16_t *slots)
{
	unsigned begin = 0, end;

	memset(slots, 0, r->m * sizeof(*slots));
	while (rate_next_run(grid, &begin, &end)) {
		r->loops->run(slots, rate_before(r, regime, begin),
		    rate_before(r, regime, end), r->m);
		begin = end;
	}
}

static void find_hours(
    const struct rate *r, struct rate_work *w, const struct features *n)
{
	count_slots(r, &n->grid[0], 0, w->slots);
	for (uint32_t k = 1; k < r->scorer->n_regimes; k++) {
		count_slots(r, &n->grid[k], k, w->some);
		r->loops->least(w->slots, w->some, r->m);
	}
}

static void find_broken(
    const struct rate *r, struct rate_work *w, uint32_t newcomer)
{
	const struct scorer *s = r->scorer;
	const struct features *n = features_newcomer(s, newcomer);
	const struct person *p = n->person;
	struct rate_list list = rate_list(&r->avoided_by, newcomer);
	uint32_t self = rate_place(r, n->index), own = UINT32_MAX;

	if (s->policy->forbid_same_organization && p->organization != TERM_NONE)
		own = p->organization;
	find_languages(r, w, p);
	find_hours(r, w, n);
	r->loops->rules(w->broken, r->always_broken, w->language,
	    s->policy->language_level, w->slots, r->least_slots,
	    r->organization, own, r->m);
	if (self != UINT32_MAX)
		w->broken[self] |= 1 << SCORE_SELF;
	for (unsigned k = 0; k < p->n_avoid; k++) {
		uint32_t j = rate_place(r, p->avoid[k]);

		if (j != UINT32_MAX)
			w->broken[j] |= 1 << SCORE_AVOIDED;
	}
	for (uint32_t at = 0; at < list.n; at++)
		w->broken[list.entry[at].mentor] |= 1 << SCORE_AVOIDED;
}

struct rate_rules rate_rules(
    const struct rate *r, struct rate_work *w, uint32_t newcomer)
{
	find_broken(r, w, newcomer);
	return (struct rate_rules){w->broken, w->slots};
}

/* Of the language and the hours that find_broken found. */
static void add_language_and_hours(const struct rate *r, struct rate_work *w)
{
	const struct policy *p = r->scorer->policy;

	r->loops->language(
	    w->points, w->language, p->points[CRITERION_LANGUAGE], r->m);
	r->loops->overlap(w->points, w->slots, p->points[CRITERION_OVERLAP],
	    p->overlap_full_minutes, r->m);
}

const int16_t *rate_row(
    const struct rate *r, struct rate_work *w, uint32_t newcomer)
{
	const struct features *n = features_newcomer(r->scorer, newcomer);

	add_role(r, w, n); /* the first: it sets, the others add */
	add_stack(r, w, n);
	add_tags(r, w, n);
	add_experience(r, w, n);
	add_same(r, w, n);
	add_preferences(r, w, newcomer, n);
	r->loops->add(w->points, r->rested, r->m);
	find_broken(r, w, newcomer);
	add_language_and_hours(r, w);
	r->loops->finish(w->points, w->broken, r->m);
	return w->points;
}
