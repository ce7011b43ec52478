/*
 * Weak duality under side constraints: see side.h for what prices mean there. Any
 * prices bound every plan, so that nothing about them is trusted but their sums.
 */
#include "matcher/verify_side.h"

#include "base/num.h"
#include "matcher/side.h"

#define FAULT(x, ...) ERR_SET((x)->err, VALIDATION, __VA_ARGS__)

/* No number of a true certificate is larger. */
static const int64_t PRICE_MAX = (int64_t)1 << 60;

enum goal {
	PEOPLE,
	WORST,
	TOTAL,
	GOALS
};

static const char *const GOAL[GOALS] = {"people", "worst", "total"};

struct check {
	struct verify_question question;
	const struct community *community;
	const struct policy *policy;
	const struct scorer *scorer;
	const struct plan *plan;
	const struct side *side;
	int64_t unit; /* of all goals */
	const struct certificate_step *step[GOALS];
	bool has[GOALS];
	int32_t least[GOALS];
	int64_t **charge; /* by worker and mentor */
	struct err *err;  /* of verify_side alone */
};

static bool in_range(int64_t price, int64_t least)
{
	return price >= least && price <= PRICE_MAX;
}

static enum err_code check_prices(struct check *x, enum goal g)
{
	const struct certificate_step *step = x->step[g];
	bool good = true;

	for (uint32_t i = 0; i < x->plan->n_newcomers; i++)
		good &= in_range(step->u[i], 0);
	for (uint32_t j = 0; j < x->plan->n_mentors; j++)
		good &= in_range(step->p[j], -PRICE_MAX);
	for (uint32_t r = 0; r < x->side->n_rows; r++)
		good &= in_range(step->row[r], 0);
	for (uint32_t k = 0; k < step->n_caps; k++) {
		const struct certificate_cap *cap = &step->cap[k];

		good &= in_range(cap->price, 0) &&
			cap->mentor < x->plan->n_mentors &&
			cap->organization != TERM_NONE &&
			cap->constraint < x->side->n &&
			(x->side->of_one >> cap->constraint & 1) != 0;
	}
	if (!good)
		return FAULT(
		    x, "certificate, %s: a price is out of range", GOAL[g]);
	/* Weight has a price only where it is known what a plan serves. */
	if (g == TOTAL && x->policy->people_first
		? !in_range(step->people_price, -PRICE_MAX) ||
		      step->people_limit != x->plan->bound.people_weight
		: step->people_price != 0)
		return FAULT(x,
		    "certificate, %s: weight served has another price or limit",
		    GOAL[g]);
	return ERR_OK;
}

static enum err_code check_sum(struct check *x, enum goal g)
{
	const struct certificate_step *step = x->step[g];
	int64_t sum = 0;
	bool fits = side_bound(x->side, step, &sum);

	for (uint32_t i = 0; fits && i < x->plan->n_newcomers; i++)
		fits = !__builtin_add_overflow(sum, step->u[i], &sum);
	if (!fits || sum != step->objective)
		return FAULT(x,
		    "certificate, %s: the prices do not sum up to its "
		    "objective",
		    GOAL[g]);
	return ERR_OK;
}

/* The first mentor whose pair with a newcomer is worth more than the prices of a goal;
 * n_mentors: none. */
static uint32_t uncovered(const struct check *x, enum goal g, uint32_t i,
    const int16_t *points, int64_t *charge)
{
	const struct certificate_step *step = x->step[g];
	int64_t weight = score_weight(x->scorer, i);
	uint32_t j = 0;

	side_charge(x->side, step, i, charge);
	for (; j < x->plan->n_mentors; j++) {
		int64_t value = g == TOTAL ? points[j] : weight;

		if (points[j] >= x->least[g] && points[j] >= 0 &&
		    step->u[i] + charge[j] < value * x->unit)
			break;
	}
	return j;
}

static bool holds(
    void *cookie, unsigned worker, uint32_t i, const int16_t *points)
{
	const struct check *x = cookie;

	for (int g = 0; g < GOALS; g++)
		if (x->has[g] && uncovered(x, (enum goal)g, i, points,
				     x->charge[worker]) < x->plan->n_mentors)
			return false;
	return true;
}

static enum err_code tell(
    void *cookie, uint32_t i, const int16_t *points, struct err *e)
{
	const struct check *x = cookie;
	const struct person *person = x->community->person;
	uint32_t j = x->plan->n_mentors;
	int g = -1;

	while (j == x->plan->n_mentors)
		if (x->has[++g])
			j = uncovered(x, (enum goal)g, i, points, x->charge[0]);
	return ERR_SET(e, VALIDATION,
	    "certificate, %s: the pair %s with %s is worth more than its "
	    "prices",
	    GOAL[g], person[score_newcomer(x->scorer, i)].id,
	    person[score_mentor(x->scorer, j)].id);
}

