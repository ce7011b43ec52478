/*
 * What happens to a request between its last octet and its answer, in an order that
 * never changes (docs/internals/api.md): authenticate, authorize, query, media type
 * and JSON, required headers, then one transaction with the idempotency key, the
 * handler and the stored answer. Knows nothing of libmicrohttpd.
 *
 * Blocks on the database; one worker thread at a time has a request.
 */
#ifndef API_PIPELINE_H
#define API_PIPELINE_H

#include <stdbool.h>

#include "api/request.h"

/* Always leaves an answer in r->reply. */
void pipeline_run(struct request *r);

/* Look again at long work (request_wait); false: it still goes on. Whatever happens,
 * r->reply stays an answer that can be sent. */
bool pipeline_recheck(struct request *r);

/* Replace the answer by the problem of r->err, and log what is not the client's. */
void pipeline_fail(struct request *r);

/* Seconds that `Prefer: wait=N` asks for, 0 without, at most REQUEST_WAIT_MAX_S. */
int pipeline_wait_seconds(const struct request *r);

/* Say in the answer which preferences were honoured (Preference-Applied, RFC 7240): the
 * wait, when it was held to its end or that of the work, and respond-async, when the
 * work goes on. */
void pipeline_applied(struct request *r, bool waited);

#endif
