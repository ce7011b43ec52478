/*
 * The clock-change table of a cohort over the API: what everybody's own clock shows at
 * the sessions to be held, as schedule_clock_table has it.
 */
#ifndef API_COHORT_CLOCKS_H
#define API_COHORT_CLOCKS_H

#include "api/call.h"

/* viewer as in db_cohort_clocks. JSON in the call's arena. ERR_NOT_FOUND. */
enum err_code cohort_clocks(struct call *c, const struct id *cohort,
    const struct id *viewer, const char **ret_json, struct err *e) ERR_CHECKED;

#endif
