/*
 * Calendar events: telling people, and feeds.
 *
 * service_events_tell writes one invitation row per recipient: the iTIP message
 * that this very change asks for. It runs in the transaction of the change, so an
 * invitation exists exactly when the change does. Members without an e-mail
 * address get none; their feed shows the event all the same.
 */
#ifndef API_SERVICE_EVENTS_H
#define API_SERVICE_EVENTS_H

#include "api/call.h"
#include "api/digest.h"
#include "calendars/cal_event.h"
#include "db/events.h"

struct event_news {
	bool cancel; /* METHOD:CANCEL, else REQUEST */
	bool raise;  /* a start, an end or the set of sessions changed */
	bool
	    alone; /* for `member`, who leaves; nothing changes for the others */
	/* One session, by its original start; NULL: the whole event. */
	const int64_t *session;
	/* One recipient; NULL: every attendee. */
	const struct id *member;
};

enum err_code service_events_tell(struct call *c, const struct id *event,
    const struct event_news *news, struct err *e) ERR_CHECKED;

/* What the feed of a secret shows, as text in the call's arena. hash: of the secret. */
enum err_code service_events_feed(struct call *c, const char *name,
    const uint8_t hash[DB_FEED_HASH_SIZE], int64_t now, const char **ret_text,
    size_t *ret_len, struct err *e) ERR_CHECKED;

/* An event of the acting member by itself, in the call's arena. */
struct event_object {
	struct id id;
	const char *text; /* iCalendar, without METHOD and people */
	size_t len;
	struct digest version; /* of the text */
	const struct cal_event *event;
};

/* All of them that a feed would show, in the order of ids. */
enum err_code service_events_own(struct call *c, int64_t now,
    struct event_object **ret_object, size_t *ret_n, struct err *e) ERR_CHECKED;

#endif
