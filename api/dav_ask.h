/*
 * What a client asks in PROPFIND and REPORT (RFC 4918, 4791, 6578), read from its XML:
 * the part that a read-only calendar answers. What is beyond it is a refusal by the name
 * of its precondition, not a guess. Pure; texts are the arena's.
 */
#ifndef API_DAV_ASK_H
#define API_DAV_ASK_H

#include "api/xml.h"

#define DAV_NS     "DAV:"
#define DAV_CAL_NS "urn:ietf:params:xml:ns:caldav"
#define DAV_CS_NS  "http://calendarserver.org/ns/"

enum {
	DAV_MAX_PROPS = 50,
};

struct dav_prop_name {
	const char *ns, *name;
};

enum dav_what {
	DAV_PROPS, /* the named ones */
	DAV_ALL,
	DAV_NAMES, /* which there are */
};

enum dav_report {
	DAV_QUERY,
	DAV_MULTIGET,
	DAV_SYNC,
};

struct dav_ask {
	enum dav_what what;
	struct dav_prop_name prop[DAV_MAX_PROPS];
	size_t n_props;

	enum dav_report report;
	/* A query: only events, only those with a session in a time. */
	bool no_events; /* it is about tasks or the like: nothing fits */
	int64_t from, until;
	const struct xml_node *root; /* a multiget: its hrefs */
	const char *token;           /* a sync; "" at first */
	int64_t limit;               /* of a sync; -1: none */

	/* Refused: the precondition's name, in DAV_NS or DAV_CAL_NS. */
	struct dav_prop_name refusal; /* name NULL: none */
};

/* An empty body asks for all. Both: ERR_SYNTAX. */
enum err_code dav_ask_propfind(struct arena *a, const char *body, size_t n,
    struct dav_ask *ret_ask, struct err *e) ERR_CHECKED;
enum err_code dav_ask_report(struct arena *a, const char *body, size_t n,
    struct dav_ask *ret_ask, struct err *e) ERR_CHECKED;

/* The next href of a multiget after *at, which begins with NULL; NULL at its end. */
const char *dav_ask_href(const struct dav_ask *ask, const struct xml_node **at);

#endif
