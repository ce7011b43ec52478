/*
 * Pictures of a schedule, as SVG: for people who would rather see than read.
 *
 * Times run from left to right on the anchor's clock; each person has a row, shaded
 * where they are free, and the local time of the session at its end. Texts are
 * escaped. Pure; any thread. Failure is out->failed.
 */
#ifndef SCHEDULER_PICTURE_H
#define SCHEDULER_PICTURE_H

#include "base/str.h"
#include "scheduler/schedule.h"

/* A cohort's first week: who is free when, the slot over all rows, and below it
 * whose local time a clock change moves, from which session on. */
enum err_code picture_cohort(struct arena *a, const struct community *c,
    const struct intake *in, const struct busy_time *busy, uint32_t n_busy,
    const struct cohort *cohort, uint32_t number, struct str *out,
    struct err *e) ERR_CHECKED;

/* A week of the whole community from a Monday on: how many newcomers, and how many
 * mentors, are free at each quarter hour. */
void picture_common_hours(const struct community *c, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy, struct str *out);

#endif
