/*
 * Waiting lists of office hours: whoever books a full slot and says that they would wait
 * gets the next place that comes free, in the transaction that frees it: seat, commitment,
 * invitation and audit. First come, first served; who is booked elsewhere at that time is
 * passed over, stays where they are on the list, and their booking says so. What their own
 * calendar says does not count here: they asked for this time.
 */
#ifndef API_SERVICE_WAITING_H
#define API_SERVICE_WAITING_H

#include "api/call.h"
#include "db/office_hours.h"

/* Give the free seats of a slot to those who wait. The caller has the slot's lock and acts
 * for the system; a slot that is not open or has begun gives none. */
enum err_code service_waiting_promote(
    struct call *c, const struct db_slot *slot, struct err *e) ERR_CHECKED;

/* Of every slot of office hours at which somebody waits; locks them. */
enum err_code service_waiting_promote_all(
    struct call *c, const struct id *office_hours, struct err *e) ERR_CHECKED;

#endif
