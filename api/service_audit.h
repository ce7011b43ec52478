/*
 * The audit row of a change, on behalf of whoever the call is for. Runs in the
 * transaction of the change: no change without its row, no row without its change.
 */
#ifndef API_SERVICE_AUDIT_H
#define API_SERVICE_AUDIT_H

#include "api/call.h"

/* action "proposal.confirm", kind the table; before and after are JSON documents or
 * NULL. Of the documents only digests and the names of changed fields are kept. They
 * live until the end of the transaction. */
enum err_code service_audit_change(struct call *c, const char *action,
    const char *kind, const struct id *subject, const char *before,
    const char *after, struct err *e) ERR_CHECKED;

/* The same, kept word for word: for what says nothing about a person. */
enum err_code service_audit_fact(struct call *c, const char *action,
    const char *kind, const struct id *subject, const char *before,
    const char *after, struct err *e) ERR_CHECKED;

/* The same for a change of state; before NULL: it is new. */
enum err_code service_audit_state(struct call *c, const char *action,
    const char *kind, const struct id *subject, const char *before,
    const char *after, struct err *e) ERR_CHECKED;

/* The token of the call, or NULL for the service itself. */
const struct id *service_audit_actor(const struct call *c);

#endif
