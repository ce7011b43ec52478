/*
 * The checker's own look for blocking pairs: docs/matching.md in code once more, and
 * nothing of prefer.c, stability.c or stable.c. Private to verify.c, which has
 * checked the pairs of the plan before.
 */
#ifndef MATCHER_VERIFY_STABLE_H
#define MATCHER_VERIFY_STABLE_H

#include "matcher/match.h"
#include "matcher/score.h"
#include "matcher/verify_rows.h"

struct verify_stable;

/* For so many workers. ERR_NOMEM; ERR_VALIDATION when the report's list is not in its
 * order. */
enum err_code verify_stable_new(struct arena *a, const struct community *c,
    const struct scorer *s, const struct plan *plan, unsigned workers,
    struct verify_stable **ret_check, struct err *e) ERR_CHECKED;

/* A row does not hold when a pair of it blocks a plan that is called stable, or is
 * missing in the report. */
const struct verify_question *verify_stable_question(struct verify_stable *x);

/* After all rows: does the report count and list what was found? */
enum err_code verify_stable_end(
    const struct verify_stable *x, struct err *e) ERR_CHECKED;

#endif
