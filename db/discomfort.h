/*
 * The ledger of fairness: what sessions that were held cost their people, and what of
 * it somebody carries. A half-life of days, 1 to 3650, says how fast it is forgotten.
 */
#ifndef DB_DISCOMFORT_H
#define DB_DISCOMFORT_H

#include "db/db.h"

enum {
	DB_DISCOMFORT_BATCH = 500,
	DB_DISCOMFORT_SHOWN = 200, /* entries of the document */
};

/* A member who was to be at a session that is over and is not in the ledger. */
struct db_discomfort_due {
	struct id community_id, member_id, session_id;
	int64_t start, end;
	const char *time_zone;
	const char *preferred; /* `weekday begin end;…`, "" when none */
};

/* At most DB_DISCOMFORT_BATCH, those that ended first, of all communities. For the
 * worker. */
enum err_code db_discomfort_due(struct db *db, struct arena *a,
    struct db_discomfort_due **ret_due, size_t *ret_n,
    struct err *e) ERR_CHECKED;

/* Once for each member and session; again changes nothing. */
enum err_code db_discomfort_add(struct db *db,
    const struct db_discomfort_due *d, unsigned points,
    struct err *e) ERR_CHECKED;

/* {"member_id","carried","half_life_days","items":[{"session_id","held_at","points"}]},
 * the newest first; ERR_NOT_FOUND. */
enum err_code db_discomfort_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, int64_t half_life_days,
    const char **ret_json, struct err *e) ERR_CHECKED;

struct db_carried {
	struct id member_id;
	int64_t points;
};

/* Of everybody of an intake's program who carries something when it begins, by id. */
enum err_code db_discomfort_carried(struct db *db, struct arena *a,
    const struct id *community, const struct id *intake, int64_t half_life_days,
    struct db_carried **ret_carried, size_t *ret_n, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_discomfort_stmts[];

#endif
