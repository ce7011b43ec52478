/*
 * The scorer: hard rules, points through share.c, and the scale of the last goal.
 * See score.h.
 */
#include "matcher/score.h"

#include <string.h>

#include "matcher/features.h"
#include "matcher/share.h"

enum {
	TIE_RANGE_MAX = 1 << 20,
};

/* Largest sum of values: three of them still fit into 63 bits (see assign.h). */
static const int64_t VALUE_MAX = (int64_t)1 << 60;

static enum err_code check_domain(
    const struct community *c, const struct policy *p, struct err *e)
{
	bool in_domain = p->weeks >= 1 && p->weeks <= POLICY_MAX_WEEKS &&
			 p->wait_weight_max <= POLICY_MAX_WAIT_WEIGHT &&
			 c->n <= COMMUNITY_MAX_PEOPLE;

	for (int k = 0; k < CRITERION_COUNT; k++)
		in_domain &= p->points[k] <= POLICY_MAX_POINTS;
	for (uint32_t i = 0; i < c->n; i++)
		in_domain &= c->person[i].capacity <= PERSON_MAX_CAPACITY;
	if (!in_domain)
		return ERR_SET(e, VALIDATION,
		    "the policy or the community is beyond the limits of "
		    "the matcher");
	return ERR_OK;
}

enum err_code score_new(struct arena *a, const struct community *c,
    const struct policy *p, struct scorer **ret_scorer, struct err *e)
{
	struct scorer *s = ARENA_NEW(a, struct scorer);
	enum err_code rc = check_domain(c, p, e);

	if (rc != ERR_OK)
		return rc;
	if (s == NULL)
		return ERR_SET(e, NOMEM, "no memory for the scorer");
	s->community = c;
	s->policy = p;
	rc = features_build(a, s, e);
	if (rc == ERR_OK)
		*ret_scorer = s;
	return rc;
}

/* The common language with the highest lower level, at the policy's level at
 * least; of equals the one that comes first by name. */
static void find_language(const struct scorer *s, const struct person *n,
    const struct person *m, struct score *x)
{
	int i = 0, j = 0;

	x->language = TERM_NONE;
	x->language_level = 0;
	while (i < n->n_languages && j < m->n_languages) {
		const struct term_level *a = &n->languages[i];
		const struct term_level *b = &m->languages[j];
		uint8_t level = a->level < b->level ? a->level : b->level;

		i += a->term <= b->term;
		j += b->term <= a->term;
		if (a->term != b->term || level < s->policy->language_level ||
		    level < x->language_level)
			continue;
		if (level > x->language_level ||
		    strcmp(terms_text(s->community->terms, a->term),
			terms_text(s->community->terms, x->language)) < 0)
			x->language = a->term;
		x->language_level = level;
	}
}

/* Minutes in the worst week of the horizon. */
static uint16_t shared_minutes(
    const struct scorer *s, const struct features *n, const struct features *m)
{
	unsigned least = WEEK_SLOTS;

	for (uint32_t k = 0; k < s->n_regimes && least > 0; k++) {
		unsigned slots = week_grid_shared(&n->grid[k], &m->grid[k]);

		if (slots < least)
			least = slots;
	}
	return (uint16_t)(least * WEEK_SLOT_MINUTES);
}

