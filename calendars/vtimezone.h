/*
 * VTIMEZONE: the two yearly rules that a calendar app understands.
 *
 * Outlook keeps one yearly rule for standard and one for daylight time, and other
 * readers go wrong with anything richer (RDATE, one-shot onsets, TZUNTIL). So a
 * zone is described for a window of whole years by no rule or by exactly two, and
 * where the zone's law does not fit that (Morocco's Ramadan, a year in which the
 * law changes) it is not described at all: the series is then written in UTC.
 * Pure; any thread.
 */
#ifndef CALENDARS_VTIMEZONE_H
#define CALENDARS_VTIMEZONE_H

#include <libical/ical.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/zone.h"

struct vtimezone_rule {
	int month;        /* 1 … 12 */
	int nth;          /* 1 … 5, or -1 for the last */
	int weekday;      /* Monday = 0 */
	int32_t clock;    /* wall time of the onset, before it; seconds */
	int32_t from, to; /* offsets in seconds */
};

struct vtimezone {
	const char *name;   /* IANA, borrowed from the zone */
	int64_t begin, end; /* what is said holds for instants in here */
	int32_t offset;     /* of a fixed zone */
	unsigned n_rules;   /* 0 (fixed) or 2 */
	struct vtimezone_rule rule[2]; /* daylight, standard */
};

/*
 * Describe `z` for the whole UTC years that hold [first, last]. False when two
 * rules cannot say it, when the table does not cover those years, and for the
 * names under "Etc/", which are UTC or do not mean what readers think.
 */
bool vtimezone_fit(const struct zone *z, int64_t first, int64_t last,
    struct vtimezone *ret_vtimezone);

/* A new component, the caller's; NULL when out of memory. */
icalcomponent *vtimezone_component(const struct vtimezone *v);

#endif
