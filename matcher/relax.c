/* The relaxation: see relax.h. relax_model.c builds what is solved here. */
#include "matcher/relax.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/parallel.h"
#include "matcher/price.h"
#include "matcher/relax_model.h"

enum {
	ITERATIONS = 5000, /* between two looks at the clock */
	ROWS_A_CHUNK = 16, /* newcomers a thread takes at once */
};

/* ---- the prices ---- */

static int64_t scaled(const struct relax *x, double dual)
{
	return llround(dual * (double)x->columns->scale.points);
}

static int64_t scaled_dual(const struct relax *x, int row)
{
	int64_t price = scaled(x, lp_dual(x->lp, row));

	return price > 0 ? price : 0;
}

static enum err_code step_new(const struct relax *x, struct arena *a,
    struct certificate_step *step, struct err *e)
{
	*step = (struct certificate_step){
	    .u = ARENA_ARRAY(a, x->columns->n, int64_t),
	    .p = ARENA_ARRAY(a, x->columns->m, int64_t),
	    .row = ARENA_ARRAY(a, x->side->n_rows, int64_t)};
	return arena_failed(a)
		   ? ERR_SET(e, NOMEM, "no memory for the certificate")
		   : ERR_OK;
}

static bool take_caps(
    const struct relax *x, struct arena *a, struct certificate_step *step)
{
	step->n_caps = 0;
	step->cap = ARENA_ARRAY(a, x->n_caps, struct certificate_cap);
	for (uint32_t k = 0; step->cap != NULL && k < x->n_caps; k++) {
		int64_t price = scaled_dual(x, x->cap[k].row);

		if (price > 0)
			step->cap[step->n_caps++] = (struct certificate_cap){
			    x->cap[k].constraint, x->cap[k].mentor,
			    x->cap[k].organization, price};
	}
	return step->cap != NULL;
}

static enum err_code take_prices(struct relax *x, struct arena *a,
    struct certificate_step *step, struct err *e)
{
	const struct columns *c = x->columns;
	uint32_t rows = x->side->n_rows;

	for (uint32_t i = 0; i < c->n; i++)
		x->u[i] = scaled(x, lp_dual(x->lp, (int)i));
	for (uint32_t j = 0; j < c->m; j++) {
		step->p[j] = scaled_dual(x, x->first_mentor + (int)j);
		for (uint32_t r = 0; r < rows; r++)
			if (x->use_row[r * c->m + j] != RELAX_NONE)
				step->p[j] -=
				    scaled_dual(x, x->use_row[r * c->m + j]);
	}
	for (uint32_t r = 0; r < rows; r++)
		step->row[r] = scaled_dual(x, x->first_side + (int)r);
	step->people_price = step->people_limit = 0;
	if (x->goal == RELAX_TOTAL && x->reward > 0) {
		step->people_limit = x->weight_limit;
		step->people_price = scaled(x, lp_dual(x->lp, x->weight_row)) -
				     x->reward * c->scale.points;
	}
	return take_caps(x, a, step)
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the certificate");
}

/* ---- all pairs ---- */

struct pass {
	struct relax *x;
	struct certificate_step *step;
	int64_t epsilon;
};

/* The most that is to be had beside a found one, best first. */
static void found_add(struct columns_found *f, int64_t *key, int64_t excess,
    uint32_t mentor, int32_t points)
{
	uint32_t at = f->n;

	if (at == COLUMNS_MORE && excess <= key[at - 1])
		return;
	if (at < COLUMNS_MORE)
		f->n++;
	else
		at--;
	for (; at > 0 && key[at - 1] < excess; at--) {
		key[at] = key[at - 1];
		f->candidate[at] = f->candidate[at - 1];
	}
	key[at] = excess;
	f->candidate[at] = (struct columns_candidate){mentor, points};
}

/* What a pair is worth in the goal, scaled. */
static int64_t value_of(const struct relax *x, uint32_t i, int32_t points)
{
	return (x->goal == RELAX_PEOPLE ? relax_weight(x, i) : points) *
	       x->columns->scale.points;
}

