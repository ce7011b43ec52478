/* Side constraints for a community: see side.h. */
#include "matcher/side.h"

#include <stdlib.h>
#include <string.h>

#include "matcher/features.h"

/* ---- groups ---- */

static bool zone_is(const char *zone, const char *text)
{
	size_t n = strlen(text);

	return strncmp(zone, text, n) == 0 &&
	       (zone[n] == '\0' || zone[n] == '/');
}

/* The terms of a person that an attribute is about. */
static const uint32_t *terms_of(
    const struct person *p, enum group_attribute attribute, unsigned *ret_n)
{
	const struct {
		const uint32_t *term;
		unsigned n;
	} LIST[GROUP_ATTRIBUTES] = {
	    [GROUP_ROLE] = {p->roles, p->n_roles},
	    [GROUP_TAG] = {p->tags, p->n_tags},
	    [GROUP_ORGANIZATION] = {&p->organization, 1},
	    [GROUP_INDUSTRY] = {&p->industry, 1},
	    [GROUP_STYLE] = {&p->style, 1},
	};

	*ret_n = LIST[attribute].n;
	return LIST[attribute].term;
}

static bool person_has(const struct terms *terms, const struct person *p,
    enum group_attribute attribute, const char *text)
{
	uint32_t term = terms_find(terms, text);
	unsigned n;
	const uint32_t *own = terms_of(p, attribute, &n);

	if (attribute == GROUP_TIME_ZONE)
		return zone_is(p->zone->name, text);
	if (term == TERM_NONE)
		return false;
	if (attribute == GROUP_LANGUAGE)
		for (unsigned k = 0; k < p->n_languages; k++)
			if (p->languages[k].term == term)
				return true;
	for (unsigned k = 0; k < n; k++)
		if (own[k] == term)
			return true;
	return false;
}

static bool group_has(
    const struct terms *terms, const struct group *g, const struct person *p)
{
	for (int k = 0; k < GROUP_ATTRIBUTES; k++) {
		const struct group_texts *t = &g->any[k];
		size_t i = 0;

		while (i < t->n && !person_has(terms, p,
				       (enum group_attribute)k, t->text[i]))
			i++;
		if (t->n > 0 && i == t->n)
			return false;
	}
	return g->most_recent_pairings == CONSTRAINT_NONE ||
	       (p->recent_pairings >= 0 &&
		   p->recent_pairings <= g->most_recent_pairings);
}

static uint32_t groups_of(
    const struct side *s, const struct person *p, bool is_mentor)
{
	const struct terms *terms = s->scorer->community->terms;
	uint32_t groups = 0;

	for (uint32_t k = 0; k < s->n; k++) {
		const struct constraint *c = &s->constraint[k];

		if (group_has(
			terms, is_mentor ? &c->mentors : &c->newcomers, p))
			groups |= 1u << k;
	}
	return groups;
}

/* ---- rows ---- */

static void add_rows(struct side *s, uint32_t k)
{
	const int32_t *limit = s->constraint[k].limit;
	const struct side_row ROW[MEASURES] = {
	    [MEASURE_LEAST] = {.inside = -1, .limit = -limit[MEASURE_LEAST]},
	    [MEASURE_MOST] = {.inside = 1, .limit = limit[MEASURE_MOST]},
	    [MEASURE_LEAST_PERCENT] = {.inside =
					   limit[MEASURE_LEAST_PERCENT] - 100,
		.outside = limit[MEASURE_LEAST_PERCENT]},
	    [MEASURE_MOST_PERCENT] = {.inside =
					  100 - limit[MEASURE_MOST_PERCENT],
		.outside = -limit[MEASURE_MOST_PERCENT]},
	    [MEASURE_LEAST_MENTORS] = {.limit = -limit[MEASURE_LEAST_MENTORS]},
	};

	for (int m = 0; m < MEASURES; m++) {
		struct side_row *row = &s->row[s->n_rows];

		if (limit[m] == CONSTRAINT_NONE)
			continue;
		if (m == MEASURE_MOST_OF_ONE) {
			s->of_one |= 1u << k;
			continue;
		}
		*row = ROW[m];
		row->constraint = k;
		row->measure = (enum constraint_measure)m;
		s->n_rows++;
	}
}

