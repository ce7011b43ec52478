/*
 * When members' own calendars keep them busy: intervals, a part of the member's version.
 * Those of a file and those of an address (busy_subscription.h) stand side by side, each
 * under its source, disjoint in themselves. Failures beside the database's own: ERR_NOT_FOUND, ERR_STALE. if_match 0
 * means any version. Call inside a transaction.
 */
#ifndef DB_BUSY_TIMES_H
#define DB_BUSY_TIMES_H

#include "db/db.h"

#define DB_BUSY_FILE    "file"
#define DB_BUSY_ADDRESS "address"

/* {"member_id","from","to","read_at","busy":[{"from","to"}]} of both, merged; nulls where
 * no calendar was read. */
enum err_code db_busy_times_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* What reading a calendar needs to know of its owner. */
enum err_code db_busy_times_owner(struct db *db, struct arena *a,
    const struct id *community, const struct id *member,
    const char **ret_time_zone, const char **ret_email,
    struct err *e) ERR_CHECKED;

/* Replace; busy: [{"from": instant, "to": instant}], disjoint. Raises the member's
 * version. */
enum err_code db_busy_times_put(struct db *db, const struct id *community,
    const struct id *member, int64_t if_match, const char *source, int64_t from,
    int64_t to, const char *busy, struct err *e) ERR_CHECKED;

/* Forget them. */
enum err_code db_busy_times_drop(struct db *db, const struct id *community,
    const struct id *member, int64_t if_match, const char *source,
    struct err *e) ERR_CHECKED;

/* Whether that would tell nothing new: what both cover is the same, and all but the last
 * week of it is covered. */
enum err_code db_busy_times_is_same(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, const char *source,
    int64_t from, int64_t to, const char *busy, bool *ret_same,
    struct err *e) ERR_CHECKED;

struct db_busy_time {
	struct id member_id;
	int64_t begin, end;
};

struct db_busy_times {
	struct db_busy_time *item; /* by member, then begin */
	size_t n;
};

/* Of the active members of a program, what touches [from, to). */
enum err_code db_busy_times_of_program(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t from,
    int64_t to, struct db_busy_times *ret_times, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_busy_times_stmts[];

#endif
