/*
 * Column generation: see columns.h.
 *
 * A pair that is a column obeys the duals of the last solve, so pricing never adds
 * one twice. Every pass adds at least one of finitely many pairs: it ends. All
 * choices are by value, points and number, so the same input gives the same
 * columns.
 */
#include "matcher/columns.h"

#include <string.h>

/* The pairs of one newcomer that matter most, best first. */
struct shortlist {
	struct {
		int64_t key;
		uint32_t mentor;
		int32_t points;
	} best[COLUMNS_FIRST];

	uint32_t n, size;
};

static void shortlist_add(
    struct shortlist *l, int64_t key, uint32_t mentor, int32_t points)
{
	uint32_t at = l->n;

	if (at == l->size && key <= l->best[at - 1].key)
		return;
	if (at < l->size)
		l->n++;
	else
		at--;
	for (; at > 0 && l->best[at - 1].key < key; at--)
		l->best[at] = l->best[at - 1];
	l->best[at].key = key;
	l->best[at].mentor = mentor;
	l->best[at].points = points;
}

/* Points of newcomer i with every mentor, -1 where not allowed. */
static const int16_t *points_of(struct columns *c, uint32_t i)
{
	if (c->points != NULL)
		return c->points + (size_t)i * c->m;
	for (uint32_t j = 0; j < c->m; j++)
		c->scratch[j] = (int16_t)score_points(c->scorer, i, j);
	return c->scratch;
}

static bool add_columns(
    struct columns *c, uint32_t i, const struct shortlist *l)
{
	struct assign_row *row = &c->row[i];

	if (row->n + l->n > row->size) {
		uint32_t size = (row->n + l->n) * 2;
		struct assign_edge *edge = arena_grow(
		    c->arena, row->edge, row->n, size, sizeof(*edge));

		if (edge == NULL)
			return false;
		row->edge = edge;
		row->size = size;
	}
	for (uint32_t k = 0; k < l->n; k++)
		row->edge[row->n++] = (struct assign_edge){
		    0, l->best[k].mentor, l->best[k].points};
	c->columns += l->n;
	return true;
}

static enum err_code report(struct columns *c,
    const struct match_progress *progress, uint64_t done, struct err *e)
{
	struct match_progress now = *progress;

	now.done = done;
	if (c->options->progress != NULL &&
	    c->options->progress(c->options->cookie, &now))
		return ERR_SET(e, TIMEOUT, "the matching was stopped");
	return ERR_OK;
}

/*
 * Where newcomer i begins to look: each at another place of the circle, so that
 * among equals not all newcomers list the same few mentors.
 */
static uint32_t first_mentor(const struct columns *c, uint32_t i)
{
	return (uint32_t)((uint64_t)i * c->m / c->n);
}

static uint32_t next_mentor(const struct columns *c, uint32_t j)
{
	return j + 1 < c->m ? j + 1 : 0;
}

/* One newcomer's first look at everybody. */
static bool rate_row(struct columns *c, uint32_t i)
{
	struct shortlist list = {.size = COLUMNS_FIRST};
	int16_t *row =
	    c->points != NULL ? c->points + (size_t)i * c->m : c->scratch;
	uint32_t j = first_mentor(c, i);

	for (uint32_t seen = 0; seen < c->m; seen++, j = next_mentor(c, j)) {
		row[j] = (int16_t)score_points(c->scorer, i, j);
		if (row[j] < 0)
			continue;
		c->allowed++;
		c->n_pairs[row[j]]++;
		if (row[j] > c->most_points)
			c->most_points = row[j];
		shortlist_add(&list, row[j], j, row[j]);
	}
	return add_columns(c, i, &list);
}

static enum err_code rate_all(struct columns *c, struct err *e)
{
	struct match_progress progress = {.phase = "people", .total = c->n};

	for (uint32_t i = 0; i < c->n; i++) {
		enum err_code rc = ERR_OK;

		if (i % 64 == 0)
			rc = report(c, &progress, i, e);
		if (rc != ERR_OK)
			return rc;
		if (!rate_row(c, i))
			return ERR_SET(e, NOMEM, "no memory for the matching");
	}
	return ERR_OK;
}

