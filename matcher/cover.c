/* The duals of all steps against a row of pairs: see cover.h. */
#include "matcher/cover.h"

struct cover {
	struct verify_question question;
	const struct community *community;
	const struct scorer *scorer;
	const struct plan *plan;
	struct score_scale scale;
	bool has_people; /* the policy puts them first */
	int32_t worst;   /* pairs above it are in the step of the worst */
	int32_t least;   /* and from here on in that of the total */
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

/* What the newcomer's best mentors bring in the step of the total, as many as they
 * may have, is at most u: sorted by insertion. */
static bool are_covered(
    const struct cover *x, uint32_t i, const int16_t *points)
{
	const struct certificate_step *total = &x->plan->certificate.total;
	int64_t best[POLICY_MAX_MENTORS] = {0}, gain;
	uint8_t wanted = score_wanted(x->scorer, i);
	int64_t once = score_weight(x->scorer, i) * x->scale.people;

	for (uint32_t j = 0; j < x->plan->n_mentors; j++) {
		int64_t brings;

		if (points[j] < 0 || points[j] < x->least)
			continue;
		brings = score_value(x->scorer, &x->scale, x->plan->seed, i, j,
			     points[j]) -
			 total->p[j];
		for (uint8_t k = 0; k < wanted; k++)
			if (brings > best[k]) {
				int64_t less = best[k];

				best[k] = brings;
				brings = less;
			}
	}
	gain = best[0];
	for (uint8_t k = 1; k < wanted && best[k] > once; k++)
		gain += best[k] - once;
	return gain <= total->u[i];
}

/* The greatest tie is mostly covered too, so that few pairs need a look at theirs. */
static bool holds(
    void *cookie, unsigned worker, uint32_t i, const int16_t *points)
{
	const struct cover *x = cookie;
	const struct certificate *c = &x->plan->certificate;
	int64_t weight = score_weight(x->scorer, i);
	int64_t people = c->people.u[i], worst = c->worst.u[i];
	int64_t total = c->total.u[i] - weight * x->scale.people;

	(void)worker;
	for (uint32_t j = 0; j < x->plan->n_mentors; j++) {
		int64_t more = points[j] * x->scale.points + x->scale.tie_range;
		bool is_sure =
		    people + c->people.p[j] >= weight * x->has_people &&
		    (points[j] <= x->worst ||
			worst + c->worst.p[j] >= weight) &&
		    (points[j] < x->least || total + c->total.p[j] >= more);

		if (points[j] >= 0 && !is_sure &&
		    uncovered(x, i, j, points[j]) != NULL)
			return false;
	}
	return score_wanted(x->scorer, i) == 1 || are_covered(x, i, points);
}

static enum err_code tell(
    void *cookie, uint32_t i, const int16_t *points, struct err *e)
{
	const struct cover *x = cookie;
	const struct person *person = x->community->person;
	const char *step = NULL;
	uint32_t j = 0;

	while (
	    j < x->plan->n_mentors &&
	    (points[j] < 0 || (step = uncovered(x, i, j, points[j])) == NULL))
		j++;
	if (j == x->plan->n_mentors)
		return ERR_SET(e, VALIDATION,
		    "certificate, total: %u mentors together bring %s more "
		    "than the dual",
		    score_wanted(x->scorer, i),
		    person[score_newcomer(x->scorer, i)].id);
	return ERR_SET(e, VALIDATION,
	    "certificate, %s: the pair %s with %s is worth more than its duals",
	    step, person[score_newcomer(x->scorer, i)].id,
	    person[score_mentor(x->scorer, j)].id);
}

const struct verify_question *cover_question(struct arena *a,
    const struct community *c, const struct policy *p, const struct scorer *s,
    const struct plan *plan)
{
	struct cover *x = ARENA_NEW(a, struct cover);

	if (x == NULL)
		return NULL;
	*x = (struct cover){.question = {holds, tell, x},
	    .community = c,
	    .scorer = s,
	    .plan = plan,
	    .scale = score_scale(s),
	    .has_people = p->people_first,
	    .worst = p->worst_pair ? plan->bound.worst_points : INT32_MAX,
	    .least = p->worst_pair ? plan->bound.worst_points : 0};
	return &x->question;
}
