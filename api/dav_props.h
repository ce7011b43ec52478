/*
 * The properties of a member's calendar and of what leads to it, as a table, and the
 * answers that show them (DAV:multistatus). Pure but for the strings it appends to.
 */
#ifndef API_DAV_PROPS_H
#define API_DAV_PROPS_H

#include "api/dav_ask.h"
#include "api/service_events.h"
#include "base/str.h"

enum dav_kind {
	DAV_ROOT = 1,     /* /dav/ */
	DAV_HOME = 2,     /* /dav/{id}/: the member and their calendars */
	DAV_CALENDAR = 4, /* /dav/{id}/sessions/ */
	DAV_EVENT = 8,    /* /dav/{id}/sessions/{event}.ics */
};

/* A member's side of it. */
struct dav_view {
	const char *home, *calendar; /* addresses */
	const char *person, *name;   /* of the member, of the calendar */
	const char *token;           /* of the calendar as it is now */
};

struct dav_resource {
	enum dav_kind kind;
	const char *href;
	const struct dav_view *view;
	const struct event_object *object; /* DAV_EVENT */
};

void dav_props_begin(struct str *out);
void dav_props_end(struct str *out, const char *sync_token); /* NULL: none */

/* One response: what is asked of the resource, and what it does not have. */
void dav_props_response(struct str *out, const struct dav_ask *ask,
    const struct dav_resource *resource);

/* One response: it is not there. */
void dav_props_missing(struct str *out, const char *href);

/* A DAV:error that names a precondition. */
void dav_props_error(struct str *out, const struct dav_prop_name *name);

#endif
