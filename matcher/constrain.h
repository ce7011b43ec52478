/*
 * A plan that keeps the policy's side constraints. Private to the matcher.
 */
#ifndef MATCHER_CONSTRAIN_H
#define MATCHER_CONSTRAIN_H

#include "matcher/columns.h"
#include "matcher/plan.h"

/* By number. */
struct constrain_pair {
	uint32_t newcomer, mentor;
};

/*
 * After solve_plan: replace the plan by the best found that keeps the constraints,
 * with its certificate, the bound and the use of every limit. plan->steps stay: the
 * last of them is what the constraints cost something of. ERR_VALIDATION with fields
 * when a limit cannot be kept; ERR_SOLVER when no whole plan was found. `with` (may
 * be NULL) is an allowed pair that the plan must have; then there is no certificate.
 */
enum err_code constrain_plan(struct arena *work, struct arena *a,
    struct columns *c, const struct policy *p,
    const struct constrain_pair *with, struct plan *plan,
    struct err *e) ERR_CHECKED;

#endif
