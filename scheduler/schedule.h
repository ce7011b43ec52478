/*
 * The scheduler's front door: community + intake -> cohorts that can really meet.
 *
 * A cohort's sessions keep one wall-clock time of the anchor zone; every dated
 * session lies inside the availability of the guide and (but for allowed misses)
 * of every newcomer, on the real dates, clock changes included. Nobody is in two
 * cohorts (a guide may guide several, never at overlapping times); nobody is
 * double-booked with `busy`. Same input, same bytes out, whatever the row order.
 * Uses GLPK through matcher/lp: run it in a child process. The plan does not depend on
 * the number of threads.
 *
 * The rule of time, everywhere here. A session is usable at all when its local
 * start in the anchor zone exists once, no minute of it is ambiguous there and the
 * anchor's clocks do not change during it. A person can come when every minute has
 * an unambiguous local time in the person's zone and touches no busy time; and does
 * come when every minute lies in the person's weekly windows. Newcomers may miss
 * (not come to) `allowed_misses` dates; nobody may be unable to come to any.
 */
#ifndef SCHEDULER_SCHEDULE_H
#define SCHEDULER_SCHEDULE_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/match.h"
#include "matcher/policy.h"
#include "scheduler/intake.h"

enum {
	SCHEDULE_PLACED = 10000, /* objective units of one newcomer placed */
	SCHEDULE_MAX_ALTERNATIVES = 100,
	SCHEDULE_MOVE_DAYS = 7, /* a session moves at most so far */
	SCHEDULE_MEETING_DAYS =
	    31, /* a single meeting is looked for in these */
};

/*
 * Form the cohorts of an intake. `o` may be NULL (seed 0, one thread, no progress); its
 * progress callback sees the phases "prices", "search" and "branch"; after a true
 * answer the run ends with the best plan and bound so far. `busy` may be in any order;
 * NULL when none. ERR_VALIDATION with fields ("/first_date" …) for an intake that
 * cannot be, ERR_NOMEM, ERR_SOLVER. A plan without cohorts is a plan.
 */
enum err_code schedule_run(struct arena *a, const struct community *c,
    const struct policy *p, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy,
    const struct match_options *o, struct cohort_plan **ret_plan,
    struct err *e) ERR_CHECKED;

/* Independent check of a plan, minute by minute from the windows and the zone
 * tables; shares no code with schedule_run but the scorer. ERR_VALIDATION names
 * the first fault. */
enum err_code schedule_check(struct arena *a, const struct community *c,
    const struct policy *p, const struct intake *in,
    const struct busy_time *busy, uint32_t n_busy,
    const struct cohort_plan *plan, struct err *e) ERR_CHECKED;

/* The policy by which fit is scored: `p` with the intake's weeks as its horizon.
 * Zone tables must cover these weeks (from the Monday before first_day until ten
 * days after last_day is enough everywhere here). */
struct policy schedule_policy(const struct policy *p, const struct intake *in);

/* What an intake must be before anything is computed; all faults at once. */
enum err_code schedule_intake_check(
    const struct intake *in, struct err *e) ERR_CHECKED;

/* The session starts of a weekly slot over the intake: holidays skipped, local
 * times in a clock-change gap or overlap refused (ERR_VALIDATION). */
enum err_code schedule_sessions(struct arena *a, const struct intake *in,
    uint8_t weekday, uint16_t local_minute, int64_t **ret_start,
    uint16_t *ret_n, struct err *e) ERR_CHECKED;

/* Parts of one weekday and time are one series (one calendar event), however often
 * hours that rotate come back to it: is part i the first of its series? */
bool schedule_begins_series(const struct cohort *k, uint16_t i);

/* Recurring open hours of a mentor: one weekly slot between two dates. */
struct weekly_slot {
	const struct zone *zone;
	uint8_t weekday;
	uint16_t local_minute, minutes;
	int32_t first_day, last_day; /* inclusive, dates in `zone` */
	const int32_t *holidays;     /* sorted day numbers in `zone` */
	uint16_t n_holidays;
};

/* The starts of a weekly slot. Unlike a cohort, open hours lose a date rather
 * than fail: dates whose local time is not usable are left out and counted in
 * *ret_skipped (holidays are not). At most INTAKE_MAX_WEEKS weeks. */
enum err_code schedule_occurrences(struct arena *a,
    const struct weekly_slot *slot, int64_t **ret_start, uint16_t *ret_n,
    uint16_t *ret_skipped, struct err *e) ERR_CHECKED;

/* A session to be moved. */
struct session_move {
	const struct zone *anchor;
	int64_t start; /* as it is now */
	uint16_t minutes;
	uint32_t guide;
	const uint32_t *newcomers;
	uint16_t n_newcomers;
	int64_t not_before;      /* no earlier start, e.g. now + notice */
	const int32_t *holidays; /* sorted day numbers in the anchor zone */
	uint16_t n_holidays;
};

