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

#endif
