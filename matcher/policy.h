/*
 * A policy: hard rules, points and the order of goals, as plain data.
 *
 * api/policy_file reads it from JSON (unknown keys refused, defaults filled in).
 * Two policies with the same fields have the same canonical text, hence digest.
 */
#ifndef MATCHER_POLICY_H
#define MATCHER_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "matcher/constraint.h"

enum criterion {
#define CRITERION(code, name, points) CRITERION_##code,
#include "matcher/criterion.def"
#undef CRITERION
	CRITERION_COUNT
};

enum policy_method {
	POLICY_OPTIMAL,             /* the best for all: the goals in order */
	POLICY_DEFERRED_ACCEPTANCE, /* stable: newcomers propose, mentors keep */
};

enum {
	POLICY_MAX_POINTS = 1000, /* per criterion */
	POLICY_MAX_WEEKS = 53,
	POLICY_MAX_REST_DAYS = 3650,
	POLICY_MAX_WAIT_WEIGHT = 100,
	POLICY_MAX_MENTORS = 5, /* of one newcomer */
};

struct policy {
	enum policy_method method;
	/* hard rules */
	uint8_t language_level; /* both speak one language at least so: 1-7 */
	uint16_t
	    min_shared_minutes; /* per week, in the worst week of the horizon */
	bool forbid_same_organization;
	uint16_t repeat_window_days; /* no new pairing within so many days */
	uint16_t rest_days;          /* of a mentor whose pairing ended */
	/* points: the most a criterion can give */
	uint16_t points[CRITERION_COUNT];
	uint16_t overlap_full_minutes; /* shared minutes that earn all points */
	uint16_t experience_gap_min_tenths,
	    experience_gap_max_tenths; /* ideal */
	uint16_t load_window_days;     /* pairings so far back are recent */
	/* the goals before the total of points, in this order */
	bool people_first; /* newcomers served, weighted by waiting */
	bool worst_pair;   /* then the worst pair's points */
	/* people first: weight 1 + waiting_days / wait_days_per_step, capped */
	uint16_t wait_days_per_step, wait_weight_max;
	/* the most mentors that one newcomer gets, for trial talks */
	uint8_t mentors_per_newcomer;
	/* the real dates on which hours are shared */
	int32_t first_day; /* day number; the week that holds it is first */
	uint16_t weeks;
	/* limits on the plan as a whole */
	const struct constraint *constraint;
	uint32_t n_constraints;
	/* who confirms a proposal before it becomes a pairing */
	bool confirm_by_newcomer, confirm_by_mentor;
};

void policy_default(struct policy *p); /* first_day = 0: the caller sets it */
const char *criterion_name(enum criterion c);

/* May some newcomers have several mentors? Side constraints, deferred acceptance and
 * repair are about one. */
bool policy_gives_several(const struct policy *p);

/* Canonical text, one field a line, for digests. */
void policy_canonical(const struct policy *p, struct str *out);

#endif
