/*
 * Sessions that are over become entries of the ledger of fairness (db/discomfort.h), as
 * scheduler/discomfort.h rates them. A part of the worker's upkeep.
 */
#ifndef API_TALLY_H
#define API_TALLY_H

#include "calendars/tz.h"
#include "db/db.h"

/* One batch; *ret_n entries were made, 0 when nothing is due. Outside of a transaction. */
enum err_code tally_sessions(struct db *db, struct arena *a, struct tz *tz,
    int64_t *ret_n, struct err *e) ERR_CHECKED;

#endif
