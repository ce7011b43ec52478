/*
 * An intake as the database keeps it <-> as the scheduler takes it. Texts and lists
 * are made in the arena; the anchor zone is borrowed from the registry.
 */
#ifndef API_INTAKE_VALUES_H
#define API_INTAKE_VALUES_H

#include "calendars/tz.h"
#include "db/intakes.h"
#include "scheduler/intake.h"

enum {
	/* A generation gives each guide one cohort: the table has no load of its
	 * own for guides, and an earlier cohort counts through its busy times. */
	INTAKE_COHORTS_PER_GUIDE = 1,
};

enum err_code intake_values_make(struct arena *a, const struct intake *in,
    struct intake_values *ret_values, struct err *e) ERR_CHECKED;

/* ERR_VALIDATION when this machine does not know the zone any more. */
enum err_code intake_values_read(struct arena *a, struct tz *tz,
    const struct intake_values *v, struct intake *ret_intake,
    struct err *e) ERR_CHECKED;

#endif
