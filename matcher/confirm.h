/*
 * GLPK's word on the last step: the LP over its columns, started from the basis
 * that the assignment gives. Private to the solver.
 */
#ifndef MATCHER_CONFIRM_H
#define MATCHER_CONFIRM_H

#include "matcher/columns.h"
#include "matcher/plan.h"

/*
 * After columns_solve(COLUMNS_TOTAL, plan->worst_points): the LP without ties
 * must reach the plan's people weight and points. Sets plan->solver.lp_*.
 * ERR_SOLVER when GLPK disagrees. Where it gives up, at a limit of its own, the
 * plan stays unconfirmed: its certificate is a proof without GLPK's word.
 */
enum err_code confirm_plan(
    struct columns *c, struct plan *plan, struct err *e) ERR_CHECKED;

#endif
