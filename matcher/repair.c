/*
 * Repair by a bonus on kept pairs: see repair.h.
 *
 * For a bonus b let g(b) be the greatest value of a plan plus b for each kept pair.
 * Any plan that keeps `need` or more is worth at most g(b) - b * need. The search
 * goes from the bonus 0 (keeps too few) and one so great that nothing allowed ends,
 * to where the two plans are worth the same, until no plan lies between them.
 */
#include "matcher/repair.h"

#include <string.h>

#include "matcher/columns.h"
#include "matcher/repair_mix.h"
#include "matcher/solve.h"
#include "matcher/stability.h"

#define REPAIR_MAX_WORK ((size_t)8 << 30)

enum {
	UNIT = 1 << 10, /* of a point, so that bonuses are fine enough */
};

/* The best plan for one bonus. */
struct outcome {
	int64_t bonus, value, bound; /* value without bonuses */
	uint32_t n_kept;
	uint32_t *mate; /* by newcomer: mentor or ASSIGN_ALONE */
};

struct work {
	struct arena *arena;
	struct columns *columns;
	const struct community *community;
	const struct policy *policy;
	uint32_t n_kept_most, n_ended;
	int64_t extra; /* weight of those who have an allowed pair */
	struct outcome free, bound_to; /* bonus 0; nothing allowed ends */
};

/* ---- what people have ---- */

static enum err_code take_pair(struct work *w, const struct repair_pair *pair,
    uint32_t *used, struct err *e)
{
	struct columns *c = w->columns;
	const struct person *person = w->community->person;
	uint32_t i = score_newcomer_of(c->scorer, pair->newcomer);
	uint32_t j = score_mentor_of(c->scorer, pair->mentor);
	int32_t points = -1;

	if (i == UINT32_MAX)
		return ERR_SET(e, VALIDATION, "%s is not a newcomer",
		    person[pair->newcomer].id);
	if (c->keep[i] != ASSIGN_ALONE)
		return ERR_SET(e, VALIDATION, "%s has two mentors",
		    person[pair->newcomer].id);
	if (j != UINT32_MAX)
		points = score_points(c->scorer, i, j);
	if (points < 0) {
		w->n_ended++;
		return ERR_OK;
	}
	if (++used[j] > c->capacity[j])
		return ERR_SET(e, VALIDATION,
		    "%s has more newcomers than the %u places",
		    person[pair->mentor].id, c->capacity[j]);
	c->keep[i] = j;
	w->n_kept_most++;
	return columns_have(c, i, j, points)
		   ? ERR_OK
		   : ERR_SET(e, NOMEM, "no memory for the repair");
}

static enum err_code take_pairs(struct work *w, const struct repair_pair *has,
    uint32_t n_has, struct err *e)
{
	struct columns *c = w->columns;
	uint32_t *used = ARENA_ARRAY(w->arena, c->m, uint32_t);
	enum err_code rc = ERR_OK;

	c->keep = ARENA_ARRAY(w->arena, c->n, uint32_t);
	if (used == NULL || c->keep == NULL)
		return ERR_SET(e, NOMEM, "no memory for the repair");
	for (uint32_t i = 0; i < c->n; i++)
		c->keep[i] = ASSIGN_ALONE;
	for (uint32_t k = 0; rc == ERR_OK && k < n_has; k++)
		rc = take_pair(w, &has[k], used, e);
	return rc;
}

/* ---- one bonus ---- */

static enum err_code solve_bonus(
    struct work *w, int64_t bonus, struct outcome *ret, struct err *e)
{
	struct columns *c = w->columns;
	struct match_progress progress = {.phase = "repair"};
	enum err_code rc;

	*ret = (struct outcome){
	    .bonus = bonus, .mate = ARENA_ARRAY(w->arena, c->n, uint32_t)};
	if (ret->mate == NULL)
		return ERR_SET(e, NOMEM, "no memory for the repair");
	c->bonus = bonus;
	rc = columns_solve(c, (struct columns_step){COLUMNS_TOTAL, 0}, 0,
	    &progress, &ret->bound, e);
	if (rc != ERR_OK)
		return rc;
	for (uint32_t i = 0; i < c->n; i++) {
		ret->mate[i] = assign_mate(c->assign, i, 0);
		ret->n_kept +=
		    ret->mate[i] != ASSIGN_ALONE && ret->mate[i] == c->keep[i];
	}
	ret->value = ret->bound - bonus * ret->n_kept;
	return ERR_OK;
}

