/*
 * Why a newcomer got nobody, and the smallest change that would help. Private to
 * the matcher. Avoid lists are confidential: no text here says or lets count whom
 * they rule out.
 */
#ifndef MATCHER_EXPLAIN_H
#define MATCHER_EXPLAIN_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/plan.h"
#include "matcher/rate.h"

struct explain;

/* Room to explain one newcomer after the other. NULL: no memory. */
struct explain *explain_new(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s, const struct rate *r,
    const struct plan *plan);

/* Fill reason and help (in `a`) of one newcomer, by number. ERR_NOMEM. */
enum err_code explain_unmatched(struct explain *x, struct arena *a,
    uint32_t newcomer, struct plan_unmatched *ret, struct err *e) ERR_CHECKED;

#endif
