/*
 * Intakes and what a generation stores: cohorts, their people and dated sessions.
 * Errors as in db.h. One thread per connection.
 */
#ifndef DB_INTAKES_H
#define DB_INTAKES_H

#include "db/db.h"

struct intake_values {
	const char *name, *anchor_time_zone, *language_level;
	int32_t first_date, last_date;
	int32_t session_minutes, sessions_per_week, cohort_min, cohort_max;
	int32_t allowed_misses, slots_per_cohort, most_per_organization;
	const char *const *holidays; /* "2026-10-12", ascending */
	size_t n_holidays;
};

struct intake_row {
	struct id id, program_id;
	int64_t row_version;
	const char *state;
	struct intake_values values;
};

/* ERR_NOT_FOUND when there is no such program. */
enum err_code db_intake_insert(struct db *db, const struct id *community,
    const struct id *id, const struct id *program,
    const struct intake_values *v, struct err *e) ERR_CHECKED;

enum err_code db_intake_find(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct intake_row *ret_row,
    struct err *e) ERR_CHECKED;

/* The row, locked until the end of the transaction. */
enum err_code db_intake_lock(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct intake_row *ret_row,
    struct err *e) ERR_CHECKED;

enum err_code db_intake_update(struct db *db, const struct id *community,
    const struct id *id, const struct intake_values *v,
    struct err *e) ERR_CHECKED;

/* error: NULL clears it. */
enum err_code db_intake_set_state(struct db *db, const struct id *community,
    const struct id *id, const char *state, const char *error,
    struct err *e) ERR_CHECKED;

enum err_code db_intake_set_progress(struct db *db, const struct id *community,
    const struct id *id, const char *progress, struct err *e) ERR_CHECKED;

/* Forget a former, unpublished plan: its files, cohorts, sessions and events. */
enum err_code db_intake_clear(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

/* State solved, with the file the solver read and the plan it wrote. */
enum err_code db_intake_set_plan(struct db *db, const struct id *community,
    const struct id *id, const char *input, const char *plan,
    struct err *e) ERR_CHECKED;

struct new_cohort {
	struct id id, intake_id, guide_id;
	const char *name, *language;
	const struct id *newcomers;
	size_t n_newcomers;
};

enum err_code db_intake_insert_cohort(struct db *db, const struct id *community,
    const struct new_cohort *c, struct err *e) ERR_CHECKED;

struct new_session {
	struct id id, cohort_id, event_id;
	int64_t start, end;
	int64_t local_start; /* seconds on the wall clock of time_zone */
	const char *time_zone, *tzdata_version;
};

enum err_code db_intake_insert_session(struct db *db,
    const struct id *community, const struct new_session *s,
    struct err *e) ERR_CHECKED;

/* Cohorts become published and everybody is committed to the sessions.
 * ERR_DOUBLE_BOOKED when somebody has become busy since the plan was made. */
enum err_code db_intake_publish(struct db *db, const struct id *community,
    const struct id *id, struct err *e) ERR_CHECKED;

/* The events of an intake's cohorts, by first session. */
enum err_code db_intake_events(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct id **ret_event,
    size_t *ret_n, struct err *e) ERR_CHECKED;

/* Times at which the people of a program are taken between two instants:
 * commitments, and days away in the person's own zone. */
struct intake_busy {
	struct id member_id;
	int64_t begin, end;
};
enum err_code db_intake_busy(struct db *db, struct arena *a,
    const struct id *community, const struct id *program, int64_t from,
    int64_t to, struct intake_busy **ret_busy, size_t *ret_n,
    struct err *e) ERR_CHECKED;

enum err_code db_intake_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *program,
    const struct db_page *page, struct db_list *ret_list,
    struct err *e) ERR_CHECKED;
enum err_code db_intake_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, struct db_doc *ret_doc,
    struct err *e) ERR_CHECKED;

/* The stored files; NULL while there is none. */
enum err_code db_intake_files(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const char **ret_input,
    const char **ret_plan, struct err *e) ERR_CHECKED;

/* member NULL: any; else only cohorts the member is in. intake NULL: all. */
enum err_code db_cohort_list(struct db *db, struct arena *a,
    const struct id *community, const struct id *intake,
    const struct id *member, const struct db_page *page,
    struct db_list *ret_list, struct err *e) ERR_CHECKED;
enum err_code db_cohort_get(struct db *db, struct arena *a,
    const struct id *community, const struct id *id, const struct id *member,
    struct db_doc *ret_doc, struct err *e) ERR_CHECKED;

extern const struct db_stmt *const db_intake_stmts[];

#endif
