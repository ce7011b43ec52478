/*
 * A repaired plan against the instance: every number of it recomputed with the scorer
 * alone. Shares no code with who found it. O(pairs). Pure; one thread.
 */
#ifndef MATCHER_REPAIR_CHECK_H
#define MATCHER_REPAIR_CHECK_H

#include "matcher/repair.h"

/*
 * Every pair is allowed and scored as it says, nobody is served twice, no mentor has
 * more than their places; of the pairs that people have at most so many that are
 * allowed change, and who has one of these is served; counts and goals are what they
 * say. That no better plan exists is not checked. ERR_VALIDATION with the first
 * fault, ERR_NOMEM.
 */
enum err_code repair_check(struct arena *a, const struct community *c,
    const struct policy *p, const struct repair_pair *has, uint32_t n_has,
    uint32_t changes, const struct repair *r, struct err *e) ERR_CHECKED;

#endif
