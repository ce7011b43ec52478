/*
 * Column generation: see columns.h.
 *
 * A pair that is a column obeys the duals of the last solve or is in its plan, so
 * pricing never adds one twice. Every pass adds at least one of finitely many pairs: it ends. All
 * choices are by value, points and number, so the same input gives the same
 * columns, whatever the number of threads.
 */
#include "matcher/columns.h"

#include "matcher/price.h"

_Static_assert((int)POLICY_MAX_MENTORS <= (int)ASSIGN_MAX_WANTED,
    "the assignment gives as many mentors as a policy may");

static bool add_row(struct columns *c, uint32_t i)
{
	const struct columns_found *found = &c->found[i];
	struct assign_row *row = &c->row[i];

	if (row->n + found->n > row->size) {
		uint32_t size = row->n + row->n / 2 + found->n;
		struct assign_edge *edge = arena_grow(
		    c->arena, row->edge, row->n, size, sizeof(*edge));

		if (edge == NULL)
			return false;
		row->edge = edge;
		row->size = size;
	}
	for (uint32_t k = 0; k < found->n; k++)
		row->edge[row->n++] = (struct assign_edge){
		    0, found->candidate[k].mentor, found->candidate[k].points};
	c->columns += found->n;
	return true;
}

/* What the last pass found become columns. */
static enum err_code add_found(struct columns *c, struct err *e)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (!add_row(c, i))
			return ERR_SET(e, NOMEM, "no memory for the matching");
	return ERR_OK;
}

static bool make(struct arena *a, struct columns *c)
{
	c->capacity = ARENA_ARRAY(a, c->m, uint32_t);
	c->row = ARENA_ARRAY(a, c->n, struct assign_row);
	c->weight = ARENA_ARRAY(a, c->n, int64_t);
	c->wanted = ARENA_ARRAY(a, c->n, uint8_t);
	c->once = ARENA_ARRAY(a, c->n, int64_t);
	c->rate = rate_new(a, c->scorer, NULL, 0, false);
	if (arena_failed(a) || !price_new(a, c))
		return false;
	for (uint32_t i = 0; i < c->n; i++) {
		c->weight[i] = score_weight(c->scorer, i);
		c->wanted[i] = score_wanted(c->scorer, i);
		c->most_pairs += c->wanted[i];
	}
	c->wants_several = c->most_pairs > c->n;
	for (uint32_t j = 0; j < c->m; j++)
		c->capacity[j] = score_capacity(c->scorer, j);
	for (int goal = 0; goal < COLUMNS_GOALS; goal++) {
		c->tree[goal] = assign_new(a, c->n, c->m, c->capacity);
		if (c->tree[goal] == NULL ||
		    !assign_want(c->tree[goal], a, c->wanted, c->once))
			return false;
	}
	return true;
}

enum err_code columns_new(struct arena *a, const struct scorer *s,
    const struct match_options *o, struct columns **ret_columns, struct err *e)
{
	struct match_progress progress = {.phase = "people"};
	struct columns *c = ARENA_NEW(a, struct columns);
	enum err_code rc;

	if (c == NULL)
		return ERR_SET(e, NOMEM, "no memory for the matching");
	*c = (struct columns){.arena = a,
	    .scorer = s,
	    .options = o,
	    .scale = score_scale(s),
	    .n = score_newcomers(s),
	    .m = score_mentors(s),
	    .threads = rate_threads(s, o->threads)};
	if (!make(a, c))
		return ERR_SET(e, NOMEM, "no memory for the matching");
	rc = price_first(c, &progress, e);
	if (rc == ERR_OK)
		rc = add_found(c, e);
	if (rc == ERR_OK)
		*ret_columns = c;
	return rc;
}

int64_t columns_most_weight(const struct columns *c)
{
	int64_t most = 0;

	for (uint32_t i = 0; i < c->n; i++)
		if (c->weight[i] > most)
			most = c->weight[i];
	return most;
}

int64_t columns_worth(const struct columns *c, uint32_t i, uint32_t j)
{
	return j == ASSIGN_ALONE ? 0
				 : price_value(c, COLUMNS_TOTAL, i, j,
				       score_points(c->scorer, i, j));
}

bool columns_have(struct columns *c, uint32_t i, uint32_t j, int32_t points)
{
	struct columns_found *found = &c->found[i];

	for (uint32_t k = 0; k < c->row[i].n; k++)
		if (c->row[i].edge[k].mentor == j)
			return true;
	found->candidate[0] = (struct columns_candidate){j, points};
	found->n = 1;
	return add_row(c, i);
}

/* A pair with a bonus is a column: pricing need not know of it. */
static void add_bonus(struct columns *c, uint32_t i)
{
	for (uint32_t k = 0; k < c->row[i].n; k++)
		if (c->row[i].edge[k].mentor == c->keep[i])
			c->row[i].edge[k].value += c->bonus;
}

static void set_values(struct columns *c, struct columns_step step)
{
	for (uint32_t i = 0; i < c->n; i++) {
		c->once[i] = price_once(c, step.goal, i);
		for (uint32_t k = 0; k < c->row[i].n; k++) {
			struct assign_edge *edge = &c->row[i].edge[k];

			edge->value = 0;
			if (edge->points >= step.least_points)
				edge->value = price_value(c, step.goal, i,
				    edge->mentor, edge->points);
		}
		if (c->keep != NULL)
			add_bonus(c, i);
	}
}

int64_t columns_try(struct columns *c, struct columns_step step)
{
	c->assign = c->tree[step.goal];
	set_values(c, step);
	return assign_solve(c->assign, c->row);
}

enum err_code columns_solve(struct columns *c, struct columns_step step,
    int64_t target, const struct match_progress *progress,
    int64_t *ret_objective, struct err *e)
{
	uint64_t before;

	do {
		enum err_code rc;

		before = c->columns;
		*ret_objective = columns_try(c, step);
		if (target > 0 && *ret_objective >= target)
			break;
		rc = price_all(c, step, progress, e);
		if (rc == ERR_OK)
			rc = add_found(c, e);
		if (rc != ERR_OK)
			return rc;
		c->passes++;
	} while (c->columns > before);
	return ERR_OK;
}
