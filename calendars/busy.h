/*
 * When somebody is busy, read from a calendar of theirs: events, VFREEBUSY, and
 * VAVAILABILITY as working hours. What comes out is intervals and nothing else.
 *
 * What counts as busy:
 *   - an event, unless it is transparent, cancelled, declined by `owner`, or shown as
 *     free by Outlook's own property; a tentative one counts;
 *   - an all-day event only where it says that it is opaque: birthdays and holidays,
 *     which say nothing, do not keep anybody busy;
 *   - a period of VFREEBUSY that is not FREE;
 *   - within a VAVAILABILITY, all time outside of its AVAILABLE parts (RFC 7953), the
 *     one with the higher priority deciding.
 * Floating and all-day times are those of the member's zone. Recurrence: RRULE, RDATE,
 * EXDATE, EXRULE, RECURRENCE-ID, THISANDFUTURE; an end given as DTEND keeps its exact
 * length, one given as DURATION its days (RFC 5545, 3.8.5.3). What cannot be read is
 * left out and told, with its line.
 *
 * Pure but for the zones; any thread; memory from the arena. Bounded by the caps of
 * ics.h, BUSY_BUDGET looks and BUSY_MAX_INSTANCES.
 */
#ifndef CALENDARS_BUSY_H
#define CALENDARS_BUSY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/zone.h"
#include "calendars/tz.h"

enum {
	BUSY_BUDGET = 4000000, /* looks at days and times, of one text */
	BUSY_MAX_INSTANCES =
	    200000,         /* of one text, within the span asked for */
	BUSY_MAX_LEFT = 20, /* told; the others are counted */
};

struct busy_span {
	int64_t begin, end;
};

struct busy_request {
	const struct zone *zone; /* the member's; covers [from, to) */
	int64_t from, to;
	const char *owner; /* the member's mail address; NULL: unknown */
};

struct busy_left {
	uint32_t line;
	const char *reason; /* constant */
};

struct busy_report {
	struct busy_span *span; /* ascending, disjoint, not touching, clipped */
	size_t n;
	uint32_t busy, free; /* components that count, and that do not */
	uint32_t n_left;     /* left out */
	struct busy_left left[BUSY_MAX_LEFT];
};

/* ERR_VALIDATION: there is no calendar in it. ERR_TOO_LARGE, ERR_NOMEM. */
enum err_code busy_read(struct arena *a, struct tz *tz, const char *text,
    size_t n, const struct busy_request *request,
    struct busy_report *ret_report, struct err *e) ERR_CHECKED;

/* Sort and join what overlaps or touches, in place; the new number. O(n log n). */
size_t busy_merge(struct busy_span *span, size_t n);

#endif
