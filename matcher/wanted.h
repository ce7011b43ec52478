/*
 * The mentors a plan lacks: a language and an hour of the week that would serve most of
 * the unmatched, then most of those who are left, at most PLAN_MAX_WANTED times. A
 * mentor with as many places, who speaks that language at the policy's level and is
 * free at that hour of UTC in every week of the horizon, serves exactly as many more
 * (if nobody's organisation or choice and no constraint forbids it). Of equals the language that comes
 * first, then the hour. Cost: languages times 672 quarter hours times the unmatched.
 * Private to the matcher. Pure; one thread.
 */
#ifndef MATCHER_WANTED_H
#define MATCHER_WANTED_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/plan.h"
#include "matcher/score.h"

/* Fill plan->wanted, in `a`, from its unmatched. ERR_NOMEM. */
enum err_code wanted_report(struct arena *work, struct arena *a,
    const struct scorer *s, struct plan *plan, struct err *e) ERR_CHECKED;

#endif
