/* The model of the relaxation, its columns and rows: see relax_model.h. */
#include "matcher/relax_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MARGIN = 4, /* points that a first column may lack */
	SHORT_COST =
	    1 << 20, /* of lacking one to a limit: more than anything */
	MAX_ENTRIES = 3 + 2 * CONSTRAINTS_MAX * MEASURES,
};

double relax_cost(const struct relax *x, const struct relax_column *k)
{
	if (x->goal == RELAX_PEOPLE)
		return (double)relax_weight(x, k->newcomer);
	return (double)(relax_weight(x, k->newcomer) * x->reward + k->points);
}

/* Everywhere a pair counts. */
static int entries_of(
    const struct relax *x, const struct relax_column *k, struct lp_entry *entry)
{
	const struct side *s = x->side;
	uint32_t groups = side_groups(s, k->newcomer, k->mentor);
	uint32_t m = x->columns->m;
	int n = 0;

	entry[n++] = (struct lp_entry){(int)k->newcomer, 1};
	entry[n++] = (struct lp_entry){x->first_mentor + (int)k->mentor, 1};
	entry[n++] = (struct lp_entry){
	    x->weight_row, (double)relax_weight(x, k->newcomer)};
	for (uint32_t r = 0; r < s->n_rows; r++) {
		const struct side_row *row = &s->row[r];
		int32_t factor =
		    groups >> row->constraint & 1 ? row->inside : row->outside;

		if (factor != 0)
			entry[n++] =
			    (struct lp_entry){x->first_side + (int)r, factor};
		if (x->use_row[r * m + k->mentor] != RELAX_NONE)
			entry[n++] = (struct lp_entry){
			    x->use_row[r * m + k->mentor], -1};
	}
	return n;
}

static bool is_in_cap(const struct relax *x, const struct relax_cap *cap,
    const struct relax_column *k)
{
	return cap->mentor == k->mentor &&
	       cap->organization == x->side->organization[k->newcomer] &&
	       side_groups(x->side, k->newcomer, k->mentor) >> cap->constraint &
		   1;
}

static bool grow(struct relax *x)
{
	struct relax_column *column;

	if (x->n < x->size)
		return true;
	column = arena_grow(
	    x->arena, x->column, x->n, (size_t)x->size * 2, sizeof(*column));
	if (column == NULL)
		return false;
	x->column = column;
	x->size *= 2;
	return true;
}

bool relax_has_column(const struct relax *x, uint32_t i, uint32_t j)
{
	uint32_t k = x->head[i];

	while (k != UINT32_MAX && x->column[k].mentor != j)
		k = x->column[k].next;
	return k != UINT32_MAX;
}

enum err_code relax_add_column(struct relax *x, uint32_t i, uint32_t j,
    int32_t points, int *ret_column, struct err *e)
{
	struct relax_column k = {i, j, points, x->head[i]};
	struct lp_entry entry[MAX_ENTRIES + CONSTRAINTS_MAX];
	int n = entries_of(x, &k, entry);

	if (!grow(x))
		return ERR_SET(e, NOMEM, "no memory for the matching");
	for (uint32_t c = 0; c < x->n_caps; c++)
		if (is_in_cap(x, &x->cap[c], &k))
			entry[n++] = (struct lp_entry){x->cap[c].row, 1};
	x->head[i] = x->n;
	x->column[x->n++] = k;
	return lp_add_column(x->lp, 0, points < x->least_points ? 0 : INFINITY,
	    relax_cost(x, &k), entry, n, ret_column, e);
}

/* y - sum x <= 0 for each mentor of the group, and y counts as one in use. */
static enum err_code add_uses(struct relax *x, uint32_t r, struct err *e)
{
	const struct side_row *row = &x->side->row[r];
	uint32_t m = x->columns->m;
	enum err_code rc = ERR_OK;

	for (uint32_t j = 0; rc == ERR_OK && j < m; j++) {
		struct lp_entry entry[2] = {
		    {x->first_side + (int)r, -1}, {0, 1}};
		int *use = &x->use_row[r * m + j];

		if (row->measure != MEASURE_LEAST_MENTORS ||
		    !(x->side->mentor[j] >> row->constraint & 1))
			continue;
		rc = lp_add_rows(x->lp, 1, -INFINITY, 0, use, e);
		entry[1].row = *use;
		if (rc == ERR_OK)
			rc = lp_add_column(x->lp, 0, 1, 0, entry, 2, NULL, e);
	}
	return rc;
}

/* A limit from below may be out of reach: what lacks to it is paid for. */
static enum err_code add_short(struct relax *x, uint32_t r, struct err *e)
{
	struct lp_entry entry = {x->first_side + (int)r, -1};

