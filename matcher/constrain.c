/*
 * The goals in their order, as in solve.c, but by the relaxation of relax.h: it
 * bounds each goal over all pairs, and a plan in whole people is looked for below
 * it. Mostly the constraints leave the first goals alone: what was proven without
 * them holds with them too, and one relaxation is enough.
 */
#include "matcher/constrain.h"

#include <string.h>

#include "base/num.h"
#include "matcher/features.h"
#include "matcher/relax.h"
#include "matcher/solve.h"

struct constrain {
	struct arena *work, *a;
	struct columns *columns;
	const struct policy *policy;
	struct plan *plan;
	struct side *side;
	struct relax *relax;
	struct plan_goals best; /* bound, goal by goal */
};

/* The duals of a goal without constraints, in the scale of those with them. */
static bool lift(struct constrain *x, struct certificate_step *step)
{
	int64_t scale = x->columns->scale.points;
	const struct certificate_step from = *step;

	*step = (struct certificate_step){
	    .u = ARENA_ARRAY(x->a, x->columns->n, int64_t),
	    .p = ARENA_ARRAY(x->a, x->columns->m, int64_t),
	    .row = ARENA_ARRAY(x->a, x->side->n_rows, int64_t),
	    .objective = from.objective * scale};
	if (arena_failed(x->a))
		return false;
	for (uint32_t i = 0; i < x->columns->n; i++)
		step->u[i] = from.u[i] * scale;
	for (uint32_t j = 0; j < x->columns->m; j++)
		step->p[j] = from.p[j] * scale;
	return true;
}

static enum err_code solve_goal(struct constrain *x, enum relax_goal goal,
    int32_t least, struct certificate_step *step, struct err *e)
{
	return relax_solve(x->relax, x->a, goal, least, step, e);
}

static int64_t bound_of(
    const struct constrain *x, const struct certificate_step *step)
{
	return num_floor_divide(step->objective, x->columns->scale.points);
}

/*
 * The highest threshold at which the relaxation serves the weight: by bisection, and
 * the prices of the first that does not are kept.
 */
static enum err_code bound_worst(struct constrain *x, struct err *e)
{
	int32_t low = 0, high = x->columns->most_points;
	enum err_code rc = ERR_OK;

	while (rc == ERR_OK && low < high) {
		int32_t middle = low + (high - low + 1) / 2;
		struct certificate_step step;

		rc = solve_goal(x, RELAX_PEOPLE, middle, &step, e);
		if (rc == ERR_OK &&
		    bound_of(x, &step) >= x->best.people_weight) {
			low = middle;
		} else if (rc == ERR_OK || rc == ERR_VALIDATION) {
			/* out of reach, or a limit is, with so few pairs */
			err_clear(e);
			rc = ERR_OK;
			high = middle - 1;
			x->plan->certificate.worst = step;
		}
	}
	x->best.worst_points = low;
	return rc;
}

static void no_prices(const struct constrain *x, struct certificate_step *step)
{
	memset(step->u, 0, x->columns->n * sizeof(*step->u));
	memset(step->p, 0, x->columns->m * sizeof(*step->p));
	step->objective = 0;
}

/* People and the worst pair, where the constraints take from them. */
static enum err_code bound_goals(struct constrain *x, struct err *e)
{
	struct certificate *certificate = &x->plan->certificate;
	enum err_code rc =
	    solve_goal(x, RELAX_PEOPLE, 0, &certificate->people, e);

	if (rc != ERR_OK)
		return rc;
	x->best.people_weight = bound_of(x, &certificate->people);
	if (x->best.n_served >
	    x->best.people_weight) /* who weighs 1 at least */
		x->best.n_served = (uint32_t)x->best.people_weight;
	x->best.worst_points = 0;
	no_prices(x, &certificate->worst);
	if (x->policy->worst_pair && x->best.people_weight > 0)
		rc = bound_worst(x, e);
	return rc;
}

/* Points, with the goals before them kept where they are. */
static enum err_code bound_total(struct constrain *x, struct err *e)
{
	x->relax->weight_limit = x->best.people_weight;
	return solve_goal(x, RELAX_TOTAL,
	    x->policy->worst_pair ? x->best.worst_points : 0,
	    &x->plan->certificate.total, e);
}

static enum err_code bound_plan(struct constrain *x, struct err *e)
{
	struct certificate *certificate = &x->plan->certificate;
	bool has_people = x->policy->people_first;
	double enough = (double)x->best.people_weight - 0.5;
	enum err_code rc;

