/*
 * Goals in order, each solved exactly and kept as a rule for the next.
 *
 * people: the greatest sum of waiting weights. Weights are positive and belong to
 * newcomers alone; sets of newcomers who can be served together form a matroid, so
 * a set of the greatest weight is also one of the greatest size: nobody is bought
 * with somebody else's place.
 * worst: the greatest threshold that still reaches this sum, by bisection over the
 * columns; the first threshold that fails over all pairs gives the duals that prove it.
 * total: over pairs at the threshold or above, weight and points and tie in one
 * integer (score.h): people first of all, so the sum of weights stays.
 * A policy may leave out the worst pair, or both: then there is no threshold, and
 * people weigh nothing.
 * Whoever may have several mentors weighs once, so the goals before the total are as
 * if everybody had one; the others bring their points to the total and take nobody's
 * place (a pair that does is never worth it).
 */
#include "matcher/solve.h"

#include <string.h>

static enum err_code keep_duals(struct arena *a, const struct columns *c,
    int64_t objective, struct certificate_step *step, struct err *e)
{
	int64_t *u = ARENA_ARRAY(a, c->n, int64_t);
	int64_t *p = ARENA_ARRAY(a, c->m, int64_t);

	if (u == NULL || p == NULL)
		return ERR_SET(e, NOMEM, "no memory for the certificate");
	if (c->n > 0)
		memcpy(u, assign_gain(c->assign), c->n * sizeof(*u));
	if (c->m > 0)
		memcpy(p, assign_p(c->assign), c->m * sizeof(*p));
	*step =
	    (struct certificate_step){.u = u, .p = p, .objective = objective};
	return ERR_OK;
}

static void count_pair(
    const struct columns *c, uint32_t i, uint32_t j, struct plan_goals *g)
{
	const struct assign_edge *edge = c->row[i].edge;

	while (edge->mentor != j)
		edge++;
	g->total_points += edge->points;
	if (edge->points < g->worst_points)
		g->worst_points = edge->points;
}

struct plan_goals solve_goals(const struct columns *c)
{
	struct plan_goals g = {.worst_points = c->most_points};

	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t j, at = 0;

		for (; (j = assign_mate(c->assign, i, at)) != ASSIGN_ALONE;
		     at++)
			count_pair(c, i, j, &g);
		if (at == 0)
			continue;
		g.n_served++;
		g.people_weight += score_weight(c->scorer, i);
	}
	if (g.n_served == 0)
		g.worst_points = 0;
	return g;
}

/* A goal over all pairs, from the tree of another where there is one. */
static enum err_code solve_goal(struct columns *c, struct plan *plan,
    enum columns_goal goal, const struct assign *other, int64_t *ret_objective,
    struct err *e)
{
	struct match_progress progress = {.phase = "people"};
	struct columns_step step = {goal, 0};
	enum err_code rc;

	if (other != NULL)
		assign_follow(c->tree[goal], other);
	rc = columns_solve(c, step, 0, &progress, ret_objective, e);
	if (rc == ERR_OK && goal != COLUMNS_PEOPLE)
		plan->step[plan->n_steps++] = solve_goals(c);
	return rc;
}

/*
 * People first. The total alone comes before: what it serves and gives is what the
 * goals before it are compared with, and its prices lead to the columns that all
 * steps need.
 */
static enum err_code solve_people(
    struct arena *a, struct columns *c, struct plan *plan, struct err *e)
{
	int64_t value;
	enum err_code rc = solve_goal(c, plan, COLUMNS_POINTS, NULL, &value, e);

	if (rc == ERR_OK)
		rc = solve_goal(
		    c, plan, COLUMNS_TOTAL, c->tree[COLUMNS_POINTS], &value, e);
	if (rc == ERR_OK)
		rc = solve_goal(c, plan, COLUMNS_PEOPLE, c->tree[COLUMNS_TOTAL],
		    &plan->people_weight, e);
	if (rc != ERR_OK)
		return rc;
	return keep_duals(
	    a, c, plan->people_weight, &plan->certificate.people, e);
}

/*
 * No threshold above *ret_high serves as many, since too few newcomers have a pair
 * that good: their weights are the duals that say so.
 */
static enum err_code bound_worst(const struct columns *c, struct plan *plan,
    int32_t *ret_high, struct err *e)
{
	struct certificate_step *step = &plan->certificate.worst;
	int64_t *weight =
	    ARENA_ARRAY(c->arena, (size_t)c->most_points + 2, int64_t);
	int32_t high = c->most_points;

	if (weight == NULL)
		return ERR_SET(e, NOMEM, "no memory for the certificate");
	for (uint32_t i = 0; i < c->n; i++)
		if (c->best[i] >= 0)
			weight[c->best[i]] += score_weight(c->scorer, i);
	for (; high > 0 && step->objective + weight[high] < plan->people_weight;
	     high--)
		step->objective += weight[high];
	for (uint32_t i = 0; i < c->n; i++)
		if (c->best[i] > high)
			step->u[i] = score_weight(c->scorer, i);
	*ret_high = high;
	return ERR_OK;
}

/* The highest threshold from low (which is enough) to high that the present columns
 * reach, by bisection. */
