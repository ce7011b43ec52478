/*
 * Repair: the best plan that changes at most so many of the pairs that people have.
 *
 * A mentor left, or somebody declined: the newcomers without a mentor should get
 * one, and the others keep theirs as far as possible. Goals: newcomers served,
 * weighted by waiting, then total points, both over all allowed pairs. A pair that
 * is allowed no more (its mentor left, its hours changed) ends anyway and counts as
 * no change. Nobody whose pair is allowed loses their mentor without getting another:
 * a change moves them.
 *
 * Method: each kept pair earns a bonus (Lagrange multiplier), the greater the fewer
 * change; the assignment for each bonus is exact, and every bonus gives a bound on
 * what `changes` allow. Where the plan for one bonus changes too much and the plan
 * for the next too little, what differs between them falls into alternating paths
 * that can be taken one by one; a subset sum picks those that use the changes best.
 * The result is optimal when plan and bound meet, which is the rule; the gap is
 * reported where they do not. Cost: some tens of solves that go on from each other.
 * Pure; in the arena; one thread calls (match_options.threads rate pairs).
 */
#ifndef MATCHER_REPAIR_H
#define MATCHER_REPAIR_H

#include "matcher/match.h"

/* A pair that people have, by person indexes, each newcomer at most once. */
struct repair_pair {
	uint32_t newcomer, mentor;
};

struct repair {
	uint32_t n_kept, n_changed; /* of the pairs that are still allowed */
	uint32_t n_ended;           /* those that are not */
	struct plan_goals goals;    /* of the plan */
	struct plan_goals bound;    /* people_weight and total_points only */
	bool is_optimal;
	uint32_t n_pairs;
	struct plan_pair *pair;          /* by newcomer */
	struct plan_stability stability; /* by repair_run; left empty by
					  * repair_frontier */
};

/* UINT32_MAX changes: as many as are of use. Errors are those of match_run, and
 * ERR_VALIDATION where the pairs take more places than there are. */
enum err_code repair_run(struct arena *a, const struct community *c,
    const struct policy *p, const struct match_options *o,
    const struct repair_pair *has, uint32_t n_has, uint32_t changes,
    struct repair **ret_repair, struct err *e) ERR_CHECKED;

/*
 * The frontier: the best plan for 0, 1, … changes, until more are of no use, at most
 * max_plans of them. One solve after the other goes on from the last.
 */
enum err_code repair_frontier(struct arena *a, const struct community *c,
    const struct policy *p, const struct match_options *o,
    const struct repair_pair *has, uint32_t n_has, uint32_t max_plans,
    struct repair ***ret_plans, uint32_t *ret_n, struct err *e) ERR_CHECKED;

#endif
