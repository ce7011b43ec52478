/*
 * Do a certificate's duals cover every allowed pair? The part of match_verify that
 * looks at all of them. Private to verify.c.
 */
#ifndef MATCHER_COVER_H
#define MATCHER_COVER_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/plan.h"
#include "matcher/rate.h"

/* ERR_VALIDATION names the first pair, in the order of newcomers and mentors, that
 * is worth more than its duals in one of the steps. Counts the allowed pairs. */
enum err_code cover_check(struct arena *a, const struct community *c,
    const struct policy *p, const struct scorer *s, const struct plan *plan,
    const struct rate *r, unsigned threads, uint64_t *ret_allowed,
    struct err *e) ERR_CHECKED;

#endif
