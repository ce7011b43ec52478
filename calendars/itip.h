/*
 * iTIP messages (RFC 5546): one event, one recipient, one message.
 *
 * Each function appends one VCALENDAR to `out` (CRLF line ends, lines of at most
 * 75 octets), which is what the invitation row stores and the mail carries with
 * `text/calendar; charset=UTF-8; method=` and the method below. The only address
 * in it beside the organizer's is the recipient's own. Before anything is handed
 * out, the text is read back, expanded by other code and compared with the
 * sessions: on a difference ERR_BUG and `out` stays as it was.
 *
 * ERR_VALIDATION: a value that cannot be written (see cal_event.h), each with its
 * place; "/attendee/..." for the recipient. ERR_STATE: nothing left to invite to,
 * or a session in the wrong state. ERR_TOO_LARGE: beyond the cap of `out`.
 *
 * The caller keeps the rules over time: SEQUENCE is raised when a start, an end or
 * the set of sessions changes and not for wording; each message of one UID has a
 * newer dtstamp than the one before.
 *
 * Any thread, without a lock; no clock, no I/O.
 */
#ifndef CALENDARS_ITIP_H
#define CALENDARS_ITIP_H

#include "base/err.h"
#include "base/str.h"
#include "calendars/cal_event.h"

#define ITIP_REQUEST "REQUEST"
#define ITIP_CANCEL  "CANCEL"

/* Invite, or tell the whole event anew: the series with all that was moved or
 * cancelled so far. METHOD:REQUEST. */
enum err_code itip_request(const struct cal_event *ev,
    const struct cal_attendee *to, struct str *out, struct err *e) ERR_CHECKED;

/* Session number `i` was moved: REQUEST with this session alone. For an event of
 * one session the same as itip_request. */
enum err_code itip_request_session(const struct cal_event *ev, size_t i,
    const struct cal_attendee *to, struct str *out, struct err *e) ERR_CHECKED;

/* The event does not take place, or not for this recipient any more.
 * METHOD:CANCEL. */
enum err_code itip_cancel(const struct cal_event *ev,
    const struct cal_attendee *to, struct str *out, struct err *e) ERR_CHECKED;

/* Session number `i`, marked cancelled, does not take place. METHOD:CANCEL. For
 * an event of one session the same as itip_cancel. */
enum err_code itip_cancel_session(const struct cal_event *ev, size_t i,
    const struct cal_attendee *to, struct str *out, struct err *e) ERR_CHECKED;

#endif
