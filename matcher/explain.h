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
#include "matcher/score.h"

/* Fill reason and help of one newcomer (by number). ERR_NOMEM. */
enum err_code explain_unmatched(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s, uint32_t newcomer,
    struct plan_unmatched *ret, struct err *e) ERR_CHECKED;

#endif
