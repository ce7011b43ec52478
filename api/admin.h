/*
 * What the operator asks, on a listener of its own that clients never reach: probes,
 * metrics, queues, and the switches: this process out of service, the outbox on and off.
 *
 *   GET  /livez /readyz /metrics /version /admin/queues
 *   POST /admin/drain   readyz says 503 from now on; everything else goes on
 *   POST /admin/outbox/pause /admin/outbox/resume   as `cairn outbox`
 *
 * One thread and one database connection, apart from those of the requests: it answers
 * while they are all busy. No authentication: whoever reaches the listener may ask.
 * Requests from web pages (Origin, Sec-Fetch-Site) are refused.
 */
#ifndef API_ADMIN_H
#define API_ADMIN_H

#include <stdbool.h>

#include "base/err.h"

struct admin;

struct admin_options {
	const char *listen;   /* "127.0.0.1:9464", "[::1]:9464", "unix:/path" */
	const char *conninfo; /* of the database */
};

/* Starts whether the database answers or not. ERR_FIELD for a `listen` of another
 * form, ERR_IO when it cannot be listened on. */
enum err_code admin_start(const struct admin_options *o,
    struct admin **ret_admin, struct err *e) ERR_CHECKED;
void admin_stop(struct admin *a); /* NULL is fine */

/* Has `listen` the form above? */
bool admin_is_address(const char *listen);

/* The process is leaving service: set by /admin/drain and by the shutdown, asked by
 * both readyz. Any thread. */
void admin_drain(void);
bool admin_is_draining(void);

#endif
