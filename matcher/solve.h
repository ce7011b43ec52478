/*
 * The three goals, one after the other: people, worst pair, total. Private to the
 * matcher.
 */
#ifndef MATCHER_SOLVE_H
#define MATCHER_SOLVE_H

#include "matcher/columns.h"
#include "matcher/plan.h"

/* Fill the pairs, goals, certificate and solver report of a plan. */
enum err_code solve_plan(struct arena *a, struct columns *c, struct plan *plan,
    struct err *e) ERR_CHECKED;

#endif