enum err_code columns_new(struct arena *a, const struct scorer *s,
    const struct match_options *o, struct columns **ret_columns, struct err *e)
{
	struct columns *c = ARENA_NEW(a, struct columns);
	uint32_t n = score_newcomers(s), m = score_mentors(s);
	uint64_t pairs = (uint64_t)n * m;
	struct score_scale scale;
	enum err_code rc = score_scale(s, &scale, e);

	if (rc != ERR_OK)
		return rc;
	if (c == NULL)
		return ERR_SET(e, NOMEM, "no memory for the matching");
	*c = (struct columns){.arena = a,
	    .scorer = s,
	    .options = o,
	    .scale = scale,
	    .n = n,
	    .m = m,
	    .capacity = ARENA_ARRAY(a, m, uint32_t),
	    .row = ARENA_ARRAY(a, n, struct assign_row),
	    .scratch = ARENA_ARRAY(a, m, int16_t),
	    .n_pairs = ARENA_ARRAY(
		a, (size_t)CRITERION_COUNT * POLICY_MAX_POINTS + 2, uint64_t)};
	if (pairs <= COLUMNS_MAX_REMEMBERED)
		c->points = ARENA_ARRAY(a, pairs, int16_t);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the matching");
	for (uint32_t j = 0; j < m; j++)
		c->capacity[j] = score_capacity(s, j);
	c->assign = assign_new(a, n, m, c->capacity);
	if (c->assign == NULL)
		return ERR_SET(e, NOMEM, "no memory for the matching");
	rc = rate_all(c, e);
	if (rc == ERR_OK)
		*ret_columns = c;
	return rc;
}

/* The value of a pair that is in the step. */
static int64_t value_of(const struct columns *c, enum columns_goal goal,
    uint32_t i, uint32_t j, int32_t points)
{
	if (goal == COLUMNS_PEOPLE)
		return score_weight(c->scorer, i);
	return score_value(
	    c->scorer, &c->scale, c->options->seed, i, j, points);
}

static void set_values(
    struct columns *c, enum columns_goal goal, int32_t least_points)
{
	for (uint32_t i = 0; i < c->n; i++)
		for (uint32_t k = 0; k < c->row[i].n; k++) {
			struct assign_edge *edge = &c->row[i].edge[k];

			edge->value = 0;
			if (edge->points >= least_points)
				edge->value = value_of(
				    c, goal, i, edge->mentor, edge->points);
		}
}

/* More than any pair of newcomer i with these points can be worth. */
static int64_t value_limit(
    const struct columns *c, enum columns_goal goal, uint32_t i, int32_t points)
{
	int64_t weight = score_weight(c->scorer, i);

	return goal == COLUMNS_PEOPLE
		   ? weight
		   : weight * c->scale.people + points * c->scale.points +
			 c->scale.tie_range;
}

/* The pairs of newcomer i that are worth more than their duals. Of equals the
 * one with more points comes first. */
static void price_row(struct columns *c, enum columns_goal goal,
    int32_t least_points, uint32_t i, struct shortlist *l)
{
	const int16_t *points = points_of(c, i);
	const int64_t *p = assign_p(c->assign);
	int64_t u = assign_u(c->assign)[i];
	int64_t limit = value_limit(c, goal, i, 0);
	int64_t per_point = goal == COLUMNS_PEOPLE ? 0 : c->scale.points;
	uint32_t j = first_mentor(c, i);

	for (uint32_t seen = 0; seen < c->m; seen++, j = next_mentor(c, j)) {
		int64_t excess;

		if (points[j] < least_points ||
		    limit + points[j] * per_point <= u + p[j])
			continue;
		excess = value_of(c, goal, i, j, points[j]) - u - p[j];
		if (excess <= 0)
			continue;
		if (goal == COLUMNS_PEOPLE)
			excess = excess * (c->most_points + 1) + points[j];
		shortlist_add(l, excess, j, points[j]);
	}
}

static enum err_code price_all(struct columns *c, enum columns_goal goal,
    int32_t least_points, uint64_t *ret_added, struct err *e)
{
	uint64_t before = c->columns;

	for (uint32_t i = 0; i < c->n; i++) {
		struct shortlist list = {.size = COLUMNS_MORE};

		price_row(c, goal, least_points, i, &list);
		if (!add_columns(c, i, &list))
			return ERR_SET(e, NOMEM, "no memory for the matching");
	}
	c->passes++;
	*ret_added = c->columns - before;
	return ERR_OK;
}

enum err_code columns_solve(struct columns *c, enum columns_goal goal,
    int32_t least_points, int64_t target, const struct match_progress *progress,
    int64_t *ret_objective, struct err *e)
{
	uint64_t added = 1;
	int64_t objective = 0;

	for (uint64_t pass = 0; added > 0; pass++) {
		enum err_code rc = report(c, progress, pass, e);

		if (rc != ERR_OK)
			return rc;
		set_values(c, goal, least_points);
		objective = assign_solve(c->assign, c->row);
		if (target > 0 && objective >= target)
			break;
		rc = price_all(c, goal, least_points, &added, e);
		if (rc != ERR_OK)
			return rc;
	}
	*ret_objective = objective;
	return ERR_OK;
}
