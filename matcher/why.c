/* Forcing one pair by a bonus, or asking both what they prefer: see why.h. Constraints
 * and stable plans know one mentor a newcomer: most is 1 there. */
#include "matcher/why.h"

#include <string.h>

#include "matcher/columns.h"
#include "matcher/constrain.h"
#include "matcher/explain.h"
#include "matcher/solve.h"
#include "matcher/stable.h"

#define WHY_MAX_WORK ((size_t)4 << 30)

struct why {
	struct arena *arena;
	const struct community *community;
	const struct policy *policy;
	struct columns *columns;
	struct plan *plan;
	struct explain *explain;
	struct prefer *prefer; /* of a stable plan */
	/* By newcomer, w->most of each, sorted, ASSIGN_ALONE behind them: in the
	 * plan, and in the answer's. */
	uint32_t *mate, *now;
	uint32_t most;
	struct plan unconstrained;
	uint32_t *keep; /* ASSIGN_ALONE but for the newcomer of the question */
	int64_t bonus;
};

/* More than the whole rest can gain by leaving the pair out: its place serves one
 * person more, whose weight and points, with all others', stay below. */
static int64_t bonus_of(const struct columns *c)
{
	if (c->scale.people > 0)
		return (columns_most_weight(c) + 2) * c->scale.people;
	/* all points and ties of a plan, where people weigh nothing */
	return ((int64_t)c->most_pairs * score_most_points(c->scorer) + 2) *
	       c->scale.points;
}

/* Instead of the optimal plan, which is solved already. */
static enum err_code take_stable(
    struct why *w, const struct match_options *o, struct err *e)
{
	struct arena *a = w->arena;

	w->prefer = prefer_new(
	    a, w->community, w->columns->scorer, w->columns->rate, o->seed);
	if (w->prefer == NULL)
		return ERR_SET(e, NOMEM, "no memory for the preferences");
	return stable_plan(a, a, w->prefer, o, w->plan, e);
}

static void take_mates(
    const struct why *w, const struct plan *plan, uint32_t *mate)
{
	const struct scorer *s = w->columns->scorer;
	uint32_t at = 0;

	memset(mate, 0xff, /* ASSIGN_ALONE */
	    (size_t)w->columns->n * w->most * sizeof(*mate));
	for (uint32_t k = 0; k < plan->n_pairs; k++) {
		const struct plan_pair *pair = &plan->pair[k];

		at = k > 0 && pair[-1].newcomer == pair->newcomer ? at + 1 : 0;
		mate[score_newcomer_of(s, pair->newcomer) * w->most + at] =
		    score_mentor_of(s, pair->mentor);
	}
}

static struct plan_goals goals_of(const struct plan *plan)
{
	return (struct plan_goals){plan->n_served, plan->people_weight,
	    plan->worst_points, plan->total_points};
}

static enum err_code begin(
    struct why *w, const struct match_options *o, struct err *e)
{
	struct arena *a = w->arena;
	struct columns *c;
	struct scorer *s = NULL;
	enum err_code rc = score_new(a, w->community, w->policy, &s, e);

	if (rc == ERR_OK)
		rc = columns_new(a, s, o, &w->columns, e);
	if (rc == ERR_OK)
		rc = solve_plan(a, w->columns, w->policy, w->plan, e);
	if (rc == ERR_OK && w->policy->method == POLICY_DEFERRED_ACCEPTANCE)
		rc = take_stable(w, o, e);
	w->unconstrained = *w->plan;
	if (rc == ERR_OK && w->policy->n_constraints > 0)
		rc = constrain_plan(
		    a, a, w->columns, w->policy, NULL, w->plan, e);
	if (rc != ERR_OK)
		return rc;
	c = w->columns;
	w->explain =
	    explain_new(a, w->community, w->policy, s, c->rate, w->plan);
	w->most = w->policy->mentors_per_newcomer;
	w->mate = ARENA_ARRAY(a, (size_t)c->n * w->most, uint32_t);
	w->now = ARENA_ARRAY(a, (size_t)c->n * w->most, uint32_t);
	w->keep = ARENA_ARRAY(a, c->n, uint32_t);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the questions");
	take_mates(w, w->plan, w->mate);
	memset(w->keep, 0xff, c->n * sizeof(*w->keep)); /* ASSIGN_ALONE */
	w->bonus = bonus_of(c);
	return ERR_OK;
}

