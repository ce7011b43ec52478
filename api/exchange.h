/*
 * A request as the server sees it: the request, its connection and where it is.
 * Internal to server.c and pool.c.
 *
 * The event thread owns it but while it is suspended; then it is the pool's, until
 * the pool has answered. Freed by the completion callback.
 */
#ifndef API_EXCHANGE_H
#define API_EXCHANGE_H

#include "api/request.h"
#include "base/str.h"

struct MHD_Connection;

enum exchange_phase {
	EXCHANGE_NEW,     /* the header has not been judged yet */
	EXCHANGE_BODY,    /* the body comes in */
	EXCHANGE_PENDING, /* suspended: queued, running or parked */
	EXCHANGE_ANSWERED,
};

struct exchange {
	struct request request;
	struct MHD_Connection *connection;
	struct server *server;
	char *uri;          /* raw */
	const char *uri_at; /* where the parser had it */
	enum exchange_phase phase;
	struct str body;
	size_t body_cap;
	size_t excess;  /* octets beyond the cap, thrown away */
	bool no_memory; /* too many bodies at once: thrown away, too */
	bool close;     /* the connection ends with the answer */
	int64_t begun_ms;

	/* the pool's */
	struct exchange *next;
	int64_t queued_ms;
	int64_t wait_until_ms, look_at_ms; /* parked */
};

#endif
