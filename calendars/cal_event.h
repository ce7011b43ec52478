/*
 * An event as the calendars see it: plain data, borrowed from the caller.
 *
 * An event has one UID for life and one or more sessions. It is
 *   - a single session (one entry in `session`): written in UTC, `zone` may be
 *     NULL;
 *   - a weekly series (several entries): the sessions' ORIGINAL starts all have
 *     one weekday and one wall-clock time in `zone`. Weeks without an entry are
 *     holidays. Where the pattern itself changes (two sessions a week, rotating
 *     hours), the caller makes one event, with its own UID, per weekly pattern;
 *     anything else is refused with ERR_VALIDATION.
 * A session that moved keeps its original_start and has another start or end. A
 * cancelled session stays in the list, with `cancelled` set.
 *
 * Texts are UTF-8. Names, summary, description and location are cleaned of
 * control characters and of what readers choke on; ill-formed UTF-8, mail
 * addresses that are not plain addr-specs, URLs that are not http(s) and UIDs
 * outside the alphabet are refused, all faults at once, each with its place
 * ("/sessions/3/start", "/organizer/mail").
 */
#ifndef CALENDARS_CAL_EVENT_H
#define CALENDARS_CAL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/zone.h"

enum {
	CAL_MAX_SESSIONS = 520, /* of one event: ten years of weeks */
	CAL_MAX_SESSION_MINUTES = 1440,
	CAL_MAX_UID = 199,  /* octets, here and below */
	CAL_MAX_LINE = 500, /* summary, location, names */
	CAL_MAX_DESCRIPTION = 16384,
	CAL_MAX_URL = 1000, /* and location */
	CAL_MAX_MAIL = 254,
	CAL_MAX_FEED_EVENTS = 2000,
};

struct cal_person {
	const char *name; /* NULL or "": the mail address stands for it */
	const char *mail; /* addr-spec, ASCII */
};

enum cal_role {
	CAL_REQUIRED, /* REQ-PARTICIPANT */
	CAL_OPTIONAL, /* OPT-PARTICIPANT */
	CAL_CHAIR,    /* the guide or the mentor */
};

struct cal_attendee {
	struct cal_person person;
	enum cal_role role;
};

struct cal_session {
	int64_t original_start; /* as first planned: the session's identity */
	int64_t start, end;     /* as it stands now */
	bool cancelled;
};

struct cal_event {
	const char
	    *uid; /* "<row-uuid>@<calendar domain>", letters digits @._+- */
	uint32_t
	    sequence; /* raised by the caller on a change of time or state */
	/* The time of this message: newer than that of any message sent before
	 * for this UID (clients ignore what is not). Feeds do not use it. */
	int64_t dtstamp;
	int64_t created, last_modified;
	const char *summary;     /* one line; required */
	const char *description; /* NULL or text with line feeds */
	const char
	    *location;   /* NULL or one line; a URL becomes CONFERENCE too */
	const char *url; /* NULL or the event's page */
	struct cal_person
	    organizer;           /* the service's own address; feeds: unused */
	const struct zone *zone; /* covers whole years: see tz_open */
	uint32_t minutes;        /* of a session as planned */
	const struct cal_session *session; /* ascending by original_start */
	size_t n_sessions;
};

/* Everything but the organizer, which only messages need. */
enum err_code cal_event_check(
    const struct cal_event *ev, struct err *e) ERR_CHECKED;

/* Add the faults of a person under `place`, "/organizer" or "/attendee". */
void cal_event_check_person(
    const struct cal_person *p, const char *place, struct err *e);

#endif
