/*
 * A checked plan as rows: cohorts with their people, one event per weekly
 * time of the pattern, dated sessions. Nobody is committed or told: publishing does that.
 */
#ifndef API_INTAKE_ROWS_H
#define API_INTAKE_ROWS_H

#include "api/call.h"
#include "scheduler/intake.h"

/* In the caller's write transaction. People are those of the snapshot, whose
 * external ids are ids of members. */
enum err_code intake_rows_store(struct call *c, const struct id *intake_id,
    const struct intake *in, const struct community *people,
    const struct cohort_plan *plan, struct err *e) ERR_CHECKED;

#endif
