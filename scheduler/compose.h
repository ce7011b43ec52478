/*
 * From chosen cohorts to the plan that people read, and the reasons of the rest.
 */
#ifndef SCHEDULER_COMPOSE_H
#define SCHEDULER_COMPOSE_H

#include "scheduler/master.h"
#include "scheduler/seats.h"

/*
 * Fill cohorts, order them, and name the unplaced. With people fixed, each cohort
 * gets the language all speak best and the kindest pattern of those that all can
 * come to: fewest misses, then least for the worst-off member (as in rotate.h), then in
 * sum, then earliest in the week.
 */
enum err_code compose_plan(struct arena *a, const struct master *m,
    const struct seats *s, int64_t bound, struct cohort_plan **ret,
    struct err *e) ERR_CHECKED;

/* Why newcomer number i is in no cohort of the plan, and what would help. */
enum err_code unplaced_explain(struct arena *a, const struct forming *f,
    const struct cohort_plan *plan, uint32_t i, struct unplaced *ret,
    struct err *e) ERR_CHECKED;

#endif
