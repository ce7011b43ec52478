/*
 * The LP of the last step, from a basis that is optimal already.
 *
 * Rows: each newcomer at most once, each mentor at most at capacity. The basis is
 * a spanning forest: the assigned columns are stars around mentors; tight columns
 * join them; each tree has one row as its root, whose slack is basic. A row that
 * is not full must be a root itself, so two trees with such rows are never joined.
 * Prices are the lowest possible (assign.h), hence every tree reaches a row with
 * dual zero. Ties are left out of the costs to keep doubles exact: with all
 * ties together below one point, a basis optimal with them is so without.
 */
#include "matcher/confirm.h"

#include <math.h>

#include "matcher/lp.h"

enum {
	MAX_ITERATIONS = 20000 /* the basis is optimal: it should take none */
};

/* Doubles hold every integer up to here. */
static const double EXACT = 9007199254740992.0;

/* A forest over the rows: newcomers 0..n, mentors n..n+m. */
struct forest {
	uint32_t *parent;
	uint32_t *root_row; /* of a tree: its basic slack, or UINT32_MAX */
	bool *is_bound;     /* of a tree: the root row is not full */
};

static uint32_t find(struct forest *f, uint32_t row)
{
	while (f->parent[row] != row) {
		f->parent[row] = f->parent[f->parent[row]];
		row = f->parent[row];
	}
	return row;
}

/* Join the trees of two rows; false when that is not allowed or they are one. */
static bool unite(struct forest *f, uint32_t a, uint32_t b)
{
	a = find(f, a);
	b = find(f, b);
	if (a == b || (f->is_bound[a] && f->is_bound[b]))
		return false;
	if (f->is_bound[b] ||
	    (!f->is_bound[a] && f->root_row[a] == UINT32_MAX)) {
		uint32_t swap = a;

		a = b;
		b = swap;
	}
	f->parent[b] = a; /* a keeps its root row */
	return true;
}

static enum err_code plant(struct columns *c, struct forest *f, struct err *e)
{
	const int64_t *u = assign_u(c->assign), *p = assign_p(c->assign);
	uint32_t rows = c->n + c->m, *used;

	f->parent = ARENA_ARRAY(c->arena, rows, uint32_t);
	f->root_row = ARENA_ARRAY(c->arena, rows, uint32_t);
	f->is_bound = ARENA_ARRAY(c->arena, rows, bool);
	used = ARENA_ARRAY(c->arena, c->m, uint32_t);
	if (arena_failed(c->arena))
		return ERR_SET(e, NOMEM, "no memory for the matching");
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t j = assign_mate(c->assign, i);

		f->parent[i] = i;
		f->root_row[i] = u[i] == 0 ? i : UINT32_MAX;
		f->is_bound[i] = j == ASSIGN_ALONE;
		if (j != ASSIGN_ALONE)
			used[j]++;
	}
	for (uint32_t j = 0; j < c->m; j++) {
		uint32_t r = c->n + j;

		f->parent[r] = r;
		f->root_row[r] = p[j] == 0 ? r : UINT32_MAX;
		f->is_bound[r] = used[j] < c->capacity[j];
	}
	return ERR_OK;
}

static enum err_code add_rows(struct columns *c, struct lp *lp, struct err *e)
{
	enum err_code rc = ERR_OK;

	if (c->n > 0)
		rc = lp_add_rows(lp, (int)c->n, -INFINITY, 1, NULL, e);
	for (uint32_t j = 0; rc == ERR_OK && j < c->m; j++)
		rc = lp_add_rows(lp, 1, -INFINITY, c->capacity[j], NULL, e);
	return rc;
}

