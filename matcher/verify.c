/*
 * The checker: see match.h. It knows the plan, the certificate and the scorer, and
 * nothing of how they were found.
 *
 * What it proves, by weak duality: duals u, p >= 0 with u[i] + p[j] >= value(i, j)
 * on every pair of a graph bound every plan on it by sum u + sum capacity * p; a
 * plan of that very value is optimal. It goes over all pairs once. Of a newcomer who
 * may have several mentors, u is at least what the best so many of them bring.
 */
#include "matcher/match.h"

#include <string.h>

#include "matcher/cover.h"
#include "matcher/rate.h"
#include "matcher/verify_shortage.h"
#include "matcher/verify_side.h"
#include "matcher/verify_stable.h"

#define FAULT(x, ...) ERR_SET((x)->err, VALIDATION, __VA_ARGS__)

/* No number of a true certificate is larger; sums of two cannot overflow. */
static const int64_t DUAL_MAX = (int64_t)1 << 60;

struct check {
	struct arena *arena;
	unsigned threads;
	const struct community *community;
	const struct policy *policy;
	const struct plan *plan;
	struct scorer *scorer;
	struct score_scale scale;
	struct rate *rate;
	struct rate_work *work;
	struct verify_stable *stable;
	uint32_t *used;                /* by mentor number */
	uint8_t *mentors;              /* by newcomer number: how many */
	int64_t weight, points, value; /* recomputed over the pairs */
	uint32_t served;               /* … and newcomers counted */
	struct err *err;
};

static const char *newcomer_id(const struct check *x, uint32_t i)
{
	return x->community->person[score_newcomer(x->scorer, i)].id;
}

static const char *mentor_id(const struct check *x, uint32_t j)
{
	return x->community->person[score_mentor(x->scorer, j)].id;
}

static enum err_code check_sizes(struct check *x)
{
	const struct plan *plan = x->plan;

	bool is_stable = x->policy->method == POLICY_DEFERRED_ACCEPTANCE;
	bool may_lack = x->policy->n_constraints > 0;

	if (is_stable != (plan->status == PLAN_STABLE) ||
	    (plan->status == PLAN_FEASIBLE && !may_lack))
		return FAULT(x,
		    "the plan does not claim to be what the policy asks for");
	if (plan->n_newcomers != score_newcomers(x->scorer))
		return FAULT(x, "the plan is for %u newcomers, there are %u",
		    plan->n_newcomers, score_newcomers(x->scorer));
	if (plan->n_mentors != score_mentors(x->scorer))
		return FAULT(x, "the plan is for %u mentors, there are %u",
		    plan->n_mentors, score_mentors(x->scorer));
	if ((uint64_t)plan->n_served + plan->n_unmatched != plan->n_newcomers)
		return FAULT(x,
		    "%u served and %u unmatched do not make %u newcomers",
		    plan->n_served, plan->n_unmatched, plan->n_newcomers);
	return ERR_OK;
}

/* The number of a person on a side, or a fault. */
static enum err_code find_number(struct check *x, uint32_t person,
    uint32_t (*number_of)(const struct scorer *, uint32_t), const char *side,
    uint32_t *ret)
{
	if (person >= x->community->n)
		return FAULT(x, "the plan names a %s who does not exist", side);
	*ret = number_of(x->scorer, person);
	if (*ret == UINT32_MAX)
		return FAULT(
		    x, "%s is not a %s", x->community->person[person].id, side);
	return ERR_OK;
}

static enum err_code check_points(struct check *x, const struct plan_pair *pair,
    const struct score *score, const char *n, const char *m)
{
	if (score->rule != SCORE_ALLOWED)
		return FAULT(x, "%s with %s breaks a hard rule", n, m);
	if (pair->shared_minutes != score->shared_minutes)
		return FAULT(x, "%s with %s: %u shared minutes, not %u", n, m,
		    score->shared_minutes, pair->shared_minutes);
	for (int c = 0; c < CRITERION_COUNT; c++)
		if (pair->part[c] != score->part[c])
			return FAULT(x,
			    "%s with %s: %s earns %d points, not %d", n, m,
			    criterion_name((enum criterion)c), score->part[c],
			    pair->part[c]);
	if (pair->points != score->points)
		return FAULT(x, "%s with %s: %d points, not %d", n, m,
		    score->points, pair->points);
	return ERR_OK;
}

