/*
 * What a pair earns, criterion by criterion. Private to the scorer.
 */
#ifndef MATCHER_SHARE_H
#define MATCHER_SHARE_H

#include "matcher/features.h"

/* Fill part[] and points; language, language_level and shared_minutes are set. */
void share_earn(const struct scorer *s, const struct features *n,
    const struct features *m, struct score *x);

#endif