/* Every column of the step; assigned ones are basic and planted at once. */
static enum err_code add_column(struct columns *c, struct forest *f,
    struct lp *lp, uint32_t i, const struct assign_edge *edge, struct err *e)
{
	const struct score_scale *scale = &c->scale;
	struct lp_entry entry[2] = {
	    {(int)i, 1}, {(int)(c->n + edge->mentor), 1}};
	int64_t cost =
	    score_weight(c->scorer, i) * (scale->people / scale->points) +
	    edge->points;
	int column = 0;
	enum err_code rc =
	    lp_add_column(lp, 0, INFINITY, (double)cost, entry, 2, &column, e);

	if (rc == ERR_OK && assign_mate(c->assign, i) == edge->mentor) {
		(void)unite(f, i, c->n + edge->mentor);
		rc = lp_place_column(lp, column, LP_BASIC, e);
	}
	return rc;
}

static enum err_code add_columns(
    struct columns *c, struct forest *f, struct lp *lp, struct err *e)
{
	enum err_code rc = ERR_OK;

	for (uint32_t i = 0; i < c->n; i++)
		for (uint32_t k = 0; rc == ERR_OK && k < c->row[i].n; k++)
			if (c->row[i].edge[k].value > 0)
				rc = add_column(
				    c, f, lp, i, &c->row[i].edge[k], e);
	return rc;
}

/* Tight columns join the stars; then each tree's root is basic. */
static enum err_code add_basis(
    struct columns *c, struct forest *f, struct lp *lp, struct err *e)
{
	const int64_t *u = assign_u(c->assign), *p = assign_p(c->assign);
	enum err_code rc = ERR_OK;
	int column = -1;

	for (uint32_t i = 0; i < c->n; i++)
		for (uint32_t k = 0; rc == ERR_OK && k < c->row[i].n; k++) {
			const struct assign_edge *edge = &c->row[i].edge[k];

			if (edge->value <= 0)
				continue;
			column++;
			if (u[i] + p[edge->mentor] == edge->value &&
			    unite(f, i, c->n + edge->mentor))
				rc = lp_place_column(lp, column, LP_BASIC, e);
		}
	for (uint32_t r = 0; rc == ERR_OK && r < c->n + c->m; r++) {
		uint32_t root = f->root_row[find(f, r)];
		bool basic =
		    root == r || (root == UINT32_MAX && find(f, r) == r);

		rc =
		    lp_place_row(lp, (int)r, basic ? LP_BASIC : LP_AT_UPPER, e);
	}
	return rc;
}

static enum err_code build(
    struct columns *c, struct forest *f, struct lp *lp, struct err *e)
{
	enum err_code rc = add_rows(c, lp, e);

	if (rc == ERR_OK)
		rc = add_columns(c, f, lp, e);
	if (rc == ERR_OK)
		rc = add_basis(c, f, lp, e);
	return rc;
}

static enum err_code compare(const struct columns *c, const struct lp *lp,
    enum lp_status status, struct plan *plan, struct err *e)
{
	double expected =
	    (double)(plan->people_weight * (c->scale.people / c->scale.points) +
		     plan->total_points);

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
	struct forest forest;
	struct lp *lp = NULL;
	enum lp_status status = LP_UNKNOWN;
	struct err why = {0};
	enum err_code rc;

	if (plan->n_pairs == 0 || (double)plan->people_weight *
					  (double)c->scale.people /
					  (double)c->scale.points >
				      EXACT / 4)
		return ERR_OK; /* nothing to confirm, or not exactly */
	rc = plant(c, &forest, e);
	if (rc != ERR_OK)
		return rc;
	rc = lp_new(true, &lp, &why);
	if (rc == ERR_OK)
		rc = build(c, &forest, lp, &why);
	if (rc == ERR_OK)
		rc = lp_solve(lp, MAX_ITERATIONS, &status, &why);
	if (rc != ERR_OK || status == LP_FEASIBLE || status == LP_UNKNOWN)
		rc = ERR_OK; /* no answer: the certificate stands without it */
	else
		rc = compare(c, lp, status, plan, e);
	lp_free(lp);
	return rc;
}