static enum err_code check_pair(struct check *x, const struct plan_pair *pair)
{
	uint32_t i = 0, j = 0;
	struct score score;
	enum err_code rc =
	    find_number(x, pair->newcomer, score_newcomer_of, "newcomer", &i);

	if (rc == ERR_OK)
		rc =
		    find_number(x, pair->mentor, score_mentor_of, "mentor", &j);
	if (rc != ERR_OK)
		return rc;
	if (x->mentors[i] == score_wanted(x->scorer, i))
		return FAULT(x, "%s has more than %u mentors",
		    newcomer_id(x, i), score_wanted(x->scorer, i));
	if (++x->used[j] > score_capacity(x->scorer, j))
		return FAULT(x, "%s has more pairs than the %u places",
		    mentor_id(x, j), score_capacity(x->scorer, j));
	score_pair(x->scorer, i, j, &score);
	rc = check_points(x, pair, &score, newcomer_id(x, i), mentor_id(x, j));
	x->points += score.points;
	x->value += score_value(
	    x->scorer, &x->scale, x->plan->seed, i, j, score.points);
	if (x->mentors[i]++ == 0) {
		x->served++;
		x->weight += score_weight(x->scorer, i);
	} else { /* whoever is served weighs once */
		x->value -= score_weight(x->scorer, i) * x->scale.people;
	}
	return rc;
}

static bool is_in_order(
    const struct plan_pair *before, const struct plan_pair *pair)
{
	return before->newcomer < pair->newcomer ||
	       (before->newcomer == pair->newcomer &&
		   before->mentor < pair->mentor);
}

static enum err_code check_pairs(struct check *x)
{
	const struct plan *plan = x->plan;
	int32_t worst = plan->n_pairs > 0 ? INT32_MAX : 0;

	for (uint32_t k = 0; k < plan->n_pairs; k++) {
		enum err_code rc = check_pair(x, &plan->pair[k]);

		if (rc != ERR_OK)
			return rc;
		if (k > 0 && !is_in_order(&plan->pair[k - 1], &plan->pair[k]))
			return FAULT(x, "the pairs are not in the order of "
					"newcomers and mentors, or one is "
					"there twice");
		if (plan->pair[k].points < worst)
			worst = plan->pair[k].points;
	}
	if (plan->n_served != x->served)
		return FAULT(x, "%u newcomers have a mentor, not %u", x->served,
		    plan->n_served);
	if (plan->people_weight != x->weight)
		return FAULT(x, "the weight served is %lld, not %lld",
		    (long long)x->weight, (long long)plan->people_weight);
	if (plan->worst_points != worst)
		return FAULT(x, "the worst pair has %d points, not %d", worst,
		    plan->worst_points);
	if (plan->total_points != x->points)
		return FAULT(x, "the pairs have %lld points in all, not %lld",
		    (long long)x->points, (long long)plan->total_points);
	return ERR_OK;
}

/* The reason that the rules give: how far the newcomer comes with any mentor. */
static enum unmatched_reason reason_for(const struct check *x, uint32_t i)
{
	static const enum unmatched_reason REASON[SCORE_RULES] = {
	    [SCORE_ALLOWED] = UNMATCHED_PLACES_TAKEN,
	    [SCORE_SELF] = UNMATCHED_NO_MENTORS,
	    [SCORE_NO_PLACE] = UNMATCHED_NO_MENTORS,
	    [SCORE_NO_LANGUAGE] = UNMATCHED_NO_LANGUAGE,
	    [SCORE_NO_HOURS] = UNMATCHED_NO_HOURS,
	    [SCORE_ORGANISATION] = UNMATCHED_EXCLUDED,
	    [SCORE_AVOIDED] = UNMATCHED_EXCLUDED,
	};

	const uint8_t *broken = rate_rules(x->rate, x->work, i).broken;
	enum score_rule farthest = SCORE_SELF;
	bool is_allowed = false;

