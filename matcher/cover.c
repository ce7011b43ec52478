/*
 * All pairs, row by row on all threads: see cover.h. Whichever thread comes upon an
 * uncovered pair, the first row that has one is looked at again for the message.
 */
#include "matcher/cover.h"

#include <stdatomic.h>

#include "base/parallel.h"

enum {
	ROWS_A_CHUNK = 16
};

struct cover {
	const struct scorer *scorer;
	const struct plan *plan;
	const struct rate *rate;
	struct score_scale scale;
	bool has_people; /* the policy puts them first */
	int32_t worst;   /* pairs above it are in the step of the worst */
	int32_t least;   /* and from here on in that of the total */
	struct rate_work **work; /* by worker, as are the counts */
	uint64_t *allowed;
	atomic_uint_fast32_t first; /* row with an uncovered pair */
};

/* The step in which a pair is worth more than its duals, or NULL. */
static const char *uncovered(
    const struct cover *x, uint32_t i, uint32_t j, int32_t points)
{
	const struct certificate *c = &x->plan->certificate;
	int64_t weight = score_weight(x->scorer, i);

	if (x->has_people && c->people.u[i] + c->people.p[j] < weight)
		return "people";
	if (points > x->worst && c->worst.u[i] + c->worst.p[j] < weight)
		return "worst";
	if (points >= x->least &&
	    c->total.u[i] + c->total.p[j] <
		score_value(x->scorer, &x->scale, x->plan->seed, i, j, points))
		return "total";
	return NULL;
}

/* Is every pair of a row covered? The greatest tie is mostly covered too, so that few
 * pairs need a look at theirs. */
static bool row_is_covered(
    const struct cover *x, const int16_t *points, uint32_t i, uint64_t *allowed)
{
	const struct certificate *c = &x->plan->certificate;
	int64_t weight = score_weight(x->scorer, i);
	int64_t people = c->people.u[i], worst = c->worst.u[i];
	int64_t total = c->total.u[i] - weight * x->scale.people;

	for (uint32_t j = 0; j < x->plan->n_mentors; j++) {
		int64_t more = points[j] * x->scale.points + x->scale.tie_range;
		bool is_sure =
		    people + c->people.p[j] >= weight * x->has_people &&
		    (points[j] <= x->worst ||
			worst + c->worst.p[j] >= weight) &&
		    (points[j] < x->least || total + c->total.p[j] >= more);

		if (points[j] < 0)
			continue;
		++*allowed;
		if (!is_sure && uncovered(x, i, j, points[j]) != NULL)
			return false;
	}
	return true;
}

static bool do_rows(void *cookie, unsigned worker, uint32_t begin, uint32_t end)
{
	struct cover *x = cookie;

	for (uint32_t i = begin; i < end; i++) {
		const int16_t *points = rate_row(x->rate, x->work[worker], i);
		uint_fast32_t first = atomic_load(&x->first);

		if (row_is_covered(x, points, i, &x->allowed[worker]))
			continue;
		while (i < first &&
		       !atomic_compare_exchange_weak(&x->first, &first, i))
			;
	}
	/* rows are taken in order: once behind the first, nothing is new */
	return end <= atomic_load(&x->first);
}

static enum err_code tell(
    struct cover *x, const struct community *c, struct err *e)
{
	uint32_t i = (uint32_t)atomic_load(&x->first);
	const int16_t *points = rate_row(x->rate, x->work[0], i);

	for (uint32_t j = 0; j < x->plan->n_mentors; j++) {
		const char *step = NULL;

		if (points[j] >= 0)
			step = uncovered(x, i, j, points[j]);
		if (step != NULL)
			return ERR_SET(e, VALIDATION,
			    "certificate, %s: the pair %s with %s is worth "
			    "more than its duals",
			    step, c->person[score_newcomer(x->scorer, i)].id,
			    c->person[score_mentor(x->scorer, j)].id);
	}
	return ERR_OK;
}

enum err_code cover_check(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s, const struct plan *plan,
    const struct rate *r, unsigned threads, uint64_t *ret_allowed,
    struct err *e)
{
	struct cover x = {.scorer = s,
	    .plan = plan,
	    .rate = r,
	    .scale = score_scale(s),
	    .has_people = p->people_first,
	    .worst = p->worst_pair ? plan->bound.worst_points : INT32_MAX,
	    .least = p->worst_pair ? plan->bound.worst_points : 0,
	    .work = ARENA_ARRAY(a, threads, struct rate_work *),
	    .allowed = ARENA_ARRAY(a, threads, uint64_t),
	    .first = UINT32_MAX};

	for (unsigned k = 0; !arena_failed(a) && k < threads; k++)
		x.work[k] = rate_work_new(a, r);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the check");
	(void)parallel_run(
	    threads, plan->n_newcomers, ROWS_A_CHUNK, do_rows, &x);
	*ret_allowed = 0;
	for (unsigned k = 0; k < threads; k++)
		*ret_allowed += x.allowed[k];
	return atomic_load(&x.first) == UINT32_MAX ? ERR_OK : tell(&x, c, e);
}