struct alternative {
	int64_t start;
	const uint32_t *missing; /* newcomers outside their windows */
	uint16_t n_missing;
};

/*
 * The best other starts within SCHEDULE_MOVE_DAYS of the present one, on the
 * quarter hours of the anchor's clock: everybody first, then nearest in time, then
 * earliest; spaced at least an hour apart unless they differ in who misses them.
 * The guide always comes; a start to which anybody is unable to come is ruled out
 * (leave the session itself out of `busy`). At most `max` starts, cut at
 * SCHEDULE_MAX_ALTERNATIVES; none is no error.
 */
enum err_code schedule_alternatives(struct arena *a, const struct community *c,
    const struct session_move *m, const struct busy_time *busy, uint32_t n_busy,
    uint16_t max, struct alternative **ret_alternative, uint16_t *ret_n,
    struct err *e) ERR_CHECKED;

/* A cohort whose guide steps down: its sessions to come, and who might take over. */
struct handover_session {
	int64_t start;
	uint16_t minutes;
};

struct handover {
	const struct zone *anchor;
	const struct handover_session *session; /* by start */
	uint16_t n_sessions;
	const uint32_t *newcomer;
	uint16_t n_newcomers;
	const uint32_t *candidate;
	uint32_t n_candidates;
	int64_t not_before;      /* no session moves to before it */
	const int32_t *holidays; /* sorted day numbers in the anchor zone */
	uint16_t n_holidays;
};

struct handover_move {
	uint16_t session; /* index */
	bool found;       /* there is another start, namely: */
	int64_t start;
	uint16_t n_missing; /* newcomers who are not free then */
};

struct successor {
	uint32_t person;
	struct handover_move *move; /* the sessions that cannot stay */
	uint16_t n_moves, n_stuck; /* … and those for which nothing was found */
	uint32_t n_missing, discomfort;
};

/*
 * Who would disturb a cohort least as its new guide: first whoever leaves the fewest
 * sessions without a time, then moves the fewest, then so that the fewest newcomers miss
 * one, then whom the sessions that stay suit best. A session that moves goes to the best
 * of schedule_alternatives beside the other ones. `busy` is of everybody, the cohort's
 * sessions of its newcomers among it. The `max` that can hold most are looked at closely.
 */
enum err_code schedule_handover(struct arena *a, const struct community *c,
    const struct handover *h, const struct busy_time *busy, uint32_t n_busy,
    uint16_t max, struct successor **ret_successor, uint16_t *ret_n,
    struct err *e) ERR_CHECKED;

/* People who look for one time to meet, as the two of a pairing. */
struct meeting_search {
	const uint32_t *person;
	uint16_t n;
	uint16_t minutes;
	int64_t from, to; /* the first start, and what the meeting ends by */
};

struct meeting_start {
	int64_t start;
	uint32_t worst, total; /* discomfort: of one person, of all together */
};

/*
 * The best starts for a single meeting that lies within everybody's hours and meets
 * nobody's busy time: first where the person it is worst for bears least (hours
 * outside 9 to 17 of their own clock, growing steeply), then all together, then the
 * earliest; an hour apart at least. On quarter hours, which all zones share. At most
 * `max`, cut at SCHEDULE_MAX_ALTERNATIVES; none is no error. ERR_VALIDATION for more
 * than SCHEDULE_MEETING_DAYS days or people that are not of the community.
 */
enum err_code schedule_meetings(struct arena *a, const struct community *c,
    const struct meeting_search *s, const struct busy_time *busy,
    uint32_t n_busy, uint16_t max, struct meeting_start **ret_start,
    uint16_t *ret_n, struct err *e) ERR_CHECKED;

/*
 * One line of the clock-change table: sessions from..to (indexes into the
 * cohort's sessions, both inclusive) of one weekly part have this local time for
 * this person. A person with one line per part has no change at all.
 */
struct clock_run {
	uint32_t person;
	uint16_t from, to;
	uint16_t n_sessions;   /* of this part in from..to */
	uint8_t weekday;       /* in the person's zone */
	uint16_t local_minute; /* of the day, in the person's zone */
	uint8_t anchor_weekday;
	uint16_t anchor_minute; /* these two name the part */
};

/* Guide first, then newcomers as listed; lines of a person by `from`. */
enum err_code schedule_clock_table(struct arena *a, const struct community *c,
    const struct zone *anchor, const struct cohort *cohort,
    struct clock_run **ret_run, uint32_t *ret_n, struct err *e) ERR_CHECKED;

#endif