	for (uint32_t j = 0; j < score_mentors(x->scorer); j++) {
		enum score_rule rule = SCORE_ALLOWED;

		if (broken[j] == 0 && x->policy->n_constraints > 0 &&
		    x->used[j] < score_capacity(x->scorer, j))
			return UNMATCHED_CONSTRAINTS;
		if (broken[j] == 0)
			is_allowed = true;
		else
			rule = (enum score_rule)__builtin_ctz(broken[j]);
		if (rule > farthest)
			farthest = rule;
	}
	return REASON[is_allowed ? SCORE_ALLOWED : farthest];
}

static enum err_code check_unmatched(struct check *x)
{
	const struct plan *plan = x->plan;

	for (uint32_t k = 0; k < plan->n_unmatched; k++) {
		const struct plan_unmatched *u = &plan->unmatched[k];
		uint32_t i = 0;
		enum err_code rc = find_number(
		    x, u->newcomer, score_newcomer_of, "newcomer", &i);

		if (rc != ERR_OK)
			return rc;
		if (x->mentors[i] > 0)
			return FAULT(x, "%s stands in the plan twice",
			    newcomer_id(x, i));
		if (k > 0 && plan->unmatched[k - 1].newcomer >= u->newcomer)
			return FAULT(x, "the unmatched are not in order");
		if (u->reason != reason_for(x, i))
			return FAULT(x,
			    "%s is unmatched for another reason: %s",
			    newcomer_id(x, i),
			    unmatched_reason_name(reason_for(x, i)));
	}
	return ERR_OK;
}

/* Signs, and the bound itself. */
static enum err_code check_step(
    struct check *x, const struct certificate_step *step, const char *name)
{
	uint32_t n = x->plan->n_newcomers, m = x->plan->n_mentors;
	int64_t sum = 0, part;
	bool overflow = false;

	for (uint32_t i = 0; i < n; i++) {
		if (step->u[i] < 0 || step->u[i] > DUAL_MAX)
			return FAULT(x,
			    "certificate, %s: the dual of %s is out of range",
			    name, newcomer_id(x, i));
		overflow |= __builtin_add_overflow(sum, step->u[i], &sum);
	}
	for (uint32_t j = 0; j < m; j++) {
		if (step->p[j] < 0 || step->p[j] > DUAL_MAX)
			return FAULT(x,
			    "certificate, %s: the price of %s is out of range",
			    name, mentor_id(x, j));
		if (step->p[j] > 0 && score_capacity(x->scorer, j) == 0)
			return FAULT(x,
			    "certificate, %s: %s has a price but no place",
			    name, mentor_id(x, j));
		overflow |= __builtin_mul_overflow(
		    step->p[j], (int64_t)score_capacity(x->scorer, j), &part);
		overflow |= __builtin_add_overflow(sum, part, &sum);
	}
	if (overflow || sum != step->objective)
		return FAULT(x,
		    "certificate, %s: the duals do not sum up to its objective",
		    name);
	return ERR_OK;
}

static enum err_code check_counts(struct check *x, uint64_t allowed)
{
	const struct plan_solver *solver = &x->plan->solver;

	if (solver->allowed_pairs != allowed)
		return FAULT(x, "there are %llu allowed pairs, not %llu",
		    (unsigned long long)allowed,
		    (unsigned long long)solver->allowed_pairs);
	if (solver->columns < x->plan->n_pairs || solver->columns > allowed)
		return FAULT(x, "the solver cannot have looked at %llu pairs",
		    (unsigned long long)solver->columns);
	return ERR_OK;
}

/* The points in the value of a whole plan. */
static int64_t points_of(const struct check *x, int64_t value)
{
	if (x->scale.people > 0)
		value %= x->scale.people;
	return value / x->scale.points;
}

/*
 * What an optimal plan reaches is the bound, ties included. Of a stable plan's bound
 * the pairs are not at hand: the greatest weight and total that the duals allow are
 * read off their sum, in which all ties together are less than a point.
 */
static enum err_code check_bound(struct check *x)
{
	const struct plan *plan = x->plan;
	const struct plan_goals *b = &plan->bound;
	const struct certificate *c = &plan->certificate;
	int64_t total = c->total.objective;

