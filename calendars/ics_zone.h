/*
 * Which zone a TZID of somebody else's calendar means.
 *
 * A name of the system's zone data means that zone, whatever VTIMEZONE stands beside
 * it: laws change, files do not. So do a path that ends in such a name, the name that
 * X-LIC-LOCATION gives, and a name of Windows. Only what nobody knows is read from its
 * VTIMEZONE.
 *
 * Everything lives in the arena. One thread for each struct ics_zones.
 */
#ifndef CALENDARS_ICS_ZONE_H
#define CALENDARS_ICS_ZONE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/zone.h"
#include "calendars/ics.h"
#include "calendars/tz.h"

enum {
	ICS_ZONE_MAX = 256, /* TZIDs of one object; more are not known */
	ICS_ZONE_MAX_ONSETS = 4000, /* of one VTIMEZONE */
};

enum ics_zone_how {
	ICS_ZONE_NAME,    /* an IANA name, as it stands */
	ICS_ZONE_PATH,    /* the end of it is one */
	ICS_ZONE_PLACE,   /* X-LIC-LOCATION */
	ICS_ZONE_WINDOWS, /* a name of Windows */
	ICS_ZONE_UNKNOWN,
};

struct ics_zone {
	const char *tzid;
	enum ics_zone_how how;
	const struct ics_part *part; /* its VTIMEZONE; NULL: none */
	const struct zone *system;   /* NULL: not known */
	const struct zone *own; /* what the VTIMEZONE says; NULL: nothing */
	const struct ics_zone *next;
};

struct ics_zones {
	struct arena *a;
	struct tz *tz;
	const struct ics_part *calendar; /* the VCALENDAR */
	int64_t from, to;                /* of own tables */
	uint64_t *budget;                /* of rrule.h */
	const struct ics_zone *first;
	unsigned n;
};

/* NULL when there is no memory or there are too many. */
const struct ics_zone *ics_zone_find(struct ics_zones *z, const char *tzid);

/* The table that counts: the system's, else its own, else NULL. */
const struct zone *ics_zone_table(const struct ics_zone *z);

/* A VTIMEZONE as a table; NULL when it says nothing or has no memory. */
const struct zone *ics_zone_read(
    struct ics_zones *z, const struct ics_part *vtimezone);

#endif
