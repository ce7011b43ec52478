/*
 * Office hours: at which weekly times the mentors who give some should open them, so that
 * most newcomers can have a seat.
 *
 * A host opens so many slots a week, each at one local time of their own between two
 * dates, and must be free on every date of it. A newcomer is reached by a slot when they
 * are free on at least half of its dates, and has one seat at most. What a seat is worth:
 * OFFICE_FRESH for who was not reached before, OFFICE_AGAIN for others, and a share of
 * OFFICE_ZONE, of which each UTC offset has one for all its newcomers: so a few people far
 * away weigh more than as many where most live. The objective is the worth of all
 * newcomers that have a seat at the same time; the bound is proven (integer prices), so
 * the gap is the most that could be missing. Same input and seed, same bytes out. Pure; any thread.
 */
#ifndef SCHEDULER_OFFICE_H
#define SCHEDULER_OFFICE_H

#include "base/arena.h"
#include "base/err.h"
#include "matcher/community.h"
#include "scheduler/intake.h"

enum {
	OFFICE_FRESH = 3000,
	OFFICE_AGAIN = 1000,
	OFFICE_ZONE = 1000,
	OFFICE_MAX_HOSTS = 500,
	OFFICE_MAX_NEWCOMERS = 20000,
	OFFICE_MAX_WEEKLY = 10,
	OFFICE_MAX_SEATS = 500,
	OFFICE_MAX_MINUTES = 480,
};

struct office_host {
	uint32_t person;
	uint16_t weekly; /* slots a week */
	uint16_t minutes, seats;
};

struct office_wish {
	int32_t first_day, last_day; /* inclusive, dates of each host's zone */
	const int32_t *holidays;     /* sorted day numbers */
	uint16_t n_holidays;
	const struct office_host *host; /* each person once */
	uint32_t n_hosts;
	const uint32_t *newcomer;
	const bool *reached; /* before; by newcomer */
	uint32_t n_newcomers;
};

struct office_slot {
	uint32_t host; /* index of the wish */
	uint8_t weekday;
	uint16_t local_minute; /* of the day, in the host's zone */
	uint16_t n_dates;
	const uint32_t *seated; /* people */
	uint16_t n_seated;
};

enum office_reason {
	OFFICE_NO_SHARED_TIME, /* no time of any host's reaches them */
	OFFICE_SEATS_TAKEN,    /* one would, but others are more or dearer */
};

struct office_missed {
	uint32_t person;
	enum office_reason reason;
};

struct office_plan {
	struct office_slot *slot; /* by host, then time */
	uint32_t n_slots;
	struct office_missed *missed; /* in the order of the wish */
	uint32_t n_missed, n_seated;
	int64_t objective, bound;
};

/* "no-shared-time", "seats-taken". */
const char *office_reason_name(enum office_reason reason);

/* What a newcomer's seat is worth. O(newcomers). */
int64_t *office_worth(
    struct arena *a, const struct community *c, const struct office_wish *w);

/* ERR_VALIDATION for a wish beyond the limits above or zones that do not cover the dates,
 * ERR_NOMEM. Zone tables must reach from a week before first_day until two after
 * last_day. Time grows with hosts x their free quarter hours x newcomers. */
enum err_code office_run(struct arena *a, const struct community *c,
    const struct office_wish *w, const struct busy_time *busy, uint32_t n_busy,
    uint64_t seed, struct office_plan **ret_plan, struct err *e) ERR_CHECKED;

#endif
