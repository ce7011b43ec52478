/*
 * What each criterion earns, from the facts about a pair. score.c asks pair by
 * pair, rate.c tabulates: one formula for both. In words: docs/matching.md.
 * Private to the scorer.
 */
#ifndef MATCHER_SHARE_H
#define MATCHER_SHARE_H

#include "matcher/features.h"

int share_role(const struct policy *p, bool has_common, bool is_related);
int share_stack(const struct policy *p, unsigned levels, unsigned n_wanted);
int share_language(const struct policy *p, unsigned level);
int share_overlap(const struct policy *p, unsigned minutes);
int share_tags(const struct policy *p, unsigned n_common, unsigned n_tags);
int share_experience(
    const struct policy *p, int newcomer_years_tenths, int mentor_years_tenths);
/* Somebody's preference, 0 the first of the list. */
int share_preference(const struct policy *p, enum criterion c, unsigned rank);

/* Fill part[] and points; language, language_level and shared_minutes are set. */
void share_earn(const struct scorer *s, const struct features *n,
    const struct features *m, struct score *x);

#endif