	x->short_of[r] = RELAX_NONE;
	if (x->side->row[r].limit >= 0)
		return ERR_OK;
	return lp_add_column(
	    x->lp, 0, INFINITY, -SHORT_COST, &entry, 1, &x->short_of[r], e);
}

static enum err_code add_rows(struct relax *x, struct err *e)
{
	const struct columns *c = x->columns;
	const struct side *s = x->side;
	enum err_code rc = ERR_OK;

	x->first_mentor = (int)c->n;
	x->first_side = x->first_mentor + (int)c->m;
	x->weight_row = x->first_side + (int)s->n_rows;
	if (c->n > 0)
		rc = lp_add_rows(x->lp, (int)c->n, -INFINITY, 1, NULL, e);
	for (uint32_t j = 0; rc == ERR_OK && j < c->m; j++)
		rc = lp_add_rows(x->lp, 1, -INFINITY, c->capacity[j], NULL, e);
	for (uint32_t r = 0; rc == ERR_OK && r < s->n_rows; r++)
		rc = lp_add_rows(
		    x->lp, 1, -INFINITY, (double)s->row[r].limit, NULL, e);
	if (rc == ERR_OK)
		rc = lp_add_rows(x->lp, 1, -INFINITY, INFINITY, NULL, e);
	for (uint32_t k = 0; k < s->n_rows * c->m; k++)
		x->use_row[k] = RELAX_NONE;
	for (uint32_t r = 0; rc == ERR_OK && r < s->n_rows; r++) {
		rc = add_short(x, r, e);
		if (rc == ERR_OK)
			rc = add_uses(x, r, e);
	}
	x->first_column = lp_columns(x->lp);
	return rc;
}

/* The basis of the assignment, and columns that lack few points to it. */
static enum err_code add_first(struct relax *x, struct err *e)
{
	struct columns *c = x->columns;
	const int64_t *u = assign_u(c->assign), *p = assign_p(c->assign);
	enum err_code rc = ERR_OK;

	for (uint32_t i = 0; i < c->n; i++)
		for (uint32_t k = 0; rc == ERR_OK && k < c->row[i].n; k++) {
			const struct assign_edge *edge = &c->row[i].edge[k];
			bool is_basic = assign_is_basic(c->assign, i, k);
			int column = 0;

			if (!is_basic &&
			    (edge->value <= 0 ||
				u[i] + p[edge->mentor] - edge->value >
				    MARGIN * c->scale.points))
				continue;
			rc = relax_add_column(
			    x, i, edge->mentor, edge->points, &column, e);
			if (rc == ERR_OK && is_basic)
				rc =
				    lp_place_column(x->lp, column, LP_BASIC, e);
		}
	for (uint32_t r = 0; rc == ERR_OK && r < c->n + c->m; r++)
		rc = lp_place_row(x->lp, (int)r,
		    assign_is_slack_basic(c->assign, r) ? LP_BASIC
							: LP_AT_UPPER,
		    e);
	return rc;
}

static bool make(struct relax *x, struct arena *a)
{
	const struct columns *c = x->columns;

	x->size = c->n + 1;
	x->column = ARENA_ARRAY(a, x->size, struct relax_column);
	x->head = ARENA_ARRAY(a, c->n, uint32_t);
	x->u = ARENA_ARRAY(a, c->n, int64_t);
	x->use_row = ARENA_ARRAY(a, (size_t)x->side->n_rows * c->m, int);
	x->short_of = ARENA_ARRAY(a, x->side->n_rows, int);
	x->worker = ARENA_ARRAY(a, c->threads, struct relax_worker);
	if (arena_failed(a))
		return false;
	memset(x->head, 0xff, c->n * sizeof(*x->head));
	for (unsigned k = 0; k < c->threads; k++) {
		x->worker[k].work = rate_work_new(a, c->rate);
		x->worker[k].charge = ARENA_ARRAY(a, c->m, int64_t);
	}
	return !arena_failed(a);
}

enum err_code relax_new(struct arena *a, struct columns *c,
    const struct side *s, struct relax **ret, struct err *e)
{
	struct relax *x = ARENA_NEW(a, struct relax);
	enum err_code rc;

	if (x == NULL)
		return ERR_SET(e, NOMEM, "no memory for the matching");
	*x = (struct relax){.arena = a,
	    .columns = c,
	    .side = s,
	    .goal = RELAX_GOALS,
	    .forced = UINT32_MAX};
	if (!make(x, a))
		return ERR_SET(e, NOMEM, "no memory for the matching");
	rc = lp_new(true, &x->lp, e);
	if (rc == ERR_OK)
		rc = add_rows(x, e);
	if (rc == ERR_OK)
		rc = add_first(x, e);
	if (rc == ERR_OK)
		*ret = x;
	else
		lp_free(x->lp);
	return rc;
}

