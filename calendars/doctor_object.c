/* The VCALENDAR itself: its head, its method, whose events it holds. */
#include <string.h>

#include "calendars/doctor_case.h"

static const char *const METHOD[] = {"PUBLISH", "REQUEST", "REPLY", "ADD",
    "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"};

static const char *find_method(const char *text)
{
	for (size_t i = 0; i < sizeof(METHOD) / sizeof(METHOD[0]); i++)
		if (ics_same(text, METHOD[i]))
			return METHOD[i];
	return NULL;
}

/* The first component's line; METHOD or others behind it are late. */
static void check_order(struct doctor_case *c, const struct ics_part *calendar)
{
	const struct ics_line *method = ics_first(calendar, "METHOD");

	if (method != NULL && calendar->part != NULL &&
	    method->number > calendar->part->number)
		doctor_note(c, DOCTOR_METHOD_LATE, method->number, NULL);
}

static void check_head(struct doctor_case *c, const struct ics_part *calendar)
{
	const char *version = ics_value(calendar, "VERSION");
	const char *scale = ics_value(calendar, "CALSCALE");
	const char *method = ics_value(calendar, "METHOD");

	if (!ics_same(version, "2.0"))
		doctor_note(c, DOCTOR_VERSION_MISSING, calendar->number, NULL);
	if (ics_value(calendar, "PRODID") == NULL)
		doctor_note(c, DOCTOR_PRODID_MISSING, calendar->number, NULL);
	if (scale != NULL && !ics_same(scale, "GREGORIAN"))
		doctor_note(c, DOCTOR_CALSCALE_FOREIGN,
		    ics_first(calendar, "CALSCALE")->number, "%s", scale);
	if (method != NULL && find_method(method) == NULL)
		doctor_note(c, DOCTOR_METHOD_UNKNOWN,
		    ics_first(calendar, "METHOD")->number, "%s", method);
	c->method = method == NULL ? NULL : find_method(method);
	for (const char *const *name = (const char *const[]){"VERSION",
		 "PRODID", "CALSCALE", "METHOD", NULL};
	     *name != NULL; name++)
		if (ics_count(calendar, *name) > 1)
			doctor_note(c, DOCTOR_PROPERTY_TWICE, calendar->number,
			    "%s", *name);
	check_order(c, calendar);
}

static void check_parts(struct doctor_case *c, const struct ics_part *calendar)
{
	const char *uid = NULL;
	uint32_t parts = 0, events = 0, uids = 0;
	bool has_people = false;

	for (const struct ics_part *p = calendar->part; p != NULL;
	     p = p->next) {
		const struct ics_line *method = ics_first(p, "METHOD");
		const char *mine = ics_value(p, "UID");

		if (method != NULL)
			doctor_note(c, DOCTOR_METHOD_IN_COMPONENT,
			    method->number, "%s", p->name);
		if (strcmp(p->name, "VTIMEZONE") == 0)
			continue;
		parts++;
		if (!doctor_is_event(p))
			continue;
		events++;
		has_people = has_people || ics_first(p, "ATTENDEE") != NULL;
		if (mine != NULL && (uid == NULL || strcmp(uid, mine) != 0)) {
			uids++;
			if (uid == NULL)
				uid = mine;
			else if (doctor_is_message(c))
				doctor_note(c, DOCTOR_SEVERAL_UIDS, p->number,
				    "%s", mine);
		}
	}
	c->report->events += parts;
	if (c->method == NULL && has_people && !c->report->is_mail)
		doctor_note(c, DOCTOR_METHOD_ABSENT, calendar->number, NULL);
	if (c->method != NULL && !doctor_is_message(c) && has_people)
		doctor_note(
		    c, DOCTOR_PUBLISH_NAMES_PEOPLE, calendar->number, NULL);
	c->is_feed = !doctor_is_message(c) && !has_people &&
		     (uids > 1 || ics_first(calendar, "X-WR-CALNAME") != NULL ||
			 ics_first(calendar, "NAME") != NULL ||
			 ics_first(calendar, "REFRESH-INTERVAL") != NULL);
	if (parts == 0)
		doctor_note(c,
		    c->is_feed ? DOCTOR_FEED_EMPTY : DOCTOR_NO_COMPONENT,
		    calendar->number, NULL);
	if (c->method != NULL && !doctor_is_message(c) && !c->is_feed &&
	    events > 0)
		doctor_note(c, DOCTOR_PUBLISH_IS_COPY, calendar->number, NULL);
}

static void check_feed(struct doctor_case *c, const struct ics_part *calendar)
{
	if (ics_first(calendar, "NAME") == NULL ||
	    ics_first(calendar, "X-WR-CALNAME") == NULL)
		doctor_note(
		    c, DOCTOR_FEED_NAME_MISSING, calendar->number, NULL);
	if (ics_first(calendar, "REFRESH-INTERVAL") == NULL ||
	    ics_first(calendar, "X-PUBLISHED-TTL") == NULL)
		doctor_note(
		    c, DOCTOR_FEED_REFRESH_MISSING, calendar->number, NULL);
	for (const struct ics_part *p = calendar->part; p != NULL; p = p->next)
		if (strcmp(p->name, "VEVENT") == 0 &&
		    (ics_first(p, "LAST-MODIFIED") == NULL ||
			ics_first(p, "SEQUENCE") == NULL))
			doctor_note(
			    c, DOCTOR_FEED_REVISION_MISSING, p->number, NULL);
}

void doctor_object(struct doctor_case *c, const struct ics_part *calendar)
{
	c->zones = (struct ics_zones){.a = c->a,
	    .tz = c->tz,
	    .calendar = calendar,
	    .from = TZ_SERVICE_FROM,
	    .to = TZ_SERVICE_TO,
	    .budget = &c->budget};
	check_head(c, calendar);
	check_parts(c, calendar);
	if (c->is_feed)
		check_feed(c, calendar);
	doctor_identity(c, calendar);
	doctor_zones(c, calendar);
	for (const struct ics_part *p = calendar->part; p != NULL;
	     p = p->next) {
		if (strcmp(p->name, "VTIMEZONE") == 0)
			continue;
		doctor_times(c, p);
		if (!doctor_is_event(p))
			continue;
		doctor_series(c, p);
		doctor_people(c, p);
	}
}
