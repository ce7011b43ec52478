/*
 * The scheduler's front door: community + intake -> cohorts that can really meet.
 *
 * A cohort's sessions keep one wall-clock time of the anchor zone; every dated
 * session lies inside the availability of the guide and (but for allowed misses)
 * of every newcomer, on the real dates, clock changes included. Nobody is in two
 * cohorts; nobody is double-booked with `busy`. Same input, same bytes out.
 * Uses GLPK through matcher/lp: run it in a child process. One thread.
 */
#ifndef SCHEDULER_SCHEDULE_H
#define SCHEDULER_SCHEDULE_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/match.h"
#include "matcher/policy.h"
#include "scheduler/intake.h"

enum {
	SCHEDULE_PLACED = 10000
}; /* objective units of one newcomer placed */

enum err_code schedule_run(struct arena *a, const struct community *c,
    const struct policy *p, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy,
    const struct match_options *o, struct cohort_plan **ret_plan,
    struct err *e) ERR_CHECKED;

/* Independent check of a plan, minute by minute from the windows and the zone
 * tables; shares no code with schedule_run. ERR_VALIDATION names the first fault. */
enum err_code schedule_check(struct arena *a, const struct community *c,
    const struct intake *in, const struct busy_time *busy, uint32_t n_busy,
    const struct cohort_plan *plan, struct err *e) ERR_CHECKED;

/* The session starts of a weekly slot over the intake: holidays skipped, local
 * times in a clock-change gap or overlap refused (ERR_VALIDATION). */
enum err_code schedule_sessions(struct arena *a, const struct intake *in,
    uint8_t weekday, uint16_t local_minute, int64_t **ret_start,
    uint16_t *ret_n, struct err *e) ERR_CHECKED;

#endif
