/*
 * An intake and what scheduling it gives. Plain data; arena-owned. Everything
 * that is a list of people holds indexes into the community.
 */
#ifndef SCHEDULER_INTAKE_H
#define SCHEDULER_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/zone.h"
#include "matcher/community.h"

enum {
	INTAKE_MAX_WEEKS = 53,
	INTAKE_MAX_HOLIDAYS = 400,
	INTAKE_MAX_SESSIONS_PER_WEEK = 5,
	INTAKE_MAX_SESSION_MINUTES = 480,
	INTAKE_MAX_COHORTS_PER_GUIDE = 20,
	INTAKE_MAX_ALLOWED_MISSES = 100,
	INTAKE_MAX_SLOTS_PER_COHORT = 3,
	COHORT_MAX_SIZE = 50,
	OVER_MAX_KINDER = 3, /* kinder times told of one person */
};

struct intake {
	const char *name;
	const struct zone *anchor;   /* sessions keep this zone's wall clock */
	int32_t first_day, last_day; /* inclusive, dates in the anchor zone */
	uint16_t session_minutes;    /* 15-minute grid */
	uint8_t sessions_per_week;
	uint8_t cohort_min, cohort_max; /* newcomers, the guide not counted */
	uint8_t language_level;         /* 1-7, as in the policy */
	uint8_t allowed_misses; /* sessions a newcomer may miss; a guide none */
	uint8_t cohorts_per_guide;
	uint8_t slots_per_cohort;      /* hours rotate over at most so many */
	uint8_t most_per_organization; /* newcomers of a cohort; 0: any */
	const int32_t *holidays; /* day numbers in the anchor zone, sorted */
	uint16_t n_holidays;
};

/* Hours that are taken whatever the weekly windows say, in instants. */
struct busy_time {
	uint32_t person; /* index into the community */
	int64_t begin, end;
};

/*
 * Parts with the same from_day hold together until a later from_day replaces
 * them: sessions_per_week parts on distinct weekdays, all at one local time. The first
 * hold from the intake's first day on, later ones (rotation) from a Monday.
 */
struct pattern_part {
	int32_t from_day;      /* first date it holds */
	uint8_t weekday;       /* 0 = Monday, in the anchor zone */
	uint16_t local_minute; /* of the day, in the anchor zone */
};

/* What somebody of a cohort bears. */
struct bearing {
	uint32_t person;
	uint32_t points;  /* what the sessions cost them */
	uint32_t dearest; /* the dearest of these */
	uint32_t carried; /* from earlier sessions */
	uint32_t share;   /* their part of what all bear, rounded down */
};

/* Why a cohort does not meet at a time that looks better to somebody. */
enum kinder_reason {
	KINDER_NOT_FREE,     /* `who` cannot come on enough dates */
	KINDER_ELSEWHERE,    /* the guide has another cohort then */
	KINDER_MISSES,       /* `who` would miss a session */
	KINDER_OTHERS,       /* `who` would be as badly off as anybody is now */
	KINDER_NOT_SEARCHED, /* the search ended before it */
	KINDER_REASONS
};

const char *fairness_reason_name(enum kinder_reason r); /* "not-free" … */

struct kinder {
	uint8_t weekdays; /* bit 0 = Monday, in the anchor zone */
	uint16_t local_minute;
	enum kinder_reason reason;
	uint32_t who;
};

/* Somebody more than one session above their fair share. */
struct over {
	uint32_t person;
	const struct kinder *kinder; /* the best for them first */
	uint8_t n_kinder;
};

struct cohort {
	uint32_t guide;
	uint32_t language;         /* term */
	const uint32_t *newcomers; /* person indexes, ascending */
	uint16_t n_newcomers;
	uint16_t n_parts, n_sessions;
	const struct pattern_part *part;
	const int64_t *session; /* starts, ascending instants */
	/* of its worst-off member, and of all, over its sessions */
	uint32_t worst_discomfort, total_discomfort;
	bool kindest; /* proven: no other times of these people are kinder */
	const struct bearing *bearing; /* the guide's, then the newcomers' */
	const struct over *over;       /* in the same order */
	uint16_t n_over;
};

/* Why a newcomer is in no cohort: the strongest statement that is true. */
enum unplaced_reason {
	UNPLACED_NO_LANGUAGE, /* no guide shares a language at the level */
	UNPLACED_NO_SLOT,     /* no guide shares a slot on every session date */
	UNPLACED_TOO_FEW, /* slots exist, but too few others can come then */
	UNPLACED_PLACES_TAKEN, /* feasible cohorts are full or their guides taken */
	UNPLACED_NO_GUIDES,
	UNPLACED_GUIDES, /* takes part as the guide of a cohort */
	UNPLACED_MIX,    /* there is a seat, but not for one more of theirs */
	UNPLACED_REASONS
};

const char *unplaced_reason_name(
    enum unplaced_reason r); /* "no-shared-language" … */

struct unplaced {
	uint32_t newcomer;
	enum unplaced_reason reason;
	const char
	    *help; /* the smallest change that would help, one sentence */
};

struct cohort_plan {
	bool optimal; /* proven: objective == bound */
	uint32_t n_cohorts, n_unplaced, n_placed;
	struct cohort *cohort;     /* by first session, then guide id */
	struct unplaced *unplaced; /* by newcomer id */
	int64_t fit_points;        /* sum of the fit of placed newcomers */
	int64_t objective;         /* n_placed * SCHEDULE_PLACED + fit_points */
	int64_t bound;             /* no plan has a greater objective */
	uint32_t columns, lp_solves;
};

#endif