static enum err_code check_bound(struct check *x)
{
	const struct plan *plan = x->plan;
	const struct plan_goals *b = &plan->bound;
	bool reaches =
	    plan->total_points == b->total_points &&
	    (!x->has[PEOPLE] || plan->people_weight == b->people_weight) &&
	    (!x->has[WORST] || plan->worst_points == b->worst_points);

	if (x->has[PEOPLE] && num_floor_divide(x->step[PEOPLE]->objective,
				  x->unit) != b->people_weight)
		return FAULT(x,
		    "certificate, people: the bound is not what the prices "
		    "allow");
	if (x->has[WORST] && num_floor_divide(x->step[WORST]->objective,
				 x->unit) >= b->people_weight)
		return FAULT(x,
		    "certificate, worst: a better worst pair is not ruled "
		    "out");
	if (num_floor_divide(x->step[TOTAL]->objective, x->unit) !=
	    b->total_points)
		return FAULT(x,
		    "certificate, total: the bound is not what the prices "
		    "allow");
	if (b->n_served < plan->n_served ||
	    (x->has[PEOPLE] && b->n_served > b->people_weight))
		return FAULT(x, "no plan serves so many as the bound says");
	if (reaches != (plan->status == PLAN_OPTIMAL))
		return FAULT(x,
		    "a plan is optimal when it reaches its bound, and not "
		    "before");
	return ERR_OK;
}

static enum err_code check_uses(struct check *x, struct arena *a)
{
	struct plan again = *x->plan;

	if (!side_count(a, x->side, &again))
		return ERR_SET(x->err, NOMEM, "no memory for the check");
	if (again.n_uses != x->plan->n_uses)
		return FAULT(x, "the policy has %u limits, not %u",
		    again.n_uses, x->plan->n_uses);
	for (uint32_t k = 0; k < again.n_uses; k++) {
		const struct plan_use *is = &again.use[k],
				      *said = &x->plan->use[k];
		const char *name = x->policy->constraint[is->constraint].name;

		if (!is->is_kept)
			return FAULT(x, "\"%.80s\": %s is not kept", name,
			    CONSTRAINT_MEASURE_KEY[is->measure]);
		if (said->measure != is->measure || said->used != is->used)
			return FAULT(x, "\"%.80s\": %s counts %lld, not %lld",
			    name, CONSTRAINT_MEASURE_KEY[is->measure],
			    (long long)is->used, (long long)said->used);
	}
	return ERR_OK;
}

static bool make(struct check *x, struct arena *a, unsigned workers)
{
	x->charge = ARENA_ARRAY(a, workers, int64_t *);
	for (unsigned k = 0; !arena_failed(a) && k < workers; k++)
		x->charge[k] = ARENA_ARRAY(a, x->plan->n_mentors, int64_t);
	return !arena_failed(a);
}

enum err_code verify_side(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s, const struct plan *plan,
    unsigned workers, const struct verify_question **ret_question,
    struct err *e)
{
	const struct certificate *duals = &plan->certificate;
	struct check *x = ARENA_NEW(a, struct check);
	enum err_code rc = ERR_OK;

	if (x == NULL)
		return ERR_SET(e, NOMEM, "no memory for the check");
	*x = (struct check){.question = {holds, tell, x},
	    .community = c,
	    .policy = p,
	    .scorer = s,
	    .plan = plan,
	    .side = side_new(a, c, p, s),
	    .unit = score_scale(s).points,
	    .step = {&duals->people, &duals->worst, &duals->total},
	    .has = {p->people_first,
		p->worst_pair && plan->bound.people_weight > 0, true},
	    .least = {0, plan->bound.worst_points + 1,
		p->worst_pair ? plan->bound.worst_points : 0},
	    .err = e};
	if (!make(x, a, workers))
		return ERR_SET(e, NOMEM, "no memory for the check");
	if (duals->points_scale != x->unit)
		return FAULT(
		    x, "certificate: the scale is not that of this community");
	rc = check_uses(x, a);
	for (int g = 0; rc == ERR_OK && g < GOALS; g++) {
		if (!x->has[g])
			continue;
		rc = check_prices(x, (enum goal)g);
		if (rc == ERR_OK)
			rc = check_sum(x, (enum goal)g);
	}
	if (rc == ERR_OK)
		rc = check_bound(x);
	*ret_question = &x->question;
	return rc;
}
