/*
 * Deferred acceptance with capacities: newcomers propose, mentors keep the best of
 * those who asked (Gale and Shapley 1962; the hospitals/residents problem). Private
 * to the matcher.
 *
 * Preferences are strict (prefer.h), so the answer is one, whatever the order of the
 * proposals: the plan that nobody blocks in which every newcomer fares best. The
 * same newcomers are served in every such plan. Lists are never stored: a newcomer
 * has the next few mentors at hand who would keep them, and rates the row again when
 * these are used up.
 */
#ifndef MATCHER_STABLE_H
#define MATCHER_STABLE_H

#include "matcher/match.h"
#include "matcher/plan.h"
#include "matcher/prefer.h"

/*
 * The stable plan in the place of the optimal one that solve_plan left in *plan,
 * whose goals stay as the bound. Its pairs are in `a`. ERR_NOMEM, ERR_TIMEOUT.
 */
enum err_code stable_plan(struct arena *work, struct arena *a,
    const struct prefer *p, const struct match_options *o, struct plan *plan,
    struct err *e) ERR_CHECKED;

#endif
