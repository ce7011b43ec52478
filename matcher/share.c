/*
 * The criteria; every formula in words in docs/matching.md.
 *
 * A criterion earns a share part/whole of its points, rounded down: each formula
 * is one small function that returns the share, so that nothing is added to a
 * pair's points that its explanation does not show. No share exceeds one.
 */
#include "matcher/share.h"

enum {
	EXPERIENCE_FADE_TENTHS = 50, /* beyond the ideal gap: nothing left */
};

struct share {
	unsigned part, whole;
};

static const struct share NOTHING = {0, 1}, EVERYTHING = {1, 1}, HALF = {1, 2};

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

static struct share share_role(const struct scorer *s, const struct features *n,
    const struct features *m, const struct score *x)
{
	(void)s;
	(void)x;
	if (count_common(n->roles, n->n_roles, m->roles, m->n_roles) > 0)
		return EVERYTHING;
	return n->families & m->families ? HALF : NOTHING;
}

static struct share share_stack(const struct scorer *s,
    const struct features *n, const struct features *m, const struct score *x)
{
	const struct term_level *stack = m->person->stack;
	unsigned levels = 0;

	(void)s;
	(void)x;
	for (unsigned i = 0, j = 0;
	     i < n->n_wanted && j < m->person->n_stack;) {
		uint32_t want = n->wanted[i], have = stack[j].term;

		if (want == have)
			levels += stack[j].level;
		i += want <= have;
		j += have <= want;
	}
	return n->n_wanted == 0
		   ? NOTHING
		   : (struct share){levels, STACK_MAX_LEVEL * n->n_wanted};
}

static struct share share_language(const struct scorer *s,
    const struct features *n, const struct features *m, const struct score *x)
{
	(void)s;
	(void)n;
	(void)m;
	return (struct share){x->language_level, LEVEL_NATIVE};
}

static struct share share_overlap(const struct scorer *s,
    const struct features *n, const struct features *m, const struct score *x)
{
	unsigned full = s->policy->overlap_full_minutes;

	(void)n;
	(void)m;
	return x->shared_minutes >= full
		   ? EVERYTHING
		   : (struct share){x->shared_minutes, full};
}

static struct share share_industry(const struct scorer *s,
    const struct features *n, const struct features *m, const struct score *x)
{
	(void)s;
	(void)x;
	return n->industry != TERM_NONE && n->industry == m->industry
		   ? EVERYTHING
		   : NOTHING;
}

static struct share share_style(const struct scorer *s,
    const struct features *n, const struct features *m, const struct score *x)
{
	(void)s;
	(void)x;
	return n->person->style != TERM_NONE &&
		       n->person->style == m->person->style
		   ? EVERYTHING
		   : NOTHING;
}

static struct share share_tags(const struct scorer *s, const struct features *n,
    const struct features *m, const struct score *x)
{
	const struct person *a = n->person, *b = m->person;

	(void)s;
	(void)x;
	if (a->n_tags == 0)
		return NOTHING;
	return (struct share){
	    count_common(a->tags, a->n_tags, b->tags, b->n_tags), a->n_tags};
}

static struct share share_experience(const struct scorer *s,
    const struct features *n, const struct features *m, const struct score *x)
{
	int gap = m->person->years_tenths - n->person->years_tenths;
	int low = s->policy->experience_gap_min_tenths;
	int high = s->policy->experience_gap_max_tenths;
	int off = gap < low ? low - gap : gap > high ? gap - high : 0;

	(void)x;
	if (m->person->years_tenths < 0 || n->person->years_tenths < 0 ||
	    off >= EXPERIENCE_FADE_TENTHS)
		return NOTHING;
	return (struct share){
	    (unsigned)(EXPERIENCE_FADE_TENTHS - off), EXPERIENCE_FADE_TENTHS};
}

/* All for the first name of the list, half for the second, a third … */
static struct share share_named(const struct person *p, uint32_t who)
{
	for (unsigned rank = 0; rank < p->n_preferences; rank++)
		if (p->preferences[rank] == who)
			return (struct share){1, rank + 1};
	return NOTHING;
}

static struct share share_newcomer_preference(const struct scorer *s,
    const struct features *n, const struct features *m, const struct score *x)
{
	(void)s;
	(void)x;
	return share_named(n->person, m->index);
}

static struct share share_mentor_preference(const struct scorer *s,
    const struct features *n, const struct features *m, const struct score *x)
{
	(void)s;
	(void)x;
	return share_named(m->person, n->index);
}

typedef struct share share_fn(const struct scorer *s, const struct features *n,
    const struct features *m, const struct score *x);

static share_fn *const SHARE[CRITERION_COUNT] = {
    [CRITERION_ROLE] = share_role,
    [CRITERION_STACK] = share_stack,
    [CRITERION_LANGUAGE] = share_language,
    [CRITERION_OVERLAP] = share_overlap,
    [CRITERION_INDUSTRY] = share_industry,
    [CRITERION_STYLE] = share_style,
    [CRITERION_TAGS] = share_tags,
    [CRITERION_EXPERIENCE] = share_experience,
    [CRITERION_NEWCOMER_PREFERENCE] = share_newcomer_preference,
    [CRITERION_MENTOR_PREFERENCE] = share_mentor_preference,
};

void share_earn(const struct scorer *s, const struct features *n,
    const struct features *m, struct score *x)
{
	x->points = 0;
	for (int c = 0; c < CRITERION_COUNT; c++) {
		struct share share = SHARE[c](s, n, m, x);

		x->part[c] =
		    (int16_t)(s->policy->points[c] * share.part / share.whole);
		x->points += x->part[c];
	}
}
