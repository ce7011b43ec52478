/*
 * The checker's part for plans under side constraints. Private to the matcher.
 */
#ifndef MATCHER_VERIFY_SIDE_H
#define MATCHER_VERIFY_SIDE_H

#include "matcher/match.h"
#include "matcher/verify_rows.h"

/*
 * Every limit is kept and counted right, the prices of each goal sum up to its
 * objective, the bound is what they allow, the plan is called optimal when it reaches
 * the bound, feasible when not: ERR_VALIDATION with the first fault, ERR_NOMEM. What is
 * left to ask of all pairs, on so many workers, is *ret_question: do the prices cover
 * them?
 */
enum err_code verify_side(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s, const struct plan *plan,
    unsigned workers, const struct verify_question **ret_question,
    struct err *e) ERR_CHECKED;

#endif