/* Is x in the sorted list? */
static bool holds(const uint32_t *list, unsigned n, uint32_t x)
{
	unsigned low = 0, high = n;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (list[middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && list[low] == x;
}

static bool is_avoided(const struct features *n, const struct features *m)
{
	return holds(n->person->avoid, n->person->n_avoid, m->index) ||
	       holds(m->person->avoid, m->person->n_avoid, n->index);
}

static bool is_colleague(
    const struct scorer *s, const struct person *n, const struct person *m)
{
	return s->policy->forbid_same_organization &&
	       n->organization != TERM_NONE &&
	       n->organization == m->organization;
}

static unsigned broken_rules(const struct scorer *s, const struct features *n,
    const struct features *m, const struct score *x)
{
	bool has_hours = x->shared_minutes >= s->policy->min_shared_minutes;

	return (unsigned)(n == m) << SCORE_SELF |
	       (unsigned)(m->person->capacity == 0) << SCORE_NO_PLACE |
	       (unsigned)(x->language == TERM_NONE) << SCORE_NO_LANGUAGE |
	       (unsigned)!has_hours << SCORE_NO_HOURS |
	       (unsigned)is_colleague(s, n->person, m->person)
		   << SCORE_ORGANISATION |
	       (unsigned)is_avoided(n, m) << SCORE_AVOIDED;
}

void score_pair(const struct scorer *s, uint32_t newcomer, uint32_t mentor,
    struct score *ret)
{
	const struct features *n = features_newcomer(s, newcomer);
	const struct features *m = features_mentor(s, mentor);

	find_language(s, n->person, m->person, ret);
	ret->shared_minutes = shared_minutes(s, n, m);
	share_earn(s, n, m, ret);
	ret->broken = broken_rules(s, n, m, ret);
	ret->rule = SCORE_ALLOWED;
	if (ret->broken != 0)
		ret->rule = (enum score_rule)__builtin_ctz(ret->broken);
}

int32_t score_points(const struct scorer *s, uint32_t newcomer, uint32_t mentor)
{
	const struct features *n = features_newcomer(s, newcomer);
	const struct features *m = features_mentor(s, mentor);
	struct score x;

	if (n == m || m->person->capacity == 0 ||
	    is_colleague(s, n->person, m->person) || is_avoided(n, m))
		return -1;
	find_language(s, n->person, m->person, &x);
	if (x.language == TERM_NONE)
		return -1;
	x.shared_minutes = shared_minutes(s, n, m);
	if (x.shared_minutes < s->policy->min_shared_minutes)
		return -1;
	share_earn(s, n, m, &x);
	return x.points;
}

uint32_t score_newcomers(const struct scorer *s)
{
	return s->n_newcomers;
}

uint32_t score_mentors(const struct scorer *s)
{
	return s->n_mentors;
}

uint32_t score_newcomer(const struct scorer *s, uint32_t newcomer)
{
	return s->newcomer[newcomer];
}

uint32_t score_mentor(const struct scorer *s, uint32_t mentor)
{
	return s->mentor[mentor];
}

uint32_t score_newcomer_of(const struct scorer *s, uint32_t person)
{
	return s->newcomer_of[person];
}

uint32_t score_mentor_of(const struct scorer *s, uint32_t person)
{
	return s->mentor_of[person];
}

uint16_t score_minutes_with(const struct scorer *s, uint32_t newcomer,
    uint32_t mentor, const struct window *extra)
{
	const struct features *n = features_newcomer(s, newcomer);
	const struct features *m = features_mentor(s, mentor);
	struct week_grid local, more, utc;
	unsigned least = WEEK_SLOTS;

	week_grid_local(n->person->windows, n->person->n_windows, &local);
	week_grid_local(extra, 1, &more);
	for (int k = 0; k < WEEK_WORDS; k++)
		local.word[k] |= more.word[k];
	for (uint32_t k = 0; k < s->n_regimes; k++) {
		unsigned slots;

		week_grid_mapped(&local, features_map(s, n, k), &utc);
		slots = week_grid_shared(&utc, &m->grid[k]);
		if (slots < least)
			least = slots;
	}
	return (uint16_t)(least * WEEK_SLOT_MINUTES);
}

int32_t score_first_monday(const struct scorer *s)
{
	return s->regime[0];
}

int64_t score_weight(const struct scorer *s, uint32_t newcomer)
{
	return features_newcomer(s, newcomer)->weight;
}

uint32_t score_capacity(const struct scorer *s, uint32_t mentor)
{
	return features_mentor(s, mentor)->person->capacity;
}

uint8_t score_wanted(const struct scorer *s, uint32_t newcomer)
{
	uint8_t wanted = features_newcomer(s, newcomer)->person->mentors_wanted;
	uint8_t most = s->policy->mentors_per_newcomer;

	return wanted == 0 || wanted > most ? most : wanted;
}

int32_t score_most_points(const struct scorer *s)
{
	int32_t most = 0;

	for (int c = 0; c < CRITERION_COUNT; c++)
		most += s->policy->points[c];
	return most;
}

/* Points and ties of all pairs together, and every weight: below VALUE_MAX? */
static bool fits(int64_t weight, int64_t m, int64_t unit)
{
	int64_t value;

	return !__builtin_mul_overflow(weight + 1, m, &value) &&
	       !__builtin_mul_overflow(value, unit, &value) &&
	       value <= VALUE_MAX;
}

/* The limits of community.h and policy.h leave room for a unit of 1. */
_Static_assert((INT64_C(1) << 60) / POLICY_MAX_POINTS / CRITERION_COUNT /
		       COMMUNITY_MAX_PEOPLE / COMMUNITY_MAX_PEOPLE /
		       POLICY_MAX_MENTORS >
		   POLICY_MAX_WAIT_WEIGHT,
    "the largest community's sums are exact");

struct score_scale score_scale(const struct scorer *s)
{
	int64_t weight = 0, wanted = 0, places = 0, pairs, m;
	int64_t tie_range = TIE_RANGE_MAX, unit;

	for (uint32_t i = 0; i < s->n_newcomers; i++) {
		weight += score_weight(s, i);
		wanted += score_wanted(s, i);
	}
	for (uint32_t j = 0; j < s->n_mentors; j++)
		places += score_capacity(s, j);
	pairs = places < wanted ? places : wanted;
	if (pairs == 0)
		pairs = 1;
	m = pairs * score_most_points(s) + 1;
	while (tie_range > 1 && !fits(weight, m, pairs * tie_range))
		tie_range /= 2;
	unit = tie_range > 1 ? pairs * tie_range : 1;
	return (struct score_scale){
	    .people = s->policy->people_first ? m * unit : 0,
	    .points = unit,
	    .tie_range = tie_range};
}

uint64_t score_lot(
    const struct scorer *s, uint64_t seed, uint32_t newcomer, uint32_t mentor)
{
	return features_mix(
	    features_mix(seed + features_newcomer(s, newcomer)->id_hash) +
	    features_mentor(s, mentor)->id_hash);
}

int64_t score_value(const struct scorer *s, const struct score_scale *scale,
    uint64_t seed, uint32_t newcomer, uint32_t mentor, int32_t points)
{
	uint64_t tie = score_lot(s, seed, newcomer, mentor) &
		       (uint64_t)(scale->tie_range - 1);

	return score_weight(s, newcomer) * scale->people +
	       points * scale->points + (int64_t)tie;
}
