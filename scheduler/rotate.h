/*
 * Hours that rotate: the kindest times of one cohort whose people are settled.
 *
 * Each week of the intake meets at one of at most `most` patterns, at times that
 * everybody can come to, as often a week as any pattern can; not found when some week
 * has no such time. Least for the worst-off member first, counting what they carry from
 * earlier sessions and dividing it all by the shares they volunteer for; then least
 * discomfort in sum, then fewest patterns: an exact enumeration. Weeks in which the same patterns cost everybody the same are one
 * regime, and only the number of its weeks at each pattern counts; patterns that
 * another one dominates are left out. Pure; any thread.
 */
#ifndef SCHEDULER_ROTATE_H
#define SCHEDULER_ROTATE_H

#include "scheduler/forming.h"

enum {
	ROTATE_MAX_PATTERNS = INTAKE_MAX_SLOTS_PER_COHORT
};

#define ROTATE_NONE UINT32_MAX

struct rotation {
	uint32_t n_weeks;  /* from the Monday of the first date on */
	uint32_t *pattern; /* by week; ROTATE_NONE: no session */
	/* What the worst-off bears by weight with what they carry, and the discomfort
	 * of all together. */
	unsigned worst, total;
	bool found;
	bool proven; /* no other choice is kinder */
};

/* `person` indexes into the community; barred[p]: not this pattern. */
enum err_code rotate_cohort(struct arena *a, const struct forming *f,
    const uint32_t *person, uint32_t n_people, const bool *barred,
    unsigned most, struct rotation *ret, struct err *e) ERR_CHECKED;

#endif
