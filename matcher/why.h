/*
 * Why not that mentor? What a pair would cost the plan, and whom it would touch; in a
 * stable plan, who of the two would rather not.
 *
 * A session solves once (as match_run does, by the policy's method) and then answers
 * question after question from the tree of that solve: the pair is forced by a bonus
 * that no other plan outweighs, and the last goal is solved again over all pairs.
 * The price is exact: the best plan with this pair, in which every other pair has at
 * least the worst points of the plan. Cost: one match_run, then a few pivots and a
 * look at the pairs whose duals have fallen: some milliseconds a question.
 *
 * In the arena; everything given must live as long. One thread asks.
 */
#ifndef MATCHER_WHY_H
#define MATCHER_WHY_H

#include "matcher/match.h"
#include "matcher/score.h"

enum {
	WHY_MAX_TOUCHED = 100 /* people named in an answer */
};

/* Whose mentor would be another, one entry for each of several; COMMUNITY.n for nobody.
 * Person indexes. */
struct why_touched {
	uint32_t newcomer, was, is;
};

struct why_answer {
	struct score score; /* of the pair, with the rules it breaks */
	bool is_in_plan;    /* nothing would change */
	bool is_allowed;    /* else what follows is empty */
	/* In a stable plan one of the two at least is true; then nothing has a price,
	 * and what follows is empty. */
	bool newcomer_stays; /* they prefer the mentor they have */
	bool mentor_stays; /* no place is free, and they prefer all they have */
	struct plan_goals was, is;
	uint32_t n_touched; /* all entries, the newcomer's among them */
	uint32_t n_named;
	struct why_touched touched[WHY_MAX_TOUCHED]; /* by newcomer */
};

struct why;

/* Errors are those of match_run. */
enum err_code why_open(struct arena *a, const struct community *c,
    const struct policy *p, const struct match_options *o, struct why **ret_why,
    struct err *e) ERR_CHECKED;

/* The plan of the session: pairs and goals; the unmatched are not explained in it,
 * nor are blocking pairs looked for. */
const struct plan *why_plan(const struct why *w);

/* The newcomer's pairs in it; where there is none *ret says why. */
enum err_code why_newcomer(struct why *w, uint32_t newcomer,
    const struct plan_pair **ret_pairs, uint32_t *ret_n,
    struct plan_unmatched *ret, struct err *e) ERR_CHECKED;

/* What would it cost to give this newcomer this mentor? By person index;
 * ERR_VALIDATION when one of them is not on that side. */
enum err_code why_pair(struct why *w, uint32_t newcomer, uint32_t mentor,
    struct why_answer *ret, struct err *e) ERR_CHECKED;

#endif
