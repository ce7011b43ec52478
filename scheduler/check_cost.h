/*
 * A part of the independent checker (check.c): what the sessions of a cohort cost its
 * people, their fair shares and who is over theirs, recounted. Pure; any thread.
 */
#ifndef SCHEDULER_CHECK_COST_H
#define SCHEDULER_CHECK_COST_H

#include "base/err.h"
#include "scheduler/intake.h"

/* Its people and sessions were checked before. ERR_VALIDATION. */
enum err_code check_cost(const struct community *c, const struct intake *in,
    const struct cohort *h, struct err *e) ERR_CHECKED;

#endif