/* Whoever has an allowed pair weighs more than anybody whom their place could serve
 * instead: nobody loses a mentor without getting another. */
static void secure(struct work *w)
{
	struct columns *c = w->columns;

	w->extra = columns_most_weight(c) + 1;
	for (uint32_t i = 0; i < c->n; i++)
		if (c->keep[i] != ASSIGN_ALONE)
			c->weight[i] += w->extra;
}

/* One kept pair less makes room for one person more at best, and for any points:
 * a greater bonus keeps everything. */
static int64_t bonus_most(const struct work *w)
{
	return w->extra * w->columns->scale.people;
}

static enum err_code begin(struct work *w, const struct match_options *o,
    const struct repair_pair *has, uint32_t n_has, struct err *e)
{
	struct scorer *s = NULL;
	enum err_code rc = score_new(w->arena, w->community, w->policy, &s, e);
	struct score_scale scale;

	if (rc == ERR_OK)
		rc = columns_new(w->arena, s, o, &w->columns, e);
	if (rc != ERR_OK)
		return rc;
	if (w->columns->wants_several)
		return ERR_SET(e, VALIDATION,
		    "a repair is about one mentor for each newcomer, not %u",
		    w->policy->mentors_per_newcomer);
	scale = w->columns->scale;
	w->columns->scale =
	    (struct score_scale){scale.people / scale.points * UNIT, UNIT, 1};
	rc = take_pairs(w, has, n_has, e);
	if (rc != ERR_OK)
		return rc;
	secure(w);
	rc = solve_bonus(w, 0, &w->free, e);
	if (rc == ERR_OK)
		rc = solve_bonus(w, bonus_most(w), &w->bound_to, e);
	return rc;
}

/* ---- between two bonuses ---- */

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t bound_of(const struct outcome *x, uint32_t need)
{
	return x->bound - x->bonus * need;
}

/* Of `need`: *few keeps less, *many as much or more, and no plan for
 * any bonus lies between. */
static enum err_code find_neighbours(struct work *w, uint32_t need,
    struct outcome *few, struct outcome *many, int64_t *ret_bound,
    struct err *e)
{
	*few = w->free;
	*many = w->bound_to;
	*ret_bound = least(bound_of(few, need), bound_of(many, need));
	for (;;) {
		int64_t bonus =
		    (few->value - many->value) / (many->n_kept - few->n_kept);
		struct outcome x;
		enum err_code rc;

		if (bonus <= few->bonus || bonus >= many->bonus)
			return ERR_OK;
		rc = solve_bonus(w, bonus, &x, e);
		if (rc != ERR_OK)
			return rc;
		*ret_bound = least(*ret_bound, bound_of(&x, need));
		if (x.n_kept == few->n_kept || x.n_kept == many->n_kept)
			return ERR_OK;
		*(x.n_kept < need ? few : many) = x;
	}
}

/* ---- the plan ---- */

static enum err_code write_plan(struct arena *a, struct work *w,
    const uint32_t *mate, int64_t bound, struct repair *r, struct err *e)
{
	const struct columns *c = w->columns;
	struct plan plan = {.pair = ARENA_ARRAY(a, c->n, struct plan_pair)};
	int64_t value = 0;

	if (plan.pair == NULL)
		return ERR_SET(e, NOMEM, "no memory for the repair");
	for (uint32_t i = 0; i < c->n; i++) {
		value += columns_worth(c, i, mate[i]);
		if (mate[i] != ASSIGN_ALONE) {
			solve_take_pair(c->scorer, i, mate[i], &plan);
			plan.people_weight += score_weight(c->scorer, i);
		}
		if (c->keep[i] != ASSIGN_ALONE) {
			r->n_kept += mate[i] == c->keep[i];
			r->n_changed += mate[i] != c->keep[i];
		}
	}
	r->n_ended = w->n_ended;
	r->n_pairs = plan.n_pairs;
	r->pair = plan.pair;
	r->goals = (struct plan_goals){plan.n_pairs, plan.people_weight,
	    plan.n_pairs > 0 ? INT32_MAX : 0, plan.total_points};
	for (uint32_t k = 0; k < plan.n_pairs; k++)
		if (plan.pair[k].points < r->goals.worst_points)
			r->goals.worst_points = plan.pair[k].points;
	/* a bound between two whole points is the lower */
	bound -= bound % UNIT;
	r->is_optimal = value == bound;
	if (c->scale.people > 0) {
		r->bound.people_weight =
		    bound / c->scale.people - w->extra * w->n_kept_most;
		bound %= c->scale.people;
	}
	r->bound.total_points = bound / UNIT;
	return ERR_OK;
}

