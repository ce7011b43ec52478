/*
 * Busy times from a member's own calendar: the use cases. A member's own, or the staff's;
 * for others the member does not exist. The text is read in a limited child
 * (busy_reading.h) and thrown away; intervals alone are kept. Every change is audited,
 * without times.
 */
#ifndef API_SERVICE_BUSY_TIMES_H
#define API_SERVICE_BUSY_TIMES_H

#include "api/call.h"
#include "db/busy_times.h"

enum err_code service_busy_times_get(struct call *c, const struct id *id,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

/* Replace by what the calendar says. *ret_left: a JSON list of what was left out.
 * ERR_VALIDATION: it is no calendar, or takes too long to read. */
enum err_code service_busy_times_put(struct call *c, const struct id *id,
    int64_t if_match, const char *text, size_t n, struct db_doc *ret_doc,
    const char **ret_left, struct err *e) ERR_CHECKED;

enum err_code service_busy_times_drop(struct call *c, const struct id *id,
    int64_t if_match, struct err *e) ERR_CHECKED;

#endif
