/*
 * The part of the checker that looks at shortages and at the mentors wanted. It shares
 * the scorer with who found them, and nothing else.
 */
#ifndef MATCHER_VERIFY_SHORTAGE_H
#define MATCHER_VERIFY_SHORTAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/plan.h"
#include "matcher/rate.h"

/*
 * Of each shortage: nobody stands in it twice; the unmatched have nobody, the others
 * have one of its mentors; their places are as many as the others; nobody of it may
 * have a mentor outside. (That none is smaller within is not checked.) Of each mentor
 * wanted: those newcomers have nobody, no other would serve them too, they speak the
 * language well enough and are free at that hour in every week. ERR_VALIDATION.
 */
enum err_code verify_shortage(struct arena *a, const struct scorer *s,
    const struct rate *r, struct rate_work *w, const struct plan *plan,
    struct err *e) ERR_CHECKED;

#endif