	if (!lift(x, &certificate->people) || !lift(x, &certificate->worst))
		return ERR_SET(e, NOMEM, "no memory for the certificate");
	x->relax->reward = has_people ? 4 * (x->columns->most_points + 1) : 0;
	rc = bound_total(x, e);
	if (!has_people || (rc == ERR_OK && x->relax->weight > enough) ||
	    (rc != ERR_OK && rc != ERR_VALIDATION))
		return rc;
	err_clear(e);
	rc = bound_goals(x, e);
	x->relax->is_weight_due = true;
	return rc == ERR_OK ? bound_total(x, e) : rc;
}

static enum err_code take_plan(
    struct constrain *x, const uint32_t *mate, struct err *e)
{
	struct plan *plan = x->plan;
	const struct scorer *s = x->columns->scorer;

	plan->n_pairs = 0;
	plan->people_weight = plan->total_points = 0;
	plan->worst_points = x->columns->most_points;
	plan->pair = ARENA_ARRAY(x->a, x->columns->n, struct plan_pair);
	if (plan->pair == NULL)
		return ERR_SET(e, NOMEM, "no memory for the plan");
	for (uint32_t i = 0; i < x->columns->n; i++) {
		if (mate[i] == ASSIGN_ALONE)
			continue;
		solve_take_pair(s, i, mate[i], plan);
		plan->people_weight += score_weight(s, i);
		if (plan->pair[plan->n_pairs - 1].points < plan->worst_points)
			plan->worst_points =
			    plan->pair[plan->n_pairs - 1].points;
	}
	plan->n_served = plan->n_pairs;
	if (plan->n_pairs == 0)
		plan->worst_points = 0;
	if (!side_count(x->a, x->side, plan))
		return ERR_SET(e, NOMEM, "no memory for the plan");
	for (uint32_t k = 0; k < plan->n_uses; k++)
		if (!plan->use[k].is_kept)
			return ERR_SET(e, SOLVER,
			    "GLPK's plan does not keep \"%.80s\"",
			    x->policy->constraint[plan->use[k].constraint]
				.name);
	return ERR_OK;
}

static bool reaches(const struct policy *p, const struct plan *plan,
    const struct plan_goals *bound)
{
	return (!p->people_first ||
		   plan->people_weight == bound->people_weight) &&
	       (!p->worst_pair || plan->worst_points == bound->worst_points) &&
	       plan->total_points == bound->total_points;
}

static enum err_code find_plan(struct constrain *x, struct err *e)
{
	uint32_t *mate = ARENA_ARRAY(x->work, x->columns->n, uint32_t);
	struct plan *plan = x->plan;
	bool is_found = false;
	enum err_code rc;

	if (mate == NULL)
		return ERR_SET(e, NOMEM, "no memory for the plan");
	rc = relax_integer(
	    x->relax, &plan->certificate.total, mate, &is_found, e);
	if (rc == ERR_OK && !is_found)
		rc = ERR_SET(
		    e, SOLVER, "no plan that keeps the constraints was found");
	if (rc == ERR_OK)
		rc = take_plan(x, mate, e);
	if (rc != ERR_OK)
		return rc;
	x->best.total_points = bound_of(x, &plan->certificate.total);
	if (!x->policy->people_first)
		x->best.people_weight = plan->people_weight;
	if (!x->policy->worst_pair)
		x->best.worst_points = plan->worst_points;
	plan->status = PLAN_FEASIBLE;
	if (reaches(x->policy, plan, &x->best)) {
		plan->status = PLAN_OPTIMAL;
		x->best.n_served = plan->n_served;
	}
	plan->bound = x->best;
	if (plan->solver.columns < x->relax->n) /* most are the same */
		plan->solver.columns = x->relax->n;
	plan->solver.pricing_passes += x->relax->passes;
	plan->solver.lp_confirmed = true;
	return ERR_OK;
}

enum err_code constrain_plan(struct arena *work, struct arena *a,
    struct columns *c, const struct policy *p,
    const struct constrain_pair *with, struct plan *plan, struct err *e)
{
	struct constrain x = {.work = work,
	    .a = a,
	    .columns = c,
	    .policy = p,
	    .plan = plan,
	    .side = side_new(work, c->scorer->community, p, c->scorer),
	    .best = plan->bound};
	enum err_code rc;

	if (x.side == NULL)
		return ERR_SET(e, NOMEM, "no memory for the constraints");
	rc = relax_new(work, c, x.side, &x.relax, e);
	if (rc == ERR_OK && with != NULL)
		rc = relax_force(x.relax, with->newcomer, with->mentor, e);
	if (rc == ERR_OK)
		rc = bound_plan(&x, e);
	if (rc == ERR_OK)
		rc = find_plan(&x, e);
	relax_free(x.relax);
	return rc;
}
