/*
 * Sync tokens (RFC 6578) that nobody has to remember: a token holds which events there
 * were and in which version, so any process tells what has changed since, whenever it was
 * given, and the same events give the same token. Of more than DAV_SYNC_EVENTS it holds a
 * digest: then a change means that the client reads all anew, as the standard allows. A
 * token tells nothing that its reader was not given. Pure.
 */
#ifndef API_DAV_SYNC_H
#define API_DAV_SYNC_H

#include "api/service_events.h"
#include "base/arena.h"

enum {
	DAV_SYNC_EVENTS = 200,
};

/* The token of these events; NULL without memory. */
const char *dav_sync_token(
    struct arena *a, const struct event_object *object, size_t n);

struct dav_sync {
	bool *changed;   /* of each of the n events: new, or another version */
	struct id *gone; /* what there is no more */
	size_t n_gone, n_changed;
};

/* What is between the token and the events; "": all of them. *ret_known false: the token
 * tells nothing any more. ERR_NOMEM. */
enum err_code dav_sync_compare(struct arena *a, const char *token,
    const struct event_object *object, size_t n, struct dav_sync *ret_sync,
    bool *ret_known, struct err *e) ERR_CHECKED;

#endif