static void price_row(
    const struct pass *pass, struct relax_worker *w, uint32_t i)
{
	struct relax *x = pass->x;
	struct columns *c = x->columns;
	const int16_t *points = rate_row(c->rate, w->work, i);
	struct columns_found *found = &c->found[i];
	int64_t key[COLUMNS_MORE], u = 0;

	found->n = 0;
	side_charge(x->side, pass->step, i, w->charge);
	for (uint32_t j = 0; j < c->m; j++) {
		int64_t worth;

		if (points[j] < x->least_points || points[j] < 0)
			continue;
		worth = value_of(x, i, points[j]) - w->charge[j];
		if (worth > u)
			u = worth;
		if (worth > x->u[i] + pass->epsilon &&
		    !relax_has_column(x, i, j))
			found_add(found, key, worth, j, points[j]);
	}
	pass->step->u[i] = u;
	w->sum += u;
}

static bool do_rows(void *cookie, unsigned worker, uint32_t begin, uint32_t end)
{
	struct pass *pass = cookie;

	for (uint32_t i = begin; i < end; i++)
		price_row(pass, &pass->x->worker[worker], i);
	return true;
}

/* What the newcomer of the forced pair would rather have it be worth. */
static int64_t lacking(struct relax *x, const struct certificate_step *step)
{
	const struct relax_column *k = &x->column[x->forced];
	int64_t *charge = x->worker[0].charge;

	side_charge(x->side, step, k->newcomer, charge);
	return step->u[k->newcomer] - value_of(x, k->newcomer, k->points) +
	       charge[k->mentor];
}

/* Price all pairs; those that are worth more than a newcomer's u and `epsilon`
 * become columns. */
static enum err_code price_pairs(struct relax *x, struct certificate_step *step,
    int64_t epsilon, uint32_t *ret_added, struct err *e)
{
	struct columns *c = x->columns;
	struct pass pass = {x, step, epsilon};
	uint32_t before = x->n;
	enum err_code rc = ERR_OK;

	for (unsigned k = 0; k < c->threads; k++)
		x->worker[k].sum = 0;
	(void)parallel_run(c->threads, c->n, ROWS_A_CHUNK, do_rows, &pass);
	x->passes++;
	if (!side_bound(x->side, step, &step->objective))
		return ERR_SET(e, SOLVER, "the prices are out of range");
	for (unsigned k = 0; k < c->threads; k++)
		step->objective += x->worker[k].sum;
	if (x->forced != UINT32_MAX)
		step->objective -= lacking(x, step);
	for (uint32_t i = 0; i < c->n; i++)
		for (uint32_t k = 0; rc == ERR_OK && k < c->found[i].n; k++)
			rc = relax_add_column(x, i,
			    c->found[i].candidate[k].mentor,
			    c->found[i].candidate[k].points, NULL, e);
	*ret_added = x->n - before;
	return rc;
}

enum err_code relax_widen(
    struct relax *x, struct certificate_step *step, struct err *e)
{
	static const int64_t HOWEVER_FAR = -((int64_t)1 << 61);
	uint32_t added;

	return price_pairs(x, step, HOWEVER_FAR, &added, e);
}

/* ---- the optimum ---- */

static enum err_code simplex(struct relax *x, bool is_dual, struct err *e)
{
	const struct match_options *o = x->columns->options;
	struct match_progress now = {
	    .phase = "constraints", .done = x->passes, .total = x->n};
	enum lp_status status = LP_UNKNOWN;
	enum err_code rc = ERR_OK;

	while (rc == ERR_OK && status != LP_OPTIMAL) {
		rc = is_dual ? lp_solve_dual(x->lp, ITERATIONS, &status, e)
			     : lp_solve(x->lp, ITERATIONS, &status, e);
		is_dual = false; /* begun anew it might go in circles */
		if (rc != ERR_OK)
			return rc;
		if (status == LP_INFEASIBLE || status == LP_UNBOUNDED)
			return ERR_SET(e, SOLVER,
			    "GLPK finds no optimum under the constraints");
		if (o->progress != NULL && o->progress(o->cookie, &now))
			return ERR_SET(e, TIMEOUT, "the matching was stopped");
	}
	return rc;
}

