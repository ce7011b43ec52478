/*
 * Do a certificate's duals cover every allowed pair? A question of verify_rows.h.
 * Private to verify.c.
 */
#ifndef MATCHER_COVER_H
#define MATCHER_COVER_H

#include "matcher/plan.h"
#include "matcher/policy.h"
#include "matcher/verify_rows.h"

/* A tell names the first pair that is worth more than its duals in one of the steps.
 * NULL: no memory. */
const struct verify_question *cover_question(struct arena *a,
    const struct community *c, const struct policy *p, const struct scorer *s,
    const struct plan *plan);

#endif
