/* Forcing one pair by a bonus, or asking both what they prefer: see why.h. */
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
	uint32_t *mate, *now;  /* by newcomer, in the plan; in the answer's */
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
	return ((int64_t)c->n * score_most_points(c->scorer) + 2) *
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
    const struct scorer *s, const struct plan *plan, uint32_t *mate, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		mate[i] = ASSIGN_ALONE;
	for (uint32_t k = 0; k < plan->n_pairs; k++)
		mate[score_newcomer_of(s, plan->pair[k].newcomer)] =
		    score_mentor_of(s, plan->pair[k].mentor);
}

static struct plan_goals goals_of(const struct plan *plan)
{
	return (struct plan_goals){plan->n_pairs, plan->people_weight,
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
	w->mate = ARENA_ARRAY(a, c->n, uint32_t);
	w->now = ARENA_ARRAY(a, c->n, uint32_t);
	w->keep = ARENA_ARRAY(a, c->n, uint32_t);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the questions");
	take_mates(s, w->plan, w->mate, c->n);
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
    const struct plan_pair **ret_pair, struct plan_unmatched *ret,
    struct err *e)
{
	uint32_t i;
	enum err_code rc = find_newcomer(w, newcomer, &i, e);

	if (rc != ERR_OK)
		return rc;
	*ret_pair = NULL;
	for (uint32_t k = 0; k < w->plan->n_pairs; k++)
		if (w->plan->pair[k].newcomer == newcomer)
			*ret_pair = &w->plan->pair[k];
	return *ret_pair != NULL
		   ? ERR_OK
		   : explain_unmatched(w->explain, w->arena, i, ret, e);
}

/* Who has another mentor than in the plan. */
static void find_touched(const struct why *w, struct why_answer *ret)
{
	const struct columns *c = w->columns;
	uint32_t nobody = w->community->n;

	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t was = w->mate[i], is = w->now[i];

		if (was == is)
			continue;
		ret->n_touched++;
		if (ret->n_named == WHY_MAX_TOUCHED)
			continue;
		ret->touched[ret->n_named++] = (struct why_touched){
		    score_newcomer(c->scorer, i),
		    was == ASSIGN_ALONE ? nobody : score_mentor(c->scorer, was),
		    is == ASSIGN_ALONE ? nobody : score_mentor(c->scorer, is)};
	}
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
	for (uint32_t k = 0; k < c->n; k++)
		w->now[k] = assign_mate(c->assign, k);
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
		take_mates(c->scorer, &plan, w->now, c->n);
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
	ret->is_in_plan = w->mate[i] == j;
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
