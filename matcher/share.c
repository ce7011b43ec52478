/*
 * The criteria; every formula in words in docs/matching.md.
 *
 * A criterion earns a share part/whole of its points, rounded down: each formula
 * is one small function, so that nothing is added to a pair's points that its
 * explanation does not show. No share exceeds one.
 */
#include "matcher/share.h"

enum {
	EXPERIENCE_FADE_TENTHS = 50, /* beyond the ideal gap: nothing left */
};

static int share_of(
    const struct policy *p, enum criterion c, unsigned part, unsigned whole)
{
	return (int)(p->points[c] * part / whole);
}

int share_role(const struct policy *p, bool has_common, bool is_related)
{
	return share_of(p, CRITERION_ROLE,
	    has_common   ? 2
	    : is_related ? 1
			 : 0,
	    2);
}

int share_stack(const struct policy *p, unsigned levels, unsigned n_wanted)
{
	return n_wanted == 0 ? 0
			     : share_of(p, CRITERION_STACK, levels,
				   STACK_MAX_LEVEL * n_wanted);
}

int share_language(const struct policy *p, unsigned level)
{
	return share_of(p, CRITERION_LANGUAGE, level, LEVEL_NATIVE);
}

int share_overlap(const struct policy *p, unsigned minutes)
{
	unsigned full = p->overlap_full_minutes;

	return minutes >= full ? share_of(p, CRITERION_OVERLAP, 1, 1)
			       : share_of(p, CRITERION_OVERLAP, minutes, full);
}

int share_tags(const struct policy *p, unsigned n_common, unsigned n_tags)
{
	return n_tags == 0 ? 0 : share_of(p, CRITERION_TAGS, n_common, n_tags);
}

int share_experience(
    const struct policy *p, int newcomer_years_tenths, int mentor_years_tenths)
{
	int gap = mentor_years_tenths - newcomer_years_tenths;
	int low = p->experience_gap_min_tenths;
	int high = p->experience_gap_max_tenths;
	int off = gap < low ? low - gap : gap > high ? gap - high : 0;

	if (mentor_years_tenths < 0 || newcomer_years_tenths < 0 ||
	    off >= EXPERIENCE_FADE_TENTHS)
		return 0;
	return share_of(p, CRITERION_EXPERIENCE,
	    (unsigned)(EXPERIENCE_FADE_TENTHS - off), EXPERIENCE_FADE_TENTHS);
}

/* All for the first name of the list, half for the second, a third … */
int share_preference(const struct policy *p, enum criterion c, unsigned rank)
{
	return share_of(p, c, 1, rank + 1);
}

/* ---- the facts about one pair ---- */

/* How many terms two sorted lists have in common. */
static unsigned count_common(
    const uint32_t *a, unsigned n_a, const uint32_t *b, unsigned n_b)
{
	unsigned n = 0;

	for (unsigned i = 0, j = 0; i < n_a && j < n_b;) {
		uint32_t x = a[i], y = b[j];

		n += x == y;
		i += x <= y;
		j += y <= x;
	}
	return n;
}

/* The mentor's levels in what the newcomer wants, together. */
static unsigned levels_in(const struct features *n, const struct features *m)
{
	const struct term_level *stack = m->person->stack;
	unsigned levels = 0;

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

static int earn_preference(const struct policy *p, enum criterion c,
    const struct person *who, uint32_t whom)
{
	for (unsigned rank = 0; rank < who->n_preferences; rank++)
		if (who->preferences[rank] == whom)
			return share_preference(p, c, rank);
	return 0;
}

static int earn_same(
    const struct policy *p, enum criterion c, uint32_t a, uint32_t b)
{
	return a != TERM_NONE && a == b ? p->points[c] : 0;
}

void share_earn(const struct scorer *s, const struct features *n,
    const struct features *m, struct score *x)
{
	const struct policy *p = s->policy;
	const struct person *a = n->person, *b = m->person;
	const int part[CRITERION_COUNT] = {
	    [CRITERION_ROLE] = share_role(p,
		count_common(n->roles, n->n_roles, m->roles, m->n_roles) > 0,
		(n->families & m->families) != 0),
	    [CRITERION_STACK] = share_stack(p, levels_in(n, m), n->n_wanted),
	    [CRITERION_LANGUAGE] = share_language(p, x->language_level),
	    [CRITERION_OVERLAP] = share_overlap(p, x->shared_minutes),
	    [CRITERION_INDUSTRY] =
		earn_same(p, CRITERION_INDUSTRY, n->industry, m->industry),
	    [CRITERION_STYLE] =
		earn_same(p, CRITERION_STYLE, a->style, b->style),
	    [CRITERION_TAGS] = share_tags(p,
		count_common(a->tags, a->n_tags, b->tags, b->n_tags),
		a->n_tags),
	    [CRITERION_EXPERIENCE] =
		share_experience(p, a->years_tenths, b->years_tenths),
	    [CRITERION_NEWCOMER_PREFERENCE] =
		earn_preference(p, CRITERION_NEWCOMER_PREFERENCE, a, m->index),
	    [CRITERION_MENTOR_PREFERENCE] =
		earn_preference(p, CRITERION_MENTOR_PREFERENCE, b, n->index),
	};

	x->points = 0;
	for (int c = 0; c < CRITERION_COUNT; c++) {
		x->part[c] = (int16_t)part[c];
		x->points += part[c];
	}
}
