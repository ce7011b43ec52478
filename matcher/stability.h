/*
 * The stability report of a plan: who would rather have each other. Private to the
 * matcher.
 *
 * A newcomer and a mentor block a plan when they may be paired, the newcomer
 * prefers the mentor to the one they have (or has none), and the mentor has a free
 * place or prefers the newcomer to somebody they have. One pass over all pairs on all
 * threads; memory grows with people. Pairs that an avoid list rules out are not
 * allowed pairs: nothing here is said or counted of them.
 */
#ifndef MATCHER_STABILITY_H
#define MATCHER_STABILITY_H

#include "matcher/match.h"
#include "matcher/prefer.h"

/* Fill plan->stability, its list from `a`. threads > 0. ERR_NOMEM, ERR_TIMEOUT. */
enum err_code stability_report(struct arena *work, struct arena *a,
    const struct prefer *p, const struct match_options *o, unsigned threads,
    struct plan *plan, struct err *e) ERR_CHECKED;

#endif
