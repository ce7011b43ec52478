/*
 * The three goals, one after the other: people, worst pair, total. Private to the
 * matcher.
 */
#ifndef MATCHER_SOLVE_H
#define MATCHER_SOLVE_H

#include "matcher/columns.h"
#include "matcher/plan.h"

/* What the last step's assignment reaches. */
struct plan_goals solve_goals(const struct columns *c);

/* One more pair at the end of plan->pair, by numbers, with its points explained. */
void solve_take_pair(const struct scorer *s, uint32_t newcomer, uint32_t mentor,
    struct plan *plan);

/* Fill the pairs, goals, certificate and solver report of a plan. */
enum err_code solve_plan(struct arena *a, struct columns *c,
    const struct policy *p, struct plan *plan, struct err *e) ERR_CHECKED;

#endif
