/* The facts about one pair, and what they earn: see share.h. */
#include "matcher/share.h"

/* How many terms two sorted lists have in common. */
static int count_common(
    const uint32_t *a, unsigned n_a, const uint32_t *b, unsigned n_b)
{
	int n = 0;

	for (unsigned i = 0, j = 0; i < n_a && j < n_b;) {
		uint32_t x = a[i], y = b[j];

		n += x == y;
		i += x <= y;
		j += y <= x;
	}
	return n;
}

/* The mentor's levels in what the newcomer wants, together. */
static int levels_in(const struct features *n, const struct features *m)
{
	const struct term_level *stack = m->person->stack;
	int levels = 0;

	for (unsigned i = 0, j = 0;
	     i < n->n_wanted && j < m->person->n_stack;) {
		uint32_t want = n->wanted[i], have = stack[j].term;

		if (want == have)
			levels += stack[j].level;
		i += want <= have;
		j += have <= want;
	}
	return levels;
}

static int earn_preference(int points, const struct person *who, uint32_t whom)
{
	for (int rank = 0; rank < who->n_preferences; rank++)
		if (who->preferences[rank] == whom)
			return share_preference(points, rank);
	return 0;
}

static int earn_same(int points, uint32_t a, uint32_t b)
{
	return a != TERM_NONE && a == b ? points : 0;
}

void share_earn(const struct scorer *s, const struct features *n,
    const struct features *m, struct score *x)
{
	const struct policy *p = s->policy;
	const uint16_t *most = p->points;
	const struct person *a = n->person, *b = m->person;
	const int part[CRITERION_COUNT] = {
	    [CRITERION_ROLE] = share_role(most[CRITERION_ROLE],
		count_common(n->roles, n->n_roles, m->roles, m->n_roles) > 0,
		(n->families & m->families) != 0),
	    [CRITERION_STACK] = n->n_wanted == 0
				    ? 0
				    : share_stack(most[CRITERION_STACK],
					  levels_in(n, m), n->n_wanted),
	    [CRITERION_LANGUAGE] =
		share_language(most[CRITERION_LANGUAGE], x->language_level),
	    [CRITERION_OVERLAP] = share_overlap(most[CRITERION_OVERLAP],
		x->shared_minutes, p->overlap_full_minutes),
	    [CRITERION_INDUSTRY] =
		earn_same(most[CRITERION_INDUSTRY], n->industry, m->industry),
	    [CRITERION_STYLE] =
		earn_same(most[CRITERION_STYLE], a->style, b->style),
	    [CRITERION_TAGS] =
		a->n_tags == 0
		    ? 0
		    : share_tags(most[CRITERION_TAGS],
			  count_common(a->tags, a->n_tags, b->tags, b->n_tags),
			  a->n_tags),
	    [CRITERION_EXPERIENCE] = share_experience(
		most[CRITERION_EXPERIENCE], a->years_tenths, b->years_tenths,
		p->experience_gap_min_tenths, p->experience_gap_max_tenths),
	    [CRITERION_NEWCOMER_PREFERENCE] = earn_preference(
		most[CRITERION_NEWCOMER_PREFERENCE], a, m->index),
	    [CRITERION_MENTOR_PREFERENCE] =
		earn_preference(most[CRITERION_MENTOR_PREFERENCE], b, n->index),
	    [CRITERION_RESTED] =
		share_rested(most[CRITERION_RESTED], b->recent_pairings),
	};

	x->points = 0;
	for (int c = 0; c < CRITERION_COUNT; c++) {
		x->part[c] = (int16_t)part[c];
		x->points += part[c];
	}
}
