/*
 * Who of a cohort bears more than a fair share, and why no kinder time was to be had.
 *
 * Everybody bears what they carry and what the sessions cost them; the fair share of one
 * is that part of all of it which is theirs by the shares they volunteer for. Over it is
 * whoever is above it by more than their dearest session here. Pure; any thread.
 */
#ifndef SCHEDULER_FAIRNESS_H
#define SCHEDULER_FAIRNESS_H

#include "scheduler/forming.h"

struct fairness_case {
	const struct forming *f;
	uint32_t guide;           /* number */
	const uint32_t *newcomer; /* numbers, as the cohort lists them */
	const bool *barred;       /* by pattern: the guide is elsewhere */
};

/* h has its people and sessions; its bearings, discomfort and over-list are made. */
enum err_code fairness_report(struct arena *a, const struct fairness_case *x,
    struct cohort *h, struct err *e) ERR_CHECKED;

#endif
