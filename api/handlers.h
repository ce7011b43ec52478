/* The handlers that routes.def names, each in the file its name says (h_*.c). The
 * contract of a handler is in request.h. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/request.h"

#define ROUTE(method, path, handler, roles, flags, query) \
	enum err_code handler(struct request *r);
#include "api/routes.def"
#undef ROUTE

/* Without the database: whether the feed is what the client has, as far as is known
 * since a second ago; then the answer is in r->reply. */
bool h_feeds_unchanged(struct request *r);

#endif
