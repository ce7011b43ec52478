/*
 * The LP of the last step, from a basis that is optimal already.
 *
 * Rows: each newcomer at most once, each mentor at most at capacity. The basis is
 * the tree of the assignment: its edges are the basic columns, its arcs to the root
 * the basic slacks. Ties are left out of the costs to keep doubles exact: with all
 * ties together below one point, a basis optimal with them is so without. Columns
 * far below their duals are left out: they would cost most of the time and memory.
 * Whoever wants several mentors has a column more, the spare one of assign.c, and
 * columns of at most 1.
 */
#include "matcher/confirm.h"

#include <math.h>

#include "matcher/lp.h"

enum {
	MAX_ITERATIONS = 20000, /* the basis is optimal: it should take none */
	MARGIN = 3,             /* points that a column may lack */
};

/* Doubles hold every integer up to here. */
static const double EXACT = 9007199254740992.0;

static enum err_code add_rows(struct columns *c, struct lp *lp, struct err *e)
{
	enum err_code rc = ERR_OK;

	if (c->n > 0 && !c->wants_several)
		rc = lp_add_rows(lp, (int)c->n, -INFINITY, 1, NULL, e);
	for (uint32_t i = 0; rc == ERR_OK && c->wants_several && i < c->n; i++)
		rc = lp_add_rows(lp, 1, -INFINITY, c->wanted[i], NULL, e);
	for (uint32_t j = 0; rc == ERR_OK && j < c->m; j++)
		rc = lp_add_rows(lp, 1, -INFINITY, c->capacity[j], NULL, e);
	return rc;
}

/* What a newcomer's first mentor counts, in points. */
static int64_t once_of(const struct columns *c, uint32_t i)
{
	return c->weight[i] * (c->scale.people / c->scale.points);
}

static enum err_code add_column(
    struct columns *c, struct lp *lp, uint32_t i, uint32_t k, struct err *e)
{
	const struct assign_edge *edge = &c->row[i].edge[k];
	struct lp_entry entry[2] = {
	    {(int)i, 1}, {(int)(c->n + edge->mentor), 1}};
	int64_t cost = 0; /* of a basic edge that is not in the step */
	int column = 0;
	enum err_code rc;

	if (edge->value > 0)
		cost = once_of(c, i) + edge->points;
	rc = lp_add_column(lp, 0, c->wanted[i] > 1 ? 1 : INFINITY, (double)cost,
	    entry, 2, &column, e);

	if (rc == ERR_OK && assign_is_basic(c->assign, i, k))
		rc = lp_place_column(lp, column, LP_BASIC, e);
	if (rc == ERR_OK && assign_is_full(c->assign, i, k))
		rc = lp_place_column(lp, column, LP_AT_UPPER, e);
	return rc;
}

/* All mentors but one may be missing for what the first one brings. */
static enum err_code add_spare(
    struct columns *c, struct lp *lp, uint32_t i, struct err *e)
{
	struct lp_entry entry = {(int)i, 1};
	int column = 0;
	enum err_code rc = lp_add_column(lp, 0, c->wanted[i] - 1,
	    (double)once_of(c, i), &entry, 1, &column, e);

	if (rc == ERR_OK && assign_is_spare_basic(c->assign, i))
		rc = lp_place_column(lp, column, LP_BASIC, e);
	if (rc == ERR_OK && assign_is_spare_full(c->assign, i))
		rc = lp_place_column(lp, column, LP_AT_UPPER, e);
	return rc;
}

/* Basic, or worth its duals but for a few points: the others cannot come in. */
static bool is_near(const struct columns *c, uint32_t i, uint32_t k)
{
	const struct assign_edge *edge = &c->row[i].edge[k];
	int64_t excess = assign_u(c->assign)[i] +
			 assign_p(c->assign)[edge->mentor] - edge->value;

	return assign_is_basic(c->assign, i, k) ||
	       (edge->value > 0 && excess <= MARGIN * c->scale.points);
}

static enum err_code add_columns(
    struct columns *c, struct lp *lp, struct err *e)
{
	enum err_code rc = ERR_OK;

	for (uint32_t i = 0; i < c->n; i++) {
		for (uint32_t k = 0; rc == ERR_OK && k < c->row[i].n; k++)
			if (is_near(c, i, k))
				rc = add_column(c, lp, i, k, e);
		if (rc == ERR_OK && c->wanted[i] > 1)
			rc = add_spare(c, lp, i, e);
	}
	return rc;
}

static enum err_code place_rows(struct columns *c, struct lp *lp, struct err *e)
{
	enum err_code rc = ERR_OK;

	for (uint32_t r = 0; rc == ERR_OK && r < c->n + c->m; r++)
		rc = lp_place_row(lp, (int)r,
		    assign_is_slack_basic(c->assign, r) ? LP_BASIC
							: LP_AT_UPPER,
		    e);
	return rc;
}

static enum err_code build(struct columns *c, struct lp *lp, struct err *e)
{
	enum err_code rc = add_rows(c, lp, e);

	if (rc == ERR_OK)
		rc = add_columns(c, lp, e);
	if (rc == ERR_OK)
		rc = place_rows(c, lp, e);
	return rc;
}

static enum err_code compare(const struct columns *c, const struct lp *lp,
    enum lp_status status, struct plan *plan, struct err *e)
{
	double expected =
	    (double)(plan->people_weight * (c->scale.people / c->scale.points) +
		     plan->total_points);

	for (uint32_t i = 0; i < c->n; i++)
		expected += (double)((c->wanted[i] - 1) * once_of(c, i));
	if (status != LP_OPTIMAL || fabs(lp_objective(lp) - expected) > 0.25)
		return ERR_SET(e, SOLVER,
		    "GLPK does not confirm the plan: %.0f instead of %.0f",
		    lp_objective(lp), expected);
	plan->solver.lp_confirmed = true;
	plan->solver.lp_iterations = lp_iterations(lp);
	return ERR_OK;
}

enum err_code confirm_plan(struct columns *c, struct plan *plan, struct err *e)
{
	struct lp *lp = NULL;
	enum lp_status status = LP_UNKNOWN;
	double weight = (double)plan->people_weight;
	struct err why = {0};
	enum err_code rc;

	for (uint32_t i = 0; i < c->n; i++)
		weight += (double)((c->wanted[i] - 1) * c->weight[i]);
	if (plan->n_pairs == 0 ||
	    weight * (double)c->scale.people / (double)c->scale.points >
		EXACT / 4)
		return ERR_OK; /* nothing to confirm, or not exactly */
	rc = lp_new(true, &lp, &why);
	if (rc == ERR_OK)
		rc = build(c, lp, &why);
	if (rc == ERR_OK)
		rc = lp_solve(lp, MAX_ITERATIONS, &status, &why);
	if (rc != ERR_OK || status == LP_FEASIBLE || status == LP_UNKNOWN)
		rc = ERR_OK; /* no answer: the certificate stands without it */
	else
		rc = compare(c, lp, status, plan, e);
	lp_free(lp);
	return rc;
}