enum err_code relax_force(
    struct relax *x, uint32_t newcomer, uint32_t mentor, struct err *e)
{
	int32_t points = score_points(x->columns->scorer, newcomer, mentor);
	uint32_t k = x->head[newcomer];
	enum err_code rc = ERR_OK;

	while (k != UINT32_MAX && x->column[k].mentor != mentor)
		k = x->column[k].next;
	if (k == UINT32_MAX) {
		k = x->n;
		rc = relax_add_column(x, newcomer, mentor, points, NULL, e);
	}
	x->forced = k;
	return rc == ERR_OK ? relax_allow(x, k, true, e) : rc;
}

enum err_code relax_allow(
    struct relax *x, uint32_t column, bool is_allowed, struct err *e)
{
	int number = x->first_column + (int)column;

	if (column == x->forced)
		return lp_bound_column(x->lp, number, 1, 1, e);
	return lp_bound_column(
	    x->lp, number, 0, is_allowed ? (double)INFINITY : 0, e);
}

void relax_free(struct relax *x)
{
	if (x != NULL)
		lp_free(x->lp);
}

/* ---- places for one organization ---- */

static int by_cap(const void *a, const void *b)
{
	const struct relax_cap *p = a, *q = b;

	if (p->constraint != q->constraint)
		return p->constraint < q->constraint ? -1 : 1;
	if (p->mentor != q->mentor)
		return p->mentor < q->mentor ? -1 : 1;
	return (p->organization > q->organization) -
	       (p->organization < q->organization);
}

/* `term` has room for every column. */
static enum err_code add_cap(
    struct relax *x, struct relax_cap cap, struct lp_term *term, struct err *e)
{
	enum err_code rc;
	int n = 0;

	if (x->n_caps == x->caps_size) {
		x->caps_size = 2 * x->caps_size + 64;
		x->cap = arena_grow(
		    x->arena, x->cap, x->n_caps, x->caps_size, sizeof(*x->cap));
	}
	if (x->cap == NULL)
		return ERR_SET(e, NOMEM, "no memory for the matching");
	for (uint32_t k = 0; k < x->n; k++)
		if (is_in_cap(x, &cap, &x->column[k]))
			term[n++] =
			    (struct lp_term){x->first_column + (int)k, 1};
	rc = lp_add_row(x->lp, -INFINITY,
	    x->side->constraint[cap.constraint].limit[MEASURE_MOST_OF_ONE],
	    term, n, &cap.row, e);
	if (rc == ERR_OK)
		x->cap[x->n_caps++] = cap;
	return rc;
}

enum err_code relax_add_broken_caps(
    struct relax *x, uint32_t *ret_added, struct err *e)
{
	struct relax_cap *use;
	struct lp_term *term;
	double *value;
	uint32_t n = 0;
	enum err_code rc = ERR_OK;

	*ret_added = 0;
	if (x->side->of_one == 0)
		return ERR_OK;
	use =
	    ARENA_ARRAY(x->arena, (size_t)x->n * x->side->n, struct relax_cap);
	value = ARENA_ARRAY(x->arena, x->n, double);
	term = ARENA_ARRAY(x->arena, x->n, struct lp_term);
	if (arena_failed(x->arena))
		return ERR_SET(e, NOMEM, "no memory for the matching");
	for (uint32_t k = 0; k < x->n; k++) {
		uint32_t i = x->column[k].newcomer, j = x->column[k].mentor;
		uint32_t groups = side_groups(x->side, i, j) & x->side->of_one;

		value[k] = lp_value(x->lp, x->first_column + (int)k);
		if (value[k] < RELAX_EPSILON ||
		    x->side->organization[i] == TERM_NONE)
			continue;
		for (; groups != 0; groups &= groups - 1)
			use[n++] =
			    (struct relax_cap){(uint32_t)__builtin_ctz(groups),
				j, x->side->organization[i], (int)k};
	}
	qsort(use, n, sizeof(*use), by_cap);
	for (uint32_t k = 0; rc == ERR_OK && k < n;) {
		uint32_t first = k;
		double sum = 0;

		for (; k < n && by_cap(&use[k], &use[first]) == 0; k++)
			sum += value[use[k].row];
		if (sum <= x->side->constraint[use[first].constraint]
				   .limit[MEASURE_MOST_OF_ONE] +
			       RELAX_EPSILON)
			continue;
		rc = add_cap(x, use[first], term, e);
		++*ret_added;
	}
	return rc;
}