enum err_code why_open(struct arena *a, const struct community *c,
    const struct policy *p, const struct match_options *o, struct why **ret_why,
    struct err *e)
{
	struct why *w = ARENA_NEW(a, struct why);
	enum err_code rc;

	if (w == NULL)
		return ERR_SET(e, NOMEM, "no memory for the questions");
	*w = (struct why){.arena = a,
	    .community = c,
	    .policy = p,
	    .plan = ARENA_NEW(a, struct plan)};
	if (w->plan == NULL)
		return ERR_SET(e, NOMEM, "no memory for the questions");
	w->plan->seed = o->seed;
	rc = begin(w, o, e);
	if (rc == ERR_OK)
		*ret_why = w;
	return rc;
}

const struct plan *why_plan(const struct why *w)
{
	return w->plan;
}

static enum err_code find_newcomer(
    const struct why *w, uint32_t person, uint32_t *ret, struct err *e)
{
	*ret = score_newcomer_of(w->columns->scorer, person);
	if (*ret == UINT32_MAX)
		return ERR_SET(e, VALIDATION, "%s is not a newcomer",
		    w->community->person[person].id);
	return ERR_OK;
}

enum err_code why_newcomer(struct why *w, uint32_t newcomer,
    const struct plan_pair **ret_pairs, uint32_t *ret_n,
    struct plan_unmatched *ret, struct err *e)
{
	uint32_t i;
	enum err_code rc = find_newcomer(w, newcomer, &i, e);

	if (rc != ERR_OK)
		return rc;
	*ret_pairs = NULL;
	*ret_n = 0;
	for (uint32_t k = 0; k < w->plan->n_pairs; k++)
		if (w->plan->pair[k].newcomer == newcomer && (*ret_n)++ == 0)
			*ret_pairs = &w->plan->pair[k];
	return *ret_n > 0 ? ERR_OK
			  : explain_unmatched(w->explain, w->arena, i, ret, e);
}

/* The next mentor of a sorted list who is not in the other; ASSIGN_ALONE: none. */
static uint32_t next_only(
    const uint32_t *list, const uint32_t *other, uint32_t n, uint32_t *at)
{
	for (; *at < n && list[*at] != ASSIGN_ALONE; (*at)++) {
		uint32_t k = 0;

		while (k < n && other[k] != list[*at])
			k++;
		if (k == n)
			return list[(*at)++];
	}
	return ASSIGN_ALONE;
}

/* Whom the newcomer would have instead of whom. */
static void touch(const struct why *w, uint32_t i, struct why_answer *ret)
{
	const struct scorer *s = w->columns->scorer;
	const uint32_t *mate = &w->mate[(size_t)i * w->most];
	const uint32_t *now = &w->now[(size_t)i * w->most];
	uint32_t nobody = w->community->n, lost = 0, got = 0;

	for (;;) {
		uint32_t was = next_only(mate, now, w->most, &lost);
		uint32_t is = next_only(now, mate, w->most, &got);

		if (was == is)
			return; /* nobody more on either side */
		ret->n_touched++;
		if (ret->n_named == WHY_MAX_TOUCHED)
			continue;
		ret->touched[ret->n_named++] =
		    (struct why_touched){score_newcomer(s, i),
			was == ASSIGN_ALONE ? nobody : score_mentor(s, was),
			is == ASSIGN_ALONE ? nobody : score_mentor(s, is)};
	}
}

/* Who has another mentor than in the plan. */
static void find_touched(const struct why *w, struct why_answer *ret)
{
	for (uint32_t i = 0; i < w->columns->n; i++)
		touch(w, i, ret);
}

