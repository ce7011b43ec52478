/*
 * Cohorts after they were published: their words, their people, their end. Commitments
 * follow in the same transaction, so nobody is ever in two places: for sessions that are
 * still to come. Errors as in db.h.
 */
#ifndef DB_COHORTS_H
#define DB_COHORTS_H

#include "db/db.h"

struct db_cohort {
	struct id id, guide_id, program_id;
	int64_t row_version;
	const char *state, *name, *intake_name, *anchor_time_zone;
	const char *location, *description;
	const char *guide_name;
};

/* One cohort, or the same locked. */
enum err_code db_cohort_find(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_cohort *ret_cohort, struct err *e) ERR_CHECKED;
enum err_code db_cohort_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_cohort *ret_cohort, struct err *e) ERR_CHECKED;

struct db_cohort_clocks {
	struct id *member_id;   /* the guide first */
	const char **time_zone; /* theirs */
	size_t n;
	int64_t *start; /* of the sessions to be held, ascending */
	size_t n_starts;
	const char *anchor; /* their zone; NULL without any */
};

/* viewer NULL: any; else who must be in it, and it be published. ERR_NOT_FOUND. */
enum err_code db_cohort_clocks(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *viewer,
    struct db_cohort_clocks *ret, struct err *e) ERR_CHECKED;

/* The calendar events of its sessions, by the first one. */
enum err_code db_cohort_events(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id **ret_event,
    size_t *ret_n, struct err *e) ERR_CHECKED;

struct db_cohort_session {
	struct id id;
	int64_t start, end;
};

/* The sessions still to come, by start. */
enum err_code db_cohort_ahead(struct db *db, struct arena *a,
    const struct id *community, const struct id *id,
    struct db_cohort_session **ret_session, size_t *ret_n,
    struct err *e) ERR_CHECKED;

/* Who might guide it instead: up to 1,000 of the program's guides. */
enum err_code db_cohort_successors(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id **ret_member,
    size_t *ret_n, struct err *e) ERR_CHECKED;

/* Name, guide, place and text, as c has them; the events get the last two and
 * `summary`. A new version even when none of them differs. */
enum err_code db_cohort_describe(struct db *db, const struct id *community,
    const struct db_cohort *c, const char *summary, struct err *e) ERR_CHECKED;

/* The name of an active guide of the program. ERR_VALIDATION at "/guide_id". */
enum err_code db_cohort_guide_name(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct id *member, const char **ret_name, struct err *e) ERR_CHECKED;

/* part: "guide", "newcomer". ERR_DOUBLE_BOOKED, ERR_CONFLICT when they are in it;
 * ERR_VALIDATION when they are no active member of the program in that part. */
enum err_code db_cohort_add_member(struct db *db, const struct id *community,
    const struct db_cohort *c, const struct id *member, const char *part,
    struct err *e) ERR_CHECKED;

/* ERR_NOT_FOUND when they are not in it in that part. */
enum err_code db_cohort_remove_member(struct db *db, const struct id *community,
    const struct id *cohort, const struct id *member, const char *part,
    struct err *e) ERR_CHECKED;

/* Everybody's time is given back. */
enum err_code db_cohort_cancel(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_cohort_stmts[];

#endif