static int32_t reach(
    struct columns *c, const struct plan *plan, int32_t low, int32_t high)
{
	while (low < high) {
		int32_t middle = low + (high - low + 1) / 2;

		if (columns_try(c, (struct columns_step){COLUMNS_PEOPLE,
				       middle}) == plan->people_weight)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/*
 * What the columns reach, and then whether one point more could be reached over all
 * pairs: mostly not, and the duals that say so are kept.
 */
static enum err_code solve_worst(
    struct arena *a, struct columns *c, struct plan *plan, struct err *e)
{
	struct match_progress progress = {
	    .phase = "worst", .bound = plan->people_weight};
	int32_t high = 0;
	enum err_code rc = bound_worst(c, plan, &high, e);

	while (rc == ERR_OK) {
		struct columns_step step = {COLUMNS_PEOPLE};
		int64_t objective;

		plan->worst_points = reach(c, plan, plan->worst_points, high);
		if (plan->worst_points == high)
			break;
		step.least_points = plan->worst_points + 1;
		progress.best_objective = plan->worst_points;
		rc = columns_solve(
		    c, step, plan->people_weight, &progress, &objective, e);
		if (rc != ERR_OK)
			break;
		if (objective < plan->people_weight)
			return keep_duals(
			    a, c, objective, &plan->certificate.worst, e);
		plan->worst_points = step.least_points;
	}
	return rc;
}

void solve_take_pair(const struct scorer *s, uint32_t newcomer, uint32_t mentor,
    struct plan *plan)
{
	struct plan_pair *pair = &plan->pair[plan->n_pairs++];
	struct score score;

	score_pair(s, newcomer, mentor, &score);
	*pair = (struct plan_pair){.newcomer = score_newcomer(s, newcomer),
	    .mentor = score_mentor(s, mentor),
	    .points = score.points,
	    .shared_minutes = score.shared_minutes};
	memcpy(pair->part, score.part, sizeof(pair->part));
	plan->total_points += score.points;
}

static uint32_t count_pairs(const struct columns *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n; i++)
		for (uint32_t at = 0;
		     assign_mate(c->assign, i, at) != ASSIGN_ALONE; at++)
			n++;
	return n;
}

static enum err_code take_pairs(
    struct arena *a, struct columns *c, struct plan *plan, struct err *e)
{
	struct plan_goals goals = solve_goals(c);

	plan->pair = ARENA_ARRAY(a, count_pairs(c), struct plan_pair);
	if (plan->pair == NULL)
		return ERR_SET(e, NOMEM, "no memory for the plan");
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t j;

		for (uint32_t at = 0;
		     (j = assign_mate(c->assign, i, at)) != ASSIGN_ALONE; at++)
			solve_take_pair(c->scorer, i, j, plan);
	}
	plan->n_served = goals.n_served;
	plan->people_weight = goals.people_weight;
	plan->worst_points = goals.worst_points;
	plan->bound = goals;
	return ERR_OK;
}

static enum err_code solve_total(
    struct arena *a, struct columns *c, struct plan *plan, struct err *e)
{
	struct match_progress progress = {.phase = "total"};
	struct certificate *certificate = &plan->certificate;
	int64_t objective = 0;
	enum err_code rc = columns_solve(c,
	    (struct columns_step){COLUMNS_TOTAL, plan->worst_points}, 0,
	    &progress, &objective, e);

	if (rc != ERR_OK)
		return rc;
	certificate->people_scale = c->scale.people;
	certificate->points_scale = c->scale.points;
	rc = keep_duals(a, c, objective, &certificate->total, e);
	if (rc != ERR_OK)
		return rc;
	return take_pairs(a, c, plan, e);
}

static bool no_duals(
    struct arena *a, const struct columns *c, struct certificate_step *step)
{
	*step = (struct certificate_step){.u = ARENA_ARRAY(a, c->n, int64_t),
	    .p = ARENA_ARRAY(a, c->m, int64_t)};
	return step->u != NULL && step->p != NULL;
}

/* Rows of side constraints and proposals are about one mentor a newcomer. */
static enum err_code check_several(
    const struct columns *c, const struct policy *p, struct err *e)
{
	if (c->wants_several && p->method == POLICY_DEFERRED_ACCEPTANCE)
		return ERR_SET(e, VALIDATION,
		    "deferred acceptance gives one mentor to a newcomer, not "
		    "%u",
		    p->mentors_per_newcomer);
	if (c->wants_several && p->n_constraints > 0)
		return ERR_SET(e, VALIDATION,
		    "under side constraints a newcomer has one mentor, not %u",
		    p->mentors_per_newcomer);
	return ERR_OK;
}

enum err_code solve_plan(struct arena *a, struct columns *c,
    const struct policy *p, struct plan *plan, struct err *e)
{
	enum err_code rc = check_several(c, p, e);

	if (rc != ERR_OK)
		return rc;
	if (!no_duals(a, c, &plan->certificate.people) ||
	    !no_duals(a, c, &plan->certificate.worst))
		return ERR_SET(e, NOMEM, "no memory for the certificate");
	if (p->people_first)
		rc = solve_people(a, c, plan, e);
	if (rc == ERR_OK && p->worst_pair)
		rc = solve_worst(a, c, plan, e);
	if (rc == ERR_OK)
		rc = solve_total(a, c, plan, e);
	if (rc != ERR_OK)
		return rc;
	if (p->worst_pair)
		plan->step[plan->n_steps++] = plan->bound;
	plan->n_newcomers = c->n;
	plan->n_mentors = c->m;
	plan->status = PLAN_OPTIMAL;
	plan->solver.allowed_pairs = c->allowed;
	plan->solver.columns = c->columns;
	plan->solver.pricing_passes = c->passes;
	return ERR_OK;
}
