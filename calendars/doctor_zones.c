/* VTIMEZONEs: what Outlook, Google and ical.js can read. */
#include <string.h>

#include "calendars/doctor_case.h"

static bool is_side(const struct ics_part *p)
{
	return strcmp(p->name, "STANDARD") == 0 ||
	       strcmp(p->name, "DAYLIGHT") == 0;
}

static void check_side(struct doctor_case *c, const struct ics_part *side)
{
	const struct ics_line *start = ics_first(side, "DTSTART");
	const char *rule = ics_value(side, "RRULE");

	if (start == NULL || ics_value(side, "TZOFFSETFROM") == NULL ||
	    ics_value(side, "TZOFFSETTO") == NULL)
		doctor_note(
		    c, DOCTOR_ZONE_INCOMPLETE, side->number, "%s", side->name);
	if (start != NULL && (ics_param(start, "TZID") != NULL ||
				 strchr(start->value, 'Z') != NULL))
		doctor_note(c, DOCTOR_ZONE_START_NOT_LOCAL, start->number, "%s",
		    start->value);
	if (ics_first(side, "RDATE") != NULL)
		doctor_note(c, DOCTOR_ZONE_RDATE,
		    ics_first(side, "RDATE")->number, NULL);
	if (rule != NULL && strstr(rule, "BYDAY=") != NULL &&
	    strstr(rule, "BYMONTHDAY=") != NULL)
		doctor_note(c, DOCTOR_ZONE_DAY_TWICE, side->number, "%s", rule);
}

static void check_zone(struct doctor_case *c, const struct ics_part *zone)
{
	uint32_t standard = 0, daylight = 0;

	for (const struct ics_part *side = zone->part; side != NULL;
	     side = side->next) {
		if (!is_side(side))
			continue;
		if (side->name[0] == 'S')
			standard++;
		else
			daylight++;
		check_side(c, side);
	}
	if (ics_value(zone, "TZID") == NULL || standard + daylight == 0)
		doctor_note(c, DOCTOR_ZONE_INCOMPLETE, zone->number, NULL);
	if (standard > 1 || daylight > 1)
		doctor_note(c, DOCTOR_ZONE_HISTORY, zone->number,
		    "%s: %u standard, %u daylight", ics_value(zone, "TZID"),
		    standard, daylight);
}

void doctor_zones(struct doctor_case *c, const struct ics_part *calendar)
{
	for (const struct ics_part *p = calendar->part; p != NULL;
	     p = p->next) {
		const char *tzid = ics_value(p, "TZID");

		if (strcmp(p->name, "VTIMEZONE") != 0)
			continue;
		check_zone(c, p);
		if (tzid == NULL)
			continue;
		/* The one that a TZID finds is the first of its name. */
		if (ics_zone_find(&c->zones, tzid) != NULL &&
		    ics_zone_find(&c->zones, tzid)->part != p)
			doctor_note(
			    c, DOCTOR_ZONE_TWICE, p->number, "%s", tzid);
	}
}
