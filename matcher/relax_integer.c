/* A plan near the relaxation's optimum: see relax.h. */
#include <math.h>
#include <string.h>

#include "matcher/relax.h"

enum {
	MARGIN = 3,       /* points that a column may lack */
	MAX_NODES = 2000, /* of a search */
	FEW = 5000,       /* columns that are searched twice */
};

/* Of the objective: less than a point but for the largest. */
static const double GAP = 2e-5;

/* Few columns are in reach of a good plan: those far below their prices stay out, and
 * so does whatever lacks to a limit. */
static enum err_code narrow(struct relax *x, double margin, struct err *e)
{
	enum err_code rc = ERR_OK;

	for (uint32_t k = 0; rc == ERR_OK && k < x->n; k++) {
		int column = x->first_column + (int)k;
		bool is_near = x->column[k].points >= x->least_points &&
			       lp_reduced_cost(x->lp, column) >= -margin;

		rc = relax_allow(x, k, is_near, e);
		if (rc == ERR_OK)
			rc = lp_integer_column(x->lp, column, e);
	}
	for (uint32_t r = 0; rc == ERR_OK && r < x->side->n_rows; r++)
		if (x->short_of[r] >= 0)
			rc = lp_bound_column(x->lp, x->short_of[r], 0, 0, e);
	return rc;
}

/* A weight that fractions reach may be out of reach for whole people: then as much
 * as possible, for twice the price that it had. */
static enum err_code let_weight_go(struct relax *x, struct err *e)
{
	double dual = lp_dual(x->lp, x->weight_row);
	enum err_code rc = lp_bound_row(
	    x->lp, x->weight_row, -INFINITY, (double)x->weight_limit, e);

	x->reward = 2 * (x->reward + (int64_t)ceil(fabs(dual)));
	for (uint32_t k = 0; rc == ERR_OK && k < x->n; k++)
		rc = lp_cost(x->lp, x->first_column + (int)k,
		    (double)(x->columns->weight[x->column[k].newcomer] *
				 x->reward +
			     x->column[k].points),
		    e);
	return rc;
}

/* The solution so far, to go on from; NULL: none, or no memory. */
static double *incumbent_of(struct relax *x, bool is_found, int n)
{
	double *value = NULL;

	if (is_found)
		value =
		    ARENA_ARRAY(x->arena, (size_t)lp_columns(x->lp), double);
	for (int k = 0; value != NULL && k < n; k++)
		value[k] = round(lp_integer_value(x->lp, k));
	return value;
}

static enum err_code search(
    struct relax *x, double margin, bool *is_found, int n, struct err *e)
{
	double *incumbent = incumbent_of(x, *is_found, n);
	enum lp_status status = LP_UNKNOWN;
	enum err_code rc = narrow(x, margin, e);

	if (rc == ERR_OK)
		rc = lp_solve_integer(
		    x->lp, MAX_NODES, incumbent, &status, NULL, e);
	*is_found =
	    rc == ERR_OK && (status == LP_OPTIMAL || status == LP_FEASIBLE);
	return rc;
}

/* A better plan has no column that lacks more than the distance to the relaxation. */
static double distance(const struct relax *x)
{
	return lp_objective(x->lp) - lp_integer_objective(x->lp);
}

enum err_code relax_integer(struct relax *x, struct certificate_step *step,
    uint32_t *mate, bool *ret_found, struct err *e)
{
	int n = lp_columns(x->lp);
	enum err_code rc;

	lp_search_deep(x->lp, GAP);
	*ret_found = false;
	rc = search(x, MARGIN, ret_found, n, e);
	if (rc == ERR_OK &&
	    (!*ret_found || (distance(x) > MARGIN && x->n < FEW))) {
		double margin = *ret_found ? distance(x) : (double)INFINITY;

		rc = relax_widen(x, step, e);
		if (rc == ERR_OK)
			rc = search(x, margin, ret_found, n, e);
	}
	if (rc == ERR_OK && !*ret_found && x->is_weight_due) {
		rc = let_weight_go(x, e);
		if (rc == ERR_OK)
			rc = search(x, INFINITY, ret_found, n, e);
	}
	memset(mate, 0xff, x->columns->n * sizeof(*mate));
	for (uint32_t k = 0; rc == ERR_OK && *ret_found && k < x->n; k++)
		if (lp_integer_value(x->lp, x->first_column + (int)k) > 0.5)
			mate[x->column[k].newcomer] = x->column[k].mentor;
	return rc;
}
