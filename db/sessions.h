/*
 * Dated sessions of cohorts: reading, moving, cancelling. Commitments follow in the
 * same transaction, so nobody is ever in two places. Errors as in db.h.
 */
#ifndef DB_SESSIONS_H
#define DB_SESSIONS_H

#include "db/db.h"

struct db_session_filter { /* NULL: all */
	const struct id *cohort_id;
	const struct id *member_id; /* whose sessions */
	const struct id *viewer_id; /* who asks, when not staff */
	const int64_t *from, *to;   /* sessions that touch this span */
};

/* The key is the start and the id, so a page goes forward in time. */
enum err_code db_session_list(struct db *db, struct arena *a,
    const struct id *community, const struct db_session_filter *f,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
enum err_code db_session_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

struct db_session {
	struct id id, cohort_id, event_id, guide_id;
	int64_t row_version, start, end, original_start;
	const char *time_zone, *state;
	int64_t now; /* by the database's clock */
};

/* One session, or the same locked. viewer as above. */
enum err_code db_session_find(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_session *ret_session, struct err *e) ERR_CHECKED;
enum err_code db_session_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_session *ret_session, struct err *e) ERR_CHECKED;

/* Who meets in it, the guide first. */
enum err_code db_session_people(struct db *db, struct arena *a,
    const struct id *community, const struct db_session *s, struct id **ret_id,
    size_t *ret_n, struct err *e) ERR_CHECKED;

/* The days off of its intake as day numbers, ascending. */
enum err_code db_session_holidays(struct db *db, struct arena *a,
    const struct id *community, const struct db_session *s, int32_t **ret_day,
    size_t *ret_n, struct err *e) ERR_CHECKED;

struct db_session_time {
	int64_t start, end, local_start;
	const char *tzdata_version;
};

/* ERR_DOUBLE_BOOKED when somebody of the cohort is taken then. */
enum err_code db_session_move(struct db *db, const struct id *community,
    const struct id *id, const struct db_session_time *t,
    struct err *e) ERR_CHECKED;

/* Everybody's time is given back. */
enum err_code db_session_cancel(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_session_stmts[];

#endif
