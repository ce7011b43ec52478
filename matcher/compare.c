/* Two policies on the same people: see compare.h. */
#include "matcher/compare.h"

#include "matcher/score.h"

/* The pairs of one newcomer in a plan. */
struct pairs {
	const struct plan_pair *pair;
	uint32_t n;
};

/* Newcomers are asked for in order; *at is where the next one's begin. */
static struct pairs pairs_of(
    const struct plan *plan, uint32_t newcomer, uint32_t *at)
{
	struct pairs p = {&plan->pair[*at], 0};

	while (*at < plan->n_pairs && plan->pair[*at].newcomer == newcomer) {
		(*at)++;
		p.n++;
	}
	return p;
}

/* The next mentor of one side who is not on the other, or nobody. */
static uint32_t next_only(const struct pairs *of, const struct pairs *other,
    uint32_t nobody, uint32_t *at)
{
	while (*at < of->n) {
		uint32_t mentor = of->pair[(*at)++].mentor, k = 0;

		while (k < other->n && other->pair[k].mentor != mentor)
			k++;
		if (k == other->n)
			return mentor;
	}
	return nobody;
}

/* What a change of mentor is to the newcomer: lost below all, gained above all. */
static int64_t gain_of(const struct compare_change *x, uint32_t nobody)
{
	if (x->is == nobody)
		return INT32_MIN - (int64_t)x->points_was;
	if (x->was == nobody)
		return INT32_MAX + (int64_t)x->points_is;
	return (int64_t)x->points_is - x->points_was;
}

/* A newcomer with other mentors, who bring so many points more. */
static void count(struct compare *r, const struct pairs *was,
    const struct pairs *is, int64_t more)
{
	if (is->n == 0)
		r->n_lost++;
	else if (was->n == 0)
		r->n_gained++;
	else if (more == 0)
		r->n_even++;
	else
		*(more > 0 ? &r->n_better : &r->n_worse) += 1;
}

struct ranked {
	struct compare_change change;
	int64_t gain;
};

static int by_gain(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->gain != y->gain)
		return x->gain < y->gain ? -1 : 1;
	if (x->change.newcomer != y->change.newcomer)
		return x->change.newcomer < y->change.newcomer ? -1 : 1;
	if (x->change.was != y->change.was)
		return x->change.was < y->change.was ? -1 : 1;
	return x->change.is < y->change.is ? -1 : x->change.is > y->change.is;
}

static struct score score_of(
    const struct scorer *s, uint32_t newcomer, uint32_t mentor)
{
	struct score score;

	score_pair(s, score_newcomer_of(s, newcomer),
	    score_mentor_of(s, mentor), &score);
	return score;
}

/* The second plan, as the first policy sees it. */
static void measure(const struct scorer *s, struct compare *r)
{
	struct plan_goals *g = &r->by_was;

	for (uint32_t k = 0; k < r->is->n_pairs; k++) {
		const struct plan_pair *pair = &r->is->pair[k];
		struct score score = score_of(s, pair->newcomer, pair->mentor);

		if (k == 0 || pair[-1].newcomer != pair->newcomer) {
			g->n_served++;
			g->people_weight += score_weight(
			    s, score_newcomer_of(s, pair->newcomer));
		}
		g->total_points += score.points;
		if (k == 0 || score.points < g->worst_points)
			g->worst_points = score.points;
		r->n_forbidden += score.rule != SCORE_ALLOWED;
	}
}

/* The changes of one newcomer, to the end of `all`; returns how many. */
static uint32_t change_one(const struct community *c, const struct scorer *s,
    struct compare *r, uint32_t newcomer, const struct pairs *was,
    const struct pairs *is, struct ranked *all)
{
	uint32_t n = 0, lost = 0, got = 0;
	int64_t more = 0;

	for (;;) {
		struct compare_change x = {.newcomer = newcomer,
		    .was = next_only(was, is, c->n, &lost),
		    .is = next_only(is, was, c->n, &got),
		    .is_allowed = true};

		if (x.was == x.is)
			break; /* nobody more on either side */
		if (x.was != c->n)
			x.points_was = score_of(s, newcomer, x.was).points;
		if (x.is != c->n) {
			struct score score = score_of(s, newcomer, x.is);

			x.points_is = score.points;
			x.is_allowed = score.rule == SCORE_ALLOWED;
		}
		more += x.points_is - x.points_was;
		all[n++] = (struct ranked){x, gain_of(&x, c->n)};
	}
	if (n > 0)
		count(r, was, is, more);
	return n;
}

static enum err_code find_changes(struct arena *work, const struct community *c,
    const struct scorer *s, struct compare *r, struct err *e)
{
	struct ranked *all = ARENA_ARRAY(
	    work, (size_t)r->was->n_pairs + r->is->n_pairs, struct ranked);
	uint32_t n = 0, at_was = 0, at_is = 0;

	if (arena_failed(work))
		return ERR_SET(e, NOMEM, "no memory for the comparison");
	for (uint32_t k = 0; k < c->n; k++) {
		struct pairs was = pairs_of(r->was, k, &at_was);
		struct pairs is = pairs_of(r->is, k, &at_is);

		n += change_one(c, s, r, k, &was, &is, &all[n]);
	}
	qsort(all, n, sizeof(*all), by_gain);
	while (r->n_changes < n && r->n_changes < COMPARE_MAX_CHANGES) {
		r->change[r->n_changes] = all[r->n_changes].change;
		r->n_changes++;
	}
	return ERR_OK;
}

enum err_code compare_run(struct arena *a, const struct community *c,
    const struct policy *was, const struct policy *is,
    const struct match_options *o, struct compare **ret_compare, struct err *e)
{
	struct compare *r = ARENA_NEW(a, struct compare);
	struct plan *plan_was = NULL, *plan_is = NULL;
	struct scorer *s = NULL;
	enum err_code rc;

	if (r == NULL)
		return ERR_SET(e, NOMEM, "no memory for the comparison");
	rc = match_run(a, c, was, o, &plan_was, e);
	if (rc == ERR_OK)
		rc = match_run(a, c, is, o, &plan_is, e);
	if (rc == ERR_OK)
		rc = score_new(a, c, was, &s, e);
	if (rc != ERR_OK)
		return rc;
	r->was = plan_was;
	r->is = plan_is;
	measure(s, r);
	rc = find_changes(a, c, s, r, e);
	if (rc == ERR_OK)
		*ret_compare = r;
	return rc;
}