	if (plan->status == PLAN_OPTIMAL) {
		if (b->n_served != plan->n_served ||
		    b->people_weight != x->weight ||
		    b->worst_points != plan->worst_points ||
		    b->total_points != x->points)
			return FAULT(
			    x, "an optimal plan's bound is what it reaches");
		if (total != x->value)
			return FAULT(x,
			    "certificate, total: the plan is not worth what "
			    "the duals allow");
	} else if ((x->policy->people_first &&
		       (b->n_served < plan->n_served ||
			   b->n_served > b->people_weight ||
			   total / x->scale.people != b->people_weight)) ||
		   points_of(x, total) != b->total_points) {
		return FAULT(x,
		    "certificate, total: the bound is not what the duals "
		    "allow");
	}
	return ERR_OK;
}

/* The bounds meet what the best plan reaches. */
static enum err_code check_optimal(
    struct check *x, const struct verify_question **ret_question)
{
	const struct certificate *c = &x->plan->certificate;
	const struct plan_goals *bound = &x->plan->bound;
	enum err_code rc = check_step(x, &c->people, "people");

	if (rc == ERR_OK)
		rc = check_step(x, &c->worst, "worst");
	if (rc == ERR_OK)
		rc = check_step(x, &c->total, "total");
	if (rc != ERR_OK)
		return rc;
	if (c->people_scale != x->scale.people ||
	    c->points_scale != x->scale.points)
		return FAULT(x, "certificate: the scales of the goals are not "
				"those of this community");
	if (c->people.objective !=
	    (x->policy->people_first ? bound->people_weight : 0))
		return FAULT(x,
		    "certificate, people: more may be served than the bound");
	if (x->policy->worst_pair && bound->n_served > 0
		? c->worst.objective >= bound->people_weight
		: c->worst.objective != 0)
		return FAULT(x,
		    "certificate, worst: a better worst pair is not "
		    "ruled out");
	*ret_question = cover_question(
	    x->arena, x->community, x->policy, x->scorer, x->plan);
	return *ret_question != NULL
		   ? check_bound(x)
		   : ERR_SET(x->err, NOMEM, "no memory for the check");
}

/* What is asked of all pairs: do the duals cover them, and who would rather have each
 * other? */
static enum err_code check_all_pairs(struct check *x)
{
	const struct verify_question *covers = NULL;
	uint64_t allowed = 0;
	enum err_code rc =
	    x->policy->n_constraints > 0
		? verify_side(x->arena, x->community, x->policy, x->scorer,
		      x->plan, x->threads, &covers, x->err)
		: check_optimal(x, &covers);

	if (rc == ERR_OK)
		rc = verify_rows(x->arena, x->scorer, x->rate, x->threads,
		    (const struct verify_question[]){
			*covers, *verify_stable_question(x->stable)},
		    2, &allowed, x->err);
	if (rc == ERR_OK)
		rc = check_counts(x, allowed);
	return rc == ERR_OK ? verify_stable_end(x->stable, x->err) : rc;
}

enum err_code match_verify(struct arena *a, const struct community *c,
    const struct policy *p, const struct plan *plan, unsigned threads,
    struct err *e)
{
	struct check x = {
	    .arena = a, .community = c, .policy = p, .plan = plan, .err = e};
	enum err_code rc = score_new(a, c, p, &x.scorer, e);

	if (rc != ERR_OK)
		return rc;
	x.threads = rate_threads(x.scorer, threads);
	x.scale = score_scale(x.scorer);
	x.used = ARENA_ARRAY(a, score_mentors(x.scorer), uint32_t);
	x.mentors = ARENA_ARRAY(a, score_newcomers(x.scorer), uint8_t);
	x.rate = rate_new(a, x.scorer, NULL, 0, false);
	x.work = x.rate == NULL ? NULL : rate_work_new(a, x.rate);
	if (x.used == NULL || x.mentors == NULL || x.work == NULL)
		return ERR_SET(e, NOMEM, "no memory for the check");
	rc = check_sizes(&x);
	if (rc == ERR_OK)
		rc = check_pairs(&x);
	if (rc == ERR_OK)
		rc = check_unmatched(&x);
	if (rc == ERR_OK)
		rc = verify_stable_new(
		    a, c, x.scorer, plan, x.threads, &x.stable, e);
	if (rc == ERR_OK)
		rc = check_all_pairs(&x);
	if (rc == ERR_OK)
		rc = verify_shortage(a, x.scorer, x.rate, x.work, plan, e);
	return rc;
}