/* Only pairs of at least so many points. */
static enum err_code set_least(
    struct relax *x, int32_t least_points, struct err *e)
{
	enum err_code rc = ERR_OK;

	x->least_points = least_points;
	for (uint32_t k = 0; rc == ERR_OK && k < x->n; k++)
		rc = relax_allow(x, k, x->column[k].points >= least_points, e);
	return rc;
}

static enum err_code set_goal(
    struct relax *x, enum relax_goal goal, struct err *e)
{
	double least = -INFINITY, most = INFINITY;
	enum err_code rc;

	x->goal = goal;
	if (goal == RELAX_TOTAL && x->reward > 0)
		most = (double)x->weight_limit;
	if (goal == RELAX_TOTAL && x->is_weight_due)
		least = most;
	rc = lp_bound_row(x->lp, x->weight_row, least, most, e);
	for (uint32_t k = 0; rc == ERR_OK && k < x->n; k++)
		rc = lp_cost(x->lp, x->first_column + (int)k,
		    relax_cost(x, &x->column[k]), e);
	return rc;
}

/*
 * Fewer pairs leave a basis that is optimal but for those it loses: dual simplex. More
 * pairs, or another goal, leave a plan: primal.
 */
static enum err_code begin(
    struct relax *x, enum relax_goal goal, int32_t least_points, struct err *e)
{
	bool is_first = x->goal == RELAX_GOALS;
	bool is_fewer = is_first || least_points > x->least_points;
	enum err_code rc = set_least(x, least_points, e);

	if (rc == ERR_OK && (is_fewer && !is_first))
		rc = simplex(x, true, e);
	if (rc == ERR_OK)
		rc = set_goal(x, goal, e);
	return rc == ERR_OK ? simplex(x, is_first, e) : rc;
}

/* Name every limit that is out of reach. */
static enum err_code check_short(const struct relax *x, struct err *e)
{
	for (uint32_t r = 0; r < x->side->n_rows; r++) {
		const struct side_row *row = &x->side->row[r];
		double lacks = x->short_of[r] == RELAX_NONE
				   ? 0
				   : lp_value(x->lp, x->short_of[r]);
		char place[ERR_PLACE_SIZE];

		if (lacks < RELAX_EPSILON)
			continue;
		snprintf(place, sizeof(place), "/constraints/%u/%s",
		    row->constraint, CONSTRAINT_MEASURE_KEY[row->measure]);
		err_add_field(e, ERR_VALIDATION, place,
		    "\"%.80s\" cannot be kept beside the others: at most %lld, "
		    "not %lld",
		    x->side->constraint[row->constraint].name,
		    (long long)floor(
			(double)-row->limit - lacks + RELAX_EPSILON),
		    (long long)-row->limit);
	}
	return e->code;
}

static void take_weight(struct relax *x)
{
	x->weight = 0;
	for (uint32_t k = 0; k < x->n; k++)
		x->weight += lp_value(x->lp, x->first_column + (int)k) *
			     (double)relax_weight(x, x->column[k].newcomer);
}

enum err_code relax_solve(struct relax *x, struct arena *a,
    enum relax_goal goal, int32_t least_points, struct certificate_step *step,
    struct err *e)
{
	uint32_t added = 0, broken = 0;
	enum err_code rc = step_new(x, a, step, e);

	if (rc == ERR_OK)
		rc = begin(x, goal, least_points, e);
	while (rc == ERR_OK) {
		rc = take_prices(x, a, step, e);
		if (rc == ERR_OK)
			rc = price_pairs(x, step,
			    (int64_t)((double)x->columns->scale.points *
				      RELAX_EPSILON),
			    &added, e);
		broken = 0;
		if (rc == ERR_OK && added == 0)
			rc = relax_add_broken_caps(x, &broken, e);
		if (rc != ERR_OK || added + broken == 0)
			break;
		rc = simplex(x, added == 0, e);
	}
	if (rc != ERR_OK)
		return rc;
	take_weight(x);
	return check_short(x, e);
}
