/*
 * The HTTP server: one event thread of libmicrohttpd, a bounded queue, worker
 * threads with one database connection each.
 *
 *   event thread   gate, route, body; then suspend and queue (full: 503)
 *   worker         pipeline_run; then answer and resume
 *
 * No thread is ever held by a slow client or by a client that waits for long work.
 * The only file beside gate.c that includes <microhttpd.h>.
 */
#ifndef API_SERVER_H
#define API_SERVER_H

#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"

struct server;
struct oidc;
struct tz;

struct server_options {
	const struct conf *conf; /* borrowed for the server's life */
	const char *conninfo;    /* of the database */
	struct tz *tz;           /* borrowed */
	struct oidc *oidc;       /* borrowed; NULL: no identity provider */
	void (*on_ready)(void *cookie, unsigned port); /* may be NULL */
	void *cookie;
};

/*
 * Serve until SIGTERM or SIGINT: then finish what was accepted, connections that are
 * open among it, and return; the second signal, or ten seconds, ends it without finishing. Blocks both signals for
 * the threads made from now on; call server_block_signals() before starting others.
 * ERR_IO when the address cannot be listened on, ERR_DB_DOWN when no connection can
 * be made at the start.
 */
enum err_code server_run(
    const struct server_options *o, struct err *e) ERR_CHECKED;

/* SIGTERM and SIGINT go to server_run alone; SIGPIPE to nobody. */
void server_block_signals(void);

#endif
