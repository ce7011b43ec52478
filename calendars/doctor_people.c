/* Who invites whom, and what the method asks of it. */
#include <string.h>
#include <strings.h>

#include "calendars/doctor_case.h"

static bool is_method(const struct doctor_case *c, const char *name)
{
	return c->method != NULL && strcmp(c->method, name) == 0;
}

static bool is_mailto(const char *value)
{
	return strncasecmp(value, "mailto:", 7) == 0 &&
	       strchr(value + 7, '@') != NULL;
}

/* Of a calendar user: an address that mail can reach, and a name to show. */
static void check_address(struct doctor_case *c, const struct ics_line *line)
{
	if (!is_mailto(line->value))
		doctor_note(c, DOCTOR_ADDRESS_FORM, line->number, "%s:%s",
		    line->name, line->value);
	for (uint32_t i = 0; i < line->n_params; i++)
		if (strchr(line->param[i].value, '^') != NULL)
			doctor_note(c, DOCTOR_NAME_CARET, line->number, "%s",
			    line->param[i].value);
}

static bool is_thing(const struct ics_line *attendee)
{
	const char *type = ics_param(attendee, "CUTYPE");

	return ics_same(type, "RESOURCE") || ics_same(type, "ROOM");
}

static void check_attendee(
    struct doctor_case *c, const struct ics_line *line, const char *organizer)
{
	const char *state = ics_param(line, "PARTSTAT");
	bool waits = state == NULL || ics_same(state, "NEEDS-ACTION");

	check_address(c, line);
	if (!is_method(c, "REQUEST") || is_thing(line) ||
	    ics_same(line->value, organizer))
		return;
	if (waits && !ics_same(ics_param(line, "RSVP"), "TRUE"))
		doctor_note(
		    c, DOCTOR_RSVP_MISSING, line->number, "%s", line->value);
	if (state == NULL || ics_param(line, "CN") == NULL ||
	    ics_param(line, "ROLE") == NULL ||
	    ics_param(line, "CUTYPE") == NULL)
		doctor_note(
		    c, DOCTOR_ATTENDEE_SHORT, line->number, "%s", line->value);
}

static void check_presence(struct doctor_case *c, const struct ics_part *event)
{
	bool organizer = ics_first(event, "ORGANIZER") != NULL;
	bool attendee = ics_first(event, "ATTENDEE") != NULL;

	if (is_method(c, "REPLY")) {
		if (!organizer)
			doctor_note(c, DOCTOR_REPLY_WITHOUT_ORGANIZER,
			    event->number, NULL);
		if (!attendee)
			doctor_note(
			    c, DOCTOR_ATTENDEE_MISSING, event->number, NULL);
		return;
	}
	if (!is_method(c, "REQUEST") && !is_method(c, "CANCEL"))
		return;
	if (!organizer)
		doctor_note(c, DOCTOR_ORGANIZER_MISSING, event->number, NULL);
	if (!attendee)
		doctor_note(c, DOCTOR_ATTENDEE_MISSING, event->number, NULL);
}

static bool is_status(const struct ics_part *event, const char *status)
{
	static const struct {
		const char *part, *status;
	} known[] = {{"VEVENT", "TENTATIVE"}, {"VEVENT", "CONFIRMED"},
	    {"VTODO", "NEEDS-ACTION"}, {"VTODO", "COMPLETED"},
	    {"VTODO", "IN-PROCESS"}, {"VJOURNAL", "DRAFT"},
	    {"VJOURNAL", "FINAL"}};

	if (ics_same(status, "CANCELLED"))
		return true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(event->name, known[i].part) == 0 &&
		    ics_same(status, known[i].status))
			return true;
	return false;
}

static void check_state(struct doctor_case *c, const struct ics_part *event)
{
	const char *status = ics_value(event, "STATUS");
	bool cancelled = ics_same(status, "CANCELLED");

	if (status != NULL && !is_status(event, status))
		doctor_note(c, DOCTOR_STATUS_UNKNOWN,
		    ics_first(event, "STATUS")->number, "%s", status);
	if (is_method(c, "REQUEST") && cancelled)
		doctor_note(c, DOCTOR_CANCEL_AS_REQUEST, event->number, NULL);
	if (is_method(c, "CANCEL") && !cancelled)
		doctor_note(c, DOCTOR_CANCEL_STATUS, event->number, NULL);
	if (is_method(c, "REQUEST"))
		for (const struct ics_part *p = event->part; p != NULL;
		     p = p->next)
			if (strcmp(p->name, "VALARM") == 0)
				doctor_note(
				    c, DOCTOR_ALARM_SENT, p->number, NULL);
}

void doctor_people(struct doctor_case *c, const struct ics_part *event)
{
	const struct ics_line *organizer = ics_first(event, "ORGANIZER");

	check_presence(c, event);
	check_state(c, event);
	if (organizer != NULL)
		check_address(c, organizer);
	for (const struct ics_line *line = ics_first(event, "ATTENDEE");
	     line != NULL; line = ics_next(line))
		check_attendee(
		    c, line, organizer == NULL ? NULL : organizer->value);
}