static enum err_code force(struct why *w, uint32_t i, uint32_t j,
    int32_t points, struct why_answer *ret, struct err *e)
{
	struct columns *c = w->columns;
	struct match_progress progress = {.phase = "why"};
	int32_t least = w->policy->worst_pair ? w->plan->worst_points : 0;
	int64_t value;
	enum err_code rc;

	if (!columns_have(c, i, j, points))
		return ERR_SET(e, NOMEM, "no memory for the question");
	w->keep[i] = j;
	c->keep = w->keep;
	c->bonus = w->bonus;
	rc = columns_solve(c, (struct columns_step){COLUMNS_TOTAL, least}, 0,
	    &progress, &value, e);
	w->keep[i] = ASSIGN_ALONE;
	c->keep = NULL;
	if (rc != ERR_OK)
		return rc;
	ret->is = solve_goals(c);
	for (uint32_t k = 0; k < c->n * w->most; k++)
		w->now[k] = assign_mate(c->assign, k / w->most, k % w->most);
	find_touched(w, ret);
	return ERR_OK;
}

/* Under constraints everything is solved again with the pair in it. */
static enum err_code force_constrained(struct why *w, uint32_t i, uint32_t j,
    struct why_answer *ret, struct err *e)
{
	struct columns *c = w->columns;
	struct arena *work = arena_new(WHY_MAX_WORK);
	struct plan plan = w->unconstrained;
	enum err_code rc;

	if (work == NULL)
		return ERR_SET(e, NOMEM, "no memory for the question");
	rc = constrain_plan(
	    work, work, c, w->policy, &(struct constrain_pair){i, j}, &plan, e);
	if (rc == ERR_OK) {
		take_mates(w, &plan, w->now);
		ret->is = goals_of(&plan);
		find_touched(w, ret);
	}
	arena_free(work);
	return rc;
}

static struct prefer_choice mentor_of(
    const struct why *w, uint32_t i, uint32_t j)
{
	int32_t points = score_points(w->columns->scorer, i, j);

	return (struct prefer_choice){
	    prefer_newcomers_liking(w->prefer, i, j, points), j};
}

static struct prefer_choice newcomer_of(
    const struct why *w, uint32_t i, uint32_t j)
{
	int32_t points = score_points(w->columns->scorer, i, j);

	return (struct prefer_choice){
	    prefer_mentors_liking(w->prefer, i, j, points), i};
}

static bool mentor_stays(const struct why *w, uint32_t i, uint32_t j)
{
	uint32_t used = 0;

	for (uint32_t k = 0; k < w->columns->n; k++) {
		if (w->mate[k] != j)
			continue;
		used++;
		if (prefer_by_mentor(w->prefer, j, newcomer_of(w, i, j),
			newcomer_of(w, k, j)))
			return false;
	}
	return used == score_capacity(w->columns->scorer, j);
}

static void ask_both(
    const struct why *w, uint32_t i, uint32_t j, struct why_answer *ret)
{
	ret->newcomer_stays =
	    w->mate[i] != ASSIGN_ALONE &&
	    prefer_by_newcomer(
		w->prefer, i, mentor_of(w, i, w->mate[i]), mentor_of(w, i, j));
	ret->mentor_stays = mentor_stays(w, i, j);
}

enum err_code why_pair(struct why *w, uint32_t newcomer, uint32_t mentor,
    struct why_answer *ret, struct err *e)
{
	const struct scorer *s = w->columns->scorer;
	uint32_t i, j = score_mentor_of(s, mentor);
	enum err_code rc = find_newcomer(w, newcomer, &i, e);

	if (rc != ERR_OK)
		return rc;
	if (j == UINT32_MAX)
		return ERR_SET(e, VALIDATION, "%s is not a mentor",
		    w->community->person[mentor].id);
	*ret = (struct why_answer){.was = w->plan->bound, .is = w->plan->bound};
	score_pair(s, i, j, &ret->score);
	ret->is_allowed = ret->score.rule == SCORE_ALLOWED;
	for (uint32_t at = 0; at < w->most; at++)
		if (w->mate[(size_t)i * w->most + at] == j)
			ret->is_in_plan = true;
	if (!ret->is_allowed || ret->is_in_plan)
		return ERR_OK;
	if (w->policy->n_constraints > 0) {
		ret->was = goals_of(w->plan);
		return force_constrained(w, i, j, ret, e);
	}
	if (w->prefer == NULL)
		return force(w, i, j, ret->score.points, ret, e);
	ask_both(w, i, j, ret);
	return ERR_OK;
}
