/*
 * The address of a calendar that keeps a member busy: the use cases. A member's own, or
 * the staff's for them; for others the member does not exist. What is given is a secret:
 * only its host is shown again, and nothing of it is logged or audited. The calendar is
 * read by api/refresher.h.
 */
#ifndef API_SERVICE_BUSY_SUBSCRIPTION_H
#define API_SERVICE_BUSY_SUBSCRIPTION_H

#include "api/call.h"

enum err_code service_busy_subscription_get(struct call *c, const struct id *id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* Another address, or the same once more: the times of the one before go, and it is read
 * at once. webcal: means https:. ERR_VALIDATION at /url. */
enum err_code service_busy_subscription_put(struct call *c, const struct id *id,
    int64_t if_match, const char *url, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* Its busy times go with it. */
enum err_code service_busy_subscription_drop(struct call *c,
    const struct id *id, int64_t if_match, struct err *e) ERR_CHECKED;

#endif
