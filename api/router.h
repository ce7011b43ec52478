/*
 * Routes: routes.def as a table, and finding the row of a method and a path.
 *
 * A template has literal segments and `{name}` segments with an optional literal
 * tail: /v1/proposals/{id}:confirm, /feeds/{token}.ics. A path is split at `/`
 * first and each segment is decoded then, so that %2F never makes a segment. A
 * parameter is never empty and holds no colon. Pure; any thread.
 */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

#include "api/request.h"
#include "base/err.h"

enum route_flag {
	ROUTE_NONE = 0,
	ROUTE_KEY = 1,       /* asks for an Idempotency-Key, replays answers */
	ROUTE_IF_MATCH = 2,  /* asks for If-Match */
	ROUTE_JSON = 4,      /* body: a JSON object, application/json */
	ROUTE_MERGE = 8,     /* body: application/merge-patch+json */
	ROUTE_CSV = 16,      /* body: text/csv, up to 10 MiB */
	ROUTE_OPTIONAL = 32, /* the body may be left out */
	ROUTE_NO_DB =
	    128, /* needs no database; its handler has no transaction */
	ROUTE_WAIT = 256, /* honours Prefer: wait=N, see request_wait */
	ROUTE_FEED = 64,  /* admitted behind changes, see enum route_class */
	ROUTE_BULK = 512, /* whole files in or out: the last to be admitted */
	ROUTE_OWN_TOKEN = 1024, /* every token may handle itself: its use case
				   asks for the scope */
	ROUTE_DRY = 2048, /* validate_only=true: checked, answered, undone */
	ROUTE_ANY = 4096, /* sent whatever Accept says: files, and nothing */
	ROUTE_CALENDAR = 8192, /* body: text/calendar */
	ROUTE_MAIL = 16384,    /* body: message/rfc822 */
	ROUTE_FORM = 32768,    /* body: what a form sends */
	ROUTE_SECRET = 65536,  /* the address is the secret: guesses count */
	ROUTE_XML = 131072,    /* body: application/xml or text/xml */
	ROUTE_BASIC = 262144,  /* for calendar apps: asks for an app password */
	ROUTE_BODY = ROUTE_JSON | ROUTE_MERGE | ROUTE_CSV | ROUTE_CALENDAR |
		     ROUTE_MAIL | ROUTE_FORM | ROUTE_XML,
};

/* Under load the classes are served in this order, see pool.h. */
enum route_class {
	ROUTE_CLASS_HEALTH,
	ROUTE_CLASS_CHANGE, /* what people do: confirm, book, move … */
	ROUTE_CLASS_FEED,
	ROUTE_CLASS_READ,
	ROUTE_CLASS_BULK,
	ROUTE_CLASSES
};

typedef enum err_code (*route_handler)(struct request *r);

struct route {
	const char *method;
	const char *path;
	route_handler handler;
	unsigned roles;    /* enum role bits; ROLES_NONE: public */
	unsigned flags;    /* enum route_flag */
	const char *query; /* names allowed, separated by spaces */
};

extern const struct route ROUTES[]; /* ended by a NULL method */

enum route_class router_class(const struct route *route);

/* It changes nothing. */
bool router_reads(const struct route *route);

/*
 * Find the row for method and raw path (no query), and fill r's route and path
 * parameters. HEAD finds the row of GET. ERR_NOT_FOUND when no template fits;
 * ERR_METHOD with *ret_allow ("GET, POST", in the arena) when one fits but not the
 * method; ERR_SYNTAX for bad percent forms, NUL, `.` and `..`.
 */
enum err_code router_find(struct request *r, const char *method,
    const char *path, const char **ret_allow, struct err *e) ERR_CHECKED;

/* Split and decode a raw query into r->query; refuse what is malformed
 * (ERR_SYNTAX), repeated, or not among the route's names (ERR_UNKNOWN_FIELD). */
enum err_code router_query(
    struct request *r, const char *raw, struct err *e) ERR_CHECKED;

/* Percent-decode s[0..n) into the arena; NULL when it is malformed or has %00. */
char *router_decode(struct arena *a, const char *s, size_t n);

#endif
