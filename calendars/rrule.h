/*
 * Recurrence rules (RFC 5545, 3.3.10): a guard that reads them and an expansion that
 * always ends.
 *
 * Our own, since libical 3.0.16 does not return from rules such as
 * FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30. Here every look at a day or at a time of day
 * is paid from a budget, so that the cost of any rule is known before it is expanded.
 *
 * Times are local: as the wall clock of DTSTART's zone shows them. What is left open
 * by the standard is done as most calendars do it: DTSTART is the first instance,
 * whether it fits the rule or not; a BYDAY with a number counts within the month
 * (MONTHLY, or YEARLY with BYMONTH) or the year, and the number is passed over where
 * it has no meaning; BYWEEKNO alone takes the weekday of DTSTART.
 * Pure; any thread.
 */
#ifndef CALENDARS_RRULE_H
#define CALENDARS_RRULE_H

#include <stdbool.h>
#include <stdint.h>

#include "calendars/ics_value.h"

enum rrule_freq {
	RRULE_SECONDLY,
	RRULE_MINUTELY,
	RRULE_HOURLY,
	RRULE_DAILY,
	RRULE_WEEKLY,
	RRULE_MONTHLY,
	RRULE_YEARLY,
};

enum rrule_by {
	RRULE_SECOND,
	RRULE_MINUTE,
	RRULE_HOUR,
	RRULE_MONTHDAY,
	RRULE_YEARDAY,
	RRULE_WEEKNO,
	RRULE_MONTH,
	RRULE_SETPOS,
	RRULE_BYS
};

enum {
	RRULE_WORDS = 6, /* of 64 bits: the numbers 0 … 366 */
	RRULE_MAX_TEXT = 4096,
};

struct rrule_set {
	uint64_t plus[RRULE_WORDS], minus[RRULE_WORDS];
};

struct rrule {
	enum rrule_freq freq;
	uint32_t interval; /* 1 … */
	uint32_t count;    /* 0: none */
	bool has_until;
	struct ics_time until;
	unsigned given; /* bits of enum rrule_by */
	struct rrule_set by[RRULE_BYS];
	uint8_t weekday;         /* BYDAY without a number: bits, Monday = 0 */
	bool has_nth;            /* with one: nth[weekday] */
	struct rrule_set nth[7]; /* 1 … 53 */
	int week_start;
};

/* NULL, or a constant text that says what is wrong. */
const char *rrule_parse(const char *text, struct rrule *ret_rule);

enum rrule_end {
	RRULE_ALL,     /* every instance before `to` was given */
	RRULE_STOPPED, /* take said so */
	RRULE_COSTLY,  /* the budget is spent: what was given is not all */
};

struct rrule_span {
	int64_t start; /* DTSTART, local */
	int64_t from,
	    to; /* instances in [from, to) are wanted; earlier ones may come too */
	uint64_t *budget; /* looks; goes down */
};

/*
 * Give the instances, ascending, to `take` (false: stop). UNTIL is compared as it
 * stands in the rule: one in UTC has been made local by the caller. O(days between
 * start, or `from` where no COUNT stands, and `to`), and never more than the budget.
 */
enum rrule_end rrule_expand(const struct rrule *rule,
    const struct rrule_span *span, bool (*take)(void *cookie, int64_t local),
    void *cookie);

#endif
