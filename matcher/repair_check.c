/* A repaired plan, looked at pair by pair: see repair_check.h. */
#include "matcher/repair_check.h"

#include "matcher/score.h"

#define FAULT(x, ...) ERR_SET((x)->err, VALIDATION, __VA_ARGS__)

struct check {
	const struct community *community;
	const struct scorer *scorer;
	const struct repair *repair;
	uint32_t *mate; /* by newcomer number: mentor number, or UINT32_MAX */
	uint32_t *used; /* by mentor number */
	struct plan_goals goals;
	struct err *err;
};

static const char *id_of(const struct check *x, uint32_t person)
{
	return x->community->person[person].id;
}

static enum err_code check_score(
    struct check *x, const struct plan_pair *pair, uint32_t i, uint32_t j)
{
	struct score score;
	bool same;

	score_pair(x->scorer, i, j, &score);
	if (score.rule != SCORE_ALLOWED)
		return FAULT(x, "%s with %s breaks a hard rule",
		    id_of(x, pair->newcomer), id_of(x, pair->mentor));
	same = pair->points == score.points &&
	       pair->shared_minutes == score.shared_minutes;
	for (int c = 0; c < CRITERION_COUNT; c++)
		same = same && pair->part[c] == score.part[c];
	return same ? ERR_OK
		    : FAULT(x, "%s with %s does not earn what is said",
			  id_of(x, pair->newcomer), id_of(x, pair->mentor));
}

static enum err_code check_pair(struct check *x, const struct plan_pair *pair)
{
	uint32_t n = x->community->n, i, j;
	enum err_code rc;

	if (pair->newcomer >= n || pair->mentor >= n)
		return FAULT(x, "a pair names somebody who does not exist");
	i = score_newcomer_of(x->scorer, pair->newcomer);
	j = score_mentor_of(x->scorer, pair->mentor);
	if (i == UINT32_MAX || j == UINT32_MAX)
		return FAULT(x, "%s with %s are no newcomer and mentor",
		    id_of(x, pair->newcomer), id_of(x, pair->mentor));
	if (x->mate[i] != UINT32_MAX)
		return FAULT(
		    x, "%s stands in the plan twice", id_of(x, pair->newcomer));
	if (++x->used[j] > score_capacity(x->scorer, j))
		return FAULT(x, "%s has more newcomers than places",
		    id_of(x, pair->mentor));
	rc = check_score(x, pair, i, j);
	x->mate[i] = j;
	x->goals.n_served++;
	x->goals.people_weight += score_weight(x->scorer, i);
	x->goals.total_points += pair->points;
	if (x->goals.n_served == 1 || pair->points < x->goals.worst_points)
		x->goals.worst_points = pair->points;
	return rc;
}

static enum err_code check_goals(struct check *x)
{
	const struct plan_goals *is = &x->goals, *said = &x->repair->goals;

	return is->n_served == said->n_served &&
		       is->people_weight == said->people_weight &&
		       is->worst_points == said->worst_points &&
		       is->total_points == said->total_points
		   ? ERR_OK
		   : FAULT(x, "the plan does not reach what is said");
}

static enum err_code check_kept(struct check *x, const struct repair_pair *has,
    uint32_t n_has, uint32_t changes)
{
	uint32_t kept = 0, changed = 0, ended = 0;

	for (uint32_t k = 0; k < n_has; k++) {
		uint32_t i = score_newcomer_of(x->scorer, has[k].newcomer);
		uint32_t j = score_mentor_of(x->scorer, has[k].mentor);

		if (j == UINT32_MAX || score_points(x->scorer, i, j) < 0) {
			ended++;
			continue;
		}
		if (x->mate[i] == UINT32_MAX)
			return FAULT(x, "%s loses a mentor and gets none",
			    id_of(x, has[k].newcomer));
		*(x->mate[i] == j ? &kept : &changed) += 1;
	}
	if (changed > changes)
		return FAULT(
		    x, "%u pairs change, not %u at most", changed, changes);
	return kept == x->repair->n_kept && changed == x->repair->n_changed &&
		       ended == x->repair->n_ended
		   ? ERR_OK
		   : FAULT(x,
			 "%u pairs are kept, %u change, %u end: that is not "
			 "what is said",
			 kept, changed, ended);
}

enum err_code repair_check(struct arena *a, const struct community *c,
    const struct policy *p, const struct repair_pair *has, uint32_t n_has,
    uint32_t changes, const struct repair *r, struct err *e)
{
	struct scorer *s = NULL;
	struct check x = {.community = c, .repair = r, .err = e};
	enum err_code rc = score_new(a, c, p, &s, e);

	if (rc != ERR_OK)
		return rc;
	x.scorer = s;
	x.mate = ARENA_ARRAY(a, score_newcomers(s), uint32_t);
	x.used = ARENA_ARRAY(a, score_mentors(s), uint32_t);
	if (arena_failed(a))
		return ERR_SET(e, NOMEM, "no memory for the check");
	for (uint32_t i = 0; i < score_newcomers(s); i++)
		x.mate[i] = UINT32_MAX;
	for (uint32_t k = 0; rc == ERR_OK && k < r->n_pairs; k++)
		rc = check_pair(&x, &r->pair[k]);
	if (rc == ERR_OK)
		rc = check_goals(&x);
	if (rc == ERR_OK)
		rc = check_kept(&x, has, n_has, changes);
	return rc;
}