struct side *side_new(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *scorer)
{
	struct side *s = ARENA_NEW(a, struct side);
	uint32_t n = score_newcomers(scorer), m = score_mentors(scorer);

	if (s == NULL)
		return NULL;
	s->scorer = scorer;
	s->constraint = p->constraint;
	s->n = p->n_constraints;
	s->newcomer = ARENA_ARRAY(a, n, uint32_t);
	s->organization = ARENA_ARRAY(a, n, uint32_t);
	s->mentor = ARENA_ARRAY(a, m, uint32_t);
	if (arena_failed(a))
		return NULL;
	for (uint32_t k = 0; k < s->n; k++)
		add_rows(s, k);
	for (uint32_t i = 0; i < n; i++) {
		const struct person *who =
		    &c->person[score_newcomer(scorer, i)];

		s->newcomer[i] = groups_of(s, who, false);
		s->organization[i] = who->organization;
	}
	for (uint32_t j = 0; j < m; j++)
		s->mentor[j] =
		    groups_of(s, &c->person[score_mentor(scorer, j)], true);
	return s;
}

/* ---- prices ---- */

/* What a pair pays to the rows of each constraint beyond what every pair pays. */
static int64_t charge_all(const struct side *s,
    const struct certificate_step *step, int64_t more[CONSTRAINTS_MAX])
{
	int64_t all = 0;

	memset(more, 0, CONSTRAINTS_MAX * sizeof(*more));
	for (uint32_t r = 0; r < s->n_rows; r++) {
		const struct side_row *row = &s->row[r];

		all += step->row[r] * row->outside;
		more[row->constraint] +=
		    step->row[r] * (row->inside - row->outside);
	}
	return all;
}

void side_charge(const struct side *s, const struct certificate_step *step,
    uint32_t newcomer, int64_t *charge)
{
	int64_t more[CONSTRAINTS_MAX], all = charge_all(s, step, more);

	all += score_weight(s->scorer, newcomer) * step->people_price;
	for (uint32_t j = 0; j < score_mentors(s->scorer); j++) {
		uint32_t groups = side_groups(s, newcomer, j);

		charge[j] = step->p[j] + all;
		for (; groups != 0; groups &= groups - 1)
			charge[j] += more[__builtin_ctz(groups)];
	}
	for (uint32_t k = 0; k < step->n_caps; k++) {
		const struct certificate_cap *cap = &step->cap[k];

		if (cap->organization == s->organization[newcomer] &&
		    side_groups(s, newcomer, cap->mentor) >> cap->constraint &
			1)
			charge[cap->mentor] += cap->price;
	}
}

/* Whoever has places in use gains: the reward of being in use, and what each place
 * costs its newcomer. Linear in their number, so that an end is the most. */
static int64_t mentor_gain(
    const struct side *s, const struct certificate_step *step, uint32_t j)
{
	int64_t capacity = score_capacity(s->scorer, j), p = step->p[j], gain;

	if (capacity == 0)
		return 0;
	gain = p > 0 ? p * capacity : p;
	for (uint32_t r = 0; r < s->n_rows; r++)
		if (s->row[r].measure == MEASURE_LEAST_MENTORS &&
		    s->mentor[j] >> s->row[r].constraint & 1)
			gain += step->row[r];
	return gain > 0 ? gain : 0;
}

static bool add_product(int64_t *sum, int64_t a, int64_t b)
{
	int64_t product;

	return !__builtin_mul_overflow(a, b, &product) &&
	       !__builtin_add_overflow(*sum, product, sum);
}

