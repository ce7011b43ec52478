/*
 * Branch and price: the proof, or a better bound and often a better plan.
 *
 * A node closes openings of guides; where every guide's openings are settled, the rest
 * is a transportation problem, so branching on openings is enough. Each node solves
 * the master by column generation, closes further openings that no better plan can
 * use (their gain falls short of the gap), and tries the plan that the program's
 * solution suggests. The node of the greatest bound comes next.
 */
#ifndef SCHEDULER_BRANCH_H
#define SCHEDULER_BRANCH_H

#include "scheduler/improve.h"

struct branch_limits {
	uint32_t nodes;
	uint64_t
	    work; /* as pricing_work counts it, from the pricer's beginning */
};

/* Improves the plan `s`; *bound holds a bound on entry and is lowered. `up` holds the
 * prices of the root. */
enum err_code branch_run(struct master *m, const struct remainder *r,
    struct ascent *up, struct branch_limits limits, struct seats *s,
    int64_t *bound, struct err *e) ERR_CHECKED;

#endif
