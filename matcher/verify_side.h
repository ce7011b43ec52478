/*
 * The checker's part for plans under side constraints. Private to the matcher.
 */
#ifndef MATCHER_VERIFY_SIDE_H
#define MATCHER_VERIFY_SIDE_H

#include "matcher/match.h"
#include "matcher/rate.h"

/*
 * Every limit is kept and counted right; the prices of each goal cover all pairs and
 * sum up to its objective; the bound is what they allow; the plan is called optimal
 * when it reaches the bound, feasible when not. ERR_VALIDATION with the first fault.
 */
enum err_code verify_side(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s, const struct plan *plan,
    const struct rate *r, uint64_t *ret_allowed, struct err *e) ERR_CHECKED;

#endif
