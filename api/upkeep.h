/*
 * The upkeep of the database (db/upkeep.h), and the ledger of sessions that are over, by a worker once an hour and logged.
 * A failure is logged, and tried again the next time.
 */
#ifndef API_UPKEEP_H
#define API_UPKEEP_H

#include "calendars/tz.h"
#include "db/db.h"

enum {
	UPKEEP_EVERY_MS = 3600 * 1000,
};

/* Outside of a transaction; a is scratch memory. */
void upkeep_run(struct db *db, struct arena *a, struct tz *tz);

#endif