bool side_bound(const struct side *s, const struct certificate_step *step,
    int64_t *ret_bound)
{
	int64_t sum = 0;
	bool fits = add_product(&sum, step->people_price, step->people_limit);

	for (uint32_t j = 0; fits && j < score_mentors(s->scorer); j++)
		fits = add_product(&sum, mentor_gain(s, step, j), 1);
	for (uint32_t r = 0; fits && r < s->n_rows; r++)
		fits = add_product(&sum, step->row[r], s->row[r].limit);
	for (uint32_t k = 0; fits && k < step->n_caps; k++)
		fits = add_product(&sum, step->cap[k].price,
		    s->constraint[step->cap[k].constraint]
			.limit[MEASURE_MOST_OF_ONE]);
	*ret_bound = sum;
	return fits;
}

/* ---- a plan's use of the limits ---- */

/* One pair of a constraint, by mentor and organization. */
struct member_of {
	uint32_t mentor, organization;
};

static int by_mentor(const void *a, const void *b)
{
	const struct member_of *x = a, *y = b;

	if (x->mentor != y->mentor)
		return x->mentor < y->mentor ? -1 : 1;
	return (x->organization > y->organization) -
	       (x->organization < y->organization);
}

struct counted {
	int64_t pairs, mentors, of_one; /* the most of one organization */
};

static struct counted count_sorted(const struct member_of *in, uint32_t n)
{
	struct counted x = {.pairs = n};
	int64_t run = 0;

	for (uint32_t k = 0; k < n; k++) {
		bool is_same = k > 0 && by_mentor(&in[k], &in[k - 1]) == 0;

		x.mentors += k == 0 || in[k].mentor != in[k - 1].mentor;
		run = is_same ? run + 1 : 1;
		if (in[k].organization != TERM_NONE && run > x.of_one)
			x.of_one = run;
	}
	return x;
}

static bool is_kept(
    enum constraint_measure m, int64_t used, int64_t limit, int64_t pairs)
{
	bool is_percent =
	    m == MEASURE_LEAST_PERCENT || m == MEASURE_MOST_PERCENT;
	bool is_least = m == MEASURE_LEAST || m == MEASURE_LEAST_PERCENT ||
			m == MEASURE_LEAST_MENTORS;

	used *= is_percent ? 100 : 1;
	limit *= is_percent ? pairs : 1;
	return is_least ? used >= limit : used <= limit;
}

static void take_use(struct plan *plan, const struct constraint *c, uint32_t k,
    const struct counted *x)
{
	for (int m = 0; m < MEASURES; m++) {
		int64_t used = m == MEASURE_LEAST_MENTORS ? x->mentors
			       : m == MEASURE_MOST_OF_ONE ? x->of_one
							  : x->pairs;

		if (c->limit[m] == CONSTRAINT_NONE)
			continue;
		plan->use[plan->n_uses++] =
		    (struct plan_use){k, (enum constraint_measure)m, used,
			is_kept((enum constraint_measure)m, used, c->limit[m],
			    plan->n_pairs)};
	}
}

bool side_count(struct arena *a, const struct side *s, struct plan *plan)
{
	struct member_of *in = ARENA_ARRAY(a, plan->n_pairs, struct member_of);

	plan->n_uses = 0;
	plan->use = ARENA_ARRAY(a, (size_t)s->n * MEASURES, struct plan_use);
	if (arena_failed(a))
		return false;
	for (uint32_t k = 0; k < s->n; k++) {
		struct counted x;
		uint32_t n = 0;

		for (uint32_t q = 0; q < plan->n_pairs; q++) {
			uint32_t i = score_newcomer_of(
			    s->scorer, plan->pair[q].newcomer);
			uint32_t j =
			    score_mentor_of(s->scorer, plan->pair[q].mentor);

			if (side_groups(s, i, j) >> k & 1)
				in[n++] =
				    (struct member_of){j, s->organization[i]};
		}
		qsort(in, n, sizeof(*in), by_mentor);
		x = count_sorted(in, n);
		take_use(plan, &s->constraint[k], k, &x);
	}
	return true;
}
