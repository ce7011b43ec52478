/*
 * A feed: all events of one member as a calendar to subscribe to.
 *
 * A pure function of stored data: the same events in the same order give the same
 * octets, whatever the time (DTSTAMP is LAST-MODIFIED), so that an ETag over the
 * text is stable. No METHOD, no ORGANIZER, no ATTENDEE: nobody's address is in it.
 * Each series is a master with EXDATE for what is skipped or cancelled and an
 * override for what moved; an event without a session left is not written.
 *
 * Read back and compared before it is handed out, like every message. Errors as
 * in itip.h, places "/events/3/…". Any thread, without a lock.
 */
#ifndef CALENDARS_CAL_FEED_H
#define CALENDARS_CAL_FEED_H

#include "base/err.h"
#include "base/str.h"
#include "calendars/cal_event.h"

struct cal_feed {
	const char *name; /* shown by the calendar app; one line */
	uint32_t
	    refresh_minutes; /* how often the app should look: 15 … 10080 */
	const struct cal_event
	    *event; /* at most CAL_MAX_FEED_EVENTS, UIDs unique */
	size_t n_events;
};

enum err_code cal_feed_write(
    const struct cal_feed *feed, struct str *out, struct err *e) ERR_CHECKED;

/* It has a session left, so that there is something to write. */
bool cal_feed_shows(const struct cal_event *ev);

/* One event alone, as CalDAV wants it: the same, without a calendar's name. Places
 * "/sessions/3/…". */
enum err_code cal_feed_object(
    const struct cal_event *ev, struct str *out, struct err *e) ERR_CHECKED;

#endif
