/* Two policies on the same people: see compare.h. */
#include "matcher/compare.h"

#include "matcher/score.h"

static void take_mates(
    const struct plan *plan, uint32_t nobody, uint32_t *mate, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++)
		mate[k] = nobody;
	for (uint32_t k = 0; k < plan->n_pairs; k++)
		mate[plan->pair[k].newcomer] = plan->pair[k].mentor;
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

static void count(
    struct compare *r, const struct compare_change *x, uint32_t nobody)
{
	if (x->is == nobody)
		r->n_lost++;
	else if (x->was == nobody)
		r->n_gained++;
	else if (x->points_is == x->points_was)
		r->n_even++;
	else
		*(x->points_is > x->points_was ? &r->n_better : &r->n_worse) +=
		    1;
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
	return x->change.newcomer < y->change.newcomer ? -1 : 1;
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

		g->n_pairs++;
		g->people_weight +=
		    score_weight(s, score_newcomer_of(s, pair->newcomer));
		g->total_points += score.points;
		if (k == 0 || score.points < g->worst_points)
			g->worst_points = score.points;
		r->n_forbidden += score.rule != SCORE_ALLOWED;
	}
}

static enum err_code find_changes(struct arena *work, const struct community *c,
    const struct scorer *s, struct compare *r, struct err *e)
{
	uint32_t *was = ARENA_ARRAY(work, c->n, uint32_t);
	uint32_t *is = ARENA_ARRAY(work, c->n, uint32_t);
	struct ranked *all = ARENA_ARRAY(work, c->n, struct ranked);
	uint32_t n = 0;

	if (arena_failed(work))
		return ERR_SET(e, NOMEM, "no memory for the comparison");
	take_mates(r->was, c->n, was, c->n);
	take_mates(r->is, c->n, is, c->n);
	for (uint32_t k = 0; k < c->n; k++) {
		struct compare_change x = {.newcomer = k,
		    .was = was[k],
		    .is = is[k],
		    .is_allowed = true};

		if (was[k] == is[k])
			continue;
		if (was[k] != c->n)
			x.points_was = score_of(s, k, was[k]).points;
		if (is[k] != c->n) {
			struct score score = score_of(s, k, is[k]);

			x.points_is = score.points;
			x.is_allowed = score.rule == SCORE_ALLOWED;
		}
		count(r, &x, c->n);
		all[n++] = (struct ranked){x, gain_of(&x, c->n)};
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