static enum err_code solve_changes(struct arena *a, struct work *w,
    uint32_t changes, struct repair **ret_repair, struct err *e)
{
	struct repair *r = ARENA_NEW(a, struct repair);
	uint32_t need = changes < w->n_kept_most ? w->n_kept_most - changes : 0;
	struct outcome few, many;
	uint32_t *mate;
	int64_t bound;
	enum err_code rc;

	if (r == NULL)
		return ERR_SET(e, NOMEM, "no memory for the repair");
	*ret_repair = r;
	if (w->free.n_kept >= need)
		return write_plan(a, w, w->free.mate, w->free.bound, r, e);
	rc = find_neighbours(w, need, &few, &many, &bound, e);
	if (rc != ERR_OK)
		return rc;
	mate = ARENA_ARRAY(w->arena, w->columns->n, uint32_t);
	if (mate == NULL)
		return ERR_SET(e, NOMEM, "no memory for the repair");
	memcpy(mate, many.mate, w->columns->n * sizeof(*mate));
	if (!repair_mix(
		w->arena, w->columns, mate, few.mate, many.n_kept - need))
		return ERR_SET(e, NOMEM, "no memory for the repair");
	return write_plan(a, w, mate, bound, r, e);
}

static enum err_code report_stability(
    struct arena *a, struct work *w, struct repair *r, struct err *e)
{
	const struct columns *c = w->columns;
	struct plan plan = {.n_pairs = r->n_pairs, .pair = r->pair};
	struct prefer *prefer = prefer_new(
	    w->arena, w->community, c->scorer, c->rate, c->options->seed);
	enum err_code rc;

	if (prefer == NULL)
		return ERR_SET(e, NOMEM, "no memory for the preferences");
	rc = stability_report(
	    w->arena, a, prefer, c->options, c->threads, &plan, e);
	r->stability = plan.stability;
	return rc;
}

enum err_code repair_run(struct arena *a, const struct community *c,
    const struct policy *p, const struct match_options *o,
    const struct repair_pair *has, uint32_t n_has, uint32_t changes,
    struct repair **ret_repair, struct err *e)
{
	struct work w = {
	    .arena = arena_new(REPAIR_MAX_WORK), .community = c, .policy = p};
	enum err_code rc;

	if (w.arena == NULL)
		return ERR_SET(e, NOMEM, "no memory for the repair");
	rc = begin(&w, o, has, n_has, e);
	if (rc == ERR_OK)
		rc = solve_changes(a, &w, changes, ret_repair, e);
	if (rc == ERR_OK)
		rc = report_stability(a, &w, *ret_repair, e);
	arena_free(w.arena);
	return rc;
}

enum err_code repair_frontier(struct arena *a, const struct community *c,
    const struct policy *p, const struct match_options *o,
    const struct repair_pair *has, uint32_t n_has, uint32_t max_plans,
    struct repair ***ret_plans, uint32_t *ret_n, struct err *e)
{
	struct work w = {
	    .arena = arena_new(REPAIR_MAX_WORK), .community = c, .policy = p};
	struct repair **plan = ARENA_ARRAY(a, max_plans, struct repair *);
	uint32_t n = 0;
	enum err_code rc;

	if (w.arena == NULL || plan == NULL) {
		arena_free(w.arena);
		return ERR_SET(e, NOMEM, "no memory for the repair");
	}
	rc = begin(&w, o, has, n_has, e);
	while (rc == ERR_OK && n < max_plans) {
		rc = solve_changes(a, &w, n, &plan[n], e);
		n++;
		if (w.free.n_kept + n > w.n_kept_most)
			break; /* as many changes as are of use */
	}
	arena_free(w.arena);
	*ret_plans = plan;
	*ret_n = n;
	return rc;
}
