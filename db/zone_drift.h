/*
 * Sessions to come whose times were computed under another release of the zone data
 * than a given one. Call inside a transaction.
 */
#ifndef DB_ZONE_DRIFT_H
#define DB_ZONE_DRIFT_H

#include "db/db.h"

enum {
	DB_ZONE_DRIFT_MAX = 20000, /* sessions looked at */
};

struct db_zone_drift {
	struct id session_id, cohort_id, event_id;
	int64_t row_version, start, end;
	int64_t local; /* the wall-clock time it was planned at */
	const char *time_zone, *tzdata_version;
};

/* Of published cohorts, by start; *ret_more: there are more than the cap. */
enum err_code db_zone_drift_list(struct db *db, struct arena *a,
    const struct id *community, const char *tzdata_version,
    struct db_zone_drift **ret_items, size_t *ret_n, bool *ret_more,
    struct err *e) ERR_CHECKED;

/* Lock one. ERR_NOT_FOUND; ERR_STATE when it is not to come any more, or was computed
 * under this very release; ERR_STALE. if_match 0: any version. */
enum err_code db_zone_drift_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *session,
    const char *tzdata_version, int64_t if_match, struct db_zone_drift *ret,
    struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_zone_drift_stmts[];

#endif
