/*
 * When the law of a zone changes: a session has a wall-clock time and an instant, and
 * under other zone data the two come apart. Until somebody decides, the instant holds.
 * For staff. Sessions of office hours are not among them: their mentor opens new ones.
 */
#ifndef API_SERVICE_ZONE_DRIFT_H
#define API_SERVICE_ZONE_DRIFT_H

#include "api/call.h"

enum zone_keep {
	ZONE_KEEP_WALL,    /* its wall-clock time; the instant moves */
	ZONE_KEEP_INSTANT, /* its instant; the wall-clock time moves */
};

/* {"tzdata_version", "sessions": […], "unchanged", "more"}: whose sessions to come were
 * computed under other zone data and moved by it, each with both ways out. */
enum err_code service_zone_drift_list(
    struct call *c, const char **ret_json, struct err *e) ERR_CHECKED;

/* Decide for one session: everybody gets its event anew. ERR_VALIDATION: the wall-clock
 * time is doubtful in its zone, or has passed; ERR_DOUBLE_BOOKED; ERR_STATE: nothing to
 * decide. */
enum err_code service_zone_drift_settle(struct call *c,
    const struct id *session, int64_t if_match, enum zone_keep keep,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

#endif
